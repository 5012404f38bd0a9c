/** `[prices."model"]`: what a model costs, where the built-in table does not know it or is wrong. */
import * as Schema from "effect/Schema"
import * as Section from "../config/Section.ts"
import { Dollars, int } from "../config/Values.ts"

const price = {
  allowed: "an amount in dollars with at most six decimals",
  unit: "dollars per million tokens"
}

/** `times`: of the values of the examples. */
const rates = (times: number) => ({
  input: Section.required(Dollars, { ...price, doc: "Input that came from no cache.", example: 3 * times }),
  output: Section.required(Dollars, { ...price, doc: "Output.", example: 15 * times }),
  cache_read: Section.optional(Dollars, {
    ...price,
    doc: "Input read from the vendor's cache. Without it: the price of input.",
    example: 0.3 * times
  }),
  cache_write: Section.optional(Dollars, {
    ...price,
    doc: "Input written to the vendor's cache. Without it: a quarter more than input, which is what vendors charge.",
    example: 3.75 * times
  }),
  cache_write_long: Section.optional(Dollars, {
    ...price,
    doc: "Input that the vendor's cache keeps for its longer time. Without it: the price of cache_write.",
    example: 6 * times
  }),
  reasoning: Section.optional(Dollars, {
    ...price,
    doc: "Output that the model thought, where it costs something else. Without it: the price of output.",
    example: 15 * times
  })
})

/** Once decoded: integer micro-dollars per million tokens. */
const LongPrice = Schema.Struct({
  over: Section.required(int(1, 100_000_000), {
    doc: "The whole input of a call, caches included, above which these prices hold for all of the call.",
    allowed: "an integer from 1 to 100000000",
    unit: "tokens",
    example: 200_000
  }),
  ...rates(2)
})

export const PriceSettings = Schema.Struct({
  ...rates(1),
  long: Section.optionalTable(LongPrice, "What a call with a long input costs instead.")
})
export type PriceSettings = typeof PriceSettings.Type
