import { assert, describe, it } from "@effect/vitest"
import { Clock } from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { TestClock } from "effect/testing"
import { BudgetExceeded } from "../../src/budget/BudgetError.ts"
import type { HoldDecision } from "../../src/budget/HoldDecision.ts"
import { HoldQueue } from "../../src/budget/HoldQueue.ts"
import * as SetClock from "../support/SetClock.ts"

/** One account of 10, of which each call sets 10 aside and spends what it says. */
const world = () => {
  const queue = new HoldQueue()
  const state = { spent: 0, held: 0, attempts: 0, order: [] as Array<string> }
  const ask = (name: string, patienceMs: number) =>
    queue.ask(patienceMs, () =>
      Effect.sync((): HoldDecision => {
        state.attempts += 1
        const wanted = 10 - state.spent >= 4 ? 4 : 10
        if (state.spent + state.held + wanted > 10) {
          const reason = new BudgetExceeded({
            scope: "day",
            unit: "tokens",
            limit: 10,
            spent: state.spent,
            held: state.held,
            wanted,
            resetsAt: null
          })
          const only = state.spent + wanted <= 10
          return { _tag: "Refused", reason, ...(only ? { waitFor: "day" } : {}) }
        }
        const tokens = 10 - state.spent
        state.held += tokens
        state.order.push(name)
        return { _tag: "Held", maxOutputTokens: 1, tokens, micros: 0, warnings: [], rearmed: [] }
      })
    )
  const settle = (spent: number) => {
    state.held = 0
    state.spent += spent
    queue.released()
  }
  return { queue, state, ask, settle }
}

describe("HoldQueue", () => {
  it.effect("refuses at once without patience", () =>
    Effect.gen(function* () {
      const { ask, queue } = world()
      assert.strictEqual((yield* ask("a", 0))._tag, "Held")
      assert.strictEqual((yield* ask("b", 0))._tag, "Refused")
      assert.strictEqual(queue.size, 0)
    })
  )

  it.effect("serves waiters in the order in which they came, and refuses who can never be covered", () =>
    Effect.gen(function* () {
      const { ask, queue, settle, state } = world()
      yield* ask("a", 60_000)
      const fibers = yield* Effect.forEach(["b", "c", "d", "e"], (name) =>
        Effect.forkChild(ask(name, 60_000), { startImmediately: true })
      )
      assert.strictEqual(queue.size, 4)
      settle(3)
      yield* Effect.yieldNow
      settle(3)
      yield* Effect.yieldNow
      settle(4)
      const decisions = yield* Effect.forEach(fibers, Fiber.join)
      assert.deepStrictEqual(state.order, ["a", "b", "c"])
      assert.deepStrictEqual(
        decisions.map(({ _tag }) => _tag),
        ["Held", "Held", "Refused", "Refused"]
      )
      assert.strictEqual(queue.size, 0)
    })
  )

  it.effect("stops waiting when its patience is over", () =>
    Effect.gen(function* () {
      const { ask, queue } = world()
      yield* ask("a", 0)
      const fiber = yield* Effect.forkChild(ask("b", 5_000), { startImmediately: true })
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "Refused")
      assert.strictEqual(queue.size, 0)
    })
  )

  it.effect("is as patient as it was told where the clock is set back or forward", () =>
    Effect.gen(function* () {
      const { ask } = world()
      const { clock, set } = yield* SetClock.make
      yield* ask("a", 0)
      for (const offset of [-3_600_000, 3_600_000]) {
        set(0)
        const asking = Effect.provideService(ask("b", 5_000), Clock, clock)
        const fiber = yield* Effect.forkChild(asking, { startImmediately: true })
        yield* TestClock.adjust("2 seconds")
        set(offset)
        yield* TestClock.adjust("2 seconds")
        assert.isUndefined(fiber.pollUnsafe())
        yield* TestClock.adjust("1 second")
        assert.strictEqual(fiber.pollUnsafe()?._tag, "Success")
      }
    })
  )

  it.effect("looks again by itself, because another process may have settled", () =>
    Effect.gen(function* () {
      const { ask, state } = world()
      yield* ask("a", 0)
      const fiber = yield* Effect.forkChild(ask("b", 60_000), { startImmediately: true })
      state.held = 0
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "Held")
    })
  )

  it.effect("lets the next one look when the first is interrupted", () =>
    Effect.gen(function* () {
      const { ask, queue, settle } = world()
      yield* ask("a", 0)
      const first = yield* Effect.forkChild(ask("b", 60_000), { startImmediately: true })
      const second = yield* Effect.forkChild(ask("c", 60_000), { startImmediately: true })
      yield* Fiber.interrupt(first)
      assert.strictEqual(queue.size, 1)
      settle(2)
      assert.strictEqual((yield* Fiber.join(second))._tag, "Held")
    })
  )
})
