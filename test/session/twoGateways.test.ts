import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { join } from "node:path"
import { Inbox } from "../../src/session/Inbox.ts"
import { JournalUnavailable } from "../../src/session/SessionError.ts"
import { SessionStore } from "../../src/session/SessionStore.ts"
import type { Turn } from "../../src/session/Turn.ts"
import { folder, instanceOf, keyOf, receipt, storeAt } from "./fixtures.ts"
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

/** One gateway process after another, or beside it, on the same file. */
const gateways = Effect.map(folder, (path) => {
  const dead = new Set<string>()
  const start = (n: number, script: Script) =>
    Effect.gen(function* () {
      const scope = yield* Scope.fork(yield* Effect.scope)
      const instance = instanceOf(n)
      const store = storeAt(join(path, "exoclaw.db"), ({ id }) => !dead.has(id))
      const context = yield* Layer.buildWithScope(Layer.fresh(world({ script, instance, store })), scope)
      return {
        run: Effect.provide(context),
        inbox: Context.get(context, Inbox),
        store: Context.get(context, SessionStore),
        stop: Scope.close(scope, Exit.void),
        /** To all others it looks as if it had died; what it does from now on is a ghost's. */
        die: Effect.sync(() => dead.add(instance.id))
      }
    })
  return { start }
})

describe("two gateways on one store", () => {
  it.effect("never run a session at the same time, and keep its order", () =>
    Effect.gen(function* () {
      const { start } = yield* gateways
      let now = 0
      let most = 0
      const order: Array<string> = []
      const script: Script = (turn, { say }) =>
        Effect.gen(function* () {
          now += 1
          most = Math.max(most, now)
          order.push(turn.content)
          yield* say("x")
          now -= 1
          return ended
        })
      const [a, b] = [yield* start(1, script), yield* start(2, script)]
      const names = Array.from({ length: 20 }, (_, i) => `m${i}`)
      const turns = yield* Effect.forEach(names, (name, i) => (i % 2 === 0 ? a : b).run(send(name)))
      for (const turn of turns) {
        assert.strictEqual((yield* meanwhile(a.run(resultOf(turn)))).stopReason, "end_turn")
        assert.strictEqual((yield* meanwhile(b.run(resultOf(turn)))).text, "x")
      }
      assert.strictEqual(most, 1)
      assert.deepStrictEqual(order, names)
    })
  )

  it.effect("a follower at one sees what the other's turn says", () =>
    Effect.gen(function* () {
      const { start } = yield* gateways
      const held = yield* gate
      const speaks: Script = (_, { say }) =>
        say("one ").pipe(Effect.andThen(held.pass), Effect.andThen(say("two")), Effect.as(ended))
      const [a, b] = [yield* start(1, speaks), yield* start(2, speaks)]
      const turn = yield* a.run(send("hello"))
      yield* held.reached
      const seen = yield* Effect.forkChild(b.run(follow(turn)))
      yield* held.open
      assert.deepStrictEqual(brief(yield* meanwhile(Fiber.join(seen))), [
        "1 accepted",
        "2 text one ",
        "3 text two",
        "4 done end_turn"
      ])
    })
  )

  it.effect("a cancel at one stops the turn at the other, also while it says nothing", () =>
    Effect.gen(function* () {
      const { start } = yield* gateways
      const held = yield* gate
      const [a, b] = [yield* start(1, () => Effect.as(held.pass, ended)), yield* start(2, () => Effect.succeed(ended))]
      const turn = yield* a.run(send("hello"))
      yield* held.reached
      assert.isTrue(yield* meanwhile(b.run(alice(b.inbox.cancel(turn)))))
      assert.strictEqual(yield* a.run(statusOf(turn)), "cancelled")
    })
  )

  it.effect("what a dead one left is taken over, without anybody asking", () =>
    Effect.gen(function* () {
      const { start } = yield* gateways
      const held = yield* gate
      const a = yield* start(1, () => Effect.as(held.pass, ended))
      const [first, second] = [yield* a.run(send("first")), yield* a.run(send("second"))]
      yield* held.reached
      const b = yield* start(2, (turn, { say }) => Effect.as(say(`b: ${turn.content}`), ended))
      assert.strictEqual(yield* b.run(statusOf(first)), "running")
      yield* a.die
      yield* until(
        "both are done",
        Effect.map(b.run(statusOf(second)), (status) => status === "done")
      )
      assert.strictEqual((yield* b.run(resultOf(first))).text, "b: first")
      assert.strictEqual((yield* b.run(resultOf(second))).text, "b: second")
    })
  )
})

