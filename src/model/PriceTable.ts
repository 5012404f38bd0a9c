/** List prices of the vendors, in micro-dollars per million tokens. Newer or other prices go into `[prices]`. */

/** Input, output, cache read, cache write (the five-minute one, the only one we ask for). */
export type TableRow = readonly [input: number, output: number, cacheRead: number, cacheWrite: number]

/** When the table was last compared with the vendors' price lists. */
export const priceTableVersion = "2026-01"

const dollars = (input: number, output: number, cacheRead: number, cacheWrite: number): TableRow => [
  Math.round(input * 1_000_000),
  Math.round(output * 1_000_000),
  Math.round(cacheRead * 1_000_000),
  Math.round(cacheWrite * 1_000_000)
]

// Anthropic charges a quarter more for writing to the cache and a tenth for reading from it.
const claude = (input: number, output: number): TableRow => dollars(input, output, input * 0.1, input * 1.25)
// OpenAI charges nothing extra for writing to the cache.
const gpt = (input: number, cached: number, output: number): TableRow => dollars(input, output, cached, input)

export const priceTable: ReadonlyMap<string, ReadonlyMap<string, TableRow>> = new Map([
  [
    "anthropic",
    new Map([
      ["claude-opus-4-5", claude(5, 25)],
      ["claude-opus-4-1", claude(15, 75)],
      ["claude-opus-4-0", claude(15, 75)],
      ["claude-opus-4", claude(15, 75)],
      ["claude-sonnet-4-5", claude(3, 15)],
      ["claude-sonnet-4-0", claude(3, 15)],
      ["claude-sonnet-4", claude(3, 15)],
      ["claude-3-7-sonnet", claude(3, 15)],
      ["claude-3-5-sonnet", claude(3, 15)],
      ["claude-haiku-4-5", claude(1, 5)],
      ["claude-3-5-haiku", claude(0.8, 4)],
      ["claude-3-haiku", claude(0.25, 1.25)]
    ])
  ],
  [
    "openai",
    new Map([
      ["gpt-5.1", gpt(1.25, 0.125, 10)],
      ["gpt-5", gpt(1.25, 0.125, 10)],
      ["gpt-5-mini", gpt(0.25, 0.025, 2)],
      ["gpt-5-nano", gpt(0.05, 0.005, 0.4)],
      ["gpt-4.1", gpt(2, 0.5, 8)],
      ["gpt-4.1-mini", gpt(0.4, 0.1, 1.6)],
      ["gpt-4.1-nano", gpt(0.1, 0.025, 0.4)],
      ["gpt-4o", gpt(2.5, 1.25, 10)],
      ["gpt-4o-mini", gpt(0.15, 0.075, 0.6)],
      ["o3", gpt(2, 0.5, 8)],
      ["o4-mini", gpt(1.1, 0.275, 4.4)],
      ["o3-mini", gpt(1.1, 0.55, 4.4)],
      ["o1", gpt(15, 7.5, 60)]
    ])
  ]
])
