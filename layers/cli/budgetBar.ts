/** How full an account is, as a bar with its marks. */

export interface Standing {
  readonly limit: number
  readonly spent: number
  readonly held: number
  readonly warnAt: number | null
  readonly pauseAt: number | null
}

/** What happens to the next call. */
export type Light = "ok" | "warned" | "paused" | "full"

/** By what is spent: what is only held may come back. */
export const lightOf = ({ limit, pauseAt, spent, warnAt }: Standing): Light => {
  if (spent >= limit) return "full"
  if (pauseAt !== null && spent >= pauseAt) return "paused"
  return warnAt !== null && spent >= warnAt ? "warned" : "ok"
}

const width = 24

/**
 * `[######==------w--p-]`: spent, held and free, with the marks from which on it warns and waits for approvals; the
 * right end is the limit. Something spent is never shown as nothing, and something free never as full.
 */
export const bar = (standing: Standing): string => {
  const { held, limit, pauseAt, spent, warnAt } = standing
  const cellsOf = (amount: number): number => {
    if (amount <= 0) return 0
    if (amount >= limit) return width
    return Math.min(width - 1, Math.max(1, Math.round((amount / limit) * width)))
  }
  const ofSpent = cellsOf(spent)
  const ofBoth = Math.max(ofSpent, cellsOf(spent + held))
  const cells = Array.from({ length: width }, (_, n): string => (n < ofSpent ? "#" : n < ofBoth ? "=" : "-"))
  const mark = (amount: number | null, sign: string): void => {
    if (amount === null || amount >= limit) return
    const at = Math.min(width - 1, Math.floor((amount / limit) * width))
    if (cells[at] === "-") cells[at] = sign
  }
  mark(warnAt, "w")
  mark(pauseAt, "p")
  return `[${cells.join("")}]`
}

/** Part of the limit that is spent, in percent; never 0 once something is, and never 100 before all is. */
export const percent = ({ limit, spent }: Standing): string => {
  if (spent >= limit) return "100%"
  const part = Math.min(99, Math.round((spent / limit) * 100))
  return part === 0 && spent > 0 ? "<1%" : `${part}%`
}
