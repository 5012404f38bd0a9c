/** OpenAI's list prices, standard tier (developers.openai.com/api/docs/pricing). Reasoning costs what output costs. */
import { always, type Entries, type Entry, type Row } from "./Entry.ts"

/** Reads at `read`; writes cost what input costs. */
const gpt = (input: number, read: number, output: number): Row => ({ input, output, read, write: input })

/** No discount for what is read from a cache. */
const plain = (input: number, output: number): Row => gpt(input, input, output)

/** Once the input is over the mark, its price doubles and half is added to the output's, for the whole call. */
const doubled = (row: Row, over: number): Row => {
  const { input, output, read, write, writeLong } = row
  const long = {
    input: input * 2,
    output: output * 1.5,
    read: read * 2,
    write: write * 2,
    ...(writeLong === undefined ? {} : { writeLong: writeLong * 2 })
  }
  return { ...row, long: { over, row: long } }
}

/** Dearer from exactly 272,000 tokens on. */
const wide = (row: Row): Row => doubled(row, 271_999)

/** Models that charge what they write to the cache: a quarter more than input. */
const writing = (input: number, output: number, read = input / 10): Row => ({
  input,
  output,
  read,
  write: input * 1.25
})

/** Those that can also write for twelve hours, at twice the price of a write. Dearer above 272,000 tokens. */
const newest = (input: number, output: number, read: number): Row =>
  doubled({ ...writing(input, output, read), writeLong: input * 2.5 }, 272_000)

const since = (date: string, row: Row): Entry => ({ ...row, since: date })

const sol56: Entries = [since("", wide(writing(5, 30))), since("2026-08-21", wide(writing(4, 20)))]
const gpt5 = gpt(1.25, 0.125, 10)
const gpt52 = gpt(1.75, 0.175, 14)

export const openai: Readonly<Record<string, Entries>> = {
  "gpt-6.2-astra": always(newest(8, 40, 0.4)),
  "gpt-6.2-sol": always(newest(2, 10, 0.1)),
  "gpt-6.1-sol": always(newest(2, 10, 0.1)),
  "gpt-6.1-terra": always(newest(1, 5, 0.05)),
  "gpt-6-astra": always(wide(writing(10, 50))),
  "gpt-6-sol": always(doubled(writing(2, 10), 272_000)),
  "gpt-6-luna": always(doubled(writing(0.1, 0.5), 272_000)),
  "gpt-5.6": sol56,
  "gpt-5.6-sol": sol56,
  "gpt-5.6-terra": [since("", wide(writing(2.5, 15))), since("2026-07-30", wide(writing(2, 12)))],
  "gpt-5.6-luna": [since("", wide(writing(1, 6))), since("2026-07-30", wide(writing(0.2, 1.2)))],
  "gpt-5.5": always(wide(gpt(5, 0.5, 30))),
  "gpt-5.5-pro": always(wide(plain(30, 180))),
  "gpt-5.4": always(wide(gpt(2.5, 0.25, 15))),
  "gpt-5.4-pro": always(wide(plain(30, 180))),
  "gpt-5.4-mini": always(gpt(0.75, 0.075, 4.5)),
  "gpt-5.4-nano": always(gpt(0.2, 0.02, 1.25)),
  "gpt-5.3": always(gpt52),
  "gpt-5.3-codex": always(gpt52),
  "gpt-5.2": always(gpt52),
  "gpt-5.2-chat": always(gpt52),
  "gpt-5.2-codex": always(gpt52),
  "gpt-5.2-pro": always(plain(21, 168)),
  "gpt-5.1": always(gpt5),
  "gpt-5.1-chat": always(gpt5),
  "gpt-5.1-codex": always(gpt5),
  "gpt-5.1-codex-max": always(gpt5),
  "gpt-5.1-codex-mini": always(gpt(0.25, 0.025, 2)),
  "gpt-5": always(gpt5),
  "gpt-5-chat": always(gpt5),
  "gpt-5-codex": always(gpt5),
  "gpt-5-mini": always(gpt(0.25, 0.025, 2)),
  "gpt-5-nano": always(gpt(0.05, 0.005, 0.4)),
  "gpt-5-pro": always(plain(15, 120)),
  "gpt-4.1": always(gpt(2, 0.5, 8)),
  "gpt-4.1-mini": always(gpt(0.4, 0.1, 1.6)),
  "gpt-4.1-nano": always(gpt(0.1, 0.025, 0.4)),
  "gpt-4o": always(gpt(2.5, 1.25, 10)),
  "gpt-4o-2024-05-13": always(plain(5, 15)),
  "gpt-4o-mini": always(gpt(0.15, 0.075, 0.6)),
  "chatgpt-4o-latest": always(plain(5, 15)),
  o1: always(gpt(15, 7.5, 60)),
  "o1-pro": always(plain(150, 600)),
  "o1-mini": always(gpt(1.1, 0.55, 4.4)),
  "o1-preview": always(gpt(15, 7.5, 60)),
  o3: always(gpt(2, 0.5, 8)),
  "o3-pro": always(plain(20, 80)),
  "o3-mini": always(gpt(1.1, 0.55, 4.4)),
  "o4-mini": always(gpt(1.1, 0.275, 4.4)),
  "codex-mini": always(gpt(1.5, 0.375, 6)),
  "gpt-4-turbo": always(plain(10, 30)),
  "gpt-4": always(plain(30, 60)),
  "gpt-4-32k": always(plain(60, 120)),
  "gpt-3.5-turbo": always(plain(0.5, 1.5)),
  // older ones of the same name cost more
  "gpt-3.5-turbo-1106": always(plain(1, 2)),
  "gpt-3.5-turbo-0613": always(plain(1.5, 2)),
  "gpt-3.5-turbo-0301": always(plain(1.5, 2)),
  "gpt-3.5-turbo-16k": always(plain(3, 4))
}
