/** What a vendor says a call used. Counts are non-negative integers; a vendor that sends anything else sent nothing. */
import * as Schema from "effect/Schema"

const count = Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0)))

export const Usage = Schema.Struct({
  /** Input tokens that were neither read from nor written to a cache. */
  input: count,
  output: count,
  cacheRead: count,
  cacheWrite: count
})
export type Usage = typeof Usage.Type

export const totalTokens = (usage: Usage): number => usage.input + usage.output + usage.cacheRead + usage.cacheWrite
