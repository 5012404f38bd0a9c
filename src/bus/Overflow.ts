/** What happens to messages of a channel that a slow reader has no room for. */
export const overflows = [
  /** The reader is cut, and may come back and resume. */
  "cut",
  /** The oldest that wait are dropped and told as skipped. */
  "drop_oldest",
  /** Of those that wait under one key the newest is kept; what does not fit all the same, as `drop_oldest`. */
  "conflate"
] as const
export type Overflow = (typeof overflows)[number]

/** What a channel may have of its own. */
export interface ChannelSettings {
  readonly overflow: Overflow
  /** Messages that are kept; 0 keeps none. */
  readonly keepMessages: number
  readonly keepSeconds: number
}
