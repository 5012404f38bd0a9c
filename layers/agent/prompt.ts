/** From a turn's state to the inspected content of the next request. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { originsOf } from "../../src/agent/ToolPolicy.ts"
import * as TurnFailure from "../../src/agent/TurnFailure.ts"
import type { Blocked, Walker } from "../../src/casil/Casil.ts"
import type * as Inspected from "../../src/casil/Inspected.ts"
import { jsonObject } from "../../src/casil/Walker.ts"
import { inSpan } from "../../src/domain/InSpan.ts"
import { join } from "../../src/domain/Provenance.ts"
import { compile } from "../../src/memory/ContextCompiler.ts"
import type { Compiled } from "../../src/memory/ContextCompiler.ts"
import { defaultReserve } from "../../src/memory/ContextLimits.ts"
import type { SoulError } from "../../src/memory/Soul.ts"
import type { ModelContent, ModelTarget } from "../../src/model/ModelRequest.ts"
import { marksFor } from "../../src/model/PromptCache.ts"
import { reserveOf } from "../../src/model/TokenFactor.ts"
import type { PastTurn } from "../../src/session/TurnLog.ts"
import type { SessionError } from "../../src/session/SessionError.ts"
import { knownFor, originsShown } from "./known.ts"
import type { Progress } from "./Progress.ts"
import type { Services } from "./services.ts"
import { toolsOf } from "./toolsOf.ts"

type Message = Compiled["messages"][number]
type Visit = (text: string, path: string) => string

const part = <P extends { readonly type: string }>(value: P, visit: Visit): P => {
  if ("text" in value && typeof value.text === "string") return { ...value, text: visit(value.text, "text") }
  if ("result" in value && typeof value.result === "string") return { ...value, result: visit(value.result, "result") }
  return value
}

// Tool inputs were inspected when the answer was journalled and are part of an assistant's message unchanged.
const message = (value: Message, visit: Visit): Message => {
  switch (value.role) {
    case "system":
      return { ...value, content: visit(value.content, "content") }
    case "user":
      return typeof value.content === "string"
        ? { ...value, content: visit(value.content, "content") }
        : { ...value, content: value.content.map((inner) => part(inner, visit)) }
    case "assistant":
      return typeof value.content === "string"
        ? { ...value, content: visit(value.content, "content") }
        : { ...value, content: value.content.map((inner) => part(inner, visit)) }
    case "tool":
      return { ...value, content: value.content.map((inner) => part(inner, visit)) }
  }
}

const walk: Walker<ModelContent> = (content, visit) => ({
  system: content.system.map((text) => visit(text, "system")),
  messages: content.messages.map((value) => message(value, visit)),
  tools: content.tools.map((tool) => ({
    ...tool,
    description: visit(tool.description, `tool:${tool.name}`),
    inputSchema: jsonObject(tool.inputSchema, visit)
  })),
  cache: content.cache
})

/** What of the prompt is worth a place in a vendor's cache. */
const marksOf = Effect.fnUntraced(function* (
  { cacheHabits, limits }: Services,
  { agent, state }: Progress,
  { history, omitted, tools }: Compiled,
  recent: ReadonlyArray<PastTurn>
) {
  if (!agent.cache) return undefined
  const now = yield* Clock.currentTimeMillis
  const beginning = [agent.id, ...tools.map(({ name }) => name)].join("\n")
  const slides = omitted.recentTurns > 0 || recent.length >= limits.window
  const prompted = { history, slides, lastTurnAt: recent.at(-1)?.at, exchanges: state().exchanges.length }
  return cacheHabits.worth(beginning, now) ? marksFor(prompted, now) : undefined
})

/** Room for the model of the agent, or of its fallback, that counts most. */
const reserveFor = (services: Services, targets: ReadonlyArray<ModelTarget>): number =>
  Math.max(...targets.map(({ model, provider }) => reserveOf(services.factors.of(provider, model), defaultReserve)))

/** Compiles and inspects; remembers the parts for the receipt. */
export const make = Effect.fnUntraced(function* (
  services: Services,
  progress: Progress
): Effect.fn.Return<
  Inspected.Inspected<ModelContent>,
  SoulError | SessionError | Blocked | { readonly _tag: "Failure"; readonly failure: TurnFailure.TurnFailure }
> {
  const { agent, turn } = progress
  const recent = yield* services.log.recent(turn.id, services.limits.window)
  const said = originsOf(turn.principal.id, recent, progress.state())
  const memory = yield* knownFor(services, progress, recent, said)
  const compiled = compile(
    {
      system: agent.systemPrompt,
      soul: yield* services.soul.read(agent.soulPath),
      tools: toolsOf(services, progress),
      recent,
      known: memory.known,
      user: turn.content,
      exchanges: progress.state().exchanges
    },
    services.limits,
    reserveFor(services, agent.targets)
  )
  if (compiled._tag === "TooLong") {
    return yield* Effect.fail({ _tag: "Failure" as const, failure: TurnFailure.ofTooLong(compiled.value) })
  }
  const { blocks, messages, omitted, recalled, system, tools } = compiled.value
  progress.origins = join(said, originsShown(memory, recalled))
  const cache = yield* marksOf(services, progress, compiled.value, recent)
  progress.prompt = blocks
  yield* Effect.annotateCurrentSpan({
    "exoclaw.context.omitted_turns": omitted.recentTurns,
    "exoclaw.context.omitted_facts": omitted.facts,
    "exoclaw.context.omitted_recalled": omitted.recalled,
    "exoclaw.context.omitted_tools": omitted.tools,
    "exoclaw.context.omitted_result_tokens": omitted.toolResultTokens
  })
  const content: ModelContent = {
    system,
    messages,
    tools: tools.map(({ description, inputSchema, name }) => ({ name, description, inputSchema })),
    cache
  }
  return yield* services.casil.value("prompt", content, walk)
}, inSpan("Context.compile"))
