/**
 * Where a turn stands: a fold over its journalled steps and events. Nothing else decides what comes next, so a turn
 * goes on in another process exactly where it stopped.
 */
import type { Exchange } from "../memory/ContextCompiler.ts"
import type { TurnEvent } from "../session/TurnEvent.ts"
import type { ToolCall, TurnStep } from "../session/TurnStep.ts"
import { canonicalJson } from "../domain/CanonicalJson.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { Origin } from "../domain/Provenance.ts"
import type { TurnLimits } from "./Agent.ts"

export interface TurnState {
  readonly modelCalls: number
  readonly toolCalls: number
  /** Everything the model said and was told in this turn. */
  readonly exchanges: ReadonlyArray<Exchange>
  /** Calls of the last answer that have no result yet, in order. */
  readonly pending: ReadonlyArray<ToolCall>
  /** Why the last answer ended, as the vendor's neutral word; undefined before the first. */
  readonly finish: string | undefined
  /** Where all that was read for the last answer came from; undefined before the first, and where nobody noted it. */
  readonly origins: ReadonlyArray<Origin> | undefined
}

/** What to do next. */
export type Action =
  | { readonly _tag: "ask" }
  | { readonly _tag: "tools"; readonly calls: ReadonlyArray<ToolCall> }
  | { readonly _tag: "stop"; readonly reason: "end_turn" | "max_tokens" | "model_limit" | "tool_limit" | "breaker" }

const textBetween = (events: ReadonlyArray<TurnEvent>, after: number, through: number): string =>
  events.reduce(
    (text, { body, seq }) => (body.type === "text" && seq > after && seq <= through ? text + body.data.text : text),
    ""
  )

export const fold = (steps: ReadonlyArray<TurnStep>, events: ReadonlyArray<TurnEvent>): TurnState => {
  const contents = new Map(
    events.flatMap(({ body, seq }) => (body.type === "tool_result" ? [[seq, body.data.content] as const] : []))
  )
  const results = new Map(steps.flatMap((step) => (step.kind === "tool_result" ? [[step.id, step] as const] : [])))
  const answers = steps.filter((step) => step.kind === "model")
  const exchanges = answers.map((answer): Exchange => ({
    text: textBetween(events, answer.textAfter, answer.textThrough),
    // inputs were decoded from JSON when the answer was journalled
    calls: answer.calls.map(({ id, input, name }) => ({ id, name, input: input as JsonObject })),
    results: answer.calls.flatMap(({ id, name }) => {
      const result = results.get(id)
      return result === undefined
        ? []
        : [{ id, name, content: contents.get(result.event) ?? "", isError: result.isError }]
    })
  }))
  const last = answers.at(-1)
  return {
    modelCalls: answers.length,
    toolCalls: results.size,
    exchanges,
    pending: last?.calls.filter(({ id }) => !results.has(id)) ?? [],
    finish: last?.finish,
    origins: last?.origins
  }
}

/** How often the same tool may give the same result for the same arguments before the run is stopped. */
export const breakerLimit = 3

/** The tool that a run keeps calling without getting on, if there is one. */
export const stuckOn = (state: TurnState): string | undefined => {
  const seen = new Map<string, number>()
  for (const { calls, results } of state.exchanges) {
    for (const result of results) {
      const input = calls.find((call) => call.id === result.id)?.input
      const key = `${result.name}\n${canonicalJson(input)}\n${result.content}`
      const times = (seen.get(key) ?? 0) + 1
      if (times >= breakerLimit) return result.name
      seen.set(key, times)
    }
  }
  return undefined
}

export const next = (state: TurnState, limits: TurnLimits): Action => {
  if (state.finish === undefined) return { _tag: "ask" }
  if (state.pending.length > 0) {
    return state.toolCalls + state.pending.length > limits.toolCalls
      ? { _tag: "stop", reason: "tool_limit" }
      : { _tag: "tools", calls: state.pending }
  }
  const called = (state.exchanges.at(-1)?.calls.length ?? 0) > 0
  if (!called) return { _tag: "stop", reason: state.finish === "length" ? "max_tokens" : "end_turn" }
  if (stuckOn(state) !== undefined) return { _tag: "stop", reason: "breaker" }
  if (state.modelCalls >= limits.modelCalls) return { _tag: "stop", reason: "model_limit" }
  return { _tag: "ask" }
}
