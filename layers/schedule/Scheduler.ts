/**
 * The scheduler: one timer, whatever the number of jobs. Every process on a store looks at the same times; the store
 * gives each slot to one of them, together with its turn.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Casil, type Blocked, Circumstances } from "../../src/casil/Casil.ts"
import { defaultTenant, principalOfJob } from "../../src/domain/Ids.ts"
import { Entropy } from "../../src/domain/Entropy.ts"
import * as SessionKey from "../../src/domain/SessionKey.ts"
import { Authenticator } from "../../src/identity/Authenticator.ts"
import { Principal } from "../../src/identity/Principal.ts"
import { countLimit, due, graceMs } from "../../src/schedule/Due.ts"
import type { Job } from "../../src/schedule/Job.ts"
import { nextSlot } from "../../src/schedule/Plan.ts"
import { JobUnknown, ScheduleError } from "../../src/schedule/ScheduleError.ts"
import { type JobStatus, Scheduler } from "../../src/schedule/Scheduler.ts"
import { type JobState, ScheduleStore } from "../../src/schedule/ScheduleStore.ts"
import { Inbox } from "../../src/session/Inbox.ts"
import type { SessionError } from "../../src/session/SessionError.ts"

/**
 * The longest sleep: what another process paused or resumed, a clock that was set, and a slot that the store refused
 * are seen within it.
 */
const longestSleepMs = 60_000

const iso = (at: number): string => new Date(at).toISOString()

/** What a job is known by: another text is another plan, and what was missed under the old one is not made up for. */
const planText = ({ paused, when }: Job): string => (paused ? `${when} (paused)` : when)

