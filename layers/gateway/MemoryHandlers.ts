/** `memory.*`: the caller's own memory with one agent. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Agents } from "../../src/agent/Agent.ts"
import { Audit } from "../../src/audit/Audit.ts"
import { AgentId, type TurnId } from "../../src/domain/Ids.ts"
import { type GatewayError, InvalidParams, NoAgent } from "../../src/gateway/GatewayError.ts"
import { currentPrincipal, type Principal } from "../../src/identity/Principal.ts"
import { iso } from "../../src/memory/extract/Civil.ts"
import { type Entity, type Fact, isPlanned } from "../../src/memory/facts/Fact.ts"
import { touches, wantedBy } from "../../src/memory/facts/FactChoice.ts"
import { lookups } from "../../src/memory/facts/FactKey.ts"
import { explain } from "../../src/memory/facts/FactReasons.ts"
import { relatedNames } from "../../src/memory/facts/Related.ts"
import { lineOf } from "../../src/memory/facts/FactText.ts"
import { FactStore } from "../../src/memory/FactStore.ts"
import { Forgetting } from "../../src/memory/Forgetting.ts"
import { Days } from "../../src/memory/Days.ts"
import { type MemoryScope, scopeOf } from "../../src/memory/MemoryScope.ts"
import { speakerOf } from "../../src/memory/MemoryTurn.ts"
import { type Hit, Recall } from "../../src/memory/Recall.ts"
import { Remembering } from "../../src/memory/Remembering.ts"
import { Router } from "../../src/router/Router.ts"
import * as errors from "./errors.ts"
import { transfer } from "./MemoryTransfer.ts"

/** Hits and facts in one answer, unless asked otherwise. */
const defaultPage = 20
/** Tokens of hits in one answer: enough for any number of short ones. */
const searchBudget = 20_000

const named = ({ name, role }: Entity): string => [role, name].filter((part) => part !== undefined).join(" ")
const aboutOf = ({ about, owner }: Fact): string =>
  owner === undefined || owner.role === "me" ? named(about) : `${named(owner)}'s ${named(about)}`

const info = (fact: Fact, today: number) => ({
  fact: fact.n,
  about: aboutOf(fact),
  attribute: fact.attribute,
  value: fact.value,
  status: isPlanned(fact, today) ? ("planned" as const) : statusOf(fact, today),
  from: fact.from === undefined ? null : iso(fact.from),
  until: fact.until === undefined ? null : iso(fact.until),
  confidence: fact.confidence,
  origin: fact.origin,
  turnId: fact.turn ?? null,
  at: fact.at,
  shown: lineOf(fact)
})

/** What a later day ends still holds. */
const statusOf = ({ status, until }: Fact, today: number) => {
  if (status === "ended" && until !== undefined && until > today) return "holds" as const
  return status === "repeats" || status === "applied" ? ("holds" as const) : status
}

/** What a hit has of the query itself; how it stands among the others says nothing of that. */
const ofQuery = new Set(["words", "coverage", "vector", "date"])
const least = 0.1

/** Of the best of all that was said, what has to do with a query: its words, its names, its meaning or its days. */
const isFound = ({ turn, why }: Hit, wanted: ReadonlySet<string>): boolean =>
  touches(turn.text, wanted) || why.some(({ weight, why: signal }) => ofQuery.has(signal) && weight >= least)

interface Forget {
  readonly agent?: string
  readonly turns?: ReadonlyArray<TurnId>
  readonly facts?: ReadonlyArray<number>
  readonly text?: string
  readonly all?: boolean
  readonly rehearse?: boolean
}

