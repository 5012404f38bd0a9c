import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { Feed } from "../../layers/session/TurnLog.ts"
import { defaultTenant, TenantId } from "../../src/domain/Ids.ts"
import { Inbox } from "../../src/session/Inbox.ts"
import type { SessionError } from "../../src/session/SessionError.ts"
import { as, idempotencyKey, keyOf } from "./fixtures.ts"
import {
  alice,
  brief,
  ended,
  follow,
  gate,
  meanwhile,
  resultOf,
  type Script,
  send,
  statusOf,
  until,
  world
} from "./world.ts"

const reasonOf = <A, R>(effect: Effect.Effect<A, SessionError, R>) =>
  Effect.map(Effect.flip(effect), (error) => error.reason._tag)

const answering: Script = (turn, { say }) => Effect.as(say(`answer to ${turn.content}`), ended)

describe("Inbox", () => {
  it.effect("answers with what the turn said", () =>
    Effect.gen(function* () {
      const turn = yield* send("hello")
      const result = yield* meanwhile(resultOf(turn))
      assert.deepInclude(result, {
        turnId: turn,
        sessionKey: "main:websocket:alice:main",
        text: "answer to hello",
        stopReason: "end_turn"
      })
      assert.deepStrictEqual(brief(yield* follow(turn)), ["1 accepted", "2 text answer to hello", "3 done end_turn"])
    }).pipe(Effect.provide(world({ script: answering })))
  )

  it.effect("runs the turns of a session one at a time, in the order they were accepted", () => {
    const order: Array<string> = []
    let now = 0
    let most = 0
    const script: Script = (turn, { say }) =>
      Effect.gen(function* () {
        now += 1
        most = Math.max(most, now)
        order.push(turn.content)
        yield* say("x")
        now -= 1
        return ended
      })
    return Effect.gen(function* () {
      const names = Array.from({ length: 20 }, (_, i) => `m${i}`)
      const turns = yield* Effect.forEach(names, (name) => send(name))
      yield* meanwhile(Effect.forEach(turns, resultOf, { concurrency: "unbounded" }))
      assert.deepStrictEqual(order, names)
      assert.strictEqual(most, 1)
    }).pipe(Effect.provide(world({ script })))
  })

  it.effect("no message waits for a clock, whenever it comes while its lane is about to go", () =>
    // the clock of this test stands still: a wake that got lost would be found by no poll
    Effect.forEach(
      Array.from({ length: 8 }, (_, i) => keyOf(`peer ${i}`)),
      (session, lane) =>
        Effect.gen(function* () {
          for (let round = 0; round < 60; round++) {
            const turn = yield* send(`m${round}`, { session })
            assert.strictEqual((yield* resultOf(turn)).stopReason, "end_turn")
            for (let i = 0; i < (round * (lane + 1)) % 13; i++) yield* Effect.yieldNow
          }
        }),
      { concurrency: "unbounded", discard: true }
    ).pipe(Effect.provide(world({ script: answering })))
  )

  it.effect("a session never waits for another", () =>
    Effect.gen(function* () {
      const held = yield* gate
      const script: Script = (turn) => Effect.as(turn.content === "slow" ? held.pass : Effect.void, ended)
      yield* Effect.gen(function* () {
        const slow = yield* send("slow")
        yield* held.reached
        const quick = yield* Effect.forEach(
          Array.from({ length: 50 }, (_, i) => i),
          (i) => send("quick", { session: keyOf(`peer ${i}`) })
        )
        yield* meanwhile(Effect.forEach(quick, resultOf, { concurrency: "unbounded" }))
        assert.strictEqual(yield* statusOf(slow), "running")
        yield* held.open
        assert.strictEqual((yield* meanwhile(resultOf(slow))).stopReason, "end_turn")
      }).pipe(Effect.provide(world({ script })))
    })
  )

  it.effect("refuses what is beyond the bound of a session's queue, and takes it when there is room again", () =>
    Effect.gen(function* () {
      const held = yield* gate
      yield* Effect.gen(function* () {
        const first = yield* send("1")
        yield* send("2")
        assert.strictEqual(yield* reasonOf(send("3")), "Busy")
        yield* send("other", { session: keyOf("elsewhere") })
        yield* held.open
        yield* meanwhile(resultOf(first))
        yield* send("3")
      }).pipe(Effect.provide(world({ script: () => Effect.as(held.pass, ended), waitingLimit: 2 })))
    })
  )

  it.effect("T34: the same key sent many times at once is one turn that runs once", () => {
    let runs = 0
    const script: Script = () =>
      Effect.sync(() => {
        runs += 1
        return ended
      })
    return Effect.gen(function* () {
      const key = { idempotencyKey: idempotencyKey("k") }
      const turns = yield* Effect.all(
        Array.from({ length: 20 }, () => send("hello", key)),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(new Set(turns).size, 1)
      yield* meanwhile(Effect.forEach(turns, resultOf))
      assert.strictEqual(runs, 1)
      assert.strictEqual(yield* reasonOf(send("other", key)), "KeyReused")
      assert.strictEqual(yield* alice(Effect.flatMap(Inbox, (inbox) => inbox.findByKey(idempotencyKey("k")))), turns[0])
      assert.strictEqual(
        yield* reasonOf(as("bob")(Effect.flatMap(Inbox, (inbox) => inbox.findByKey(idempotencyKey("k"))))),
        "NotFound"
      )
    }).pipe(Effect.provide(world({ script })))
  })

  it.effect("a peer that is gone while its message is journalled leaves a turn that runs", () =>
    Effect.gen(function* () {
      const key = idempotencyKey("k")
      const fiber = yield* Effect.forkChild(send("hello", { idempotencyKey: key }), { startImmediately: true })
      yield* Fiber.interrupt(fiber)
      const turn = yield* alice(Effect.flatMap(Inbox, (inbox) => inbox.findByKey(key)))
      assert.strictEqual((yield* meanwhile(resultOf(turn))).text, "answer to hello")
    }).pipe(Effect.provide(world({ script: answering })))
  )

  it.effect("T6: nobody but its principal sees a turn; with session:any everybody of the tenant does", () =>
    Effect.gen(function* () {
      const inbox = yield* Inbox
      const turn = yield* send("hello")
      yield* meanwhile(resultOf(turn))
      const bob = as("bob")
      const foreign = as("alice", ["session:any"], TenantId.make("other"))
      for (const who of [bob, foreign]) {
        assert.strictEqual(yield* reasonOf(who(inbox.status(turn))), "NotFound")
        assert.strictEqual(yield* reasonOf(who(inbox.result(turn))), "NotFound")
        assert.strictEqual(yield* reasonOf(who(inbox.cancel(turn))), "NotFound")
        assert.strictEqual(yield* reasonOf(who(inbox.retry(turn))), "NotFound")
        assert.strictEqual(yield* reasonOf(who(Stream.runCollect(inbox.follow(turn, 0)))), "NotFound")
      }
      assert.strictEqual(yield* as("bob", ["session:any"], defaultTenant)(inbox.status(turn)), "done")
    }).pipe(Effect.provide(world({ script: answering })))
  )

  it.effect("T6: in a group everybody follows a turn; its sender or session:any stops it and runs it anew", () =>
    Effect.gen(function* () {
      const held = yield* gate
      yield* Effect.gen(function* () {
        const inbox = yield* Inbox
        const group = keyOf("room", { conversation: { peer: "room", guild: "g" } })
        const turn = yield* send("hello", { session: group })
        yield* held.reached
        const bob = as("bob")
        assert.strictEqual(yield* bob(inbox.status(turn)), "running")
        const seen = yield* Effect.forkChild(bob(Stream.runCollect(inbox.follow(turn, 0))))
        assert.strictEqual(yield* reasonOf(bob(inbox.cancel(turn))), "NotYours")
        assert.strictEqual(yield* reasonOf(bob(inbox.retry(turn))), "NotYours")
        assert.strictEqual(yield* statusOf(turn), "running")
        yield* held.open
        assert.deepStrictEqual(brief(yield* meanwhile(Fiber.join(seen))), ["1 accepted", "2 done breaker"])
        assert.strictEqual(yield* reasonOf(bob(inbox.retry(turn))), "NotYours")
        assert.strictEqual(yield* statusOf(turn), "parked")
        yield* as("carol", ["session:any"])(inbox.retry(turn))
        assert.strictEqual((yield* meanwhile(resultOf(turn))).stopReason, "breaker")
        assert.strictEqual(yield* statusOf(turn), "parked")
        yield* alice(inbox.retry(turn))
        assert.isFalse(yield* meanwhile(as("carol", ["session:any"])(inbox.cancel(turn))))
      }).pipe(
        Effect.provide(
          world({ script: () => Effect.as(held.pass, { ...ended, status: "parked", stopReason: "breaker" }) })
        )
      )
    })
  )

  it.effect("a defect of the runner fails its turn and nothing else", () => {
    const script: Script = (turn) =>
      turn.content === "bad"
        ? Effect.sync(() => {
            throw new Error("boom")
          })
        : Effect.succeed(ended)
    return Effect.gen(function* () {
      const [bad, good] = [yield* send("bad"), yield* send("good")]
      const result = yield* meanwhile(resultOf(bad))
      assert.deepInclude(result, { stopReason: "error" })
      assert.strictEqual(result.error?.code, -32603)
      assert.notInclude(JSON.stringify(result), "boom")
      assert.deepStrictEqual(brief(yield* follow(bad)).at(-1), "3 done error")
      assert.strictEqual((yield* meanwhile(resultOf(good))).stopReason, "end_turn")
    }).pipe(Effect.provide(world({ script })))
  })

  it.effect("a parked turn frees its lane; run anew it says what it says once", () => {
    let parks = true
    const script: Script = (turn, { say }) =>
      Effect.gen(function* () {
        yield* say(`${turn.content} `)
        assert.deepStrictEqual(turn.steps, [])
        if (turn.content !== "parks" || !parks) return ended
        return { ...ended, status: "parked", stopReason: "breaker" }
      })
    return Effect.gen(function* () {
      const inbox = yield* Inbox
      const turn = yield* send("parks")
      const next = yield* send("next")
      assert.deepInclude(yield* meanwhile(resultOf(turn)), { stopReason: "breaker", text: "parks " })
      assert.strictEqual((yield* meanwhile(resultOf(next))).stopReason, "end_turn")
      assert.strictEqual(yield* statusOf(turn), "parked")
      parks = false
      yield* alice(inbox.retry(turn))
      assert.deepInclude(yield* meanwhile(resultOf(turn)), { stopReason: "end_turn", text: "parks " })
      assert.deepStrictEqual(brief(yield* follow(turn)), [
        "1 accepted",
        "2 text parks ",
        "3 notice retry",
        "4 text parks ",
        "5 done end_turn"
      ])
      // over is over
      yield* alice(inbox.retry(turn))
      assert.strictEqual(yield* statusOf(turn), "done")
    }).pipe(Effect.provide(world({ script })))
  })

  it.effect("T28: a thousand sessions leave nothing in memory when they are idle", () =>
    Effect.gen(function* () {
      const inbox = yield* Inbox
      const feed = yield* Feed
      const turns = yield* Effect.forEach(
        Array.from({ length: 1_000 }, (_, i) => i),
        (i) => send("hello", { session: keyOf(`peer ${i}`) }),
        { concurrency: "unbounded" }
      )
      yield* meanwhile(Effect.forEach(turns, resultOf, { concurrency: "unbounded" }))
      yield* until(
        "all lanes are gone",
        Effect.map(inbox.load, ({ lanes }) => lanes === 0)
      )
      assert.deepStrictEqual(yield* inbox.load, { running: 0, lanes: 0 })
      assert.strictEqual(feed.size(), 0)
    }).pipe(Effect.provide(world({ script: answering })))
  )

  it.effect("while it drains it takes nothing new, ends what runs, and leaves the rest journalled", () =>
    Effect.gen(function* () {
      const held = yield* gate
      yield* Effect.gen(function* () {
        const inbox = yield* Inbox
        const runs = yield* send("runs")
        const waits = yield* send("waits")
        yield* held.reached
        const drained = yield* Deferred.make<void>()
        yield* Effect.forkChild(Deferred.into(inbox.drain, drained), { startImmediately: true })
        const refused = yield* Effect.flip(send("new"))
        assert.strictEqual(refused.reason._tag, "Draining")
        assert.include(refused.message, "until it has been restarted")
        assert.strictEqual(yield* reasonOf(alice(inbox.retry(runs))), "Draining")
        assert.isFalse(yield* Deferred.isDone(drained))
        yield* held.open
        yield* Deferred.await(drained)
        assert.strictEqual(yield* statusOf(runs), "done")
        assert.strictEqual(yield* statusOf(waits), "accepted")
        assert.deepStrictEqual(yield* inbox.load, { running: 0, lanes: 0 })
      }).pipe(Effect.provide(world({ script: () => Effect.as(held.pass, ended) })))
    })
  )
})
