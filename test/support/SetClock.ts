/** A clock of the wall that somebody sets, beside a clock that goes on: what the two of a machine are. */
import { Clock } from "effect/Clock"
import * as Effect from "effect/Effect"

export interface SetClock {
  readonly clock: Clock
  /** From now on the wall shows so many milliseconds more; less where it is negative. */
  readonly set: (offset: number) => void
}

/** Over the clock in context, which stays what sleeps and elapsed times go by. */
export const make: Effect.Effect<SetClock> = Effect.map(Clock, (under) => {
  let offset = 0
  const millis = () => under.currentTimeMillisUnsafe() + offset
  const nanos = () => under.currentTimeNanosUnsafe() + BigInt(offset) * 1_000_000n
  return {
    clock: {
      currentTimeMillisUnsafe: millis,
      currentTimeMillis: Effect.sync(millis),
      currentTimeNanosUnsafe: nanos,
      currentTimeNanos: Effect.sync(nanos),
      monotonicTimeNanosUnsafe: () => under.monotonicTimeNanosUnsafe(),
      monotonicTimeNanos: under.monotonicTimeNanos,
      sleep: (duration) => under.sleep(duration)
    },
    set: (millis) => {
      offset = millis
    }
  }
})
