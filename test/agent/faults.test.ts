/**
 * T13: a turn is run once for each place at which it can be hurt: its fiber is interrupted, its process dies, or a store
 * or the vendor fails there. However it ends, the ledger has what the vendor billed. `EXOCLAW_FAULTS=all` tries every
 * place, `EXOCLAW_FAULTS=2/5` every fifth from the second on; otherwise they are every so many, from a random one on.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { join } from "node:path"
import type { TurnId } from "../../src/domain/Ids.ts"
import { openReads } from "../../layers/store/SqliteStore.ts"
import { Inbox } from "../../src/session/Inbox.ts"
import { isOpen } from "../../src/session/Turn.ts"
import { folder, instanceOf } from "../session/fixtures.ts"
import { alice, statusOf } from "../session/world.ts"
import { installation, launch, type Life, type Scenario, scenarios, setting } from "./faultWorld.ts"

const nothing = { at: 0, strike: () => undefined }

/** The turn as it goes when nobody hurts it; gives how many places there are. */
const whole = Effect.fnUntraced(function* (scenario: Scenario) {
  const at = setting(scenario)
  const { life, turn } = yield* launch(at, {}, nothing)
  if (turn === undefined) throw new Error("no turn")
  const result = yield* life.result(turn)
  const found = { ...at.counts(), operations: life.scheduler.operations }
  assert.deepInclude(result, { stopReason: "end_turn", text: "Let me see. It is done." })
  yield* life.isRight(turn, "unhurt")
  assert.strictEqual(at.journalled.size, 2)
  assert.strictEqual((yield* life.in(installation)).spent, at.vendor.truth)
  yield* life.close
  return found
})

/** The turn, hurt as the setting says, to its end; gives what became of it. */
const hurt = Effect.fnUntraced(function* (at: ReturnType<typeof setting>, what: string, strike = nothing) {
  const { life, turn } = yield* launch(at, {}, strike)
  if (turn === undefined) throw new Error("no turn")
  yield* life.result(turn)
  const status = yield* life.in(statusOf(turn))
  yield* life.isRight(turn, what)
  yield* life.close
  return status
})

/** What the installation has spent and holds, as it stands in the file: a dead process is not asked, for it writes nothing. */
const booked = Effect.fnUntraced(function* (path: string) {
  const read = yield* openReads(path)
  const sum = "SELECT spent_tokens + held_tokens AS tokens FROM balances WHERE account = 'installation:all'"
  return Number((yield* read((db) => db.get(sum)))?.["tokens"] ?? 0)
}, Effect.scoped)

const cancel = (turn: TurnId, life: Life) =>
  Effect.runFork(life.in(alice(Effect.flatMap(Inbox, (inbox) => inbox.cancel(turn)))))

const asked = process.env["EXOCLAW_FAULTS"] ?? ""
const share = asked === "all" ? ["1", "1"] : (/^([1-9]\d*)\/([1-9]\d*)$/.exec(asked)?.slice(1) ?? [])
const isAll = share.length > 0
/** Places from 1 to `count`: all, the share that was asked for, or about `most` of them. */
const places = (count: number, most: number): ReadonlyArray<number> => {
  const every = isAll ? Number(share[1]) : Math.max(1, Math.floor(count / most))
  const first = isAll ? Number(share[0]) : 1 + Math.floor(Math.random() * every)
  return Array.from({ length: Math.max(0, Math.ceil((count - first + 1) / every)) }, (_, n) => first + n * every)
}
const longest = isAll ? 3_600_000 : 60_000

for (const [name, scenario] of Object.entries(scenarios)) {
  describe(`T13: ${name}: the truth is in the books, and nothing held`, () => {
    it.live(
      "where the turn is stopped before any of its operations",
      () =>
        Effect.gen(function* () {
          const { operations } = yield* whole(scenario)
          const statuses = new Set<string>()
          for (const k of places(operations, 20)) {
            const what = `stopped at operation ${k} of ${operations}`
            // in between two operations
            const strike = (turn: TurnId, life: Life) => queueMicrotask(() => void cancel(turn, life))
            statuses.add(yield* hurt(setting(scenario), what, { at: k, strike }))
          }
          assert.include([...statuses], "cancelled")
        }),
      longest
    )

    it.live(
      "where the process dies before any of its operations, and another one goes on",
      () =>
        Effect.gen(function* () {
          const { operations } = yield* whole(scenario)
          const all = places(operations, 12)
          let died = 0
          for (const k of all) {
            const path = join(yield* folder, "exoclaw.db")
            const what = `dead at operation ${k} of ${operations}`
            const at = setting(scenario)
            const strike = (_: TurnId, life: Life) => life.scheduler.kill()
            const { life: first, turn } = yield* launch(at, { path, instance: instanceOf(1) }, { at: k, strike })
            if (turn === undefined) throw new Error("no turn")
            // the last of the operations are not the turn's any more
            const isOver = Effect.map(statusOf(turn), (status) => !isOpen(status) || first.scheduler.isDead)
            yield* first.until(what, isOver)
            died += first.scheduler.isDead ? 1 : 0
            assert.isAtLeast(yield* booked(path), at.vendor.truth, what)
            const lives = ({ id }: { readonly id: string }) => id !== instanceOf(1).id
            const { life: second } = yield* launch(at, { path, instance: instanceOf(2), lives })
            yield* second.result(turn)
            yield* second.isRight(turn, what)
            yield* second.close
          }
          assert.isAtLeast(died, all.length * 0.8)
        }).pipe(Effect.scoped),
      longest
    )

    for (const how of ["refused", "lost"] as const) {
      for (const store of ["ledger", "sessions"] as const) {
        it.live(
          `where any one call of the store of ${store} is ${how}`,
          () =>
            Effect.gen(function* () {
              const counts = yield* whole(scenario)
              for (let k = 1; k <= counts[store]; k++)
                yield* hurt(setting({ ...scenario, [store]: { at: k, how } }), `call ${k} of ${store} ${how}`)
            }),
          longest
        )
      }
    }

    it.live(
      "where the vendor breaks off before any part of its answers",
      () =>
        Effect.gen(function* () {
          const { vendor } = yield* whole(scenario)
          for (let k = 1; k <= vendor; k++)
            yield* hurt(setting({ ...scenario, vendor: k }), `broken before part ${k} of ${vendor}`)
        }),
      longest
    )
  })
}
