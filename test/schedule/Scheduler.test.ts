import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { TestClock } from "effect/testing"
import { DatabaseSync } from "node:sqlite"
import { JobId, principalOfJob } from "../../src/domain/Ids.ts"
import * as SessionKey from "../../src/domain/SessionKey.ts"
import { ended, gate } from "../session/world.ts"
import { jobOf, machine, pass, settle, start } from "./world.ts"

const minute = 60_000

describe("a job", () => {
  it.effect("T34: runs at each of its slots, once", () =>
    Effect.gen(function* () {
      const { gateway, slots } = yield* machine
      yield* gateway(1, [jobOf()])
      yield* settle
      assert.deepStrictEqual(slots(), [])
      yield* pass(9)
      assert.deepStrictEqual(slots(), [])
      yield* pass(1)
      assert.deepStrictEqual(slots(), ["08:10"])
      yield* pass(20)
      assert.deepStrictEqual(slots(), ["08:10", "08:20", "08:30"])
    })
  )

  it.effect(
    "T34: runs a slot that falls due while the one before it is being journalled, and does not wait for the next",
    () =>
      Effect.gen(function* () {
        const { gateway, slots } = yield* machine
        const journal = yield* gate
        yield* gateway(1, [jobOf()], undefined, journal.pass)
        yield* pass(10)
        yield* journal.reached
        yield* pass(10)
        yield* journal.open
        yield* settle
        assert.deepStrictEqual(slots(), ["08:10", "08:20"])
      })
  )

  it.effect("T16: acts as itself with its own scopes, in a conversation of its own for each run", () =>
    Effect.gen(function* () {
      const { gateway, ran } = yield* machine
      yield* gateway(1, [jobOf("@every 10m", { scopes: ["memory:read"] })])
      yield* pass(20)
      const [first, second] = ran
      assert.strictEqual(first?.principal.id, principalOfJob(JobId.make("report")))
      assert.deepStrictEqual(first?.principal.scopes, ["memory:read"])
      assert.strictEqual(first?.content, "Write the report.")
      assert.strictEqual(first && SessionKey.show(first.session), "main:schedule:report:2026-03-02T08%3A10%3A00.000Z")
      assert.notStrictEqual(first?.session.conversation.peer, second?.session.conversation.peer)
    })
  )

  it.effect("keeps one conversation where it wants to see what it said before", () =>
    Effect.gen(function* () {
      const { gateway, ran } = yield* machine
      yield* gateway(1, [jobOf("@every 10m", { history: true })])
      yield* pass(20)
      assert.deepStrictEqual(
        ran.map(({ session }) => SessionKey.show(session)),
        ["main:schedule:report:main", "main:schedule:report:main"]
      )
    })
  )

  it.effect("T16: does not begin again while its last run is not over; that slot is over with it", () =>
    Effect.gen(function* () {
      const { gateway, ran, slots } = yield* machine
      const held = yield* gate
      const { scheduler } = yield* gateway(1, [jobOf()], (turn) =>
        Effect.andThen(
          Effect.sync(() => ran.push(turn)),
          Effect.as(held.pass, ended)
        )
      )
      yield* pass(35)
      assert.deepStrictEqual(slots(), ["08:10"])
      assert.deepInclude((yield* scheduler.list)[0]?.last, { outcome: "overlap", due: start + 30 * minute, turn: null })
      yield* held.open
      yield* pass(4)
      assert.deepStrictEqual(slots(), ["08:10"])
      yield* pass(1)
      assert.deepStrictEqual(slots(), ["08:10", "08:40"])
    })
  )

  it.effect("T16: does not begin again however many of its slots pass while its last run waits", () =>
    Effect.gen(function* () {
      const { gateway, ran } = yield* machine
      const held = yield* gate
      yield* gateway(1, [jobOf("@every 1m")], (turn) =>
        Effect.andThen(
          Effect.sync(() => ran.push(turn)),
          Effect.as(held.pass, ended)
        )
      )
      yield* pass(130)
      assert.strictEqual(ran.length, 1)
      yield* held.open
      yield* pass(2)
      assert.strictEqual(ran.length, 3)
    })
  )

  it.effect("of a new plan, or just configured, has missed nothing", () =>
    Effect.gen(function* () {
      const { gateway, slots } = yield* machine
      const first = yield* gateway(1, [jobOf("@every 7m", { missed: "run_once" })])
      yield* first.stop
      yield* TestClock.adjust("5 hours")
      yield* gateway(2, [jobOf("@every 10m", { missed: "run_once" })])
      yield* settle
      assert.deepStrictEqual(slots(), [])
    })
  )

  it.effect("whose prompt is refused by content inspection says so, and its slot is over", () =>
    Effect.gen(function* () {
      const { gateway, ran } = yield* machine
      const prompt = `x`.repeat(300_000)
      const { scheduler } = yield* gateway(1, [
        jobOf("@every 10m", { prompt }),
        jobOf("@every 10m", { id: JobId.make("other") })
      ])
      yield* pass(10)
      assert.deepInclude((yield* scheduler.list)[0]?.last, { outcome: "refused", turn: null })
      assert.deepStrictEqual(
        ran.map(({ session }) => session.account),
        ["other"]
      )
    })
  )
})

