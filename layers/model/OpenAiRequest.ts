/** A request on the OpenAI wire, `POST /v1/chat/completions`. */
import type { InputBound } from "../../src/model/ModelAdapter.ts"
import type { ModelContent, ModelRequest } from "../../src/model/ModelRequest.ts"
import { utf8Bytes } from "../../src/model/TokenEstimate.ts"
import { estimateInput, type ToolCall, type Turn, text, turnsOf } from "./Encode.ts"

export type Message =
  | { readonly role: "system" | "user"; readonly content: string }
  | {
      readonly role: "assistant"
      readonly content: string | null
      readonly tool_calls?: ReadonlyArray<{
        readonly id: string
        readonly type: "function"
        readonly function: { readonly name: string; readonly arguments: string }
      }>
    }
  | { readonly role: "tool"; readonly tool_call_id: string; readonly content: string }

// Arguments are a string on this wire; what did not parse goes back as it came.
const argumentsOf = ({ params }: ToolCall): string =>
  typeof params === "string" ? text(params) : (JSON.stringify(params) ?? "{}")

const messagesOf = (turn: Turn): ReadonlyArray<Message> => {
  switch (turn.role) {
    case "system":
    case "user":
      return [{ role: turn.role, content: turn.text }]
    case "assistant":
      return turn.text === "" && turn.calls.length === 0
        ? []
        : [
            {
              role: "assistant",
              content: turn.text === "" ? null : turn.text,
              ...(turn.calls.length === 0
                ? {}
                : {
                    tool_calls: turn.calls.map((call) => ({
                      id: call.id,
                      type: "function" as const,
                      function: { name: call.name, arguments: argumentsOf(call) }
                    }))
                  })
            }
          ]
    case "tool":
      // the wire has no mark for a failed call, so the text says it
      return turn.results.map((result) => ({
        role: "tool",
        tool_call_id: result.id,
        content: result.failed ? `Error: ${result.text}` : result.text
      }))
  }
}

/** What both the call and the count of its tokens consist of. */
export const openAiContent = (content: ModelContent, model: string, turns = turnsOf(content)) => {
  const system = content.system.filter((block) => block.trim() !== "").map(text)
  return {
    model,
    messages: [
      ...(system.length === 0 ? [] : [{ role: "system" as const, content: system.join("\n\n") }]),
      ...turns.flatMap(messagesOf)
    ],
    ...(content.tools.length === 0
      ? {}
      : {
          tools: content.tools.map((tool) => ({
            type: "function",
            function: { name: tool.name, description: text(tool.description), parameters: tool.inputSchema }
          }))
        })
  }
}

// Reasoning models refuse `max_tokens`; most compatible servers know nothing else.
const isReasoning = (model: string): boolean => /(?:^|\/)(?:o\d|gpt-5)/.test(model)

/** `official` is OpenAI itself, which takes the newer name of the output limit for every model. */
export const openAiBody = (request: ModelRequest, official: boolean): string =>
  JSON.stringify({
    ...openAiContent(request, request.model),
    [official || isReasoning(request.model) ? "max_completion_tokens" : "max_tokens"]: request.maxOutputTokens,
    stream: true,
    stream_options: { include_usage: true }
  })

// Documented: three tokens around a message, three before the answer, a few around each function.
const messageOverhead = 4
const toolOverhead = 16
const baseOverhead = 16

/** The bytes of the request and the vendor's documented overhead: a token is at least a byte. */
export const openAiBound = (request: ModelRequest): InputBound => {
  const turns = turnsOf(request)
  const body = JSON.stringify(openAiContent(request, request.model, turns))
  const overhead = baseOverhead + messageOverhead * (turns.length + 1) + toolOverhead * request.tools.length
  return { upper: utf8Bytes(body) + overhead, estimate: estimateInput(request, turns) }
}
