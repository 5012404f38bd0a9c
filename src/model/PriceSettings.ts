/** `[prices."model"]`: what a model costs, where the built-in table does not know it or is wrong. */
import * as Schema from "effect/Schema"
import * as Section from "../config/Section.ts"
import { Dollars } from "../config/Values.ts"

const price = {
  allowed: "an amount in dollars with at most six decimals",
  unit: "dollars per million tokens"
}

/** Once decoded: integer micro-dollars per million tokens. */
export const PriceSettings = Schema.Struct({
  input: Section.required(Dollars, { ...price, doc: "Input that came from no cache.", example: 3 }),
  output: Section.required(Dollars, { ...price, doc: "Output, reasoning included.", example: 15 }),
  cache_read: Section.optional(Dollars, {
    ...price,
    doc: "Input read from the vendor's cache. Without it: the price of input.",
    example: 0.3
  }),
  cache_write: Section.optional(Dollars, {
    ...price,
    doc: "Input written to the vendor's cache. Without it: the price of input.",
    example: 3.75
  })
})
export type PriceSettings = typeof PriceSettings.Type
