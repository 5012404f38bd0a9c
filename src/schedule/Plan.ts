/**
 * When a job is due. Pure: instants are Unix milliseconds.
 *
 * A time that clocks skip runs behind the gap, one that comes twice runs at the first; a job of every hour runs in each
 * real hour. So a job of a time of day runs once on every date, and the slots of a plan are the same from wherever they
 * are looked for.
 */
import * as Cron from "effect/Cron"
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import { isEveryHour } from "./CronText.ts"
import { parseInterval, spanOf } from "./Interval.ts"
import { changeNear, instantOf, instantsOf, type Offset, offsetIn } from "./Wall.ts"

export type Plan =
  | { readonly _tag: "Every"; readonly ms: number }
  | {
      readonly _tag: "Cron"
      /** Over what a clock shows; the changes of clocks are none of its business. */
      readonly cron: Cron.Cron
      readonly offset: Offset
      /** Whether each real hour counts, or each time of the clock once. */
      readonly everyHour: boolean
    }
type CronPlan = Extract<Plan, { readonly _tag: "Cron" }>

/**
 * The plan of a text: five fields in the given IANA time zone, or `@every` and a span. A span's slots are its multiples
 * since 1970, the same in every process and after every start. Undefined where the text cannot be read, or names a day
 * that never comes.
 */
export const plan = (text: string, timeZone: string): Plan | undefined => {
  const span = spanOf(text)
  const ms = span === undefined ? undefined : parseInterval(span)
  if (ms !== undefined) return { _tag: "Every", ms }
  if (text.trim().split(/\s+/).length !== 5) return undefined
  const zone = DateTime.zoneMakeNamed(timeZone)
  const parsed = Cron.parse(text, "UTC")
  if (Result.isFailure(parsed) || Option.isNone(zone)) return undefined
  const made: Plan = {
    _tag: "Cron",
    cron: parsed.success,
    offset: offsetIn(zone.value),
    everyHour: isEveryHour(text)
  }
  return nextSlot(made, 0) === undefined ? undefined : made
}

// the search throws where it found no date
const found = (search: () => Date): number | undefined =>
  Option.getOrUndefined(Option.map(Result.getSuccess(Result.try(search)), (date) => date.getTime()))

const slotsOf = ({ everyHour, offset }: CronPlan, wall: number): ReadonlyArray<number> =>
  everyHour ? instantsOf(offset, wall) : [instantOf(offset, wall)]

/**
 * Steps from time to time of the clock. Around a change of the clocks their order is not that of the instants, so the
 * search begins before `at` and ends behind the best that it found.
 */
const search = (plan: CronPlan, at: number, direction: "next" | "previous"): number | undefined => {
  const { cron, offset } = plan
  const sign = direction === "next" ? 1 : -1
  const step = (wall: number) => found(() => (direction === "next" ? Cron.next(cron, wall) : Cron.prev(cron, wall)))
  const margin = changeNear(offset, at)
  let best: { readonly slot: number; readonly wall: number; readonly margin: number } | undefined
  for (let wall = step(at + offset(at) - sign * margin); wall !== undefined; wall = step(wall)) {
    if (best !== undefined && sign * (wall - best.wall) > best.margin) break
    for (const slot of slotsOf(plan, wall)) {
      if (sign * (slot - at) > 0 && (best === undefined || sign * (slot - best.slot) < 0)) {
        best = { slot, wall, margin: changeNear(offset, slot) }
      }
    }
    if (best?.margin === 0) break
  }
  return best?.slot
}

/** The first slot after an instant; undefined where there is none for decades. */
export const nextSlot = (plan: Plan, after: number): number | undefined =>
  plan._tag === "Every" ? (Math.floor(after / plan.ms) + 1) * plan.ms : search(plan, after, "next")

/** The last slot at or before an instant. */
export const latestSlot = (plan: Plan, at: number): number | undefined =>
  plan._tag === "Every" ? Math.floor(at / plan.ms) * plan.ms : search(plan, at + 1, "previous")

/** More than clocks are set by. */
const widest = 3 * 3_600_000

/** The same as asking for the next slot again and again, in one walk. */
const walk = (plan: CronPlan, from: number, to: number, limit: number): ReadonlyArray<number> => {
  const { cron, offset } = plan
  const slots = new Set<number>()
  let end = to + offset(to) + changeNear(offset, to)
  const step = (wall: number) => found(() => Cron.next(cron, wall))
  for (
    let wall = step(from + offset(from) - changeNear(offset, from));
    wall !== undefined && wall <= end;
    wall = step(wall)
  ) {
    for (const slot of slotsOf(plan, wall)) if (slot > from && slot <= to) slots.add(slot)
    if (slots.size >= limit) end = Math.min(end, wall + widest)
  }
  return [...slots].toSorted((a, b) => a - b).slice(0, limit)
}

/** The slots after `from` and not after `to`, oldest first, at most `limit`. */
export const slotsBetween = (plan: Plan, from: number, to: number, limit: number): ReadonlyArray<number> => {
  if (plan._tag === "Cron") return walk(plan, from, to, limit)
  const slots: Array<number> = []
  for (let at = nextSlot(plan, from) ?? to + 1; at <= to && slots.length < limit; at += plan.ms) slots.push(at)
  return slots
}
