import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { Inbox } from "../../src/session/Inbox.ts"
import { SessionStore } from "../../src/session/SessionStore.ts"
import { keyOf, storeAt } from "./fixtures.ts"
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

const words = (count: number) => Array.from({ length: count }, (_, i) => `w${i}`)
const whole = (count: number) => [
  "1 accepted",
  ...words(count).map((word, i) => `${i + 2} text ${word}`),
  `${count + 2} done end_turn`
]

/** Says its words one by one; stands at the gate before the last. */
const speaking =
  (count: number, pass: Effect.Effect<void> = Effect.void): Script =>
  (_, { say }) =>
    Effect.gen(function* () {
      const all = words(count)
      for (const [i, word] of all.entries()) {
        if (i === all.length - 1) yield* pass
        yield* say(word)
      }
      return ended
    })

describe("followers of a turn", () => {
  it.effect("T32: fast, slow and late ones see the same events, each once, in order", () =>
    Effect.gen(function* () {
      const held = yield* gate
      const slowMay = yield* Deferred.make<void>()
      yield* Effect.gen(function* () {
        const inbox = yield* Inbox
        const turn = yield* send("hello")
        const fast = yield* Effect.forkChild(follow(turn))
        const slow = yield* Effect.forkChild(
          alice(
            Stream.runCollect(
              Stream.mapEffect(inbox.follow(turn, 0), (event) => Effect.as(Deferred.await(slowMay), event))
            )
          )
        )
        yield* held.reached
        const middle = yield* Effect.forkChild(follow(turn))
        yield* held.open
        // the slow one has not read a thing, and nobody waited for it
        assert.strictEqual((yield* meanwhile(resultOf(turn))).stopReason, "end_turn")
        yield* Deferred.succeed(slowMay, undefined)
        const late = yield* follow(turn)
        for (const events of [
          yield* meanwhile(Fiber.join(fast)),
          yield* meanwhile(Fiber.join(slow)),
          yield* meanwhile(Fiber.join(middle)),
          late
        ]) {
          assert.deepStrictEqual(brief(events), whole(600))
        }
      }).pipe(Effect.provide(world({ script: speaking(600, held.pass) })))
    })
  )

  it.effect("one that comes back goes on after any seq, while the turn runs and when it is over", () =>
    Effect.gen(function* () {
      const held = yield* gate
      yield* Effect.gen(function* () {
        const turn = yield* send("hello")
        yield* held.reached
        const places = Array.from({ length: 24 }, (_, seq) => seq)
        const running = yield* Effect.forEach(places, (seq) => Effect.forkChild(follow(turn, seq)))
        yield* held.open
        for (const [seq, fiber] of running.entries()) {
          assert.deepStrictEqual(brief(yield* meanwhile(Fiber.join(fiber))), whole(20).slice(seq))
          assert.deepStrictEqual(brief(yield* follow(turn, seq)), whole(20).slice(seq))
        }
      }).pipe(Effect.provide(world({ script: speaking(20, held.pass) })))
    })
  )

  it.effect("T33: one that goes away in the middle takes nothing with it", () =>
    Effect.gen(function* () {
      const held = yield* gate
      yield* Effect.gen(function* () {
        const inbox = yield* Inbox
        const turn = yield* send("hello")
        const some = yield* meanwhile(alice(Stream.runCollect(Stream.take(inbox.follow(turn, 0), 2))))
        assert.lengthOf(some, 2)
        const gone = yield* Effect.forkChild(follow(turn))
        yield* held.reached
        yield* Fiber.interrupt(gone)
        yield* held.open
        assert.deepStrictEqual(brief(yield* meanwhile(follow(turn, 2))), whole(5).slice(2))
      }).pipe(Effect.provide(world({ script: speaking(5, held.pass) })))
    })
  )

  it.effect("one that claims to have seen what is not there yet gets nothing, and an end", () =>
    Effect.gen(function* () {
      const turn = yield* send("hello")
      assert.deepStrictEqual(yield* meanwhile(follow(turn, 10_000)), [])
    }).pipe(Effect.provide(world({ script: speaking(3) })))
  )
})

