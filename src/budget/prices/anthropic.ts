/** Anthropic's list prices, standard tier (platform.claude.com/docs/en/about-claude/pricing). */
import { always, type Entries, type Entry, type Row } from "./Entry.ts"

/** Writes cost a quarter more than input, for an hour twice as much; reads a tenth, unless the model has another discount. */
const claude = (input: number, output: number, read = input / 10): Row => ({
  input,
  output,
  read,
  write: input * 1.25,
  writeLong: input * 2
})

/** An input over 200,000 tokens doubles the input's price and adds half to the output's. */
const wide = (input: number, output: number): Row => ({
  ...claude(input, output),
  long: { over: 200_000, row: claude(input * 2, output * 1.5) }
})

const since = (date: string, row: Row): Entry => ({ ...row, since: date })

export const anthropic: Readonly<Record<string, Entries>> = {
  "claude-mythos-5-1": always(claude(10, 50, 0.25)),
  "claude-mythos-5": always(claude(10, 50)),
  "claude-mythos-preview": always(claude(25, 125)),
  "claude-fable-5-1": always(claude(10, 50, 0.25)),
  "claude-fable-5": always(claude(10, 50)),
  "claude-opus-5-5": always(claude(4, 20, 0.2)),
  "claude-opus-5": always(claude(5, 25)),
  "claude-opus-4-8": always(claude(5, 25)),
  "claude-opus-4-7": always(claude(5, 25)),
  "claude-opus-4-6": [since("", wide(5, 25)), since("2026-03-13", claude(5, 25))],
  "claude-opus-4-5": always(claude(5, 25)),
  "claude-opus-4-1": always(claude(15, 75)),
  "claude-opus-4-0": always(claude(15, 75)),
  "claude-opus-4": always(claude(15, 75)),
  "claude-sonnet-5-5": [since("", claude(2, 10)), since("2026-10-07", claude(2, 10, 0.1))],
  "claude-sonnet-5": always(claude(2, 10)),
  "claude-sonnet-4-6": [since("", wide(3, 15)), since("2026-03-13", claude(3, 15))],
  "claude-sonnet-4-5": always(wide(3, 15)),
  "claude-sonnet-4-0": always(wide(3, 15)),
  "claude-sonnet-4": always(wide(3, 15)),
  // an input over 100,000 tokens costs five times as much, and its output too
  "claude-haiku-5-5": always({ ...claude(0.1, 0.5), long: { over: 100_000, row: claude(0.5, 2.5) } }),
  "claude-haiku-4-5": always(claude(1, 5)),
  "claude-3-7-sonnet": always(claude(3, 15)),
  "claude-3-5-sonnet": always(claude(3, 15)),
  "claude-3-5-haiku": always(claude(0.8, 4)),
  "claude-3-opus": always(claude(15, 75)),
  "claude-3-haiku": always({ input: 0.25, output: 1.25, read: 0.03, write: 0.3, writeLong: 0.5 })
}
