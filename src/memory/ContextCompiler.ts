/**
 * What a model is shown, under two hard ceilings: one for everything exoclaw adds, one for the whole request. Pure and
 * deterministic; what was left out is counted.
 */
import type { AssistantMessagePartEncoded, MessageEncoded } from "effect/ai/Prompt"
import type { JsonObject } from "../domain/Json.ts"
import type { ToolSchema } from "../model/ModelRequest.ts"
import { estimateTokens } from "../model/TokenEstimate.ts"
import { clip } from "./Clip.ts"
import { type ContextLimits, defaultReserve } from "./ContextLimits.ts"
import { chooseMemory, type Known, nothingKnown } from "./MemoryChoice.ts"
import type { RecentTurn } from "./RecentTurn.ts"
import { sizeOf } from "./TextSize.ts"
import { choose } from "./ToolChoice.ts"

/** What happened in this turn so far: an answer with tool calls, and what the tools said. */
export interface Exchange {
  readonly text: string
  readonly calls: ReadonlyArray<{ readonly id: string; readonly name: string; readonly input: JsonObject }>
  readonly results: ReadonlyArray<{
    readonly id: string
    readonly name: string
    readonly content: string
    readonly isError: boolean
  }>
}

export interface ContextInput {
  readonly system: string | undefined
  readonly soul: string | undefined
  readonly tools: ReadonlyArray<ToolSchema>
  /** Oldest first. */
  readonly recent: ReadonlyArray<RecentTurn>
  /** What memory has that may matter; nothing where it is off. */
  readonly known?: Known
  readonly user: string
  readonly exchanges: ReadonlyArray<Exchange>
}

/** A part of the prompt, in the order in which a vendor sees them; `answers` is what the model said before in this turn. */
export interface Block {
  readonly kind: "tools" | "system" | "soul" | "recent" | "facts" | "recalled" | "user" | "answers" | "tool_results"
  /** Whose call and result it is. */
  readonly tool?: string
  readonly tokens: number
}

export interface Compiled {
  readonly system: ReadonlyArray<string>
  readonly messages: ReadonlyArray<MessageEncoded>
  readonly tools: ReadonlyArray<ToolSchema>
  readonly blocks: ReadonlyArray<Block>
  /** Messages of earlier turns, at the beginning. */
  readonly history: number
  readonly omitted: {
    readonly recentTurns: number
    readonly facts: number
    readonly recalled: number
    readonly tools: number
    readonly toolResultTokens: number
  }
  /** Recalled utterances that are shown, by id. */
  readonly recalled: ReadonlyArray<string>
}

/** The soul, or the message with what its tools said, does not fit whatever is left out. In tokens. */
export interface TooLong {
  readonly what: "soul" | "request"
  readonly wanted: number
  readonly limit: number
}

/** Tokens that a message costs beyond its text: its role and its marks. */
const envelope = 4

/** Sizes of texts and messages, in tokens with a reserve; `added` is what is ours, which never has more. */
const sizesWith = (reserve: number) => {
  const text = (said: string): number => Math.ceil(estimateTokens(said) * reserve)
  const added = (said: string): number => sizeOf(said, reserve)
  return {
    text,
    message: (said: string): number => text(said) + envelope,
    added,
    addedMessage: (said: string): number => added(said) + envelope
  }
}
type Sizes = ReturnType<typeof sizesWith>

/** What the note on a cut result costs at most. */
const noteTokens = 20

interface Rendered {
  readonly messages: ReadonlyArray<MessageEncoded>
  readonly blocks: ReadonlyArray<Block>
  readonly tokens: number
  readonly omitted: number
}

