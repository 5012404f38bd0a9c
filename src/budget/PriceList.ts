/**
 * The package's own list of prices. Where the sources of the last months differ, the dearer price stands: a budget may
 * end early, never late. `[prices]` overrides any of them.
 */
import type { PriceClass, Rates } from "./Price.ts"
import { anthropic } from "./prices/anthropic.ts"
import type { Entries, Entry, Row } from "./prices/Entry.ts"
import { openai } from "./prices/openai.ts"

/** The day on which the list was last held against the vendors' pages; stands on every charge. */
export const version = "2026-11-20"

const micros = (dollars: number): number => Math.round(dollars * 1_000_000)

const ratesOf = ({ input, output, read, write, writeLong }: Omit<Row, "long">): Rates => ({
  input: micros(input),
  output: micros(output),
  cacheRead: micros(read),
  cacheWrite: micros(write),
  ...(writeLong === undefined ? {} : { cacheWriteLong: micros(writeLong) })
})

const priceOf = (row: Row): PriceClass => ({
  ...ratesOf(row),
  ...(row.long === undefined ? {} : { long: { over: row.long.over, ...ratesOf(row.long.row) } }),
  version
})

interface Dated {
  /** Unix milliseconds. */
  readonly since: number
  readonly price: PriceClass
}

const dated = (entry: Entry): Dated => ({
  since: entry.since === "" ? Number.NEGATIVE_INFINITY : Date.parse(entry.since),
  price: priceOf(entry)
})

type Table = ReadonlyMap<string, ReadonlyArray<Dated>>

const table = (rows: Readonly<Record<string, Entries>>): Table =>
  new Map(Object.entries(rows).map(([model, entries]) => [model, entries.map(dated)]))

let tables: ReadonlyMap<string, Table> | undefined
/** By provider; made with the first question, which not every gateway has. */
const listedBy = (provider: string): Table | undefined =>
  (tables ??= new Map([
    ["anthropic", table(anthropic)],
    ["openai", table(openai)]
  ])).get(provider)

/** What may follow a listed name: a date or `latest`. Anything else is another model, whose price nobody knows. */
const suffix = /-(?:\d{8}|\d{4}-\d{2}-\d{2}|\d{4}|latest)$/

/** The price of what costs nothing. */
export const free: PriceClass = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, version: "free" }

/** Prices of the operator's configuration, by model, or by `provider/model`, which wins. */
export type PriceOverrides = ReadonlyMap<string, PriceClass>

/**
 * The price of a model as configured, else as listed for the instant `at` (Unix milliseconds; the newest where left
 * out); a dated name has the price of its model. Undefined: unpriced.
 */
export const lookup = (
  provider: string,
  model: string,
  overrides?: PriceOverrides,
  at = Number.POSITIVE_INFINITY
): PriceClass | undefined => {
  const undated = model.replace(suffix, "")
  const configured = (name: string) => overrides?.get(`${provider}/${name}`) ?? overrides?.get(name)
  const listed = listedBy(provider)
  const entries = listed?.get(model) ?? listed?.get(undated)
  return configured(model) ?? configured(undated) ?? entries?.findLast(({ since }) => since <= at)?.price
}