describe("cancelling a turn", () => {
  const waitingForEver: Script = (_, { say }) => Effect.andThen(say("half"), Effect.never)

  it.effect("a running one is stopped and settled before the answer; done is its last event", () => {
    let settled = 0
    const spoke = Deferred.makeUnsafe<void>()
    const script: Script = (_, { say }) =>
      say("half").pipe(
        Effect.andThen(Deferred.succeed(spoke, undefined)),
        Effect.andThen(Effect.never),
        Effect.onInterrupt(() =>
          Effect.sync(() => {
            settled += 1
          })
        )
      )
    return Effect.gen(function* () {
      const inbox = yield* Inbox
      const turn = yield* send("hello")
      const events = yield* Effect.forkChild(follow(turn))
      yield* Deferred.await(spoke)
      assert.isTrue(yield* meanwhile(alice(inbox.cancel(turn))))
      assert.strictEqual(settled, 1)
      const seen = brief(yield* meanwhile(Fiber.join(events)))
      assert.deepStrictEqual(seen, ["1 accepted", "2 text half", "3 done cancelled"])
      assert.deepStrictEqual(brief(yield* follow(turn)), seen)
      const result = yield* resultOf(turn)
      assert.deepInclude(result, { stopReason: "cancelled" })
      assert.strictEqual(result.receipt?.priceVersion, "so far")
      assert.isFalse(yield* alice(inbox.cancel(turn)))
      // the lane goes on with the next one
      const next = yield* send("next")
      yield* until(
        "the next one runs",
        Effect.map(statusOf(next), (status) => status === "running")
      )
    }).pipe(Effect.provide(world({ script })))
  })

  it.effect("a waiting one never runs; its followers learn it at once", () =>
    Effect.gen(function* () {
      const inbox = yield* Inbox
      yield* send("runs")
      const turn = yield* send("waits")
      const events = yield* Effect.forkChild(follow(turn), { startImmediately: true })
      assert.isTrue(yield* alice(inbox.cancel(turn)))
      assert.deepStrictEqual(brief(yield* Fiber.join(events)), ["1 accepted", "2 done cancelled"])
      assert.strictEqual((yield* resultOf(turn)).receipt?.priceVersion, "so far")
    }).pipe(Effect.provide(world({ script: waitingForEver })))
  )

  it.effect("one that was asked for before its lane took it up does not run to its end", () =>
    Effect.gen(function* () {
      const inbox = yield* Inbox
      const turns = yield* Effect.forEach(
        Array.from({ length: 20 }, (_, i) => i),
        (i) => send("hello", { session: keyOf(`peer ${i}`) })
      )
      const answers = yield* meanwhile(
        Effect.forEach(turns, (turn) => alice(inbox.cancel(turn)), { concurrency: "unbounded" })
      )
      assert.isTrue(answers.every((answer) => answer))
      for (const turn of turns) assert.match(brief(yield* follow(turn)).at(-1) ?? "", /done cancelled$/)
    }).pipe(Effect.provide(world({ script: waitingForEver })))
  )

  it.effect("one that ends by itself in the meantime is told as what it is", () =>
    Effect.gen(function* () {
      const held = yield* gate
      const script: Script = () => Effect.as(Effect.uninterruptible(held.pass), ended)
      yield* Effect.gen(function* () {
        const inbox = yield* Inbox
        const turn = yield* send("hello")
        yield* held.reached
        yield* held.open
        assert.strictEqual((yield* meanwhile(resultOf(turn))).stopReason, "end_turn")
        assert.isFalse(yield* alice(inbox.cancel(turn)))
        assert.strictEqual((yield* resultOf(turn)).stopReason, "end_turn")
      }).pipe(Effect.provide(world({ script })))
    })
  )

  it.effect("the end of an answer is with its followers before the store is asked what comes next", () =>
    Effect.gen(function* () {
      const order: Array<string> = []
      const store = Layer.effect(
        SessionStore,
        Effect.map(SessionStore, (store) => ({
          ...store,
          next: (...args: Parameters<typeof store.next>) =>
            Effect.suspend(() => {
              order.push("next")
              return store.next(...args)
            })
        }))
      ).pipe(Layer.provide(storeAt(":memory:")))
      yield* Effect.gen(function* () {
        const inbox = yield* Inbox
        const turn = yield* send("hello")
        yield* Stream.runForEach(inbox.follow(turn, 0), ({ body }) =>
          Effect.sync(() => {
            // a socket gathers what is written to it until now
            if (body.type === "done") process.nextTick(() => order.push("sent"))
          })
        ).pipe(alice)
        yield* until(
          "the lane looked again",
          Effect.sync(() => order.filter((what) => what === "next").length === 2)
        )
        assert.deepStrictEqual(order, ["next", "sent", "next"])
      }).pipe(Effect.provide(world({ script: speaking(1), store })))
    })
  )
})