describe("a gateway that starts again", () => {
  it.effect("goes on with what had said nothing yet, and marks what was cut in the middle of a sentence", () =>
    Effect.gen(function* () {
      const { start } = yield* gateways
      const held = yield* gate
      const a = yield* start(1, (turn, { say }) =>
        turn.content === "silent" ? Effect.never : say("half ").pipe(Effect.andThen(held.pass), Effect.as(ended))
      )
      const silent = yield* a.run(send("silent", { session: keyOf("one") }))
      const cut = yield* a.run(send("cut", { session: keyOf("two") }))
      const waits = yield* a.run(send("waits", { session: keyOf("two") }))
      yield* held.reached
      yield* a.stop
      const b = yield* start(2, (turn, { say }) => Effect.as(say(`again: ${turn.content}`), ended))
      yield* until(
        "all is over",
        Effect.map(b.run(statusOf(waits)), (status) => status === "done")
      )
      assert.strictEqual((yield* meanwhile(b.run(resultOf(silent)))).text, "again: silent")
      const interrupted = yield* b.run(resultOf(cut))
      assert.deepInclude(interrupted, { text: "half ", stopReason: "interrupted" })
      assert.deepStrictEqual(brief(yield* b.run(follow(cut))), [
        "1 accepted",
        "2 text half ",
        "3 notice interrupted",
        "4 done interrupted"
      ])
      yield* b.run(alice(b.inbox.retry(cut)))
      assert.strictEqual((yield* meanwhile(b.run(resultOf(cut)))).text, "again: cut")
    })
  )

  it.effect("gives a resumed turn the steps it had journalled", () =>
    Effect.gen(function* () {
      const { start } = yield* gateways
      const held = yield* gate
      const step = { kind: "tool_intent", id: "t", name: "t", idempotent: true } as const
      const a = yield* start(1, (turn, { log }) =>
        log.step(turn.id, [], () => step).pipe(Effect.andThen(held.pass), Effect.as(ended))
      )
      const turn = yield* a.run(send("hello"))
      yield* held.reached
      yield* a.stop
      const seen: Array<Turn> = []
      const b = yield* start(2, (resumed) =>
        Effect.sync(() => {
          seen.push(resumed)
          return ended
        })
      )
      yield* meanwhile(b.run(resultOf(turn)))
      assert.deepStrictEqual(
        seen.map(({ steps }) => steps),
        [[step]]
      )
      assert.strictEqual(seen[0]?.principal.id, "alice")
    })
  )
})

describe("a store that refuses in the middle", () => {
  it.effect("loses no turn: what could not be ended goes on when the store answers again", () =>
    Effect.gen(function* () {
      let refuses = false
      const refusing = Layer.effect(
        SessionStore,
        Effect.map(SessionStore, (store): SessionStore["Service"] => ({
          ...store,
          finish: (turn, finish) =>
            Effect.suspend(() =>
              refuses ? Effect.fail(new JournalUnavailable({ cause: "full" })) : store.finish(turn, finish)
            ),
          append: (...args) =>
            Effect.suspend(() =>
              refuses ? Effect.fail(new JournalUnavailable({ cause: "full" })) : store.append(...args)
            )
        }))
      ).pipe(Layer.provide(storeAt(":memory:")))
      const held = yield* gate
      yield* Effect.gen(function* () {
        const inbox = yield* Inbox
        const turn = yield* send("hello")
        const next = yield* send("next")
        yield* held.reached
        refuses = true
        const following = yield* Effect.forEach([turn, next], (one) => Effect.forkChild(Effect.flip(follow(one))))
        yield* held.open
        // nobody waits without end for what stands still: not for the turn that ran, not for the one behind it
        for (const fiber of following) {
          const error = yield* meanwhile(Fiber.join(fiber))
          assert.strictEqual(error.reason._tag, "Stalled")
          assert.include(error.message, "Nothing is lost")
          assert.notInclude(error.message, "full")
        }
        yield* until(
          "the lane is gone",
          Effect.map(inbox.load, ({ lanes }) => lanes === 0)
        )
        assert.strictEqual(yield* statusOf(turn), "running")
        refuses = false
        // nobody asks for it
        yield* until(
          "both are over",
          Effect.map(Effect.all([statusOf(turn), statusOf(next)]), (all) => all.every((status) => status === "done"))
        )
        assert.deepInclude(yield* meanwhile(resultOf(turn)), { text: "answer", stopReason: "end_turn" })
        assert.strictEqual((yield* meanwhile(resultOf(next))).stopReason, "end_turn")
        assert.deepStrictEqual(brief(yield* follow(turn)), ["1 accepted", "2 text answer", "3 done end_turn"])
      }).pipe(
        Effect.provide(
          world({ script: (_, { say }) => Effect.as(Effect.andThen(held.pass, say("answer")), ended), store: refusing })
        )
      )
    })
  )

  it.effect("a message that could not be journalled is not taken", () =>
    Effect.gen(function* () {
      const refusing = Layer.effect(
        SessionStore,
        Effect.map(SessionStore, (store): SessionStore["Service"] => ({
          ...store,
          accept: () => Effect.fail(new JournalUnavailable({ cause: "locked" }))
        }))
      ).pipe(Layer.provide(storeAt(":memory:")))
      yield* Effect.gen(function* () {
        const error = yield* Effect.flip(send("hello"))
        assert.strictEqual(error.reason._tag, "JournalUnavailable")
        assert.notInclude(error.message, "locked")
        assert.deepStrictEqual(yield* (yield* Inbox).load, { running: 0, lanes: 0 })
      }).pipe(Effect.provide(world({ script: () => Effect.succeed({ ...ended, receipt }), store: refusing })))
    })
  )
})
