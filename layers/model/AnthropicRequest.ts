/** A request on the Anthropic wire, `POST /v1/messages`. */
import type { JsonObject } from "../../src/domain/Json.ts"
import type { InputBound } from "../../src/model/ModelAdapter.ts"
import type { ModelContent, ModelRequest } from "../../src/model/ModelRequest.ts"
import { utf8Bytes } from "../../src/model/TokenEstimate.ts"
import { nowhere, placesOf } from "./AnthropicCache.ts"
import { estimateInput, type ToolCall, type Turn, text, turnsOf } from "./Encode.ts"

const cached = { cache_control: { type: "ephemeral" } } as const

type Block = Partial<typeof cached> &
  (
    | { readonly type: "text"; readonly text: string }
    | { readonly type: "tool_use"; readonly id: string; readonly name: string; readonly input: unknown }
    | { readonly type: "tool_result"; readonly tool_use_id: string; readonly content: string; readonly is_error?: true }
  )

interface Message {
  readonly role: "user" | "assistant"
  readonly content: Array<Block>
}

const idOf = (id: string): string => id.replace(/[^A-Za-z0-9_-]/g, "_")

// The wire takes objects only; what a model sent instead is shown back to it as what it was.
const inputOf = ({ params }: ToolCall): unknown =>
  typeof params === "object" && params !== null && !Array.isArray(params) ? params : { invalid_input: params }

// An empty text block is refused by the vendor.
const textBlocks = (said: string): Array<Block> => (said.trim() === "" ? [] : [{ type: "text", text: said }])

const blocksOf = (turn: Exclude<Turn, { readonly role: "system" }>): Array<Block> => {
  switch (turn.role) {
    case "user":
      return textBlocks(turn.text)
    case "assistant":
      return [
        ...textBlocks(turn.text),
        ...turn.calls.map((call): Block => ({
          type: "tool_use",
          id: idOf(call.id),
          name: call.name,
          input: inputOf(call)
        }))
      ]
    case "tool":
      return turn.results.map((result): Block => ({
        type: "tool_result",
        tool_use_id: idOf(result.id),
        content: result.text,
        ...(result.failed ? { is_error: true } : {})
      }))
  }
}

// Consecutive messages of one role are one message: results of parallel calls must stand together.
const messagesOf = (turns: ReadonlyArray<Turn>, marked: ReadonlySet<number>): ReadonlyArray<Message> => {
  const messages: Array<Message> = []
  for (const [n, turn] of turns.entries()) {
    if (turn.role === "system") continue
    const role = turn.role === "assistant" ? "assistant" : "user"
    const blocks = blocksOf(turn)
    const last = messages.at(-1)
    if (last?.role === role) last.content.push(...blocks)
    else if (blocks.length > 0) messages.push({ role, content: blocks })
    const content = messages.at(-1)?.content
    const end = content?.pop()
    if (end !== undefined) content?.push(marked.has(n) ? { ...end, ...cached } : end)
  }
  return messages.length === 0 ? [{ role: "user", content: [{ type: "text", text: "(no text)" }] }] : messages
}

/** What both the call and the count of its tokens consist of. `system` is never the role of a message. */
export const anthropicContent = (content: ModelContent, model: string, turns = turnsOf(content), places = nowhere) => {
  const system = [...content.system, ...turns.flatMap((turn) => (turn.role === "system" ? [turn.text] : []))]
    .map(text)
    .filter((block) => block.trim() !== "")
    .join("\n\n")
  const tools = content.tools.map((tool, n) => ({
    name: tool.name,
    description: text(tool.description),
    input_schema: { type: "object", ...tool.inputSchema } satisfies JsonObject,
    ...(places.tools && n === content.tools.length - 1 ? cached : {})
  }))
  return {
    model,
    ...(system === "" ? {} : { system: places.system ? [{ type: "text", text: system, ...cached }] : system }),
    messages: messagesOf(turns, places.turns),
    ...(tools.length === 0 ? {} : { tools })
  }
}

/** The same, marked for the vendor's cache. */
const marked = (request: ModelRequest, turns: ReadonlyArray<Turn>) =>
  anthropicContent(request, request.model, turns, placesOf(request, request.model, turns))

export const anthropicBody = (request: ModelRequest): string =>
  JSON.stringify({ ...marked(request, turnsOf(request)), max_tokens: request.maxOutputTokens, stream: true })

// The vendor documents up to 530 tokens of its own system prompt once tools are given, and a few per message.
const toolsOverhead = 600
const messageOverhead = 8
const baseOverhead = 32

/** The bytes of the request and the vendor's documented overhead: a token is at least a byte. */
export const anthropicBound = (request: ModelRequest): InputBound => {
  const turns = turnsOf(request)
  const overhead = baseOverhead + messageOverhead * turns.length + (request.tools.length > 0 ? toolsOverhead : 0)
  return {
    upper: utf8Bytes(JSON.stringify(marked(request, turns))) + overhead,
    estimate: estimateInput(request, turns)
  }
}
