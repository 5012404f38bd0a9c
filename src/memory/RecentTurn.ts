/** A finished turn of the same session. */
export interface RecentTurn {
  readonly user: string
  readonly assistant: string
}
