/** What a vendor's parts say about use, and our own count beside it. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Usage } from "../budget/Usage.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { ModelPart } from "./ModelRequest.ts"
import { estimateTokens } from "./TokenEstimate.ts"
import { usageRecord } from "./UsageRecord.ts"

export interface Reported {
  readonly usage: Usage
  readonly stage: "partial" | "final"
  /** What the vendor said, as it is kept. */
  readonly raw?: JsonObject | undefined
}

type FinishUsage = Extract<ModelPart, { readonly type: "finish" }>["usage"]

const decode = Schema.decodeUnknownOption(Usage)

/** Nothing was said. */
export const unknownUsage: FinishUsage = { inputTokens: {}, outputTokens: {} }

/** The encoded form that `finish` parts carry. */
export const encodeUsage = (usage: Usage): FinishUsage => ({
  inputTokens: {
    uncached: usage.input,
    total: usage.input + usage.cacheRead + usage.cacheWrite,
    cacheRead: usage.cacheRead,
    cacheWrite: usage.cacheWrite
  },
  outputTokens: { total: usage.output, ...(usage.reasoning === undefined ? {} : { reasoning: usage.reasoning }) }
})

/** A `finish` part's usage as the ledger counts it; none where any number is not a non-negative integer (T15). */
export const decodeUsage = (encoded: FinishUsage): Usage | undefined => {
  const { inputTokens: input, outputTokens: output } = encoded
  const cacheRead = input.cacheRead ?? 0
  const cacheWrite = input.cacheWrite ?? 0
  const rest = Number(input.total ?? Number.NaN) - cacheRead - cacheWrite
  // a total that is more than its parts is what somebody bills
  const uncached =
    input.uncached === undefined ? rest : input.total === undefined ? input.uncached : Math.max(input.uncached, rest)
  const reasoning = output.reasoning === undefined || output.reasoning === 0 ? {} : { reasoning: output.reasoning }
  return Option.getOrUndefined(decode({ input: uncached, output: output.total, cacheRead, cacheWrite, ...reasoning }))
}

const count = Usage.fields.input
const Details = Schema.Struct({
  exoclaw: Schema.Struct({ raw: Schema.Record(Schema.String, Schema.Json), cacheWriteLong: Schema.optionalKey(count) })
})
const decodeDetails = Schema.decodeUnknownOption(Details)

/**
 * What a `finish` part cannot say: the vendor's own words, and how much of what was written to a cache stays there for
 * the longer time.
 */
export const usageDetails = (raw: JsonObject, cacheWriteLong = 0): typeof Details.Type => ({
  exoclaw: { raw: usageRecord(raw), ...(cacheWriteLong > 0 ? { cacheWriteLong } : {}) }
})

/** The key under which an adapter puts what the vendor said before the end into `response-metadata`. */
export const partialUsage = (usage: Usage): { readonly exoclaw: { readonly usage: Usage } } => ({ exoclaw: { usage } })

const Partial = Schema.Struct({ exoclaw: Schema.Struct({ usage: Usage }) })
const decodePartial = Schema.decodeUnknownOption(Partial)

/** The usage a part reports, if it does. */
export const reportedBy = (part: ModelPart): Reported | undefined => {
  if (part.type === "finish") {
    const usage = decodeUsage(part.usage)
    if (usage === undefined) return undefined
    const { cacheWriteLong, raw } = Option.getOrUndefined(decodeDetails(part.metadata))?.exoclaw ?? {}
    return { usage: cacheWriteLong === undefined ? usage : { ...usage, cacheWriteLong }, stage: "final", raw }
  }
  if (part.type !== "response-metadata" || part.metadata === undefined) return undefined
  const found = Option.getOrUndefined(decodePartial(part.metadata))
  return found === undefined ? undefined : { usage: found.exoclaw.usage, stage: "partial" }
}

/** What crossed the wire, kept until the end: an estimate of single deltas would count every cut as a token. */
export class Delivered {
  #texts: Array<string> = []
  #length = 0
  #tokens = 0
  readonly #streamed = new Set<string>()

  add(part: ModelPart): void {
    switch (part.type) {
      case "text-delta":
      case "reasoning-delta":
        return this.#keep(part.delta)
      case "tool-params-delta":
        this.#streamed.add(part.id)
        return this.#keep(part.delta)
      case "tool-call":
        if (!this.#streamed.has(part.id)) this.#keep(JSON.stringify(part.params) ?? "")
        return this.#keep(` ${part.name}`)
      default:
        return
    }
  }
  #keep(text: string): void {
    this.#texts.push(text)
    this.#length += text.length
    if (this.#length > 16_384) this.#flush()
  }
  #flush(): void {
    this.#tokens += estimateTokens(this.#texts.join(""))
    this.#texts = []
    this.#length = 0
  }
  /** The same as `tokens` but for the last few thousand of them; costs nothing to ask. */
  get counted(): number {
    return this.#tokens
  }
  /** Estimated output tokens so far. */
  get tokens(): number {
    this.#flush()
    return this.#tokens
  }
}
