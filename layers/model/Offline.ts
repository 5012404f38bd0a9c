/** The adapter of the offline model: the pure responder, streamed in small pieces and counted by the estimator. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { InputBound, ModelAdapter } from "../../src/model/ModelAdapter.ts"
import type { ModelContent, ModelPart, ModelRequest } from "../../src/model/ModelRequest.ts"
import { encodeUsage } from "../../src/model/ModelUsage.ts"
import { type Answer, respond } from "../../src/model/offline/Responder.ts"
import { estimateTokens, utf8Bytes } from "../../src/model/TokenEstimate.ts"

export const provider = "offline"

const serialised = ({ messages, system, tools }: ModelContent): string => JSON.stringify({ system, messages, tools })

const bound = (request: ModelRequest): InputBound => {
  const text = serialised(request)
  return { upper: utf8Bytes(text), estimate: estimateTokens(text) }
}

/** Pieces of a few words, so that a client sees a stream. */
export const deltas = (text: string): ReadonlyArray<string> =>
  text.match(/\s*\S+(?:\s+\S+){0,2}\s*$|\s*\S+(?:\s+\S+){0,2}|\s+/g) ?? []

// The longest beginning that costs no more than `limit`.
const within = (text: string, limit: number): string => {
  if (estimateTokens(text) <= limit) return text
  let low = 0
  let high = text.length
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (estimateTokens(text.slice(0, middle)) <= limit) low = middle
    else high = middle - 1
  }
  return text.slice(0, low)
}

const partsOf = (request: ModelRequest, answer: Answer, input: number): ReadonlyArray<ModelPart> => {
  const finish = (reason: "stop" | "length" | "tool-calls", output: number): ModelPart => ({
    type: "finish",
    reason,
    usage: encodeUsage({ input, output, cacheRead: 0, cacheWrite: 0 })
  })
  if (answer.kind === "call") {
    const { name, params } = answer.call
    const output = estimateTokens(`${name} ${JSON.stringify(params)}`)
    if (output > request.maxOutputTokens) return [finish("length", 0)]
    const call: ModelPart = { type: "tool-call", id: `call_${request.messages.length}`, name, params }
    return [call, finish("tool-calls", output)]
  }
  const text = within(answer.text, request.maxOutputTokens)
  const id = "text_0"
  return [
    { type: "text-start", id },
    ...deltas(text).map((delta): ModelPart => ({ type: "text-delta", id, delta })),
    { type: "text-end", id },
    finish(text === answer.text ? "stop" : "length", estimateTokens(text))
  ]
}

/** Costs nothing, needs no key and no network, and never fails. */
export const adapter: ModelAdapter = {
  provider,
  free: true,
  minimumOutput: 1,
  bound: (request) => Effect.sync(() => bound(request)),
  count: (request) => Effect.sync(() => bound(request).estimate),
  stream: (request) =>
    Stream.suspend(() => Stream.fromIterable(partsOf(request, respond(request), bound(request).estimate)))
}
