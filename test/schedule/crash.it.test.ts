import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { dirname, join } from "node:path"
import { createInterface } from "node:readline"
import { DatabaseSync } from "node:sqlite"
import { folder } from "../session/fixtures.ts"
import { start as began } from "./world.ts"

const program = new URL("./crash-main.ts", import.meta.url).pathname
const minute = 60_000

/** Processes on one store, gone with the scope. Whoever waits looks again when one of them said something or died. */
const machine = Effect.fnUntraced(function* (path: string) {
  const children = new Set<ChildProcess>()
  yield* Effect.addFinalizer(() =>
    Effect.sync(() => {
      for (const child of children) child.kill("SIGKILL")
    })
  )
  let heard = Promise.withResolvers<void>()
  const somethingHappened = () => {
    heard.resolve()
    heard = Promise.withResolvers()
  }
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await heard.promise
  }
  const boot = (fuse: number) => {
    const child = spawn(process.execPath, [program, path, String(fuse)], {
      stdio: ["pipe", "pipe", "inherit"],
      env: { ...process.env, NODE_COMPILE_CACHE: join(dirname(path), "compiled") }
    })
    children.add(child)
    child.stdin.on("error", () => {
      // written to after its death
    })
    let asleep = 0
    let idle = 0
    let dead = false
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line === "idle") idle += 1
      else asleep = Number(line.slice("asleep ".length))
      somethingHappened()
    })
    const exit = once(child, "close").then(([code, signal]) => {
      dead = true
      children.delete(child)
      somethingHappened()
      return signal === null ? `ended with ${code}` : String(signal)
    })
    return {
      /** The first time starts it. Comes back when its scheduler has done what there is to do, or it is dead. */
      tell: (time: number) => {
        child.stdin.write(`${time}\n`)
        return until(() => dead || asleep === time)
      },
      /** Waits until it has ended so many turns, or is dead. */
      ended: (turns: number) => until(() => dead || idle >= turns),
      isDead: () => dead,
      /** How it ended. */
      exit,
      stop: () => {
        child.stdin.end()
        return exit
      }
    }
  }
  return { boot, until }
})

describe("two processes with one schedule on one store", () => {
  it.live(
    "T34: killed at any statement, no slot runs twice, none is lost while one of them lives, and a turn is there with its slot or not at all",
    () =>
      Effect.gen(function* () {
        const path = join(yield* folder, "exoclaw.db")
        const { boot, until } = yield* machine(path)
        yield* Effect.promise(async () => {
          let now = began
          const stays = boot(0)
          await stays.tell(now)
          // the next ones stand ready, so that nobody waits for them
          const ready = [boot(1), boot(2)]
          const db = new DatabaseSync(path, { readOnly: true })
          const all = (sql: string) => db.prepare(sql).all()
          const open = () => all("SELECT 1 FROM turns WHERE status IN ('accepted', 'running')").length
          const slotAt = (due: number) => all(`SELECT due, turn, outcome FROM schedule_slots WHERE due = ${due}`)[0]

          // one dies at the first point of its life, the next at the second, ..., until one outlives its slot
          let deaths = 0
          let takenByTheOther = 0
          for (;;) {
            const dies = ready.shift() ?? boot(deaths + 1)
            ready.push(boot(deaths + 3))
            await dies.tell(now)
            now += minute
            await dies.tell(now)
            await dies.ended(1)
            const before = slotAt(now)
            await stays.tell(now)
            const slot = slotAt(now)
            assert.strictEqual(slot?.["outcome"], "run", `the slot after ${deaths} deaths`)
            // what the dead one has taken stays as it is
            if (before === undefined) takenByTheOther += 1
            else assert.deepStrictEqual(slot, before)
            // a minute on, the survivor has found what was left behind, so that nothing is in the way of later slots
            await stays.tell((now += minute))
            await until(() => open() === 0)
            if (!dies.isDead()) {
              await dies.stop()
              break
            }
            assert.strictEqual(await dies.exit, "SIGKILL")
            deaths += 1
          }
          assert.isAbove(takenByTheOther, 3)
          assert.isAbove(deaths - takenByTheOther, 3)

          // two that nobody kills race for each slot
          const rival = boot(0)
          await rival.tell(now)
          const raced = now
          for (let slot = 0; slot < 20; slot++) {
            now += minute
            await Promise.all([rival.tell(now), stays.tell(now)])
            await until(() => open() === 0)
          }
          const slots = all(`SELECT due, outcome FROM schedule_slots WHERE due > ${raced} ORDER BY due`)
          const expected = Array.from({ length: 20 }, (_, n) => ({ due: raced + (n + 1) * minute, outcome: "run" }))
          assert.deepStrictEqual(
            slots.map(({ due, outcome }) => ({ due, outcome })),
            expected
          )

          // both were away for half an hour: one run makes up for all of it
          await Promise.all([rival.stop(), stays.stop()])
          now += 30 * minute + 1
          const pair = [boot(0), boot(0)]
          await Promise.all(pair.map((one) => one.tell(now)))
          const late = all(`SELECT due, outcome FROM schedule_slots WHERE due > ${now - 30 * minute - 1}`)
          assert.deepStrictEqual(
            late.map(({ due, outcome }) => ({ due, outcome })),
            [{ due: now - 1, outcome: "run" }]
          )
          await until(() => open() === 0)

          // a run's conversation is named by its slot
          const turns = all("SELECT id, session FROM turns")
          assert.strictEqual(new Set(turns.map(({ session }) => session)).size, turns.length, "a slot ran twice")
          const taken = all("SELECT turn FROM schedule_slots WHERE turn IS NOT NULL")
          assert.includeMembers(
            turns.map(({ id }) => id),
            taken.map(({ turn }) => turn)
          )
          for (const one of [...pair, ...ready]) assert.strictEqual(await one.stop(), "ended with 0")
          db.close()
        })
      })
  )
})
