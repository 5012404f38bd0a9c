/** An answer on the OpenAI wire, chunk by chunk. Tolerates what compatible servers leave out. */
import type { Json, JsonObject } from "../../src/domain/Json.ts"
import type { ModelPart } from "../../src/model/ModelRequest.ts"
import { encodeUsage, unknownUsage, usageDetails } from "../../src/model/ModelUsage.ts"
import { ofContent, ofEvent, ofProtocol } from "./Failure.ts"
import { countAt, isObject, listAt, objectAt, parse, stringAt } from "./Json.ts"
import type { SseEvent } from "./Sse.ts"
import { ToolCallBuilder } from "./ToolCalls.ts"
import type { AnswerDecoder, Decoded } from "./Vendor.ts"

type Finish = Extract<ModelPart, { readonly type: "finish" }>["reason"]

const reasons: Readonly<Record<string, Finish>> = {
  stop: "stop",
  length: "length",
  tool_calls: "tool-calls",
  function_call: "tool-calls",
  content_filter: "content-filter"
}

const nothing: Decoded = { parts: [] }
const maxCalls = 128

/**
 * Of OpenAI's own models what was thought is part of the completion. Others of this wire (x.ai, Gemini) tell and bill it
 * beside that, which shows in the total, or in more thoughts than completion.
 */
const outputOf = (completion: number, reasoning: number, rest: number): number => {
  // what is no count stays none
  if (!Number.isSafeInteger(completion) || completion < 0) return Number.NaN
  const beside = reasoning > completion ? completion + reasoning : completion
  return Number.isSafeInteger(rest) ? Math.max(beside, rest) : beside
}

const usageOf = (usage: JsonObject | undefined) => {
  if (usage === undefined) return unknownUsage
  const details = objectAt(usage, "prompt_tokens_details")
  // both are part of the prompt; writes are told, and charged dearer, by the models since gpt-5.6
  const cacheRead = countAt(details, "cached_tokens")
  const cacheWrite = countAt(details, "cache_write_tokens")
  const reasoning = countAt(objectAt(usage, "completion_tokens_details"), "reasoning_tokens")
  const required = (key: string): number =>
    usage[key] === undefined || usage[key] === null ? Number.NaN : countAt(usage, key)
  const prompt = required("prompt_tokens")
  return encodeUsage({
    input: prompt - cacheRead - cacheWrite,
    output: outputOf(required("completion_tokens"), reasoning, countAt(usage, "total_tokens") - prompt),
    cacheRead,
    cacheWrite,
    reasoning
  })
}

/** Counts are cumulative where a server says them more than once: of two the larger ones count. */
const goesBack = (before: JsonObject | undefined, now: JsonObject): boolean => {
  const counts = (usage: JsonObject) => [countAt(usage, "prompt_tokens"), countAt(usage, "completion_tokens")] as const
  const [prompt, completion] = counts(now)
  const [promptBefore, completionBefore] = before === undefined ? [0, 0] : counts(before)
  return prompt >= 0 && completion >= 0 && prompt + completion < promptBefore + completionBefore
}

