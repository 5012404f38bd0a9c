/**
 * Who waits for money that is only set aside, not spent: when a call under way settles, what it did not use is free
 * again. Waiters of one account are served in the order in which they came.
 */
import * as Effect from "effect/Effect"
import { monotonicMillis } from "../domain/Monotonic.ts"
import type { HoldDecision } from "./HoldDecision.ts"

interface Waiter {
  readonly wake: () => void
}

/** The first waiter looks again this often: another process may have settled, which nobody here is told of. */
const lookAgainMs = 1_000

export class HoldQueue {
  readonly #waiting = new Map<string, Array<Waiter>>()

  /** Waiters of all accounts. */
  get size(): number {
    let size = 0
    for (const waiters of this.#waiting.values()) size += waiters.length
    return size
  }

  /** Something was released: the first waiter of every account looks again. */
  released(): void {
    // a copy: who is woken may join again
    const accounts = Array.from(this.#waiting.keys())
    for (const account of accounts) this.#wakeFirst(account)
  }

  /**
   * Asks for a hold, and again as others release theirs, for `patienceMs` at most; then the refusal stands. `hold` is
   * told whether its refusal would be the last word. Interruption while it waits leaves nothing behind.
   */
  ask<E>(
    patienceMs: number,
    hold: (patient: boolean) => Effect.Effect<HoldDecision, E>
  ): Effect.Effect<HoldDecision, E> {
    return Effect.suspend(() => {
      let account: string | undefined
      const asking = Effect.gen({ self: this }, function* () {
        const until = (yield* monotonicMillis) + patienceMs
        for (;;) {
          const left = until - (yield* monotonicMillis)
          const decision = yield* hold(left > 0)
          if (decision._tag === "Held" || decision.waitFor === undefined || left <= 0) return decision
          const keepsPlace = account === decision.waitFor
          account = decision.waitFor
          yield* Effect.interruptible(this.#wait(account, left, keepsPlace))
        }
      })
      return Effect.ensuring(
        asking,
        Effect.sync(() => {
          // served or gone: whoever came after may have room now
          if (account !== undefined) this.#wakeFirst(account)
        })
      )
    })
  }

  #wait(account: string, millis: number, keepsPlace: boolean): Effect.Effect<void> {
    return Effect.suspend(() => {
      const waiters = this.#waiting.get(account) ?? []
      const isFirst = keepsPlace || waiters.length === 0
      return Effect.callback<void>((resume) => {
        const waiter: Waiter = { wake: () => resume(Effect.void) }
        const joined = this.#waiting.get(account) ?? []
        this.#waiting.set(account, joined)
        if (keepsPlace) joined.unshift(waiter)
        else joined.push(waiter)
        return Effect.sync(() => this.#remove(account, waiter))
      }).pipe(Effect.timeoutOption(isFirst ? Math.min(millis, lookAgainMs) : millis), Effect.asVoid)
    })
  }

  #wakeFirst(account: string): void {
    const waiter = this.#waiting.get(account)?.[0]
    if (waiter === undefined) return
    this.#remove(account, waiter)
    waiter.wake()
  }

  #remove(account: string, waiter: Waiter): void {
    const waiters = this.#waiting.get(account)
    const place = waiters?.indexOf(waiter) ?? -1
    if (waiters === undefined || place < 0) return
    waiters.splice(place, 1)
    if (waiters.length === 0) this.#waiting.delete(account)
  }
}
