/** What a vendor says a call used. Counts are non-negative integers; a vendor that sends anything else sent nothing. */
import * as Schema from "effect/Schema"

const count = Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0)))

export const Usage = Schema.Struct({
  /** Input tokens that were neither read from nor written to a cache. */
  input: count,
  output: count,
  cacheRead: count,
  cacheWrite: count,
  /** Of those written to a cache, the ones that it keeps for the vendor's longer time, at its dearer price. */
  cacheWriteLong: Schema.optionalKey(count),
  /** Of the output, what the model thought. */
  reasoning: Schema.optionalKey(count)
})
export type Usage = typeof Usage.Type

export const totalTokens = (usage: Usage): number => usage.input + usage.output + usage.cacheRead + usage.cacheWrite

/** The four counts of a usage, without its details. */
export const countsOf = ({ cacheRead, cacheWrite, input, output }: Usage): Usage => ({
  input,
  output,
  cacheRead,
  cacheWrite
})

/** What a usage says of its input. */
export const inputOf = ({
  output: _output,
  reasoning: _reasoning,
  ...input
}: Usage): Omit<Usage, "output" | "reasoning"> => input

export const inputTokens = ({ cacheRead, cacheWrite, input }: Usage): number => input + cacheRead + cacheWrite

/**
 * Counts of one call are cumulative: of two reports the larger input counts, with its parts, and the larger output.
 * `shrank` where the later one said less.
 */
export const larger = (before: Usage | undefined, now: Usage): { readonly usage: Usage; readonly shrank: boolean } => {
  if (before === undefined) return { usage: now, shrank: false }
  const inputShrank = inputTokens(now) < inputTokens(before)
  const outputShrank = now.output < before.output
  if (!inputShrank && !outputShrank) return { usage: now, shrank: false }
  const output = outputShrank ? before : now
  return {
    usage: {
      ...inputOf(inputShrank ? before : now),
      output: output.output,
      ...(output.reasoning === undefined ? {} : { reasoning: output.reasoning })
    },
    shrank: true
  }
}
