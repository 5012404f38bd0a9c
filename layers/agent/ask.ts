/** One answer of a model: hold, stream, inspect, journal; and the next attempt where nothing was said yet. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { usageOf } from "../../src/agent/Billing.ts"
import { ours } from "../../src/agent/walkers.ts"
import { type BudgetPermit, BudgetLedger, permitWarnings, withPermit } from "../../src/budget/BudgetLedger.ts"
import type { BudgetError } from "../../src/budget/BudgetError.ts"
import type { Attempt } from "../../src/budget/HoldDecision.ts"
import type { Meter } from "../../src/budget/Meter.ts"
import type { Quote } from "../../src/budget/Quote.ts"
import type { Blocked } from "../../src/casil/Casil.ts"
import * as Inspected from "../../src/casil/Inspected.ts"
import { jsonObject } from "../../src/casil/Walker.ts"
import type { JsonObject } from "../../src/domain/Json.ts"
import * as Closest from "../../src/model/Closest.ts"
import type { ModelError } from "../../src/model/ModelError.ts"
import type { ModelContent, ModelPart, ModelTarget } from "../../src/model/ModelRequest.ts"
import * as Retry from "../../src/model/Retry.ts"
import type { SessionError } from "../../src/session/SessionError.ts"
import type { EventBody } from "../../src/session/TurnEvent.ts"
import type { Progress } from "./Progress.ts"
import type { Services } from "./services.ts"

interface Call {
  readonly name: string
  readonly input: JsonObject
}

interface Answer {
  readonly target: ModelTarget
  readonly calls: ReadonlyArray<Call>
  readonly finish: string
  readonly textAfter: number
  readonly quote: Quote
}

const asInput = (params: unknown): JsonObject =>
  // tools take objects; what else a model sends is shown to the tool as it came, and refused there
  typeof params === "object" && params !== null && !Array.isArray(params)
    ? (params as JsonObject)
    : { invalid: typeof params === "string" ? params : JSON.stringify(params ?? null) }

/** A model may make up any name; what is journalled and said again to a vendor is one that vendors take. */
const asName = (name: string): string => name.slice(0, 64).replace(/[^A-Za-z0-9_-]/g, "_") || "unnamed"

const warning = ({ concealed, limit, resetsAt, scope, spent, unit }: Meter["warnings"][number]): EventBody => {
  const amount = unit === "tokens" ? "tokens" : "micro-dollars"
  const until = resetsAt === null ? "" : ` It resets at ${resetsAt}.`
  const what = concealed === true ? "has passed its warning mark" : `has spent ${spent} of its ${limit} ${amount}`
  const message = `The ${scope} budget ${what}.${until}`
  return { type: "notice", data: { code: "budget_warning", message } }
}

/** Streams one quoted call: text goes out as it comes, calls are gathered. */
const consume = Effect.fnUntraced(function* (
  services: Services,
  progress: Progress,
  target: ModelTarget,
  quote: Quote
): Effect.fn.Return<Answer, ModelError | Blocked | SessionError, BudgetPermit> {
  yield* Effect.forEach(yield* permitWarnings, (one) => progress.say(warning(one)), { discard: true })
  const calls: Array<Call> = []
  let finish = "stop"
  const textAfter = progress.lastSeq()
  const kind = yield* services.casil.value("answer", "text" as const, (value) => value)
  const take = (part: ModelPart): string => {
    if (part.type === "text-delta") return part.delta
    if (part.type === "tool-call") calls.push({ name: asName(part.name), input: asInput(part.params) })
    if (part.type === "finish") finish = part.reason
    return ""
  }
  const noted = Effect.sync(() => {
    progress.hold = services.model.holdOf(quote)
    if (progress.hold !== undefined) progress.prompts.set(progress.hold, progress.prompt)
  })
  yield* services.model.stream(quote).pipe(
    Stream.map(take),
    Stream.filter((text) => text !== ""),
    services.casil.stream("answer"),
    Stream.runForEachArray((texts) =>
      progress.emit(
        texts.map((text): Inspected.Inspected<EventBody> =>
          Inspected.struct({ type: kind, data: Inspected.struct({ text }) })
        )
      )
    ),
    Effect.ensuring(noted)
  )
  return { target, calls, finish, textAfter, quote }
})

/**
 * Holds and calls. Where the bound and the whole answer do not fit what is free now, an exact count is asked for before
 * anything waits or is cut: it may fit. What is beyond the budget by any count is refused without one.
 */
