/** Prices in micro-dollars per million tokens, so that every price of a vendor's list is an integer. */
import * as Schema from "effect/Schema"
import type { Usage } from "./Usage.ts"

const rate = Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0)))

/** What one class of use costs, in micro-dollars per million tokens. */
export const PriceClass = Schema.Struct({
  input: rate,
  output: rate,
  cacheRead: rate,
  cacheWrite: rate,
  /** Version of the table the price comes from, or `config`. */
  version: Schema.String
})
export type PriceClass = typeof PriceClass.Type

const million = 1_000_000n

/** What a usage costs, in micro-dollars, rounded up (never less than the truth). */
export const cost = (price: PriceClass, usage: Usage): number => {
  const sum =
    BigInt(price.input) * BigInt(usage.input) +
    BigInt(price.output) * BigInt(usage.output) +
    BigInt(price.cacheRead) * BigInt(usage.cacheRead) +
    BigInt(price.cacheWrite) * BigInt(usage.cacheWrite)
  return Number((sum + million - 1n) / million)
}

/** The dearest way the input of a call can be charged. */
export const dearestInput = (price: PriceClass): number => Math.max(price.input, price.cacheRead, price.cacheWrite)

/** What an input and an output cost at two rates, in micro-dollars, rounded up. */
export const costOf = (inputRate: number, input: number, outputRate: number, output: number): number =>
  Number((BigInt(inputRate) * BigInt(input) + BigInt(outputRate) * BigInt(output) + million - 1n) / million)

/**
 * The most output tokens that `micros` buy beside `input` tokens at their dearest. Negative where not even the input
 * is covered; unbounded where output is free.
 */
export const outputAffordable = (price: PriceClass, input: number, micros: number): number => {
  const left = BigInt(micros) * million - BigInt(dearestInput(price)) * BigInt(input)
  if (left < 0n) return -1
  return price.output === 0 ? Number.MAX_SAFE_INTEGER : Number(left / BigInt(price.output))
}
