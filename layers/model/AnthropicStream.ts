/** An answer on the Anthropic wire, event by event. Tolerates what compatible servers leave out. */
import type { Json, JsonObject } from "../../src/domain/Json.ts"
import type { ModelPart } from "../../src/model/ModelRequest.ts"
import { decodeUsage, encodeUsage, partialUsage, usageDetails } from "../../src/model/ModelUsage.ts"
import { ofContent, ofEvent, ofProtocol } from "./Failure.ts"
import { countAt, isObject, objectAt, parse, stringAt } from "./Json.ts"
import type { SseEvent } from "./Sse.ts"
import { ToolCallBuilder } from "./ToolCalls.ts"
import type { AnswerDecoder, Decoded } from "./Vendor.ts"

type Finish = Extract<ModelPart, { readonly type: "finish" }>["reason"]

const reasons: Readonly<Record<string, Finish>> = {
  end_turn: "stop",
  stop_sequence: "stop",
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool-calls",
  pause_turn: "pause",
  refusal: "content-filter"
}

type Block = { readonly kind: "text" | "reasoning"; readonly id: string } | ToolCallBuilder

const nothing: Decoded = { parts: [] }

const goesBack = (before: Json | undefined, now: Json): boolean =>
  typeof before === "number" && typeof now === "number" && now >= 0 && now < before

// Counts are cumulative: a null says nothing new, and of two the larger one counts.
const merged = (usage: JsonObject, holder: JsonObject): JsonObject => ({
  ...usage,
  ...Object.fromEntries(
    Object.entries(objectAt(holder, "usage")).filter(([key, count]) => count !== null && !goesBack(usage[key], count))
  )
})

const usageOf = (usage: JsonObject) => {
  // every field but the caches' must be there for the numbers to be believed
  const required = (key: string): number => (usage[key] === undefined ? Number.NaN : countAt(usage, key))
  const kept = objectAt(usage, "cache_creation")
  const written = countAt(kept, "ephemeral_5m_input_tokens") + countAt(kept, "ephemeral_1h_input_tokens")
  return encodeUsage({
    input: required("input_tokens"),
    output: required("output_tokens"),
    cacheRead: countAt(usage, "cache_read_input_tokens"),
    // the sum and its parts: a server that leaves out one of them bills it all the same
    cacheWrite: Math.max(countAt(usage, "cache_creation_input_tokens"), written),
    reasoning: countAt(objectAt(usage, "output_tokens_details"), "thinking_tokens")
  })
}

export const anthropicDecoder = (provider: string): AnswerDecoder => {
  const blocks = new Map<number, Block>()
  let last = 0
  let usage: JsonObject = {}
  let reason: string | undefined
  let called = false
  let ended = false

  const open = (index: number, kind: string, block: JsonObject): ReadonlyArray<ModelPart> => {
    last = index
    if (kind === "tool_use") {
      const call = new ToolCallBuilder(stringAt(block, "id") ?? `call_${index}`, stringAt(block, "name") ?? "")
      blocks.set(index, call)
      called = true
      const given = objectAt(block, "input")
      const first = Object.keys(given).length === 0 ? undefined : call.add(JSON.stringify(given))
      return first === undefined ? [call.start()] : [call.start(), first]
    }
    if (kind !== "text" && kind !== "thinking") return []
    const of = kind === "text" ? "text" : "reasoning"
    const id = `${of}_${index}`
    blocks.set(index, { kind: of, id })
    const start: ModelPart = { type: `${of}-start`, id }
    const given = stringAt(block, kind) ?? ""
    return given === "" ? [start] : [start, { type: `${of}-delta`, id, delta: given }]
  }

  const close = (index: number): ReadonlyArray<ModelPart> => {
    const block = blocks.get(index)
    blocks.delete(index)
    if (block === undefined) return []
    return block instanceof ToolCallBuilder ? block.finish() : [{ type: `${block.kind}-end`, id: block.id }]
  }

  const delta = (index: number, change: JsonObject): Decoded => {
    const type = stringAt(change, "type")
    const piece = stringAt(change, "text") ?? stringAt(change, "thinking") ?? stringAt(change, "partial_json")
    if (piece === undefined || piece === "") return nothing
    const parts: Array<ModelPart> = []
    if (!blocks.has(index) && type !== "input_json_delta")
      parts.push(...open(index, type === "thinking_delta" ? "thinking" : "text", {}))
    const block = blocks.get(index)
    if (block === undefined) return nothing
    last = index
    if (!(block instanceof ToolCallBuilder)) {
      parts.push({ type: `${block.kind}-delta`, id: block.id, delta: piece })
      return { parts }
    }
    const part = block.add(piece)
    return part === undefined
      ? { parts, error: ofContent(provider, "a tool call's input is too long") }
      : { parts: [...parts, part] }
  }

  const finish = (): Decoded => {
    ended = true
    const parts = [...blocks.keys()].flatMap(close)
    const said = reason === undefined ? "stop" : (reasons[reason] ?? "other")
    const finished: ModelPart = {
      type: "finish",
      reason: called && said === "stop" ? "tool-calls" : said,
      usage: usageOf(usage),
      metadata: {
        [provider]: { usage, stop_reason: reason ?? null },
        ...usageDetails(usage, countAt(objectAt(usage, "cache_creation"), "ephemeral_1h_input_tokens"))
      }
    }
    return { parts: [...parts, finished], done: true }
  }

  const start = (message: JsonObject): Decoded => {
    usage = merged(usage, message)
    const known = decodeUsage(usageOf({ output_tokens: 0, ...usage }))
    const id = stringAt(message, "id")
    const modelId = stringAt(message, "model")
    return {
      parts: [
        {
          type: "response-metadata",
          ...(id === undefined ? {} : { id }),
          ...(modelId === undefined ? {} : { modelId }),
          ...(known === undefined ? {} : { metadata: partialUsage(known) })
        }
      ]
    }
  }

  const event = ({ data, event: name }: SseEvent): Decoded => {
    if (data === "" && name === "message") return nothing
    // some compatible servers close with the other wire's terminator
    if (data.trim() === "[DONE]") return ended || reason === undefined ? nothing : finish()
    const value = data === "" ? {} : parse(data)
    if (!isObject(value)) return { parts: [], error: ofProtocol(provider, "an event is no JSON object") }
    const index = typeof value["index"] === "number" ? value["index"] : last
    switch (stringAt(value, "type") ?? name) {
      case "message_start":
        return start(objectAt(value, "message"))
      case "content_block_start": {
        const block = objectAt(value, "content_block")
        return { parts: open(index, stringAt(block, "type") ?? "", block) }
      }
      case "content_block_delta":
        return delta(index, objectAt(value, "delta"))
      case "content_block_stop":
        return { parts: close(index) }
      case "message_delta":
        usage = merged(usage, value)
        reason = stringAt(objectAt(value, "delta"), "stop_reason") ?? reason
        return nothing
      case "message_stop":
        return finish()
      case "error": {
        const error = objectAt(value, "error")
        return {
          parts: [],
          error: ofEvent(provider, stringAt(error, "type") ?? "error", stringAt(error, "message") ?? "")
        }
      }
      default:
        return nothing
    }
  }

  return {
    event,
    // a stop reason is the vendor's word that the answer is whole
    end: () => (reason === undefined ? nothing : finish())
  }
}
