/** The agent loop: what comes next is folded from the journal, done, journalled, and folded again. */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import { createSecretKey } from "node:crypto"
import type { Agent } from "../../src/agent/Agent.ts"
import * as TurnFailure from "../../src/agent/TurnFailure.ts"
import * as TurnState from "../../src/agent/TurnState.ts"
import { tooFast } from "../../src/agent/Velocity.ts"
import { Circumstances } from "../../src/casil/Casil.ts"
import { BudgetLedger } from "../../src/budget/BudgetLedger.ts"
import type { TurnId } from "../../src/domain/Ids.ts"
import * as Metrics from "../../src/domain/Metrics.ts"
import type { ContextLimits } from "../../src/memory/ContextLimits.ts"
import type { Turn } from "../../src/session/Turn.ts"
import type { StopReason } from "../../src/session/TurnEvent.ts"
import { type TurnOutcome, TurnRunner } from "../../src/session/TurnRunner.ts"
import { passPause, warnOfUnknown } from "./approve.ts"
import { ask } from "./ask.ts"
import * as observe from "./observe.ts"
import * as Progress from "./Progress.ts"
import * as prompt from "./prompt.ts"
import * as receipt from "./receipt.ts"
import { eventOf, record, recordBlocked } from "./record.ts"
import { type Requirements, type Services, take } from "./services.ts"
import { answerBySkill } from "./skill.ts"
import { runTools } from "./tools.ts"

const explain: { readonly [R in StopReason]?: string } = {
  model_limit: "The turn made as many model calls as it may. chat.resume with retry: true runs it anew.",
  tool_limit: "The turn made as many tool calls as it may. chat.resume with retry: true runs it anew.",
  time_limit: "The turn took as long as it may. chat.resume with retry: true runs it anew.",
  breaker:
    "The agent kept calling the same tool with the same arguments and got the same result, so the run was stopped. chat.resume with retry: true runs it anew."
}

/** Stops that leave the turn resumable. */
const parks = (reason: StopReason): boolean =>
  reason === "breaker" ||
  reason === "model_limit" ||
  reason === "tool_limit" ||
  reason === "time_limit" ||
  reason === "spend_limit"

/** Whether the model was asked; else what became of the turn: it waits for an approval, or has spent what it may. */
const askOrPause = Effect.fnUntraced(function* (services: Services, progress: Progress.Progress) {
  const content = yield* prompt.make(services, progress)
  const asked = yield* Effect.result(ask(services, progress, content))
  if (Result.isSuccess(asked)) return "asked" as const
  const error = asked.failure
  const reason = error._tag === "BudgetError" ? error.reason : undefined
  if (reason?._tag === "PauseForApproval") {
    return (yield* passPause(services, progress, reason)) ? ("asked" as const) : ("waits" as const)
  }
  if (reason?._tag === "BudgetExceeded" && reason.scope === "turn") {
    const message = `${reason.message} chat.resume with retry: true runs the turn anew.`
    yield* progress.say({ type: "notice", data: { code: "spend_limit", message } })
    return "spend_limit" as const
  }
  return yield* error
})

/** Whether the run has spent more in the last minute than it may; says so. */
const spendsTooFast = Effect.fnUntraced(function* (services: Services, progress: Progress.Progress, began: number) {
  const { tokensPerMinute } = progress.agent.limits
  if (tokensPerMinute === undefined || progress.state().modelCalls === 0) return false
  const charges = yield* services.ledger.charges(progress.turn.id)
  // what an earlier run of the turn spent is not this one's
  const own = charges.filter(({ heldAt }) => heldAt >= began)
  const tokens = tooFast(own, yield* Clock.currentTimeMillis, tokensPerMinute)
  if (tokens === undefined) return false
  const message = `The run was stopped: it used ${tokens} tokens within a minute, and may use ${tokensPerMinute}. chat.resume with retry: true runs it anew.`
  yield* progress.say({ type: "notice", data: { code: "breaker", message } })
  return true
})

const loop = Effect.fnUntraced(function* (services: Services, progress: Progress.Progress) {
  if (progress.agent.skill !== undefined) return yield* answerBySkill(services, progress, progress.agent.skill)
  const began = yield* Clock.currentTimeMillis
  for (;;) {
    const action = TurnState.next(progress.state(), progress.agent.limits)
    switch (action._tag) {
      case "stop":
        return action.reason satisfies StopReason
      case "tools":
        if ((yield* runTools(services, progress, action.calls)) === "waits") return "waits" as const
        break
      case "ask": {
        if (yield* spendsTooFast(services, progress, began)) return "breaker" as const
        const asked = yield* askOrPause(services, progress)
        if (asked !== "asked") return asked
      }
    }
  }
})