export const make = Effect.gen(function* () {
  const agents = yield* Agents
  const audit = yield* Audit
  const facts = yield* FactStore
  const { dayOf } = yield* Days
  const forgetting = yield* Forgetting
  const recall = yield* Recall
  const router = yield* Router
  /** Absent where memory learns nothing. */
  const remembering = yield* Effect.serviceOption(Remembering)

  const scopeFor = Effect.fnUntraced(function* (
    name: string | undefined
  ): Effect.fn.Return<MemoryScope, GatewayError, Principal> {
    const agent = AgentId.makeOption(name ?? router.fallback)
    if (agent._tag === "None" || agents.get(agent.value) === undefined) {
      return yield* new NoAgent({ message: "There is no agent of that name." })
    }
    const scope = scopeOf(yield* currentPrincipal, agent.value)
    // what was said a moment ago is found, exported and forgotten with the rest
    if (Option.isSome(remembering)) {
      yield* remembering.value.catchUp(scope).pipe(Effect.catchTag("MemoryError", errors.ofMemory))
    }
    return scope
  })
  const today = Effect.map(Clock.currentTimeMillis, dayOf)

  const search = Effect.fn("Gateway.memory.search")(
    function* ({
      agent,
      limit = defaultPage,
      query
    }: {
      readonly query: string
      readonly agent?: string
      readonly limit?: number
    }) {
      const scope = yield* scopeFor(agent)
      const now = yield* Clock.currentTimeMillis
      const wanted = wantedBy(query)
      const keys = lookups(query)
      const known = yield* facts.about(scope, keys, 200)
      const related = relatedNames(keys, known.facts, known.edges)
      const { hits } = yield* recall.recall(scope, query, { budgetTokens: searchBudget, now, limit, related })
      const meant = new Set([...wanted, ...related.flatMap(({ name }) => [...wantedBy(name)])])
      return {
        hits: hits
          .filter((hit) => isFound(hit, meant))
          .map(({ score, turn, why }) => ({
            id: turn.id,
            turnId: turn.turn ?? null,
            conversation: turn.conversation,
            at: turn.at,
            speaker: speakerOf(turn),
            text: turn.text,
            score,
            why
          }))
          .sort((a, b) => b.score - a.score),
        facts: known.facts
          .flatMap((fact) => {
            const found = explain(fact, wanted, dayOf(now))
            return found === undefined ? [] : [{ ...info(fact, dayOf(now)), ...found }]
          })
          .sort((a, b) => b.score - a.score || a.fact - b.fact)
          .slice(0, limit)
      }
    },
    Effect.catchTag("MemoryError", errors.ofMemory)
  )

  const list = Effect.fn("Gateway.memory.facts")(
    function* ({
      after = 0,
      agent,
      limit = 100
    }: {
      readonly agent?: string
      readonly after?: number
      readonly limit?: number
    }) {
      const scope = yield* scopeFor(agent)
      const day = yield* today
      const found = yield* facts.page(scope, after, limit)
      return { facts: found.map((fact) => info(fact, day)), held: yield* forgetting.held(scope) }
    },
    Effect.catchTag("MemoryError", errors.ofMemory)
  )

  const forget = Effect.fn("Gateway.memory.forget")(
    function* ({ agent, all = false, facts: numbers = [], rehearse = false, text, turns = [] }: Forget) {
      if (!all && numbers.length + turns.length === 0 && text === undefined) {
        return yield* new InvalidParams({ message: "Say what to forget: turns, facts, text, or all." })
      }
      const scope = yield* scopeFor(agent)
      const done = yield* forgetting.forget(scope, { turns, facts: numbers, text, all }, rehearse)
      if (rehearse) return done
      const { after, before, turns: gone } = done
      // what others learn meanwhile is no part of it
      const less = (was: number, is: number): number => Math.max(0, was - is)
      yield* audit
        .append({
          kind: "memory.forgotten",
          outcome: done.left === 0 ? "ok" : "partly",
          tenant: scope.tenant,
          principal: scope.principal,
          agent: scope.agent,
          data: {
            turns: gone,
            utterances: less(before.utterances, after.utterances),
            statements: less(before.statements, after.statements)
          }
        })
        .pipe(Effect.catch(errors.ofAudit))
      return done
    },
    Effect.catchTag("MemoryError", errors.ofMemory)
  )

  const { exported, imported } = yield* transfer(scopeFor)

  return { search, facts: list, forget, export: exported, import: imported }
})
