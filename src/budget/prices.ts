/**
 * List prices of Anthropic and OpenAI, in dollars per million tokens, standard tier, from the vendors' price pages
 * (platform.claude.com/docs/en/about-claude/pricing, developers.openai.com/api/docs/pricing). Where the pages of the
 * last months differ, the dearer price stands here: a budget may end early, never late. `[prices]` overrides any of them.
 */
import type { PriceClass } from "./Price.ts"

/** Date of the newest entry. */
export const version = "2026-10-07"

/** Input, output, read from the cache, written to the cache, in dollars per million tokens. */
type Row = readonly [input: number, output: number, cacheRead: number, cacheWrite: number, long?: LongInput]
interface LongInput {
  readonly over: number
  readonly row: readonly [number, number, number, number]
}

/** Cache writes at the price of five minutes; a tenth for reads unless the model has another discount. */
const claude = (input: number, output: number, read = input / 10): Row => [input, output, read, input * 1.25]

const sonnet4: Row = [3, 15, 0.3, 3.75, { over: 200_000, row: [6, 22.5, 0.6, 7.5] }]

const anthropic: Readonly<Record<string, Row>> = {
  "claude-mythos-5-1": claude(10, 50, 0.25),
  "claude-mythos-5": claude(10, 50),
  "claude-mythos-preview": claude(25, 125),
  "claude-fable-5-1": claude(10, 50, 0.25),
  "claude-fable-5": claude(10, 50),
  "claude-opus-5-5": claude(4, 20, 0.2),
  "claude-opus-5": claude(5, 25),
  "claude-opus-4-8": claude(5, 25),
  "claude-opus-4-7": claude(5, 25),
  "claude-opus-4-6": claude(5, 25),
  "claude-opus-4-5": claude(5, 25),
  "claude-opus-4-1": claude(15, 75),
  "claude-opus-4-0": claude(15, 75),
  "claude-opus-4": claude(15, 75),
  "claude-sonnet-5-5": claude(2, 10, 0.1),
  "claude-sonnet-5": claude(2, 10),
  "claude-sonnet-4-6": claude(3, 15),
  "claude-sonnet-4-5": sonnet4,
  "claude-sonnet-4-0": sonnet4,
  "claude-sonnet-4": sonnet4,
  "claude-haiku-5-5": claude(0.5, 2.5),
  "claude-haiku-4-5": claude(1, 5),
  "claude-3-7-sonnet": claude(3, 15),
  "claude-3-5-sonnet": claude(3, 15),
  "claude-3-5-haiku": claude(0.8, 4),
  "claude-3-opus": claude(15, 75),
  "claude-3-haiku": [0.25, 1.25, 0.03, 0.3]
}

/** Reads at `read`; writes cost what input costs. */
const gpt = (input: number, read: number, output: number): Row => [input, output, read, input]

/** Models of a million tokens: an input over 272,000 doubles the input's price and adds half to the output's. */
const wide = (input: number, output: number, write = input): Row => [
  input,
  output,
  input / 10,
  write,
  { over: 272_000, row: [input * 2, output * 1.5, input / 5, write * 2] }
]

const openai: Readonly<Record<string, Row>> = {
  "gpt-5.6-sol": wide(5, 30, 6.25),
  "gpt-5.6-terra": wide(2, 12, 2.5),
  "gpt-5.6-luna": wide(0.2, 1.2, 0.25),
  "gpt-5.5": wide(5, 30),
  "gpt-5.5-pro": wide(30, 180),
  "gpt-5.4": wide(2.5, 15),
  "gpt-5.4-pro": wide(30, 180),
  "gpt-5.4-mini": gpt(0.75, 0.075, 4.5),
  "gpt-5.4-nano": gpt(0.2, 0.02, 1.25),
  "gpt-5.3-codex": gpt(1.75, 0.175, 14),
  "gpt-5.2": gpt(1.75, 0.175, 14),
  "gpt-5.2-codex": gpt(1.75, 0.175, 14),
  "gpt-5.2-pro": gpt(21, 21, 168),
  "gpt-5.1": gpt(1.25, 0.125, 10),
  "gpt-5.1-codex": gpt(1.25, 0.125, 10),
  "gpt-5.1-codex-mini": gpt(0.25, 0.025, 2),
  "gpt-5": gpt(1.25, 0.125, 10),
  "gpt-5-codex": gpt(1.25, 0.125, 10),
  "gpt-5-mini": gpt(0.25, 0.025, 2),
  "gpt-5-nano": gpt(0.05, 0.005, 0.4),
  "gpt-5-pro": gpt(15, 15, 120),
  "gpt-4.1": gpt(2, 0.5, 8),
  "gpt-4.1-mini": gpt(0.4, 0.1, 1.6),
  "gpt-4.1-nano": gpt(0.1, 0.025, 0.4),
  "gpt-4o": gpt(2.5, 1.25, 10),
  "gpt-4o-2024-05-13": gpt(5, 5, 15),
  "gpt-4o-mini": gpt(0.15, 0.075, 0.6),
  o1: gpt(15, 7.5, 60),
  "o1-pro": gpt(150, 150, 600),
  o3: gpt(2, 0.5, 8),
  "o3-pro": gpt(20, 20, 80),
  "o3-mini": gpt(1.1, 0.55, 4.4),
  "o4-mini": gpt(1.1, 0.275, 4.4),
  "gpt-4-turbo": gpt(10, 10, 30),
  "gpt-4": gpt(30, 30, 60),
  "gpt-3.5-turbo": gpt(0.5, 0.5, 1.5)
}

const micros = (dollars: number): number => Math.round(dollars * 1_000_000)

const ratesOf = ([input, output, cacheRead, cacheWrite]: Row | LongInput["row"]) => ({
  input: micros(input),
  output: micros(output),
  cacheRead: micros(cacheRead),
  cacheWrite: micros(cacheWrite)
})

const priceOf = (row: Row): PriceClass => {
  const long = row[4]
  return {
    ...ratesOf(row),
    ...(long === undefined ? {} : { long: { over: long.over, ...ratesOf(long.row) } }),
    version
  }
}

const table = (rows: Readonly<Record<string, Row>>): ReadonlyMap<string, PriceClass> =>
  new Map(Object.entries(rows).map(([model, row]) => [model, priceOf(row)]))

const tables: ReadonlyMap<string, ReadonlyMap<string, PriceClass>> = new Map([
  ["anthropic", table(anthropic)],
  ["openai", table(openai)]
])

/** What may follow a listed name: a date or `latest`. Anything else is another model, whose price nobody knows. */
const dated = /-(?:\d{8}|\d{4}-\d{2}-\d{2}|\d{4}|latest)$/

/** The price of what costs nothing. */
export const free: PriceClass = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, version: "free" }

/** Prices of the operator's configuration, by model, or by `provider/model`, which wins. */
export type PriceOverrides = ReadonlyMap<string, PriceClass>

/** The price of a model as configured, else as listed; a dated name has the price of its model. Undefined: unpriced. */
export const lookup = (provider: string, model: string, overrides?: PriceOverrides): PriceClass | undefined => {
  const undated = model.replace(dated, "")
  const configured = (name: string) => overrides?.get(`${provider}/${name}`) ?? overrides?.get(name)
  const listed = tables.get(provider)
  return configured(model) ?? configured(undated) ?? listed?.get(model) ?? listed?.get(undated)
}
