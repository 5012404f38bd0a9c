/** Who gets which slot, and how many there are. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { Lease } from "../../layers/sandbox/Lease.ts"
import { programs } from "../../layers/sandbox/Programs.ts"
import { Slots, type SlotsConfig } from "../../layers/sandbox/Slots.ts"

const pool = (config: Partial<SlotsConfig>) =>
  Effect.acquireRelease(
    Effect.sync(() => new Slots({ min: 1, max: 3, spare: 0, memoryMiB: 400, ...config }, programs(60))),
    (slots) => Effect.promise(() => slots.close())
  )
const leased = (slots: Slots, affinity: string, caller = affinity) =>
  Effect.callback<Lease, string>((resume) => {
    const lease = slots.lease(affinity, caller)
    lease.settled(() =>
      resume(lease.slot === undefined ? Effect.fail(lease.failure ?? "no slot") : Effect.succeed(lease))
    )
  })
const until = (done: () => boolean) =>
  Effect.suspend(() => (done() ? Effect.void : Effect.fail("not yet"))).pipe(
    Effect.retry({ schedule: Schedule.spaced("20 millis"), times: 1000 })
  )

describe("slots", () => {
  it.live("a plugin and its tenant get the slot that served them before, and a fresh one before somebody else's", () =>
    Effect.gen(function* () {
      const slots = yield* pool({ min: 3 })
      const one = yield* leased(slots, "a acme")
      const two = yield* leased(slots, "b acme")
      const pids = [one.slot?.pid, two.slot?.pid]
      assert.notStrictEqual(pids[0], pids[1])
      one.close()
      two.close()
      yield* until(() => slots.idle === 3)
      for (let round = 0; round < 3; round++) {
        const again = yield* leased(slots, "b acme")
        assert.strictEqual(again.slot?.pid, pids[1])
        again.close()
      }
      const third = yield* leased(slots, "a other")
      assert.notInclude(pids, third.slot?.pid)
      third.close()
    })
  )

  it.live("grow with the calls up to their limit, and shrink when they are not used", () =>
    Effect.gen(function* () {
      const slots = yield* pool({ reapMs: 100 })
      const leases = yield* Effect.forEach(["a", "b", "c"], (affinity) => leased(slots, affinity), {
        concurrency: "unbounded"
      })
      assert.strictEqual(slots.pids.length, 3)
      for (const lease of leases) lease.close()
      yield* until(() => slots.pids.length === 1)
      const next = yield* leased(slots, "d")
      assert.include(slots.pids, next.slot?.pid)
    })
  )

  it.live(
    "T28: are never all one caller's: whoever has slow calls leaves a slot to the others, and goes on after",
    () =>
      Effect.gen(function* () {
        const slots = yield* pool({ max: 4 })
        const held = yield* Effect.forEach([1, 2, 3], () => leased(slots, "p", "slow"), { concurrency: "unbounded" })
        const fourth = slots.lease("p", "slow")
        const other = yield* leased(slots, "p", "quick")
        assert.strictEqual(slots.pids.length, 4)
        assert.isTrue(fourth.waits)
        // a slot that is free is not his
        other.close()
        assert.strictEqual(slots.idle, 1)
        assert.isTrue(fourth.waits)
        held[0]?.close()
        assert.isFalse(fourth.waits)
        assert.strictEqual(slots.idle, 1)
        for (const lease of [...held, fourth]) lease.close()
        assert.strictEqual(slots.idle, 4)
        const only = yield* pool({ max: 1 })
        const lease = yield* leased(only, "p", "slow")
        assert.isDefined(lease.slot)
      })
  )

  it.live("are not given on before they have answered", () =>
    Effect.gen(function* () {
      const slots = yield* pool({})
      const one = yield* leased(slots, "a")
      const pid = one.slot?.pid
      one.start(60_000)
      one.close()
      const two = yield* leased(slots, "a")
      assert.notStrictEqual(two.slot?.pid, pid)
    })
  )

  it.live("T20: that were starting when the zygote died are started again, and whoever waits gets one", () =>
    Effect.gen(function* () {
      const slots = yield* pool({ min: 6, max: 6 })
      slots.want()
      const waiting = leased(slots, "a")
      const zygote = slots.zygotePid
      assert(zygote !== undefined)
      process.kill(zygote, "SIGKILL")
      const lease = yield* waiting
      assert.isTrue(lease.slot?.alive)
      assert.notStrictEqual(slots.zygotePid, zygote)
      lease.close()
    })
  )

  it.live("that do not start say how they ended: a flag that Node does not know", () =>
    Effect.gen(function* () {
      const own = programs(60)
      const slot = { ...own.slot, arguments: ["--no-such-flag", ...own.slot.arguments] }
      const slots = yield* Effect.acquireRelease(
        Effect.sync(() => new Slots({ min: 1, max: 1, spare: 0, memoryMiB: 400 }, { ...own, slot })),
        (open) => Effect.promise(() => open.close())
      )
      const lease = slots.lease("a", "a")
      // its socket may end before its exit is told
      yield* until(() => slots.trouble?.endsWith(")") === true)
      assert.strictEqual(slots.trouble, "the sandbox's processes do not start (exit code 9)")
      assert.isTrue(lease.waits)
      lease.close()
    })
  )
})
