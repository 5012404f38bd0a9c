/** What a job has to do now. Pure; every process decides with it and the store lets one of them. */
import { latestSlot, nextSlot, type Plan, slotsBetween } from "./Plan.ts"

/**
 * What becomes of slots that passed while no gateway ran. Of several, only the latest counts; `skip` lets it go where it
 * is later than the grace, `run_once` runs it whatever its age.
 */
export type Missed = "skip" | "run_once"

/** How late a slot still runs under `skip`: a restart, or a machine that slept a moment. */
export const graceMs = 10 * 60_000

export type Due =
  /** Nothing: the next slot, if there is one. */
  | { readonly _tag: "wait"; readonly next: number | undefined }
  /** `passedOver` counts earlier slots that do not run any more, up to `countLimit`. */
  | { readonly _tag: "run"; readonly slot: number; readonly passedOver: number }
  | { readonly _tag: "skip"; readonly slot: number; readonly passedOver: number }

export const countLimit = 1_000

/** `cursor`: the slot up to which all is done. It never goes back, so a clock that does runs nothing twice. */
export const due = (plan: Plan, missed: Missed, cursor: number, now: number): Due => {
  const slot = latestSlot(plan, now)
  if (slot === undefined || slot <= cursor) return { _tag: "wait", next: nextSlot(plan, Math.max(now, cursor)) }
  const passedOver = slotsBetween(plan, cursor, slot - 1, countLimit).length
  return now - slot <= graceMs || missed === "run_once"
    ? { _tag: "run", slot, passedOver }
    : { _tag: "skip", slot, passedOver }
}
