import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { folder } from "../session/fixtures.ts"
import { start as began } from "./world.ts"

const program = new URL("./crash-main.ts", import.meta.url).pathname
const minute = 60_000

/** One process with a schedule; the clock of those that are told the time stands still in between. */
const start = (path: string, now: number, fuse: number) => {
  const child = spawn(process.execPath, [program, path, String(now), String(fuse)], {
    stdio: ["pipe", "pipe", "inherit"]
  })
  child.stdin.on("error", () => {
    // written to after its death
  })
  const exit = once(child, "exit")
  return {
    child,
    exit,
    /** It stands at its clock, or is dead already. */
    ready: Promise.race([once(child.stdout, "data"), exit]),
    tell: (time: number) => child.stdin.write(`${time}\n`),
    isDead: () => child.exitCode !== null || child.signalCode !== null
  }
}

const rows = (path: string, sql: string) => {
  const db = new DatabaseSync(path, { readOnly: true })
  try {
    return db.prepare(sql).all()
  } catch {
    // nobody has made the tables yet
    return []
  } finally {
    db.close()
  }
}

const until = (isSo: () => boolean) =>
  new Promise<void>((resolve) => {
    const look = () => (isSo() ? resolve() : void setImmediate(look))
    look()
  })

const exists = (path: string, sql: string): boolean => {
  try {
    return rows(path, sql).length > 0
  } catch {
    return false
  }
}

describe("two processes with one schedule on one store", () => {
  it.live(
    "T34: killed at any statement, no slot runs twice, none is lost while one of them lives, and a turn is there with its slot or not at all",
    () =>
      Effect.gen(function* () {
        const path = join(yield* folder, "exoclaw.db")
        let now = began
        yield* Effect.promise(async () => {
          const stays = start(path, now, 0)
          await stays.ready
          // the other one: again and again, dying at another statement each time
          let dies = start(path, now, 1)
          let deaths = 0
          for (let slot = 0; slot < 70; slot++) {
            now += minute
            if (dies.isDead()) {
              deaths++
              if (deaths < 16) dies = start(path, now, deaths + 1)
            }
            await dies.ready
            const taken = () => exists(path, `SELECT 1 FROM schedule_slots WHERE due = ${now}`)
            dies.tell(now)
            // half of the slots are its own, for the rest the two race
            if (slot % 2 === 0) await until(() => taken() || dies.isDead())
            stays.tell(now)
            await until(taken)
          }
          assert.isAbove(deaths, 10)
          for (const one of [dies, stays]) if (!one.isDead()) one.child.kill("SIGKILL")
          await Promise.all([dies.exit, stays.exit])
        })

        const slots = rows(path, "SELECT due, turn, outcome FROM schedule_slots ORDER BY due")
        assert.deepStrictEqual(
          slots.map(({ due }) => due),
          Array.from({ length: 70 }, (_, n) => began + (n + 1) * minute)
        )
        assert.isAbove(slots.filter(({ outcome }) => outcome === "run").length, 20)
        for (const { outcome, turn } of slots) {
          assert.include(["run", "overlap"], outcome)
          assert.strictEqual(turn !== null, outcome === "run")
        }
        const turns = rows(path, "SELECT id, session FROM turns")
        assert.strictEqual(new Set(turns.map(({ session }) => session)).size, turns.length, "a slot has two turns")
        assert.deepStrictEqual(
          turns.map(({ id }) => id).toSorted(),
          slots.flatMap(({ turn }) => (turn === null ? [] : [String(turn)])).toSorted()
        )

        // both were away for half an hour: one run makes up for all of it
        now += 30 * minute + 1
        yield* Effect.promise(async () => {
          const one = start(path, now, 0)
          const other = start(path, now, 0)
          await until(() => exists(path, `SELECT 1 FROM schedule_slots WHERE due = ${now - 1}`))
          await until(() => !exists(path, "SELECT 1 FROM turns WHERE status IN ('accepted', 'running')"))
          for (const { child } of [one, other]) child.stdin.end()
          await Promise.all([one.exit, other.exit])
        })
        assert.strictEqual(rows(path, "SELECT 1 FROM schedule_slots").length, 71)
        assert.strictEqual(rows(path, "SELECT session FROM turns GROUP BY session HAVING count(*) > 1").length, 0)
      }),
    120_000
  )
})