export const openAiDecoder = (provider: string): AnswerDecoder => {
  const calls = new Map<number, ToolCallBuilder>()
  let last = 0
  let open: "text" | "reasoning" | undefined
  let opened = 0
  let begun = false
  let refused = false
  let response = "0"
  let usage: JsonObject | undefined
  let reason: string | undefined

  const idOf = (): string => `${open}_${opened}`
  const shut = (): ReadonlyArray<ModelPart> => {
    if (open === undefined) return []
    const part: ModelPart = { type: `${open}-end`, id: idOf() }
    open = undefined
    return [part]
  }
  const say = (kind: "text" | "reasoning", delta: string | undefined): ReadonlyArray<ModelPart> => {
    if (delta === undefined || delta === "") return []
    const parts: Array<ModelPart> = []
    if (open !== kind) {
      parts.push(...shut())
      open = kind
      opened += 1
      parts.push({ type: `${kind}-start`, id: idOf() })
    }
    parts.push({ type: `${kind}-delta`, id: idOf(), delta })
    return parts
  }

  const callAt = (piece: JsonObject, parts: Array<ModelPart>): ToolCallBuilder | undefined => {
    const given = piece["index"]
    const id = stringAt(piece, "id")
    // without an index, a new id is a new call
    const known = id === undefined || id === "" ? undefined : [...calls].find(([, call]) => call.id === id)?.[0]
    const index = typeof given === "number" ? given : (known ?? (id === undefined || id === "" ? last : calls.size))
    last = index
    const call = calls.get(index)
    if (call !== undefined || calls.size >= maxCalls) return call
    const name = stringAt(objectAt(piece, "function"), "name") ?? ""
    const made = new ToolCallBuilder(id === undefined || id === "" ? `call_${response}_${index}` : id, name)
    calls.set(index, made)
    parts.push(...shut(), made.start())
    return made
  }

  const call = (piece: Json): Decoded => {
    if (!isObject(piece)) return nothing
    const parts: Array<ModelPart> = []
    const builder = callAt(piece, parts)
    if (builder === undefined) return { parts, error: ofContent(provider, `more than ${maxCalls} tool calls`) }
    const given = objectAt(piece, "function")["arguments"]
    const text = typeof given === "string" ? given : isObject(given) ? JSON.stringify(given) : ""
    if (text === "") return { parts }
    const part = builder.add(text)
    return part === undefined
      ? { parts, error: ofContent(provider, "a tool call's input is too long") }
      : { parts: [...parts, part] }
  }

  const begin = (chunk: JsonObject): ReadonlyArray<ModelPart> => {
    if (begun) return []
    begun = true
    const id = stringAt(chunk, "id")
    const modelId = stringAt(chunk, "model")
    if (id !== undefined) response = id.replace(/[^A-Za-z0-9_-]/g, "").slice(-32)
    return [
      { type: "response-metadata", ...(id === undefined ? {} : { id }), ...(modelId === undefined ? {} : { modelId }) }
    ]
  }

  const chunk = (value: JsonObject): Decoded => {
    const parts: Array<ModelPart> = [...begin(value)]
    const told = value["usage"]
    if (isObject(told) && !goesBack(usage, told)) usage = told
    const choice = listAt(value, "choices")[0]
    if (!isObject(choice)) return { parts }
    const delta = objectAt(choice, "delta")
    parts.push(...say("reasoning", stringAt(delta, "reasoning_content") ?? stringAt(delta, "reasoning")))
    parts.push(...say("text", stringAt(delta, "content")))
    const refusal = stringAt(delta, "refusal")
    refused ||= refusal !== undefined && refusal !== ""
    parts.push(...say("text", refusal))
    for (const piece of listAt(delta, "tool_calls")) {
      const made = call(piece)
      parts.push(...made.parts)
      if (made.error !== undefined) return { parts, error: made.error }
    }
    reason = stringAt(choice, "finish_reason") ?? reason
    return { parts }
  }

  const finish = (): Decoded => {
    const parts = [...shut(), ...[...calls.values()].flatMap((builder) => builder.finish())]
    const said = reason === undefined ? "stop" : (reasons[reason] ?? "other")
    const finished: ModelPart = {
      type: "finish",
      // some servers say `stop` beside tool calls
      reason: calls.size > 0 && said === "stop" ? "tool-calls" : refused && said === "stop" ? "content-filter" : said,
      usage: usageOf(usage),
      metadata: {
        [provider]: { usage: usage ?? null, finish_reason: reason ?? null },
        ...(usage === undefined ? {} : usageDetails(usage))
      }
    }
    return { parts: [...parts, finished], done: true }
  }

  return {
    event: ({ data, event }: SseEvent): Decoded => {
      if (data === "") return nothing
      if (data.trim() === "[DONE]") return begun ? finish() : { parts: [], error: ofProtocol(provider, "no answer") }
      const value = parse(data)
      if (!isObject(value)) return { parts: [], error: ofProtocol(provider, "an event is no JSON object") }
      const error = value["error"]
      if (isObject(error) || event === "error") {
        const what = isObject(error) ? error : value
        const type = stringAt(what, "type") ?? stringAt(what, "code") ?? "error"
        return { parts: [], error: ofEvent(provider, type, stringAt(what, "message") ?? "") }
      }
      return chunk(value)
    },
    // a finish reason is the vendor's word that the answer is whole
    end: () => (reason === undefined ? nothing : finish())
  }
}