/** Runs the loop to a stop reason, or to a failure that the peer may read. */
const settle = (services: Services, progress: Progress.Progress) =>
  loop(services, progress).pipe(
    Effect.timeoutOption(progress.agent.limits.seconds * 1000),
    Effect.map((reason): StopReason | "waits" => (reason._tag === "Some" ? reason.value : "time_limit")),
    Effect.tap((stopReason) => {
      const last = progress.events().at(-1)?.body
      const said = last?.type === "notice" && last.data.code === stopReason
      const message = stopReason === "waits" || said ? undefined : explain[stopReason]
      return message === undefined ? Effect.void : progress.say({ type: "notice", data: { code: stopReason, message } })
    }),
    Effect.map((stopReason) => ({ stopReason, failure: undefined as TurnFailure.TurnFailure | undefined })),
    Effect.catch((error) =>
      Effect.gen(function* () {
        switch (error._tag) {
          case "BudgetError":
            if (error.reason._tag === "BudgetExceeded") {
              yield* Metrics.budgetRefused.record({ scope: error.reason.scope }, 1)
            }
            return TurnFailure.ofBudget(error)
          case "ModelError":
            // the vendor's words apart from ours: they may quote the prompt, and stay on this machine
            yield* Effect.logWarning(`A call of ${error.provider} failed (${error.kind}).`, { detail: error.detail })
            return TurnFailure.ofModel(error)
          case "Blocked":
            yield* recordBlocked(services, progress, error)
            return TurnFailure.ofBlocked(error)
          case "PluginError":
            return TurnFailure.ofPlugin(error)
          case "SoulError":
            yield* Effect.logError(error.message)
            return TurnFailure.ofSoul(error)
          case "SessionError":
            yield* Effect.logError(error.message, error.reason)
            return TurnFailure.ofJournal(error)
          case "ApprovalError":
            yield* Effect.logError(error.message, error.reason)
            return TurnFailure.ofApprovals(error)
          case "Failure":
            return error.failure
        }
      }).pipe(Effect.map((failure) => ({ stopReason: "error" as StopReason, failure })))
    )
  )

export const layer = (limits: ContextLimits): Layer.Layer<TurnRunner, never, Requirements> =>
  Layer.effect(
    TurnRunner,
    Effect.gen(function* () {
      const services = yield* take(limits)
      yield* warnOfUnknown(services)
      // as a key object: made of bytes anew, it costs each turn more than what it signs
      const secret = createSecretKey(yield* services.entropy.bytes(32))
      const running = new Map<TurnId, Progress.Progress>()
      const receiptOf = (turn: Turn) => {
        const progress = running.get(turn.id)
        const events = [...turn.before, ...(progress?.events() ?? turn.events)]
        return receipt.make(services, turn.id, events, progress ?? { prompts: new Map(), retries: [] })
      }
      const finished = (outcome: string) => ({ kind: "turn.finished", outcome, data: {} }) as const
      const run = Effect.fnUntraced(function* (turn: Turn, agent: Agent): Effect.fn.Return<TurnOutcome> {
        const progress = Progress.make(services, turn, agent)
        running.set(turn.id, progress)
        const { failure, stopReason } = yield* settle(services, progress).pipe(
          Effect.provideService(BudgetLedger, services.ledger),
          Effect.provideService(Circumstances, {
            tenant: turn.session.tenant,
            agent: agent.id,
            client: turn.principal.id
          }),
          Effect.onError((cause) =>
            record(services, progress, finished(Cause.hasInterruptsOnly(cause) ? "stopped" : "defect"))
          )
        )
        if (stopReason === "waits") {
          running.delete(turn.id)
          return { status: "waiting" }
        }
        const bill = yield* receiptOf(turn)
        running.delete(turn.id)
        const outcome = failure === undefined ? stopReason : `error ${failure.code}`
        const end = { stopReason, receipt: bill, record: eventOf(progress, finished(outcome)) }
        return failure === undefined
          ? { status: parks(stopReason) ? "parked" : "done", ...end }
          : { status: "failed", ...end, error: failure }
      })
      return TurnRunner.of({
        run: (turn) => {
          const agent = services.agents.actingFor(turn.principal.id, turn.session)
          return agent === undefined
            ? Effect.map(receiptOf(turn), (bill) => ({
                status: "failed" as const,
                stopReason: "error" as const,
                receipt: bill,
                error: TurnFailure.noAgent(turn.session.agent)
              }))
            : observe.turn(run(turn, agent), turn, agent, secret)
        },
        receipt: (turn) => Effect.tap(receiptOf(turn), () => Effect.sync(() => running.delete(turn.id)))
      })
    })
  )
