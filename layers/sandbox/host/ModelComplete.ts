/**
 * `model_complete`: a plugin asks the model of an agent, under the grant `model:AGENT`. The turn that called the plugin
 * pays: the caller's budget holds the cost before the call, and the receipt shows it.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { seesTotals } from "../../../src/budget/Disclosure.ts"
import { nearest } from "../../../src/config/Nearest.ts"
import type { Spender } from "../../../src/budget/Spender.ts"
import { AgentId } from "../../../src/domain/Ids.ts"
import { currentPrincipal } from "../../../src/identity/Principal.ts"
import { openGrant } from "../../../src/sandbox/Grant.ts"
import { granted, type HostFunction, HostRefused } from "../../../src/sandbox/HostFunction.ts"
import * as JsonBounds from "../../../src/sandbox/JsonBounds.ts"

export const MAX_PROMPT_CHARACTERS = 200_000
export const MAX_ANSWER_TOKENS = 8192

const Argument = Schema.Struct({
  /** May be left out where exactly one agent is granted. */
  agent: Schema.optionalKey(AgentId),
  prompt: Schema.String.pipe(Schema.check(Schema.isMinLength(1), Schema.isMaxLength(MAX_PROMPT_CHARACTERS))),
  system: Schema.optionalKey(Schema.String.pipe(Schema.check(Schema.isMaxLength(MAX_PROMPT_CHARACTERS)))),
  max_tokens: Schema.optionalKey(
    Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 1, maximum: MAX_ANSWER_TOKENS })))
  )
})

/** What the plugin asks; not yet inspected. */
export interface ModelQuestion {
  readonly agent: AgentId
  readonly prompt: string
  readonly system: string | undefined
  /** At most so many tokens in the answer. */
  readonly maxTokens: number | undefined
}

/** Asks under a permit for `spender`; the answer is inspected. `message` of a failure is for the plugin. */
export type AskModel = (
  question: ModelQuestion,
  spender: Spender
) => Effect.Effect<string, { readonly message: string }>

/** Gives `{"text"}`. `agents` are those there are; every name is one of them where they are left out. */
export const modelComplete = (ask: AskModel, agents?: ReadonlyArray<AgentId>): HostFunction =>
  granted({
    name: "model_complete",
    capability: "model",
    bounds: JsonBounds.text,
    argument: Argument,
    objection: ({ agent }) => {
      if (agents === undefined || agents.some((known) => known === agent)) return undefined
      const meant = nearest(agent, agents)
      const hint = meant === undefined ? "." : `; did you mean "model:${meant}"?`
      return `names no agent${hint} There is ${agents.join(", ")}.`
    },
    run: (argument, call) =>
      Effect.gen(function* () {
        const names = (yield* openGrant("model")).granted.map((grant) => grant.agent)
        const [only] = names
        const agent = argument.agent ?? (names.length === 1 && only !== undefined ? AgentId.make(only) : undefined)
        if (agent === undefined)
          return yield* new HostRefused({ message: `name one of the agents ${names.join(", ")}` })
        if (!names.includes(agent)) {
          return yield* new HostRefused({ message: `agent "${agent}" is not granted; granted: ${names.join(", ")}` })
        }
        const { turn } = call
        if (turn === undefined) return yield* new HostRefused({ message: "no turn runs that could pay for it" })
        const principal = yield* currentPrincipal
        const spender: Spender = {
          tenant: principal.tenant,
          principal: principal.id,
          agent: call.agent,
          session: turn.session,
          turn: turn.id,
          attempt: turn.attempt,
          seesTotals: seesTotals(principal)
        }
        const question = { agent, prompt: argument.prompt, system: argument.system, maxTokens: argument.max_tokens }
        const text = yield* Effect.mapError(ask(question, spender), ({ message }) => new HostRefused({ message }))
        return { text }
      })
  })
