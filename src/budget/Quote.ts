/**
 * The most that one model call can cost, in numbers only. A permit is bound to one quote, by identity.
 */
import * as Schema from "effect/Schema"
import type { PriceClass } from "./Price.ts"

/** Numbers of a call: all in tokens but `price`. */
export interface QuoteNumbers {
  readonly provider: string
  readonly model: string
  /** Upper bound of the input as the vendor will count it. */
  readonly inputBound: number
  /** Our own best estimate of the input, to catch vendors that under-report. */
  readonly inputEstimate: number
  /** Output tokens asked for; the hold may clamp it lower. */
  readonly outputCeiling: number
  /** Fewest output tokens that are still useful (and that the vendor accepts). */
  readonly outputMinimum: number
  /** The dearest price that may apply; undefined means unpriced. */
  readonly price: PriceClass | undefined
}

const counts = Schema.Struct({
  inputBound: Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0))),
  inputEstimate: Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0))),
  outputCeiling: Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(1))),
  outputMinimum: Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(1)))
})
const isValid = Schema.is(counts)

/** An immutable, identity-bearing set of numbers; made by the model door. */
export class Quote {
  readonly #numbers: QuoteNumbers
  constructor(numbers: QuoteNumbers) {
    if (!isValid(numbers)) throw new RangeError("exoclaw: a quote is made of non-negative integers")
    this.#numbers = Object.freeze({ ...numbers })
    Object.freeze(this)
  }
  /** A brand check that no cast, clone or proxy passes. */
  static genuine(u: unknown): u is Quote {
    return typeof u === "object" && u !== null && #numbers in u
  }
  get numbers(): QuoteNumbers {
    return this.#numbers
  }
}
