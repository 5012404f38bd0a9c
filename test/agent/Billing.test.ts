import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { receiptOf, usageOf } from "../../src/agent/Billing.ts"
import type { Charge } from "../../src/budget/Charge.ts"
import { cost, inputCost, saving } from "../../src/budget/Price.ts"
import type { Usage } from "../../src/budget/Usage.ts"
import type { EventBody, TurnEvent } from "../../src/session/TurnEvent.ts"
import { holdId, price, spender } from "../budget/fixtures.ts"
import { turnId } from "../session/fixtures.ts"

const charge = (n: number, usage: Usage): Charge => ({
  ...spender,
  holdId: holdId(n),
  provider: "anthropic",
  model: "claude-test",
  usage,
  reported: usage,
  raw: null,
  costMicros: cost(price, usage),
  inputMicros: inputCost(price, usage),
  savedMicros: saving(price, usage),
  priceVersion: "test",
  basis: "usage",
  flagged: false,
  alarm: false,
  heldTokens: 0,
  heldMicros: 0,
  heldAt: 0,
  settledAt: 0
})

const event = (body: EventBody, seq = 1): TurnEvent => ({ turnId: turnId(1), seq, body })
const nothing = { prompts: new Map(), retries: [] }

const prompt = [
  { kind: "tools", tokens: 40 },
  { kind: "system", tokens: 10 },
  { kind: "user", tokens: 25 },
  { kind: "tool_results", tool: "echo", tokens: 5 },
  { kind: "tool_results", tool: "fetch", tokens: 20 },
  { kind: "tool_results", tool: "echo", tokens: 5 }
] as const

const count = fc.nat(100_000)
const anyUsage = fc.record({ input: count, output: count, cacheRead: count, cacheWrite: count })

describe("a receipt", () => {
  it("explains every token and every micro-dollar, whatever of the journal is left", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(anyUsage, fc.constantFrom("told", "known", "lost")), { maxLength: 6 }),
        (usages) => {
          const charges = usages.map(([usage], n) => charge(n, usage))
          const events = charges.flatMap((one, n) =>
            usages[n]?.[1] === "told" ? [event({ type: "usage", data: usageOf(one, price, prompt, []) })] : []
          )
          const known = charges.filter((_, n) => usages[n]?.[1] === "known")
          const prompts = new Map(known.map((one) => [one.holdId, prompt] as const))
          const receipt = receiptOf(charges, events, { prompts, retries: [] })
          const total = (key: "tokens" | "micros") => receipt.blocks.reduce((all, block) => all + block[key], 0)
          assert.strictEqual(total("tokens") + receipt.outputTokens, receipt.totalTokens)
          assert.strictEqual(total("micros") + receipt.outputMicros, receipt.totalMicros)
          for (const [n, call] of receipt.calls.entries()) {
            const tokens = call.blocks.reduce((all, block) => all + block.tokens, 0)
            assert.strictEqual(tokens, call.inputTokens + call.cacheRead + call.cacheWrite)
            if (usages[n]?.[1] === "lost" && tokens > 0) assert.deepEqual(call.blocks[0]?.kind, "other")
          }
          const shown = receipt.blocks.find(({ kind }) => kind === "tool_results")
          assert.strictEqual(
            receipt.tools.reduce((all, { promptTokens }) => all + promptTokens, 0),
            shown?.tokens ?? 0
          )
        }
      )
    )
  })

  it("says by tool how often and how long it ran, and what its results made of the prompts", () => {
    const one = charge(1, { input: 105, output: 3, cacheRead: 0, cacheWrite: 0 })
    const ran = (name: string, ms: number | undefined, isError = false) =>
      event({
        type: "tool_result",
        data: { id: name, name, content: "one two", isError, ...(ms === undefined ? {} : { ms }) }
      })
    const receipt = receiptOf(
      [one],
      [
        ran("echo", 7),
        ran("echo", 5, true),
        ran("fetch", undefined),
        event({ type: "usage", data: usageOf(one, price, prompt, []) })
      ],
      nothing
    )
    assert.deepStrictEqual(receipt.tools, [
      { name: "echo", calls: 2, errors: 1, ms: 12, tokens: 4, promptTokens: 10, costMicros: 30 },
      { name: "fetch", calls: 1, errors: 0, ms: 0, tokens: 2, promptTokens: 20, costMicros: 60 }
    ])
  })

  it("gives an attempt that did not answer the parts of the answer that followed it, also after a crash", () => {
    const broken = charge(1, { input: 210, output: 9, cacheRead: 0, cacheWrite: 0 })
    const answer = charge(2, { input: 105, output: 3, cacheRead: 0, cacheWrite: 0 })
    const retry = {
      provider: "anthropic",
      model: "claude-test",
      kind: "stream",
      fallback: false,
      holdId: broken.holdId
    }
    const told = event({ type: "usage", data: usageOf(answer, price, prompt, [retry]) })
    const receipt = receiptOf([broken, answer], [told], nothing)
    assert.deepStrictEqual(receipt.retries, [retry])
    assert.deepStrictEqual(
      receipt.calls[0]?.blocks.map(({ kind, tokens }) => [kind, tokens]),
      receipt.calls[1]?.blocks.map(({ kind, tokens }) => [kind, tokens * 2])
    )
  })

  it("adds up what the cache saved, and takes off what writing to it cost", () => {
    const first = charge(1, { input: 0, output: 1, cacheRead: 0, cacheWrite: 1_000 })
    const second = charge(2, { input: 0, output: 1, cacheRead: 1_000, cacheWrite: 0 })
    assert.strictEqual(receiptOf([first], [], nothing).savedMicros, -750)
    assert.strictEqual(receiptOf([first, second], [], nothing).savedMicros, 1_950)
  })
})
