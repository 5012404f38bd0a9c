/**
 * A clock that somebody outside moves. Unlike `TestClock` it waits for nobody: fibers that sleep by it may be dead, or
 * belong to a world that was given up.
 */
import type { Clock } from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

interface Sleeper {
  readonly until: number
  readonly wake: () => void
}

export class ManualClock implements Clock {
  #now: number
  #sleepers: ReadonlyArray<Sleeper> = []
  readonly currentTimeMillis = Effect.sync(() => this.#now)
  readonly currentTimeNanos = Effect.sync(() => this.currentTimeNanosUnsafe())
  readonly monotonicTimeNanos = Effect.sync(() => this.currentTimeNanosUnsafe())
  constructor(now: number) {
    this.#now = now
  }

  currentTimeMillisUnsafe(): number {
    return this.#now
  }
  currentTimeNanosUnsafe(): bigint {
    return BigInt(this.#now) * 1_000_000n
  }
  monotonicTimeNanosUnsafe(): bigint {
    return this.currentTimeNanosUnsafe()
  }

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    return Effect.callback((resume) => {
      const sleeper: Sleeper = {
        until: this.#now + Duration.toMillis(duration),
        wake: () => resume(Effect.void)
      }
      if (sleeper.until <= this.#now) return sleeper.wake()
      this.#sleepers = [...this.#sleepers, sleeper]
      return Effect.sync(() => {
        this.#sleepers = this.#sleepers.filter((one) => one !== sleeper)
      })
    })
  }

  /** Goes on by so many milliseconds and wakes whoever is due. */
  advance(millis: number): void {
    this.#now += millis
    const due = this.#sleepers.filter((one) => one.until <= this.#now)
    this.#sleepers = this.#sleepers.filter((one) => one.until > this.#now)
    for (const sleeper of due.toSorted((a, b) => a.until - b.until)) sleeper.wake()
  }
}