export const layer = (
  jobs: ReadonlyArray<Job>
): Layer.Layer<Scheduler, never, Authenticator | Casil | Entropy | Inbox | ScheduleStore> =>
  Layer.effect(
    Scheduler,
    Effect.gen(function* () {
      const authenticator = yield* Authenticator
      const casil = yield* Casil
      const entropy = yield* Entropy
      const inbox = yield* Inbox
      const store = yield* ScheduleStore

      const asJob = ({ id, scopes }: Job) =>
        Effect.provideService(
          Principal,
          authenticator.internal({ id: principalOfJob(id), tenant: defaultTenant, scopes })
        )

      /** Inspects the prompt and journals it as a turn, with its slot in the same transaction. */
      const submit = Effect.fnUntraced(function* (job: Job, at: number | null) {
        const peer = job.history ? "main" : at === null ? yield* entropy.id("run") : iso(at)
        const session: SessionKey.SessionKey = {
          tenant: defaultTenant,
          agent: job.agent,
          channel: "schedule",
          account: job.id,
          conversation: { peer }
        }
        const content = yield* Effect.provideService(casil.text("prompt", job.prompt), Circumstances, {
          tenant: defaultTenant,
          agent: job.agent,
          client: principalOfJob(job.id)
        })
        const { turnId } = yield* asJob(job)(
          inbox.submit({
            session,
            content,
            idempotencyKey: undefined,
            maxTokens: undefined,
            slot: { job: job.id, due: at }
          })
        )
        return { turnId, sessionKey: SessionKey.show(session) }
      })

      /** A slot that cannot be run is over, unless the reason is one that passes. */
      const refused = Effect.fnUntraced(function* (job: Job, slot: number, error: SessionError | Blocked) {
        if (error._tag === "SessionError") {
          switch (error.reason._tag) {
            case "SlotRefused":
              if (error.reason.why !== "running") return
              return yield* Effect.logWarning(
                `Job "${job.id}": its slot of ${iso(slot)} is left out, for its last run is not over yet.`
              )
            case "Draining":
              return
            case "JournalUnavailable":
              return yield* Effect.logError(
                `Job "${job.id}": its slot of ${iso(slot)} could not be journalled; it is tried again.`,
                error.reason.cause
              )
          }
        }
        yield* store.skip({ job: job.id, due: slot }, "refused", yield* Clock.currentTimeMillis)
        yield* Effect.logError(`Job "${job.id}": its slot of ${iso(slot)} cannot be run. ${error.message}`)
      })

      const toldAhead = new Set<Job["id"]>()
      const tellAhead = Effect.fnUntraced(function* ({ id }: Job, cursor: number, now: number) {
        if (cursor - now <= graceMs || toldAhead.has(id)) return
        toldAhead.add(id)
        yield* Effect.logWarning(
          `Job "${id}": the clock was ahead when it last ran, so it waits for the slot after ${iso(cursor)}. \`exoclaw schedule resume ${id}\` lets it go on from now.`
        )
      })

      /** Does what the job has to do now. */
      const look = Effect.fnUntraced(function* (job: Job, state: JobState, now: number) {
        if (state.paused ?? job.paused) return
        yield* tellAhead(job, state.cursor, now)
        const answer = due(job.plan, job.missed, state.cursor, now)
        if (answer._tag === "wait") return
        const { passedOver, slot } = answer
        const skipped = answer._tag === "skip"
        const gone = passedOver + (skipped ? 1 : 0)
        if (gone > 0) {
          const count = passedOver >= countLimit ? `${countLimit} or more` : String(gone)
          const what = skipped ? "none of them runs" : `the one of ${iso(slot)} runs`
          yield* Effect.logWarning(`Job "${job.id}": ${count} slots passed while no gateway ran; ${what}.`)
        }
        if (skipped) return yield* store.skip({ job: job.id, due: slot }, "missed", now)
        yield* submit(job, slot).pipe(
          Effect.catch((error) => refused(job, slot, error)),
          // the turn belongs to its session's lane, whatever becomes of this fiber
          Effect.uninterruptible
        )
      })

      let known = false
      const opened = Effect.gen(function* () {
        if (known) return
        const at = yield* Clock.currentTimeMillis
        yield* store.open(
          jobs.map((job) => ({ id: job.id, plan: planText(job) })),
          at
        )
        known = true
      })

      const stateOf = (states: ReadonlyMap<Job["id"], JobState>, job: Job, now: number): JobState =>
        states.get(job.id) ?? { cursor: now, paused: undefined, last: undefined }

      /** Looks at every job; gives the milliseconds until one of them is due. */
      const tick = Effect.gen(function* () {
        yield* opened
        const states = yield* store.states
        // one time for all of it: a slot that falls due while others are journalled is the next one, not a past one
        const looked = yield* Clock.currentTimeMillis
        for (const job of jobs) yield* look(job, stateOf(states, job, looked), looked)
        // paused ones too: somebody may resume them before
        const next = jobs.flatMap(({ plan }) => nextSlot(plan, looked) ?? [])
        const now = yield* Clock.currentTimeMillis
        return Math.max(0, Math.min(longestSleepMs, ...next.map((at) => at - now)))
      })

      if (jobs.length > 0) {
        yield* tick.pipe(
          Effect.catchCause((cause) =>
            Cause.hasInterruptsOnly(cause)
              ? Effect.interrupt
              : Effect.as(
                  Effect.logError("The schedule could not be looked at; it is tried again", Cause.squash(cause)),
                  longestSleepMs
                )
          ),
          Effect.flatMap(Effect.sleep),
          Effect.forever,
          Effect.forkScoped
        )
      }

      const find = (id: string): Effect.Effect<Job, ScheduleError> => {
        const job = jobs.find((one) => one.id === id)
        const reason = new JobUnknown({ id, known: jobs.map((one) => one.id) })
        return job === undefined ? Effect.fail(new ScheduleError({ reason })) : Effect.succeed(job)
      }

      const statusOf = (job: Job, state: JobState, now: number): JobStatus => {
        const paused = state.paused ?? job.paused
        const next = paused ? undefined : nextSlot(job.plan, Math.max(now, state.cursor))
        return { job, paused, next: next ?? null, last: state.last ?? null }
      }

      const list = Effect.gen(function* () {
        yield* opened
        const states = yield* store.states
        const now = yield* Clock.currentTimeMillis
        return jobs.map((job) => statusOf(job, stateOf(states, job, now), now))
      })

      return Scheduler.of({
        list,
        run: Effect.fn("Scheduler.run")(function* (id) {
          const job = yield* find(id)
          yield* opened
          const { sessionKey, turnId } = yield* submit(job, null)
          return { turnId, sessionKey, result: asJob(job)(inbox.result(turnId)) }
        }),
        setPaused: Effect.fn("Scheduler.setPaused")(function* (id, paused) {
          const job = yield* find(id)
          yield* opened
          const now = yield* Clock.currentTimeMillis
          yield* store.setPaused(job.id, paused, now)
          const states = yield* store.states
          return statusOf(job, stateOf(states, job, now), now)
        })
      })
    })
  )
