/**
 * What is remembered of jobs, shared by all processes on one store. Slots are taken with their turns
 * (`SessionStore.accept`), in the same transactions that read what stands here.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { JobId, TurnId } from "../domain/Ids.ts"
import type { Slot } from "../session/Slot.ts"
import type { TurnStatus } from "../session/Turn.ts"
import type { ScheduleError } from "./ScheduleError.ts"

/**
 * `run` has a turn, `overlap` came while the last turn was not over, `missed` passed while no gateway ran, `refused`
 * could not be run.
 */
export type SlotOutcome = "run" | "overlap" | "missed" | "refused"

export interface PastSlot {
  readonly due: number | null
  /** When it was decided, Unix milliseconds. */
  readonly at: number
  readonly outcome: SlotOutcome
  readonly turn: TurnId | null
  /** Null where there is no turn, or its session was cleared. */
  readonly status: TurnStatus | null
}

export interface JobState {
  /** The slot up to which all is done, Unix milliseconds. */
  readonly cursor: number
  /** Undefined until somebody pauses or resumes it. */
  readonly paused: boolean | undefined
  readonly last: PastSlot | undefined
}

export class ScheduleStore extends Context.Service<
  ScheduleStore,
  {
    /** Makes jobs known. A new one, or one with another plan, begins at `at`: nothing before was missed. */
    readonly open: (
      jobs: ReadonlyArray<{ readonly id: JobId; readonly plan: string }>,
      at: number
    ) => Effect.Effect<void, ScheduleError>
    readonly states: Effect.Effect<ReadonlyMap<JobId, JobState>, ScheduleError>
    /** Lets a slot go without a turn. False where somebody took it. */
    readonly skip: (slot: Slot, outcome: "missed" | "refused", at: number) => Effect.Effect<boolean, ScheduleError>
    /** A job that is resumed begins at `at`, also where its last slot was later: a clock was ahead then. */
    readonly setPaused: (job: JobId, paused: boolean, at: number) => Effect.Effect<void, ScheduleError>
  }
>()("exoclaw/schedule/ScheduleStore") {}
