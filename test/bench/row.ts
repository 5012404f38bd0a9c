/** What a bench prints: one figure, its goal, and how it is compared between machines. */
export interface Row {
  readonly name: string
  readonly value: number
  readonly unit: string
  /** The figure to reach (DESIGN section 6), where there is one. */
  readonly goal?: string
  /** Whether the goal is met; undefined where there is none. */
  readonly met?: boolean
  readonly better: "lower" | "higher"
  /**
   * What the figure is divided by before it is compared with the committed one, measured around its suite: `cpu` (a
   * fixed piece of work), `fsync` (a durable write), `turn` (50 of the first, with the waits for a
   * processor, and 3 of the second: about what a turn is made of), `start` (`node -e 0`), or `none` (memory, counts).
   */
  readonly scale: "cpu" | "fsync" | "turn" | "start" | "none"
  /** One of the slowest of many: on a busy machine it says more about the others than about us. */
  readonly tail?: boolean
}

export const percentile = (sorted: ReadonlyArray<number>, p: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? Number.NaN

export const median = (values: ReadonlyArray<number>): number =>
  percentile(
    values.toSorted((a, b) => a - b),
    0.5
  )
