/** Our price list against an independent one; where they differ, it stands here with its reason. */
import { assert, describe, it } from "@effect/vitest"
import { calcPrice } from "@pydantic/genai-prices"
import { cost, type PriceClass } from "../../src/budget/Price.ts"
import { lookup } from "../../src/budget/PriceList.ts"
import { anthropic } from "../../src/budget/prices/anthropic.ts"
import type { Entries } from "../../src/budget/prices/Entry.ts"
import { openai } from "../../src/budget/prices/openai.ts"
import type { Usage } from "../../src/budget/Usage.ts"

/** Ours that the other list does not have, or takes for another model. */
const unknown: Readonly<Record<string, string>> = {
  "anthropic/claude-mythos-5-1": "limited availability; as the vendor's page",
  "anthropic/claude-mythos-5": "limited availability; as the vendor's page",
  "anthropic/claude-mythos-preview": "limited availability; as its announcement",
  "anthropic/claude-sonnet-5-5": "of September 28; as the vendor's page",
  "anthropic/claude-haiku-5-5": "of October 7; as the vendor's page",
  "openai/gpt-6.2-astra": "of November 17; as the vendor's page",
  "openai/gpt-6.2-sol": "of November 17; as the vendor's page",
  "openai/gpt-6.1-sol": "of September 29; as the vendor's page",
  "openai/gpt-6.1-terra": "of October 26; as the vendor's page"
}

/** Where we mean to differ. */
const different: Readonly<Record<string, string>> = {
  "anthropic/claude-sonnet-4": "inputs over 200,000 tokens cost twice as much, as long as the vendor took them",
  "anthropic/claude-sonnet-4-0": "the same model"
}

/** Ways in which a call can be charged. */
const uses: Readonly<Record<string, Usage>> = {
  input: { input: 100_000, output: 0, cacheRead: 0, cacheWrite: 0 },
  output: { input: 0, output: 100_000, cacheRead: 0, cacheWrite: 0 },
  reasoning: { input: 0, output: 100_000, cacheRead: 0, cacheWrite: 0, reasoning: 60_000 },
  "read from a cache": { input: 0, output: 0, cacheRead: 100_000, cacheWrite: 0 },
  "written to a cache": { input: 0, output: 0, cacheRead: 0, cacheWrite: 100_000 },
  "written to a cache for long": { input: 0, output: 0, cacheRead: 0, cacheWrite: 100_000, cacheWriteLong: 100_000 },
  "a long input": { input: 900_000, output: 1_000, cacheRead: 0, cacheWrite: 0 },
  "a long input from a cache": { input: 0, output: 1_000, cacheRead: 900_000, cacheWrite: 0 },
  "an input at the mark of the long ones": { input: 272_000, output: 1_000, cacheRead: 0, cacheWrite: 0 },
  "an input above it": { input: 272_001, output: 1_000, cacheRead: 0, cacheWrite: 0 },
  "all of it": { input: 1_000, output: 2_000, cacheRead: 3_000, cacheWrite: 4_000, cacheWriteLong: 1_000 }
}

/** The other list's answer; undefined where it does not know the model. */
const theirs = (provider: string, model: string, usage: Usage, at: number) => {
  const { cacheRead, cacheWrite, cacheWriteLong = 0, input, output, reasoning = 0 } = usage
  const found = calcPrice(
    {
      input_tokens: input + cacheRead + cacheWrite,
      output_tokens: output,
      cache_read_tokens: cacheRead,
      cache_write_tokens: cacheWrite,
      ...(provider === "anthropic" ? { cache_write_1h_tokens: cacheWriteLong } : {}),
      output_reasoning_tokens: reasoning
    },
    model,
    { providerId: provider, timestamp: new Date(at) }
  )
  return found === null ? undefined : { micros: Math.round(found.total_price * 1_000_000), model: found.model.id }
}

/** The instants at which a model's price is looked at: today, at each change, and the day before it. */
const instants = (entries: Entries): ReadonlyArray<number> => [
  Date.parse("2026-11-20"),
  ...entries.flatMap(({ since }) => (since === "" ? [] : [Date.parse(since), Date.parse(since) - 86_400_000]))
]

const models = [
  ...Object.entries(anthropic).map(([model, entries]) => ({ provider: "anthropic", model, entries })),
  ...Object.entries(openai).map(([model, entries]) => ({ provider: "openai", model, entries }))
]

const priceOf = (provider: string, model: string, at: number): PriceClass => {
  const price = lookup(provider, model, undefined, at)
  if (price === undefined) throw new Error(`${model} has no price`)
  return price
}

describe("the price list", () => {
  it("has prices that are whole micro-dollars, and none that a vendor would not ask", () => {
    for (const { entries, model } of models) {
      for (const { input, long, output, read, write, writeLong = write } of entries) {
        for (const row of [{ input, output, read, write, writeLong }, ...(long === undefined ? [] : [long.row])]) {
          for (const dollars of [row.input, row.output, row.read, row.write]) {
            const micros = dollars * 1_000_000
            assert.isAtMost(Math.abs(micros - Math.round(micros)), 1e-6, model)
          }
          assert.isAbove(row.input, 0, model)
          assert.isAtMost(row.read, row.input, model)
          assert.isAtLeast(row.write, row.input, model)
          assert.isAtLeast(row.output, row.input, model)
        }
        assert.isAtLeast(writeLong, write, model)
      }
      assert.deepStrictEqual(
        entries.map(({ since }) => since),
        entries.map(({ since }) => since).toSorted(),
        model
      )
    }
  })

  it("agrees with an independent list on every model that it knows, at every date, or says why not", () => {
    const strangers: Array<string> = []
    const differing: Array<string> = []
    for (const { entries, model, provider } of models) {
      const name = `${provider}/${model}`
      if (unknown[name] !== undefined) {
        // it may learn of them: then they are compared
        const [use] = Object.values(uses)
        if (use !== undefined && theirs(provider, model, use, instants(entries)[0] ?? 0)?.model !== model)
          strangers.push(name)
        continue
      }
      for (const at of instants(entries)) {
        const price = priceOf(provider, model, at)
        for (const [use, usage] of Object.entries(uses)) {
          const other = theirs(provider, model, usage, at)
          if (other === undefined) assert.fail(`${name} is not in the other list: say so in \`unknown\``)
          // theirs are fractions of a dollar, ours are rounded up to a whole micro-dollar
          if (Math.abs(cost(price, usage) - other.micros) <= 1) continue
          const day = new Date(at).toISOString().slice(0, 10)
          differing.push(`${name}, ${use}, ${day}: ${cost(price, usage)} here, ${other.micros} there (${other.model})`)
        }
      }
    }
    assert.deepStrictEqual(
      differing.filter((line) => !Object.keys(different).some((name) => line.startsWith(`${name},`))),
      []
    )
    // what is listed as a difference is one
    for (const name of Object.keys(different)) {
      assert.isTrue(
        differing.some((line) => line.startsWith(`${name},`)),
        name
      )
    }
    assert.sameMembers(strangers, Object.keys(unknown))
  })

  it("has the price of the day", () => {
    const at = (iso: string) => priceOf("openai", "gpt-5.6-sol", Date.parse(iso)).output
    assert.deepStrictEqual(
      ["2026-08-20T23:59:59Z", "2026-08-21T00:00:00Z", "2026-11-20T00:00:00Z"].map(at),
      [30_000_000, 20_000_000, 20_000_000]
    )
    assert.deepStrictEqual(lookup("openai", "gpt-5.6-sol"), priceOf("openai", "gpt-5.6-sol", Date.parse("2026-11-20")))
  })
})
