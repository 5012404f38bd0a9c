/**
 * From the times of a local clock to instants. Local times are milliseconds too: what the clock shows, read as UTC.
 * Clocks are set at most once within two days.
 */
import * as DateTime from "effect/DateTime"

/** Local time minus UTC at an instant, in milliseconds. */
export type Offset = (instant: number) => number

const day = 86_400_000

/** What holds for a day of UTC: from `change` on the second offset. */
interface Day {
  readonly before: number
  readonly change: number
  readonly after: number
}

/** Days that are remembered: asking the time zone's data costs a hundred times more. */
const remembered = 64

const dayAt = (ask: Offset, start: number): Day => {
  const [before, after] = [ask(start), ask(start + day)]
  if (before === after) return { before, change: start, after }
  let [low, high] = [start, start + day]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (ask(middle) === before) low = middle
    else high = middle
  }
  return { before, change: high, after }
}

export const offsetIn = (zone: DateTime.TimeZone): Offset => {
  const ask: Offset = (instant) => DateTime.zonedOffset(DateTime.makeZonedUnsafe(instant, { timeZone: zone }))
  const days = new Map<number, Day>()
  return (instant) => {
    const start = Math.floor(instant / day) * day
    let known = days.get(start)
    if (known === undefined) {
      if (days.size >= remembered) days.clear()
      known = dayAt(ask, start)
      days.set(start, known)
    }
    return instant < known.change ? known.before : known.after
  }
}

/** By how much clocks are set within a day of the instant; 0 where they are not. */
export const changeNear = (offset: Offset, instant: number): number =>
  Math.abs(offset(instant - day) - offset(instant + day))

/** The instants at which the clock shows `wall`, oldest first: none in a gap, two where it comes twice. */
export const instantsOf = (offset: Offset, wall: number): ReadonlyArray<number> => {
  const [before, after] = [offset(wall - day), offset(wall + day)]
  const offsets = before === after ? [before] : [Math.max(before, after), Math.min(before, after)]
  return offsets.flatMap((one) => (offset(wall - one) === one ? [wall - one] : []))
}

/** The one instant that stands for `wall`: the first, or as far behind the gap as it would have been without. */
export const instantOf = (offset: Offset, wall: number): number =>
  instantsOf(offset, wall)[0] ?? wall - offset(wall - day)
