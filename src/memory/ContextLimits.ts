/** Ceilings of the context compiler, in tokens. */
export interface ContextLimits {
  /** Everything exoclaw adds: soul, tool schemas, instructions, facts, recalled and recent turns. */
  readonly ceiling: number
  /** The whole request, the user's message and tool results included. */
  readonly requestCeiling: number
  /** The soul; a longer file is refused when it is loaded. */
  readonly soul: number
  readonly tools: number
  /** One tool result; the rest is left out and counted. */
  readonly toolResult: number
  /** Recent turns at most. */
  readonly window: number
  /** Standing instructions of the user's at most. */
  readonly instructions: number
  readonly facts: number
  readonly recalled: number
  /** The latest turns have so much before anything is recalled. */
  readonly leastRecent: number
}

export const defaultContextLimits: ContextLimits = {
  ceiling: 4_000,
  requestCeiling: 16_000,
  soul: 1_000,
  tools: 1_000,
  toolResult: 2_000,
  window: 5,
  instructions: 300,
  facts: 600,
  recalled: 2_500,
  leastRecent: 800
}

/**
 * Every estimate is multiplied by this until a model's own factor is learned: languages other than English, and text
 * without words, have up to three tenths more tokens than we estimate.
 */
export const defaultReserve = 1.3
