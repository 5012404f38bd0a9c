/** A slot of a job: taken in the transaction that journals its turn, or not at all. */
import * as Schema from "effect/Schema"
import type { JobId } from "../domain/Ids.ts"

export interface Slot {
  readonly job: JobId
  /** When it was due, Unix milliseconds; null where somebody asked for the run. */
  readonly due: number | null
}

/** `taken`: it ran, was skipped or lies behind what was done. `paused`: somebody paused the job. `running`: the job's last turn is not over yet. */
export const SlotRefusal = Schema.Literals(["taken", "paused", "running"])
export type SlotRefusal = typeof SlotRefusal.Type