describe("slots that passed while no gateway ran", () => {
  for (const [missed, away, expected] of [
    ["skip", 45, []],
    ["skip", 41, ["08:40"]],
    ["run_once", 45, ["08:40"]]
  ] as const) {
    const late = away === 41 ? "just" : "long ago"
    it.effect(
      `T16: with ${missed}, the last of which was due ${late}: ${expected.length === 0 ? "none runs" : "that one runs"}`,
      () =>
        Effect.gen(function* () {
          const { gateway, ran, slots } = yield* machine
          // every ten minutes, and the grace is ten minutes: a plan with longer steps shows what is too late
          const job = jobOf("40 8-23 * * *", { missed })
          const first = yield* gateway(1, [job])
          yield* first.stop
          yield* TestClock.adjust(`${away === 45 ? 55 : away} minutes`)
          const { scheduler } = yield* gateway(2, [job])
          yield* settle
          assert.deepStrictEqual(slots(), [...expected])
          const [status] = yield* scheduler.list
          assert.strictEqual(status?.last?.outcome, expected.length === 0 ? "missed" : "run")
          assert.strictEqual(status?.next, start + 100 * minute)
          yield* pass(60)
          assert.strictEqual(ran.length, expected.length + 1)
        })
    )
  }

  it.effect("T16: run at most once, however many they were", () =>
    Effect.gen(function* () {
      const { gateway, slots } = yield* machine
      const job = jobOf("@every 1m", { missed: "run_once" })
      const first = yield* gateway(1, [job])
      yield* first.stop
      yield* TestClock.adjust("5 days")
      yield* gateway(2, [job])
      yield* settle
      assert.deepStrictEqual(slots(), ["08:00"])
    })
  )

  it.effect("T34: are not run again when the clock went back", () =>
    Effect.gen(function* () {
      const { gateway, slots } = yield* machine
      const first = yield* gateway(1, [jobOf()])
      yield* pass(30)
      assert.deepStrictEqual(slots(), ["08:10", "08:20", "08:30"])
      yield* first.stop
      yield* TestClock.setTime(start)
      const { scheduler } = yield* gateway(2, [jobOf()])
      assert.strictEqual((yield* scheduler.list)[0]?.next, start + 40 * minute)
      yield* pass(40)
      assert.deepStrictEqual(slots(), ["08:10", "08:20", "08:30", "08:40"])
    })
  )

  it.effect(
    "T34: wait for a clock that was far ahead, until the job is resumed; what ran by it does not run again",
    () =>
      Effect.gen(function* () {
        const { gateway, slots } = yield* machine
        const first = yield* gateway(1, [jobOf()])
        yield* first.stop
        yield* TestClock.setTime(start + 60 * minute)
        const ahead = yield* gateway(2, [jobOf()])
        yield* pass(10)
        assert.deepStrictEqual(slots(), ["09:00", "09:10"])
        yield* ahead.stop
        yield* TestClock.setTime(start + 35 * minute)
        const { scheduler } = yield* gateway(3, [jobOf()])
        yield* pass(10)
        assert.deepStrictEqual(slots(), ["09:00", "09:10"])
        const { next } = yield* scheduler.setPaused(JobId.make("report"), false)
        assert.strictEqual(next, start + 50 * minute)
        yield* pass(40)
        assert.deepStrictEqual(slots(), ["09:00", "09:10", "08:50", "09:20"])
      })
  )
})

