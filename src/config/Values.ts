/** The kinds of values that several sections share. */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import { Micros, Tokens } from "../domain/Amount.ts"

/** An integer in a closed range. */
export const int = (minimum: number, maximum: number) =>
  Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum, maximum })))

/** A finite number in a closed range; NaN and infinities are not numbers here. */
export const number = (minimum: number, maximum: number) =>
  Schema.Finite.pipe(Schema.check(Schema.isBetween({ minimum, maximum })))

/** A text that is not empty and holds no control characters. */
export const text = (maximum: number) =>
  Schema.String.pipe(Schema.check(Schema.isPattern(/^\P{Cc}+$/u), Schema.isMaxLength(maximum)))

/** An `http://` or `https://` address without credentials in it. */
export const httpUrl = Schema.String.pipe(
  Schema.check(Schema.isPattern(/^https?:\/\/[^\s/?#@]+(?:[/?][^\s#]*)?$/i), Schema.isMaxLength(2048))
)

/** An IANA time zone. */
export const timeZone = Schema.String.pipe(
  // The common case first: the first look into the time zone data takes milliseconds.
  Schema.check(Schema.makeFilter((name: string) => name === "UTC" || Option.isSome(DateTime.zoneMakeNamed(name))))
)

/** SHA-256 in lower-case hex. */
export const sha256 = Schema.String.pipe(Schema.check(Schema.isPattern(/^[0-9a-f]{64}$/)))

const unlimited = Schema.Literal("unlimited")

/** A limit in tokens, or `"unlimited"`. */
export const TokenLimit = Schema.Union([Tokens, unlimited])
export type TokenLimit = typeof TokenLimit.Type

const maximumDollars = 1_000_000

/** Whether an amount of dollars is a whole number of micro-dollars, up to the error of its floating-point form. */
const wholeMicros = (dollars: number): boolean => {
  const micros = dollars * 1_000_000
  return Math.abs(micros - Math.round(micros)) <= Math.max(1e-9, micros * 4 * Number.EPSILON)
}

/** Dollars in the file (at most six decimals, at most a million), integer micro-dollars in the program. */
export const Dollars = number(0, maximumDollars).pipe(
  Schema.check(Schema.makeFilter(wholeMicros)),
  Schema.decodeTo(
    Micros,
    SchemaTransformation.transform({
      decode: (dollars: number) => Math.round(dollars * 1_000_000),
      encode: (micros: number) => micros / 1_000_000
    })
  )
)

/** A limit in dollars, or `"unlimited"`; in the program integer micro-dollars. */
export const DollarLimit = Schema.Union([Dollars, unlimited])
export type DollarLimit = typeof DollarLimit.Type
