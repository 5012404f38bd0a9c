/** Prices in micro-dollars per million tokens, so that every price of a vendor's list is an integer. */
import * as Schema from "effect/Schema"
import type { Usage } from "./Usage.ts"

const rate = Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0)))

const rates = {
  input: rate,
  output: rate,
  cacheRead: rate,
  cacheWrite: rate,
  /** Of what is kept for the vendor's longer time; else `cacheWrite`. */
  cacheWriteLong: Schema.optionalKey(rate),
  /** Of output that the model thought; else `output`. */
  reasoning: Schema.optionalKey(rate)
}

/** What one class of use costs, in micro-dollars per million tokens. */
export const PriceClass = Schema.Struct({
  ...rates,
  /** Where the vendor charges long inputs dearer: the rates of a whole call whose input is over `over` tokens. */
  long: Schema.optionalKey(Schema.Struct({ over: rate, ...rates })),
  /** Version of the table the price comes from, or `config`. */
  version: Schema.String
})
export type PriceClass = typeof PriceClass.Type

/** Rates of the ways in which tokens are charged. */
export type Rates = Pick<PriceClass, keyof typeof rates>

const million = 1_000_000n

/** Micro-dollars for an input and an output at two rates, rounded up. */
export const costOf = (inputRate: number, input: number, outputRate: number, output: number): number =>
  Number((BigInt(inputRate) * BigInt(input) + BigInt(outputRate) * BigInt(output) + million - 1n) / million)

/** The rates of a call with so many input tokens. */
export const ratesFor = (price: PriceClass, input: number): Rates =>
  price.long !== undefined && input > price.long.over ? price.long : price

/** What a usage costs, in micro-dollars, rounded up (never less than the truth). */
export const cost = (price: PriceClass, usage: Usage): number => {
  const at = ratesFor(price, usage.input + usage.cacheRead + usage.cacheWrite)
  const long = Math.min(usage.cacheWriteLong ?? 0, usage.cacheWrite)
  const reasoning = Math.min(usage.reasoning ?? 0, usage.output)
  const sum =
    BigInt(at.input) * BigInt(usage.input) +
    BigInt(at.output) * BigInt(usage.output - reasoning) +
    BigInt(at.reasoning ?? at.output) * BigInt(reasoning) +
    BigInt(at.cacheRead) * BigInt(usage.cacheRead) +
    BigInt(at.cacheWrite) * BigInt(usage.cacheWrite - long) +
    BigInt(at.cacheWriteLong ?? at.cacheWrite) * BigInt(long)
  return Number((sum + million - 1n) / million)
}

/** What the input of a usage makes of its cost, in micro-dollars, rounded up; the output makes the rest. */
export const inputCost = (price: PriceClass, usage: Usage): number => cost(price, { ...usage, output: 0 })

/** What a usage would cost if nothing had been read from or written to a cache, minus its cost: what caching saved. */
export const saving = (price: PriceClass, usage: Usage): number =>
  cost(price, { ...usage, input: usage.input + usage.cacheRead + usage.cacheWrite, cacheRead: 0, cacheWrite: 0 }) -
  cost(price, usage)

/**
 * The dearest way in which a call with at most `input` input tokens can be charged. Nothing is written to a cache for
 * the longer time unless a request asks for it, and none of ours does.
 */
export const dearest = (price: PriceClass, input: number): { readonly input: number; readonly output: number } => {
  const classes: ReadonlyArray<Rates> =
    price.long !== undefined && input > price.long.over ? [price, price.long] : [price]
  return {
    input: Math.max(...classes.flatMap((at) => [at.input, at.cacheRead, at.cacheWrite])),
    output: Math.max(...classes.flatMap((at) => [at.output, at.reasoning ?? 0]))
  }
}

/** What `input` and `output` tokens cost at their dearest, in micro-dollars, rounded up. */
export const dearestCost = (price: PriceClass, input: number, output: number): number => {
  const at = dearest(price, input)
  return costOf(at.input, input, at.output, output)
}

/**
 * The most output tokens that `micros` buy beside `input` tokens at their dearest. Negative where not even the input
 * is covered; unbounded where output is free.
 */
export const outputAffordable = (price: PriceClass, input: number, micros: number): number => {
  const at = dearest(price, input)
  const left = BigInt(micros) * million - BigInt(at.input) * BigInt(input)
  if (left < 0n) return -1
  return at.output === 0 ? Number.MAX_SAFE_INTEGER : Number(left / BigInt(at.output))
}