const renderExchanges = (exchanges: ReadonlyArray<Exchange>, perResult: number, sizes: Sizes): Rendered => {
  const messages: Array<MessageEncoded> = []
  const blocks: Array<Block> = []
  let omitted = 0
  for (const { calls, results, text } of exchanges) {
    const content: Array<AssistantMessagePartEncoded> = text === "" ? [] : [{ type: "text", text }]
    blocks.push({ kind: "answers", tokens: sizes.message(text) })
    for (const call of calls) {
      content.push({ type: "tool-call", id: call.id, name: call.name, params: call.input, providerExecuted: false })
      const tokens = sizes.text(call.name) + sizes.message(JSON.stringify(call.input))
      blocks.push({ kind: "tool_results", tool: call.name, tokens })
    }
    messages.push({ role: "assistant", content })
    if (results.length === 0) continue
    messages.push({
      role: "tool",
      content: results.map((result) => {
        const whole = clip(result.content, perResult)
        const kept = whole.omitted === 0 ? whole : clip(result.content, perResult - noteTokens)
        omitted += kept.omitted
        const note = kept.omitted === 0 ? "" : `\n[${kept.omitted} more tokens of this result were left out]`
        blocks.push({ kind: "tool_results", tool: result.name, tokens: sizes.message(kept.text + note) })
        return {
          type: "tool-result",
          id: result.id,
          name: result.name,
          isFailure: result.isError,
          result: kept.text + note,
          providerExecuted: false
        }
      })
    })
  }
  return { messages, blocks, tokens: blocks.reduce((sum, { tokens }) => sum + tokens, 0), omitted }
}

/** Tool results shrink to this before a request is refused for its length. */
const leastResult = 100

/** Compiles the request's content, or says by how much it is too long. Every estimate is multiplied by `reserve`. */
export const compile = (
  input: ContextInput,
  limits: ContextLimits,
  reserve = defaultReserve
): { readonly _tag: "Compiled"; readonly value: Compiled } | { readonly _tag: "TooLong"; readonly value: TooLong } => {
  const sizes = sizesWith(reserve)
  const system = input.system === undefined ? 0 : sizes.text(input.system)
  const soul = input.soul === undefined ? 0 : sizes.added(input.soul)
  if (soul > limits.ceiling) return { _tag: "TooLong", value: { what: "soul", wanted: soul, limit: limits.ceiling } }
  const fixed = system + soul + sizes.message(input.user)
  const used = new Set(input.exchanges.flatMap(({ calls }) => calls.map(({ name }) => name)))
  const chosen = (room: number) => choose(input.tools, input.user, Math.max(0, Math.floor(room / reserve)), used)
  // the same tools for the whole turn, as long as they fit: results give way first
  let tools = chosen(Math.min(limits.tools, limits.ceiling - soul))
  let perResult = limits.toolResult
  let exchanges = renderExchanges(input.exchanges, perResult, sizes)
  const size = () => fixed + exchanges.tokens + Math.ceil(tools.tokens * reserve)
  while (size() > limits.requestCeiling && perResult > leastResult) {
    perResult = Math.max(leastResult, Math.floor(perResult / 2))
    exchanges = renderExchanges(input.exchanges, perResult, sizes)
  }
  const needed = fixed + exchanges.tokens
  if (needed > limits.requestCeiling) {
    return { _tag: "TooLong", value: { what: "request", wanted: needed, limit: limits.requestCeiling } }
  }
  if (size() > limits.requestCeiling) tools = chosen(limits.requestCeiling - needed)
  const toolTokens = Math.ceil(tools.tokens * reserve)
  const room = Math.min(limits.ceiling - soul, limits.requestCeiling - needed) - toolTokens
  const memory = chooseMemory(input.recent, input.known ?? nothingKnown, limits, room, sizes)
  const user = [memory.text, input.user].filter((text) => text !== undefined)
  const block = (kind: Block["kind"], tokens: number): ReadonlyArray<Block> => (tokens > 0 ? [{ kind, tokens }] : [])
  return {
    _tag: "Compiled",
    value: {
      // the soul is always first; both change rarely, and a vendor's cache is one of beginnings
      system: [input.soul, input.system].filter((text) => text !== undefined),
      messages: [
        ...memory.turns.flatMap((turn): ReadonlyArray<MessageEncoded> => [
          { role: "user", content: turn.user },
          { role: "assistant", content: turn.assistant }
        ]),
        {
          role: "user",
          content: memory.text === undefined ? input.user : user.map((text) => ({ type: "text", text }))
        },
        ...exchanges.messages
      ],
      tools: tools.tools,
      blocks: [
        ...block("tools", toolTokens),
        ...block("soul", soul),
        ...block("system", system),
        ...block("recent", memory.recent),
        ...block("facts", memory.facts),
        ...block("recalled", memory.recalled),
        ...block("user", fixed - system - soul),
        ...exchanges.blocks
      ],
      history: memory.turns.length * 2,
      omitted: {
        ...memory.omitted,
        tools: tools.omitted,
        toolResultTokens: exchanges.omitted
      },
      recalled: memory.shown
    }
  }
}
