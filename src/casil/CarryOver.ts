/**
 * Blocks of one stream, such as messages of one sender in one channel: a secret may begin in one and end in the next. What
 * was open at the end of a text is kept until the next block of its stream, for a while and of so many streams; what was
 * delivered cannot be taken back, but the rest of the secret does not follow it.
 */
import type { Compiled } from "./Compiled.ts"
import { isKey, type Visited } from "./Walker.ts"
import { Budget } from "./engine/Budget.ts"
import { MAX_HELD } from "./engine/Cursor.ts"
import type { Match } from "./engine/Match.ts"
import { Scanner } from "./engine/Scanner.ts"
import { isWithinPair } from "./Utf8.ts"

/** Code units that are kept of a text. */
export const LONGEST_TAIL = 512
/** Values of one block of which something is kept: the last ones. */
export const MOST_TEXTS = 8
/** Streams that something is kept of: of more, those are forgotten that were quiet for longest. */
export const MOST_STREAMS = 1024
/** A stream that was quiet for so many milliseconds begins anew. */
export const IDLE_MS = 60_000

/** Ends of texts by where they stand in their block. */
export type Tails = ReadonlyMap<string, string>

export const noTails: Tails = new Map()

/** The end of `text` that may be the beginning of a secret. */
const openEnd = ({ set }: Compiled, text: string): string => {
  const from = Math.max(0, text.length - LONGEST_TAIL)
  const end = text.slice(isWithinPair(text, from) ? from - 1 : from)
  const scanner = new Scanner(set, new Budget())
  scanner.push(end)
  return end.slice(scanner.view.rawStart(scanner.decided))
}

/** What is open at the ends of a block's texts, which come after `before`. What has no part in the block stays open. */
export const tailsOf = (compiled: Compiled, texts: ReadonlyArray<Visited>, before: Tails): Tails => {
  const tails = new Map(before)
  // names of fields do not go on
  const values = texts.filter(({ path, text }) => text !== "" && !isKey(path))
  for (const { path, text } of values.slice(-MOST_TEXTS)) {
    const tail = openEnd(compiled, (before.get(path) ?? "") + text)
    tails.delete(path)
    if (tail !== "") tails.set(path, tail)
  }
  return new Map([...tails].slice(-MOST_TEXTS))
}

/** Secrets that begin in `tail` and end in `text`, which follows it; places are those in `text`. */
export const acrossBlocks = (compiled: Compiled, budget: Budget, tail: string, text: string): ReadonlyArray<Match> => {
  const scanner = new Scanner(compiled.set, budget)
  scanner.push(tail)
  const from = scanner.view.rawEnd
  scanner.push(text.slice(0, MAX_HELD))
  scanner.end()
  return scanner.matches.flatMap(({ confidence, end, rule, start }): ReadonlyArray<Match> => {
    const ends = scanner.view.rawAfter(end) - from
    const begins = scanner.view.raw(start) - from
    const tier = compiled.tierOf(rule)
    if (begins >= 0 || ends <= 0 || (tier !== "structural" && tier !== "custom")) return []
    return [{ rule, start: 0, end: ends, confidence, flag: "split" }]
  })
}

interface Kept {
  readonly at: number
  readonly tails: Tails
}

/** Ends of all streams; bounded, and the quiet ones forgotten. Times in milliseconds. */
export class CarryOver {
  /** The one that was quiet for longest first. */
  readonly #streams = new Map<string, Kept>()

  /** Streams of which something is kept. */
  get size(): number {
    return this.#streams.size
  }

  before(stream: string, now: number): Tails {
    const kept = this.#streams.get(stream)
    return kept === undefined || kept.at + IDLE_MS <= now ? noTails : kept.tails
  }

  keep(stream: string, tails: Tails, now: number): void {
    this.#streams.delete(stream)
    if (tails.size > 0) this.#streams.set(stream, { at: now, tails })
    for (const [other, { at }] of this.#streams) {
      if (this.#streams.size <= MOST_STREAMS && at + IDLE_MS > now) break
      this.#streams.delete(other)
    }
  }
}
