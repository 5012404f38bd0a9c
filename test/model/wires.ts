/** Streams of both wires as text, and a decoder run over any chunking of them. */
import { anthropicDecoder } from "../../layers/model/AnthropicStream.ts"
import { openAiDecoder } from "../../layers/model/OpenAiStream.ts"
import { SseDecoder, type SseEvent } from "../../layers/model/Sse.ts"
import type { AnswerDecoder } from "../../layers/model/Vendor.ts"
import type { ModelError } from "../../src/model/ModelError.ts"
import type { ModelPart } from "../../src/model/ModelRequest.ts"

export interface Outcome {
  readonly parts: ReadonlyArray<ModelPart>
  readonly error: ModelError | undefined
  readonly done: boolean
}

/** Cuts `bytes` at these offsets. */
export const cut = (bytes: Uint8Array, at: ReadonlyArray<number>): ReadonlyArray<Uint8Array> => {
  const edges = [...new Set([0, ...at.map((n) => n % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b)
  return edges.slice(1).map((edge, i) => bytes.subarray(edges[i], edge))
}

export const run = (decoder: AnswerDecoder, chunks: ReadonlyArray<Uint8Array>): Outcome => {
  const sse = new SseDecoder()
  const parts: Array<ModelPart> = []
  let done = false
  let error: ModelError | undefined
  const take = (events: ReadonlyArray<SseEvent> | undefined) => {
    for (const event of events ?? []) {
      if (done || error !== undefined) return
      const decoded = decoder.event(event)
      parts.push(...decoded.parts)
      done = decoded.done === true
      error = decoded.error
    }
  }
  for (const chunk of chunks) take(sse.push(chunk))
  take(sse.end())
  if (!done && error === undefined) {
    const last = decoder.end()
    parts.push(...last.parts)
    done = last.done === true
  }
  return { parts, error, done }
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

export const anthropic = (wire: string, at: ReadonlyArray<number> = []): Outcome =>
  run(anthropicDecoder("anthropic"), cut(bytesOf(wire), at))
export const openAi = (wire: string, at: ReadonlyArray<number> = []): Outcome =>
  run(openAiDecoder("openai"), cut(bytesOf(wire), at))

export const frame = (event: string, data: unknown, end = "\n"): string =>
  `event: ${event}${end}data: ${JSON.stringify(data)}${end}${end}`
export const chunk = (data: unknown, end = "\n"): string => `data: ${JSON.stringify(data)}${end}${end}`

/** A whole Anthropic answer with text and a tool call. */
export const anthropicAnswer = (end = "\n"): string =>
  [
    frame(
      "message_start",
      {
        type: "message_start",
        message: {
          id: "msg_1",
          model: "claude-x",
          usage: { input_tokens: 12, cache_read_input_tokens: 3, cache_creation_input_tokens: 2, output_tokens: 1 }
        }
      },
      end
    ),
    frame("ping", { type: "ping" }, end),
    frame(
      "content_block_start",
      { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
      end
    ),
    frame(
      "content_block_delta",
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Grüße 😀 " } },
      end
    ),
    frame(
      "content_block_delta",
      { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "世界" } },
      end
    ),
    frame("content_block_stop", { type: "content_block_stop", index: 0 }, end),
    frame(
      "content_block_start",
      {
        type: "content_block_start",
        index: 1,
        content_block: { type: "tool_use", id: "call_1", name: "echo", input: {} }
      },
      end
    ),
    frame(
      "content_block_delta",
      { type: "content_block_delta", index: 1, delta: { type: "input_json_delta", partial_json: '{"mess' } },
      end
    ),
    frame(
      "content_block_delta",
      { type: "content_block_delta", index: 1, delta: { type: "input_json_delta", partial_json: 'age":"hi ü"}' } },
      end
    ),
    frame("content_block_stop", { type: "content_block_stop", index: 1 }, end),
    frame(
      "message_delta",
      { type: "message_delta", delta: { stop_reason: "tool_use" }, usage: { output_tokens: 17 } },
      end
    ),
    frame("message_stop", { type: "message_stop" }, end)
  ].join("")

const delta = (change: unknown, finish: string | null = null) => ({
  id: "chatcmpl-1",
  model: "gpt-x",
  choices: [{ index: 0, delta: change, finish_reason: finish }]
})

/** A whole OpenAI answer with text and two tool calls, their arguments interleaved. */
export const openAiAnswer = (end = "\n"): string =>
  [
    chunk(delta({ role: "assistant", content: "" }), end),
    chunk(delta({ content: "Grüße 😀 " }), end),
    chunk(delta({ content: "世界" }), end),
    chunk(
      delta({ tool_calls: [{ index: 0, id: "call_1", type: "function", function: { name: "echo", arguments: "" } }] }),
      end
    ),
    chunk(delta({ tool_calls: [{ index: 0, function: { arguments: '{"mess' } }] }), end),
    chunk(
      delta({
        tool_calls: [{ index: 1, id: "call_2", type: "function", function: { name: "note_list", arguments: "" } }]
      }),
      end
    ),
    chunk(delta({ tool_calls: [{ index: 0, function: { arguments: 'age":"hi ü"}' } }] }), end),
    chunk(delta({}, "tool_calls"), end),
    chunk(
      {
        id: "chatcmpl-1",
        choices: [],
        usage: {
          prompt_tokens: 20,
          completion_tokens: 9,
          prompt_tokens_details: { cached_tokens: 8 },
          completion_tokens_details: { reasoning_tokens: 4 },
          other: 1
        }
      },
      end
    ),
    `data: [DONE]${end}${end}`
  ].join("")

export const textOf = (outcome: Outcome): string =>
  outcome.parts.map((part) => (part.type === "text-delta" ? part.delta : "")).join("")
export const callsOf = (outcome: Outcome) =>
  outcome.parts.flatMap((part) =>
    part.type === "tool-call" ? [{ id: part.id, name: part.name, params: part.params }] : []
  )
export const finishOf = (outcome: Outcome) => {
  const last = outcome.parts.at(-1)
  return last?.type === "finish" ? last : undefined
}
