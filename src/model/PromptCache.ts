/**
 * When a prompt is worth a place in its vendor's cache, for vendors that want to be told. Writing costs a quarter more
 * than not caching, reading nine tenths less, and what nobody reads for five minutes is gone (platform.claude.com/docs/
 * en/build-with-claude/prompt-caching).
 */

/** What of a prompt comes again: its tools and system texts, and as many messages at the beginning. */
export interface CacheMarks {
  /** Messages of earlier turns, all of which the next turn begins with, too; 0 where it does not. */
  readonly history: number
  /** Whether this turn will most likely show all of its messages again. */
  readonly turn: boolean
}

/** How long a vendor keeps what nobody reads, in milliseconds. */
export const cacheTtlMs = 300_000

/** Fewest tokens that a vendor caches, by model, from the page above; a mark before fewer has no effect and costs nothing. */
const minimums: Readonly<Record<string, number>> = {
  "claude-opus-5": 512,
  "claude-fable-5": 512,
  "claude-mythos-5": 512,
  "claude-opus-4-7": 2_048,
  "claude-mythos-preview": 2_048,
  "claude-3-5-haiku": 2_048,
  "claude-3-haiku": 2_048,
  "claude-opus-4-6": 4_096,
  "claude-opus-4-5": 4_096,
  "claude-haiku-4-5": 4_096
}
const usual = 1_024

/** Undefined for models of which nothing is known: nobody says that they take the marks. */
export const cacheMinimum = (model: string): number | undefined => {
  const undated = model.replace(/-(?:\d{8}|latest)$/, "")
  return minimums[undated] ?? (undated.startsWith("claude-") ? usual : undefined)
}

/** Prompts with one beginning, over time: whether the next one comes before the vendor forgot the last. */
interface Habit {
  readonly last: number
  /** The part of prompts that did, the latest counted most. */
  readonly soon: number
}

/** At this part the reads make up for the writes: 0.9 x = 0.25 (1 - x). */
const worthwhile = 0.25 / 1.15
/** Nothing is known at first; half of the prompts are thought to come soon. */
const prior = 0.5
/** How much the latest prompt counts. */
const weight = 0.25

const after = (habit: Habit | undefined, now: number): Habit => {
  if (habit === undefined) return { last: now, soon: prior }
  const came = now - habit.last < cacheTtlMs ? 1 : 0
  return { last: now, soon: habit.soon + weight * (came - habit.soon) }
}

/** Beginnings that are remembered; the one that was not used longest leaves first. */
const remembered = 256

/** Learns which beginnings of prompts come again soon enough. One per process: it loses nothing that matters. */
export class CacheHabits {
  readonly #habits = new Map<string, Habit>()

  /** Notes that a prompt with this beginning is sent now (Unix milliseconds); true where it is worth a mark. */
  worth(beginning: string, now: number): boolean {
    const habit = after(this.#habits.get(beginning), now)
    this.#habits.delete(beginning)
    this.#habits.set(beginning, habit)
    const oldest = this.#habits.size > remembered ? this.#habits.keys().next() : undefined
    if (oldest?.done === false) this.#habits.delete(oldest.value)
    return habit.soon > worthwhile
  }
}

/** What the prompt at hand is known by. */
export interface Prompted {
  /** Messages of earlier turns at its beginning. */
  readonly history: number
  /** Whether an earlier turn was left out: then the next one will begin with another. */
  readonly slides: boolean
  /** When the turn before this one was accepted, Unix milliseconds; undefined where there was none. */
  readonly lastTurnAt: number | undefined
  /** Answers with tool calls in this turn so far. */
  readonly exchanges: number
}

/** A turn that has called tools twice will most likely call again. */
export const marksFor = ({ exchanges, history, lastTurnAt, slides }: Prompted, now: number): CacheMarks => ({
  history: !slides && lastTurnAt !== undefined && now - lastTurnAt < cacheTtlMs ? history : 0,
  turn: exchanges >= 2
})
