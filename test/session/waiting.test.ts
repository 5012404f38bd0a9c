import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { Inbox } from "../../src/session/Inbox.ts"
import { SessionStore } from "../../src/session/SessionStore.ts"
import type { Turn } from "../../src/session/Turn.ts"
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

/** Says something, waits once for somebody, and goes on. */
const waitsOnce = (ran: Array<Turn>): { readonly script: Script } => ({
  script: (turn, { log, say }) =>
    Effect.gen(function* () {
      ran.push(turn)
      if (turn.content !== "wait") return ended
      if (turn.steps.length > 0) {
        yield* say(" and after.")
        return ended
      }
      yield* say("Before")
      yield* log.step(turn.id, [], () => ({ kind: "tool_intent", id: "a", name: "t", idempotent: true }))
      return { status: "waiting" } as const
    })
})

describe("a turn that waits for somebody", () => {
  it.effect("frees its lane, keeps its followers, and goes on from its last step", () => {
    const ran: Array<Turn> = []
    return Effect.gen(function* () {
      const inbox = yield* Inbox
      const turn = yield* send("wait")
      const following = yield* Effect.forkChild(follow(turn), { startImmediately: true })
      const result = yield* Effect.forkChild(resultOf(turn), { startImmediately: true })
      yield* until(
        "it waits",
        Effect.map(statusOf(turn), (status) => status === "waiting")
      )
      const other = yield* send("other")
      assert.strictEqual((yield* meanwhile(resultOf(other))).stopReason, "end_turn")
      assert.isTrue(yield* inbox.proceed(turn))
      assert.isFalse(yield* inbox.proceed(other))
      assert.strictEqual((yield* meanwhile(Fiber.join(result))).text, "Before and after.")
      assert.deepStrictEqual(brief(yield* meanwhile(Fiber.join(following))), [
        "1 accepted",
        "2 text Before",
        "3 text  and after.",
        "4 done end_turn"
      ])
      assert.lengthOf(ran, 3)
      assert.strictEqual(ran[0]?.attempt, 0)
    }).pipe(Effect.provide(world(waitsOnce(ran))))
  })

  it.effect("does not wait where somebody let it proceed before it had left its lane", () => {
    const ran: Array<Turn> = []
    return Effect.gen(function* () {
      const leaving = yield* gate
      const { script } = waitsOnce(ran)
      yield* Effect.gen(function* () {
        const inbox = yield* Inbox
        const turn = yield* send("wait")
        yield* leaving.reached
        assert.isFalse(yield* inbox.proceed(turn))
        yield* leaving.open
        assert.strictEqual((yield* meanwhile(resultOf(turn))).text, "Before and after.")
      }).pipe(
        Effect.provide(
          world({
            script: (turn, tools) =>
              Effect.tap(script(turn, tools), ({ status }) => (status === "waiting" ? leaving.pass : Effect.void))
          })
        )
      )
    })
  })

  it.effect("is cancelled where it waits, and its followers are told", () =>
    Effect.gen(function* () {
      const inbox = yield* Inbox
      const turn = yield* send("wait")
      const following = yield* Effect.forkChild(follow(turn), { startImmediately: true })
      yield* until(
        "it waits",
        Effect.map(statusOf(turn), (status) => status === "waiting")
      )
      assert.isTrue(yield* meanwhile(alice(inbox.cancel(turn))))
      assert.strictEqual(brief(yield* meanwhile(Fiber.join(following))).at(-1), "3 done cancelled")
      assert.isFalse(yield* inbox.proceed(turn))
      assert.deepStrictEqual(yield* (yield* SessionStore).waiting, [])
    }).pipe(Effect.provide(world(waitsOnce([]))))
  )
})
