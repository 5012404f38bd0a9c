/** `schedule.list`, `run`, `pause` and `resume`. Who asked is in the audit log; what a run does, in its turn. */
import * as Effect from "effect/Effect"
import { Audit } from "../../src/audit/Audit.ts"
import { BudgetLedger } from "../../src/budget/BudgetLedger.ts"
import { outlook } from "../../src/budget/Outlook.ts"
import { defaultTenant, principalOfJob } from "../../src/domain/Ids.ts"
import { type GatewayError, Missing } from "../../src/gateway/GatewayError.ts"
import { currentPrincipal, type Principal } from "../../src/identity/Principal.ts"
import type { ScheduleError } from "../../src/schedule/ScheduleError.ts"
import { type JobStatus, Scheduler } from "../../src/schedule/Scheduler.ts"
import type { TurnResult } from "../../src/session/Turn.ts"
import * as errors from "./errors.ts"

const ofSchedule = ({ message, reason }: ScheduleError): Effect.Effect<never, GatewayError> =>
  reason._tag === "JobUnknown" ? Effect.fail(new Missing({ message })) : errors.logged(message, reason.cause)

export const make = Effect.gen(function* () {
  const audit = yield* Audit
  const ledger = yield* BudgetLedger
  const scheduler = yield* Scheduler

  const info = Effect.fnUntraced(function* ({ job, last, next, paused }: JobStatus) {
    const owner = { tenant: defaultTenant, principal: principalOfJob(job.id) }
    const accounts = yield* outlook(ledger, owner).pipe(Effect.catchTag("BudgetError", errors.ofBudget))
    return {
      id: job.id,
      when: job.when,
      agent: job.agent,
      tools: job.tools,
      history: job.history,
      missed: job.missed,
      paused,
      nextAt: next,
      last:
        last === null
          ? null
          : { due: last.due, at: last.at, outcome: last.outcome, turnId: last.turn, status: last.status },
      accounts: accounts.filter(({ scope }) => scope === "schedule")
    }
  })

  const recorded = Effect.fnUntraced(function* (
    kind: "schedule.run" | "schedule.paused" | "schedule.resumed",
    job: string,
    turn?: string
  ) {
    const { id, tenant } = yield* currentPrincipal
    const event = { kind, tenant, principal: id, outcome: "ok", data: { job } }
    yield* audit
      .append(turn === undefined ? event : { ...event, turn })
      .pipe(Effect.catchTag("AuditUnavailable", errors.ofAudit))
  })

  /** What the run answered, or the error that it ended with. */
  const ended = (result: TurnResult) => {
    const failure = errors.ofResult(result)
    const { receipt, sessionKey, stopReason, text, turnId } = result
    return failure === undefined
      ? Effect.succeed({ turnId, sessionKey, text, stopReason, receipt })
      : Effect.fail(failure)
  }

  const setPaused = Effect.fnUntraced(function* (id: string, paused: boolean) {
    const status = yield* Effect.catchTag(scheduler.setPaused(id, paused), "ScheduleError", ofSchedule)
    yield* recorded(paused ? "schedule.paused" : "schedule.resumed", id)
    return yield* info(status)
  })

  return {
    list: Effect.fn("Gateway.schedule.list")(function* () {
      const jobs = yield* Effect.catchTag(scheduler.list, "ScheduleError", ofSchedule)
      return { jobs: yield* Effect.forEach(jobs, info) }
    }),
    run: Effect.fn("Gateway.schedule.run")(function* ({ id, wait }: { readonly id: string; readonly wait?: boolean }) {
      const run = yield* scheduler.run(id).pipe(
        Effect.catchTags({
          ScheduleError: ofSchedule,
          SessionError: errors.ofSession,
          Blocked: (blocked) => Effect.fail(errors.ofBlocked(blocked))
        })
      )
      const { sessionKey, turnId } = run
      yield* recorded("schedule.run", id, turnId)
      const result =
        wait === true
          ? yield* run.result.pipe(Effect.catchTag("SessionError", errors.ofSession), Effect.flatMap(ended))
          : null
      return { turnId, sessionKey, result }
    }),
    setPaused: (
      id: string,
      paused: boolean
    ): Effect.Effect<Effect.Success<ReturnType<typeof info>>, GatewayError, Principal> => setPaused(id, paused)
  }
})
