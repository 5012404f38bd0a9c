/** What both wires need to say a conversation: its texts, and a refusal of what cannot be bounded or said. */
import * as Effect from "effect/Effect"
import type { MessageEncoded } from "effect/ai/Prompt"
import { ModelError } from "../../src/model/ModelError.ts"
import type { ModelContent } from "../../src/model/ModelRequest.ts"
import { estimateTokens } from "../../src/model/TokenEstimate.ts"

/** Thrown inside an encoder and turned into the adapter's typed error by `encoding`. */
export class Unsupported extends Error {}

const unsupported = (what: string): never => {
  throw new Unsupported(what)
}

/** Valid Unicode: vendors refuse a lone surrogate. */
export const text = (raw: string): string => raw.toWellFormed()

export interface ToolCall {
  readonly id: string
  readonly name: string
  readonly params: unknown
}

export interface ToolResult {
  readonly id: string
  readonly name: string
  readonly text: string
  readonly failed: boolean
}

/** A message, reduced to what a text model can be shown. */
export type Turn =
  | { readonly role: "system"; readonly text: string }
  | { readonly role: "user"; readonly text: string }
  | { readonly role: "assistant"; readonly text: string; readonly calls: ReadonlyArray<ToolCall> }
  | { readonly role: "tool"; readonly results: ReadonlyArray<ToolResult> }

const notBounded = "a file, an image or a reference in a message (their tokens have no provable bound)"
const elsewhere = "a tool that the provider runs itself"

const resultText = (part: {
  readonly result: unknown
  readonly modelOutput?: ReadonlyArray<{ readonly type: string; readonly text?: string }> | undefined
}): string => {
  if (part.modelOutput !== undefined)
    return part.modelOutput
      .map((item) => (item.type === "text" ? (item.text ?? "") : unsupported(notBounded)))
      .join("\n")
  return typeof part.result === "string" ? part.result : (JSON.stringify(part.result) ?? "null")
}

const turnOf = (message: MessageEncoded): Turn => {
  switch (message.role) {
    case "system":
      return { role: "system", text: text(message.content) }
    case "user": {
      if (typeof message.content === "string") return { role: "user", text: text(message.content) }
      const texts = message.content.map((part) => (part.type === "text" ? part.text : unsupported(notBounded)))
      return { role: "user", text: text(texts.join("\n")) }
    }
    case "assistant": {
      if (typeof message.content === "string") return { role: "assistant", text: text(message.content), calls: [] }
      const texts: Array<string> = []
      const calls: Array<ToolCall> = []
      for (const part of message.content) {
        if (part.type === "text") texts.push(part.text)
        else if (part.type === "tool-call" && part.providerExecuted !== true) calls.push(part)
        // a vendor signs its own reasoning; another vendor cannot take it, and none needs it
        else if (part.type !== "reasoning") unsupported(part.type === "file" ? notBounded : elsewhere)
      }
      return { role: "assistant", text: text(texts.join("")), calls }
    }
    case "tool":
      return {
        role: "tool",
        results: message.content.map((part) =>
          part.type === "tool-result" && part.providerExecuted !== true
            ? { id: part.id, name: part.name, text: text(resultText(part)), failed: part.isFailure }
            : unsupported(elsewhere)
        )
      }
  }
}

/** The conversation, message by message. Throws `Unsupported`. */
export const turnsOf = (content: ModelContent): ReadonlyArray<Turn> => content.messages.map(turnOf)

export const refusal = (provider: string, what: Unsupported): ModelError =>
  new ModelError({
    provider,
    kind: "invalid_request",
    message: `The provider ${provider} cannot be shown ${what.message}.`,
    retryable: false,
    unused: true
  })

/** Estimated input tokens, on the low side: it is what an under-reporting vendor is compared with. */
export const estimateInput = (content: ModelContent, turns: ReadonlyArray<Turn>): number => {
  const tokens = (raw: string): number => estimateTokens(raw)
  let sum = 3
  for (const block of content.system) sum += tokens(block)
  for (const turn of turns) {
    sum += 3
    if (turn.role === "tool") for (const result of turn.results) sum += tokens(result.text)
    else sum += tokens(turn.text)
    if (turn.role === "assistant")
      for (const call of turn.calls) sum += tokens(`${call.name} ${JSON.stringify(call.params) ?? ""}`)
  }
  // vendors show a model the tools in a terser form than JSON Schema
  return sum + Math.floor(tokens(JSON.stringify(content.tools)) / 2)
}

/** Runs an encoder; what it cannot say is a typed refusal, and any other exception a defect. */
export const encoding = <A>(provider: string, encode: () => A): Effect.Effect<A, ModelError> =>
  Effect.suspend(() => {
    // an adapter's edge: an encoder leaves from deep inside a message by an exception
    try {
      return Effect.succeed(encode())
    } catch (cause) {
      if (cause instanceof Unsupported) return Effect.fail(refusal(provider, cause))
      throw cause
    }
  })