const attempt = Effect.fnUntraced(function* (
  services: Services,
  progress: Progress,
  target: ModelTarget,
  content: Inspected.Inspected<ModelContent>
): Effect.fn.Return<Answer, ModelError | BudgetError | Blocked | SessionError, BudgetLedger> {
  const held = (quote: Quote, attempt?: Attempt) =>
    withPermit(quote, progress.spender, attempt)(consume(services, progress, target, quote))
  const first = yield* Closest.first(services.model, services.ledger, target, content)
  return yield* Effect.catchTag(held(first.quote, first.attempt), "BudgetError", (error) =>
    Effect.flatMap(Closest.closer(services.model, target, content, first, error), (quote) => held(quote))
  )
})

/** What the call was charged. An answer does not fail over it. */
const usage = Effect.fnUntraced(function* (services: Services, progress: Progress, { quote }: Answer) {
  yield* services.ledger.settled(progress.turn.id)
  const charges = yield* Effect.catchTag(services.ledger.charges(progress.turn.id), "BudgetError", (error) =>
    Effect.as(Effect.logWarning(error.message, error.reason), [])
  )
  const charge = charges.find(({ holdId }) => holdId === progress.hold)
  if (charge === undefined) return []
  const data = usageOf(charge, quote.numbers.price, progress.prompt, progress.retries)
  return [yield* services.casil.value<EventBody>("answer", { type: "usage", data }, ours)]
})

/** The answer with all that belongs to it, at once. */
const journal = Effect.fnUntraced(function* (services: Services, progress: Progress, answer: Answer) {
  const round = progress.state().modelCalls
  // our own ids: a vendor's may repeat within a turn, and history is shown to either vendor
  const bodies = yield* Effect.forEach(answer.calls, (call, i) => {
    const body = { type: "tool_call" as const, data: { id: `call_${round}_${i}`, name: call.name, input: call.input } }
    return services.casil.value<Extract<EventBody, { type: "tool_call" }>>("tool_input", body, (value, visit) => ({
      ...value,
      data: {
        ...value.data,
        name: visit(value.data.name, "name"),
        // it was made of `asInput` above
        input: jsonObject(value.data.input as JsonObject, visit)
      }
    }))
  })
  const textThrough = progress
    .events()
    .reduce((seq, event) => (event.body.type === "text" ? event.seq : seq), answer.textAfter)
  yield* progress.step([...bodies, ...(yield* usage(services, progress, answer))], () => ({
    kind: "model",
    provider: answer.target.provider,
    model: answer.target.model,
    textAfter: answer.textAfter,
    textThrough,
    calls: bodies.map((body) => {
      const { id, input, name } = Inspected.open(body).data
      return { id, name, input: input as JsonObject }
    }),
    finish: answer.finish,
    origins: progress.origins
  }))
})

/** Asks until a model answered, by the retry rules; journals the answer. */
export const ask = Effect.fnUntraced(function* (
  services: Services,
  progress: Progress,
  content: Inspected.Inspected<ModelContent>
): Effect.fn.Return<void, ModelError | BudgetError | Blocked | SessionError, BudgetLedger> {
  let attempts = Retry.attempts(...progress.agent.targets)
  for (;;) {
    const target = Retry.currentTarget(attempts) ?? progress.agent.targets[0]
    const said = progress.lastSeq()
    progress.hold = undefined
    const delivered = () => progress.events().some(({ body, seq }) => seq > said && body.type === "text")
    const outcome = yield* Effect.result(
      attempt(services, progress, withLimit(target, progress.turn.maxTokens), content)
    )
    if (outcome._tag === "Success") {
      yield* journal(services, progress, outcome.success)
      progress.retries = []
      return
    }
    const error = outcome.failure
    if (error._tag !== "ModelError") return yield* error
    const [byte = 0] = yield* services.entropy.bytes(1)
    const next = Retry.next(attempts, error, { delivered: delivered(), jitter: byte / 256 })
    if (next._tag === "GiveUp") return yield* error
    const { fallback } = next
    const { model, provider } = target
    const holdId = progress.hold ?? null
    progress.retries = [...progress.retries, { provider, model, kind: error.kind, fallback, holdId }]
    if (fallback) {
      yield* progress.say({
        type: "notice",
        data: { code: "fallback", message: `${error.message} ${next.target.provider} answers instead.` }
      })
    }
    // the attempt is settled before the next hold: what it gives back may be needed
    yield* services.ledger.settled(progress.turn.id)
    yield* Effect.sleep(next.delayMs)
    attempts = next.attempts
  }
})

const withLimit = (target: ModelTarget, maxTokens: number | undefined): ModelTarget =>
  maxTokens === undefined ? target : { ...target, maxOutputTokens: Math.min(target.maxOutputTokens, maxTokens) }
