/** Runs the configured jobs by the clock, each slot once, and says how they stand. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Blocked } from "../casil/Casil.ts"
import type { TurnId } from "../domain/Ids.ts"
import type { SessionError } from "../session/SessionError.ts"
import type { TurnResult } from "../session/Turn.ts"
import type { Job } from "./Job.ts"
import type { ScheduleError } from "./ScheduleError.ts"
import type { PastSlot } from "./ScheduleStore.ts"

export interface JobStatus {
  readonly job: Job
  readonly paused: boolean
  /** When it is due next, Unix milliseconds; null where it is paused or never. */
  readonly next: number | null
  readonly last: PastSlot | null
}

/** A run that somebody asked for. */
export interface Run {
  readonly turnId: TurnId
  readonly sessionKey: string
  /** Waits for its end. */
  readonly result: Effect.Effect<TurnResult, SessionError>
}

export class Scheduler extends Context.Service<
  Scheduler,
  {
    readonly list: Effect.Effect<ReadonlyArray<JobStatus>, ScheduleError>
    /** Runs a job now, paused or not, beside its slots; refused while its last turn is not over. */
    readonly run: (id: string) => Effect.Effect<Run, ScheduleError | SessionError | Blocked>
    /** Pauses or resumes a job, for all processes on the store; slots that passed meanwhile are not made up for. */
    readonly setPaused: (id: string, paused: boolean) => Effect.Effect<JobStatus, ScheduleError>
  }
>()("exoclaw/schedule/Scheduler") {}