describe("two gateways on one store", () => {
  it.effect("T34: run each slot once between them, and all of them when one is gone", () =>
    Effect.gen(function* () {
      const { gateway, slots } = yield* machine
      const a = yield* gateway(1, [jobOf()])
      yield* gateway(2, [jobOf()])
      yield* pass(20)
      assert.deepStrictEqual(slots(), ["08:10", "08:20"])
      yield* a.stop
      yield* pass(20)
      assert.deepStrictEqual(slots(), ["08:10", "08:20", "08:30", "08:40"])
    })
  )

  it.effect("pause a job for both", () =>
    Effect.gen(function* () {
      const { gateway, slots } = yield* machine
      const a = yield* gateway(1, [jobOf()])
      const b = yield* gateway(2, [jobOf()])
      assert.isTrue((yield* a.scheduler.setPaused("report", true)).paused)
      assert.deepInclude((yield* b.scheduler.list)[0], { paused: true, next: null })
      yield* pass(25)
      assert.deepStrictEqual(slots(), [])
      assert.isFalse((yield* b.scheduler.setPaused("report", false)).paused)
      yield* pass(10)
      assert.deepStrictEqual(slots(), ["08:30"])
    })
  )
})

describe("an operator", () => {
  it.effect("runs a job beside its slots, and not while it runs", () =>
    Effect.gen(function* () {
      const { gateway, ran } = yield* machine
      const held = yield* gate
      const { scheduler } = yield* gateway(1, [jobOf()], (turn, { say }) =>
        Effect.gen(function* () {
          ran.push(turn)
          yield* say("done")
          if (ran.length === 1) yield* held.pass
          return ended
        }).pipe(Effect.orDie)
      )
      const run = yield* scheduler.run("report")
      yield* held.reached
      const refused = yield* Effect.flip(scheduler.run("report"))
      assert.strictEqual(refused.message, `The job's last run (${run.turnId}) is not over yet.`)
      yield* held.open
      assert.strictEqual((yield* run.result).text, "done")
      const again = yield* scheduler.run("report")
      assert.notStrictEqual(again.turnId, run.turnId)
      assert.notStrictEqual(again.sessionKey, run.sessionKey)
      yield* again.result
      assert.deepInclude((yield* scheduler.list)[0]?.last, { due: null, outcome: "run", status: "done" })
      yield* pass(10)
      assert.strictEqual(ran.length, 3)
    })
  )

  it.effect("runs a paused one too, and is told the nearest name", () =>
    Effect.gen(function* () {
      const { gateway, ran } = yield* machine
      const { scheduler } = yield* gateway(1, [jobOf("@every 10m", { paused: true })])
      yield* pass(15)
      assert.strictEqual(ran.length, 0)
      yield* (yield* scheduler.run("report")).result
      assert.strictEqual(ran.length, 1)
      assert.strictEqual(
        (yield* Effect.flip(scheduler.run("reprot"))).message,
        'There is no job of that name; did you mean "report"? Configured: report.'
      )
      yield* scheduler.setPaused("report", false)
      yield* pass(10)
      assert.strictEqual(ran.length, 2)
    })
  )
})

describe("the store", () => {
  it.effect("remembers a bounded number of slots, and refuses those before them all the same", () =>
    Effect.gen(function* () {
      const { gateway, path } = yield* machine
      const { state } = yield* gateway(1, [jobOf("@every 1h")])
      const job = JobId.make("report")
      for (let n = 1; n <= 120; n++)
        assert.isTrue(yield* state.skip({ job, due: start + n * minute }, "missed", start + n))
      assert.isFalse(yield* state.skip({ job, due: start + minute }, "missed", start))
      assert.strictEqual((yield* state.states).get(job)?.last?.due, start + 120 * minute)
      const db = new DatabaseSync(path, { readOnly: true })
      assert.deepInclude(db.prepare("SELECT count(*) AS n FROM schedule_slots").get(), { n: 100 })
      db.close()
    })
  )
})
