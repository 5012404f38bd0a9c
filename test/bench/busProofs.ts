/** What the bus promises, counted: violations over many schedules, whatever of others a tenant sees, what a decoder throws. */
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import * as fc from "fast-check"
import { decodeBinary, decodeText } from "../../layers/bus/wire/Decode.ts"
import { firstDifference, steps } from "../bus/isolation.ts"
import { conflating, type Op, play, schedules } from "../bus/schedule.ts"
import { frameOf, hello, publishing } from "./busLoad.ts"
import type { Row } from "./row.ts"

const none = (name: string, value: number): Row => ({
  name: `bus: ${name}`,
  value,
  unit: "",
  goal: "<= 0",
  met: value === 0,
  better: "lower",
  scale: "none"
})

/** How many of so many schedules do not hold. */
const violations = async (arbitrary: fc.Arbitrary<ReadonlyArray<Op>>, count: number): Promise<number> => {
  let found = 0
  for (const schedule of fc.sample(arbitrary, count)) {
    await Effect.runPromise(play(schedule).pipe(Effect.scoped, Effect.provide(TestClock.layer()))).catch(() => {
      found += 1
    })
  }
  return found
}

/** Schedules of three tenants, each played by all and by each alone, until so many commands were asked. */
const foreign = async (commands: number): Promise<number> => {
  const each = 500
  let found = 0
  for (const schedule of fc.sample(steps(each), commands / each)) {
    if ((await Effect.runPromise(firstDifference(schedule))) !== undefined) found += 1
  }
  return found
}

const escapes = (count: number): number => {
  // a client's frames without their heads and masks are beside the point: any bytes will do, and true ones with a change
  const whole = [hello, publishing("text")].map((frame) => Buffer.from(frameOf(frame)))
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc.tuple(fc.constantFrom(...whole), fc.nat(), fc.nat({ max: 255 })).map(([frame, at, value]) => {
      const changed = Uint8Array.from(frame)
      changed[at % changed.length] = value
      return changed
    })
  )
  let thrown = 0
  for (const one of fc.sample(bytes, count)) {
    try {
      decodeBinary(one)
      decodeText(Buffer.from(one).toString("latin1"))
    } catch {
      thrown += 1
    }
  }
  return thrown
}

export const proofRows = async (): Promise<ReadonlyArray<Row>> => [
  none("B5 of 3,000 schedules of readers that fall behind, with an untold hole", await violations(conflating, 3_000)),
  none("B6 of 10,000 random schedules, with a violation", await violations(schedules, 10_000)),
  none("B11 what three tenants see of one another over 100,000 commands", await foreign(100_000)),
  none("B13 of 100,000 hostile frames, thrown out of the decoder", escapes(100_000))
]
