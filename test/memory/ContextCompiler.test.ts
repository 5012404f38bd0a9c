import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { encode } from "gpt-tokenizer/encoding/o200k_base"
import { readFileSync } from "node:fs"
import { clip } from "../../src/memory/Clip.ts"
import { compile, type ContextInput, type Exchange } from "../../src/memory/ContextCompiler.ts"
import { type ContextLimits, defaultContextLimits } from "../../src/memory/ContextLimits.ts"
import { choose, toolTokens } from "../../src/memory/ToolChoice.ts"
import type { ToolSchema } from "../../src/model/ModelRequest.ts"
import { estimateTokens } from "../../src/model/TokenEstimate.ts"
import { compiled, empty, knownOf, sum, texts } from "./contextFixtures.ts"

const tool = (name: string, description = ""): ToolSchema => ({
  name,
  description,
  inputSchema: { type: "object", properties: { text: { type: "string" } } }
})

const exchange = (content: string, name = "echo"): Exchange => ({
  text: "",
  calls: [{ id: "c", name, input: { text: "x" } }],
  results: [{ id: "c", name, content, isError: false }]
})

const anything = fc.string({ unit: "binary", maxLength: 2_000 })
const long = fc.tuple(anything, fc.nat({ max: 40 })).map(([text, times]) => text.repeat(times))
const inputs: fc.Arbitrary<ContextInput> = fc.record({
  system: fc.option(anything, { nil: undefined }),
  soul: fc.option(anything, { nil: undefined }),
  tools: fc.array(
    fc
      .record({ name: fc.string({ minLength: 1, maxLength: 20 }), description: anything })
      .map((t) => tool(t.name, t.description)),
    { maxLength: 8 }
  ),
  recent: fc.array(fc.record({ user: anything, assistant: anything }), { maxLength: 8 }),
  known: knownOf(anything),
  user: anything,
  exchanges: fc.array(
    long.map((content) => exchange(content)),
    { maxLength: 6 }
  )
})
const limitsOf: fc.Arbitrary<ContextLimits> = fc.record({
  ceiling: fc.integer({ min: 256, max: 4_000 }),
  requestCeiling: fc.integer({ min: 256, max: 16_000 }),
  soul: fc.constant(1_000),
  tools: fc.integer({ min: 0, max: 1_000 }),
  toolResult: fc.integer({ min: 100, max: 2_000 }),
  window: fc.nat({ max: 10 }),
  instructions: fc.nat({ max: 400 }),
  facts: fc.nat({ max: 800 }),
  recalled: fc.nat({ max: 3_000 }),
  leastRecent: fc.nat({ max: 1_000 })
})

describe("the context compiler", () => {
  it("T29: keeps both ceilings by its own count, whatever the texts, or says by how much they are missed", () => {
    fc.assert(
      fc.property(inputs, limitsOf, (input, limits) => {
        const result = compile(input, limits)
        if (result._tag === "TooLong") {
          assert.isAbove(result.value.wanted, result.value.limit)
          return
        }
        assert.isAtMost(sum(result.value), limits.requestCeiling)
        assert.isAtMost(sum(result.value, ["soul", "tools", "recent", "facts", "recalled"]), limits.ceiling)
        assert.isAtMost(sum(result.value, ["tools"]), limits.tools)
        for (const { content } of result.value.messages) {
          if (typeof content === "string") continue
          for (const part of content) {
            if (part.type === "tool-result") assert.isAtMost(estimateTokens(String(part.result)), limits.toolResult)
          }
        }
        for (const { tokens } of result.value.blocks) assert.isTrue(Number.isSafeInteger(tokens) && tokens > 0)
        assert.deepStrictEqual(compile(input, limits), result)
      }),
      { numRuns: 150 }
    )
  })

  it("keeps the request's ceiling by an exact tokenizer too, over prose, code and several languages", () => {
    const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8")
    const samples = [
      read("AGENTS.md"),
      read("src/memory/ContextCompiler.ts"),
      read("package-lock.json").slice(0, 60_000),
      "Der schnelle braune Fuchs springt über den faulen Hund, während es regnet. ".repeat(200),
      "Быстрая коричневая лиса перепрыгивает через ленивую собаку. ".repeat(200),
      "素早い茶色の狐がのろまな犬を飛び越える。".repeat(300)
    ]
    for (const sample of samples) {
      for (const requestCeiling of [1_000, 4_000, 16_000]) {
        const value = compiled(
          {
            soul: "You are terse.",
            tools: [tool("echo", "Says what it is told."), tool("notes", "Keeps notes.")],
            recent: Array.from({ length: 5 }, (_, i) => ({
              user: sample.slice(i * 300, i * 300 + 300),
              assistant: sample.slice(i * 500, i * 500 + 500)
            })),
            user: sample.slice(0, 200),
            exchanges: [exchange(sample), exchange(sample.slice(100))]
          },
          { requestCeiling }
        )
        const exact = texts(value).reduce((all, text) => all + encode(text).length, 0)
        assert.isAtMost(exact, requestCeiling)
      }
    }
  })

  it("shows soul, system prompt, recent turns, the message and what happened since, in that order", () => {
    const value = compiled({
      soul: "soul",
      system: "system",
      recent: [
        { user: "u1", assistant: "a1" },
        { user: "u2", assistant: "a2" }
      ],
      exchanges: [{ ...exchange("r"), text: "let me see" }]
    })
    assert.deepStrictEqual(value.system, ["soul", "system"])
    assert.deepStrictEqual(
      value.messages.map(({ content, role }) => [
        role,
        typeof content === "string" ? content : content.map(({ type }) => type)
      ]),
      [
        ["user", "u1"],
        ["assistant", "a1"],
        ["user", "u2"],
        ["assistant", "a2"],
        ["user", "hello"],
        ["assistant", ["text", "tool-call"]],
        ["tool", ["tool-result"]]
      ]
    )
    assert.deepStrictEqual(
      value.blocks.map(({ kind }) => kind),
      ["soul", "system", "recent", "user", "answers", "tool_results", "tool_results"]
    )
  })

  it("keeps the newest turns that fit, and counts those it left out", () => {
    const recent = Array.from({ length: 6 }, (_, i) => ({
      user: `question ${i}`,
      assistant: `answer ${i} `.repeat(40)
    }))
    const value = compiled({ recent }, { ceiling: 256, window: 5 })
    const kept = value.messages.filter(({ role }) => role === "assistant").length
    assert.isAbove(kept, 0)
    assert.isBelow(kept, 5)
    assert.deepInclude(value.messages[0], { content: `question ${6 - kept}` })
    assert.strictEqual(value.omitted.recentTurns, 5 - kept)
  })

  it("leaves out turns without a text, which vendors refuse", () => {
    const value = compiled({
      recent: [
        { user: "u", assistant: " \n" },
        { user: "u2", assistant: "a2" }
      ]
    })
    assert.lengthOf(value.messages, 3)
  })

  it("cuts a tool result, and tells the model how much is missing", () => {
    const value = compiled({ exchanges: [exchange("word ".repeat(5_000))] })
    const shown = texts(value).at(-1) ?? ""
    assert.match(shown, /\[\d+ more tokens of this result were left out\]$/)
    assert.isAbove(value.omitted.toolResultTokens, 2_000)
  })

  it("gives way in order: tool results first, then recent turns, then tools; the tools already called stay", () => {
    const tools = [tool("echo", "says"), tool("other", "does ".repeat(150))]
    const recent = [{ user: "u", assistant: "a" }]
    const roomy = compiled({ tools, recent, exchanges: [exchange("r ".repeat(500))] })
    assert.lengthOf(roomy.tools, 2)
    const tight = compiled({ tools, recent, exchanges: [exchange("r ".repeat(500))] }, { requestCeiling: 256 })
    assert.deepStrictEqual(
      tight.tools.map(({ name }) => name),
      ["echo"]
    )
    assert.strictEqual(tight.omitted.tools, 1)
    assert.isAbove(tight.omitted.toolResultTokens, 300)
  })

  it("refuses a message that does not fit, and a soul beyond the ceiling, with the numbers", () => {
    const message = compile({ ...empty, user: "word ".repeat(20_000) }, defaultContextLimits)
    assert.deepInclude(message, { _tag: "TooLong" })
    assert.deepInclude(message.value, { what: "request", limit: 16_000 })
    const soul = compile({ ...empty, soul: "word ".repeat(400) }, { ...defaultContextLimits, ceiling: 256 })
    assert.deepInclude(soul.value, { what: "soul", limit: 256 })
  })
})

describe("what comes again", () => {
  it("stands first and in one order: tools, soul, system prompt and earlier turns begin the next prompt, too", () => {
    const before = { tools: [tool("a"), tool("b")], system: "system", soul: "soul" }
    const recent = [
      { user: "u1", assistant: "a1" },
      { user: "u2", assistant: "a2" }
    ]
    const now = compiled({ ...before, recent, user: "u3" })
    const next = compiled({ ...before, recent: [...recent, { user: "u3", assistant: "a3" }], user: "u4" })
    assert.deepStrictEqual([next.tools, next.system], [now.tools, now.system])
    assert.deepStrictEqual(next.messages.slice(0, now.messages.length), now.messages)
    assert.strictEqual(now.history, 4)
    assert.strictEqual(next.history, 6)
    // and within a turn, whatever it does
    const later = compiled({ ...before, recent, user: "u3", exchanges: [exchange("r")] })
    assert.deepStrictEqual(later.messages.slice(0, now.messages.length), now.messages)
  })
})

describe("clipping", () => {
  it("T29: never exceeds its limit, never splits a character, counts what it left out", () => {
    fc.assert(
      fc.property(long, fc.integer({ min: -5, max: 500 }), (text, limit) => {
        const { omitted, text: kept } = clip(text, limit)
        assert.isTrue(text.startsWith(kept))
        assert.isAtMost(estimateTokens(kept), Math.max(0, limit))
        assert.isAtLeast(omitted, 0)
        assert.strictEqual(omitted === 0, kept === text || estimateTokens(kept) === estimateTokens(text))
        if (text.isWellFormed()) assert.isTrue(kept.isWellFormed())
      })
    )
  })
})

describe("the choice of tools", () => {
  const tools = [tool("weather", "forecast for a city"), tool("echo", "repeats"), tool("notes", "remembers a note")]

  it("prefers what the message asks for, and keeps the configured order", () => {
    const limit = tools.slice(1).reduce((all, one) => all + toolTokens(one), 0)
    const { omitted, tools: chosen } = choose(tools, "please make a note and echo it", limit)
    assert.deepStrictEqual(
      chosen.map(({ name }) => name),
      ["echo", "notes"]
    )
    assert.strictEqual(omitted, 1)
  })

  it("prefers what was used already over what the message asks for", () => {
    const [weather] = tools
    const limit = weather === undefined ? 0 : toolTokens(weather)
    const { tools: chosen } = choose(tools, "echo", limit, new Set(["weather"]))
    assert.deepStrictEqual(
      chosen.map(({ name }) => name),
      ["weather"]
    )
  })

  it("keeps nothing without room", () => {
    assert.deepInclude(choose(tools, "echo", 0), { tools: [], tokens: 0, omitted: 3 })
  })
})

describe("a reserve that was learned", () => {
  const limits = defaultContextLimits
  const input: ContextInput = {
    ...empty,
    recent: Array.from({ length: 5 }, () => ({ user: "word ".repeat(600), assistant: "ok" }))
  }
  const turnsWith = (reserve?: number): number => {
    const result = compile(input, limits, reserve)
    return result._tag === "Compiled" ? (result.value.messages.length - 1) / 2 : -1
  }

  it("decides how much fits, in place of the usual one", () => {
    assert.strictEqual(turnsWith(1.3), turnsWith())
    assert.isAbove(turnsWith(1.1), turnsWith(2))
    assert.isAtLeast(turnsWith(2), 1)
  })

  it("keeps the ceiling for a model that counts that much", () => {
    fc.assert(
      fc.property(fc.double({ min: 1.1, max: 2.9, noNaN: true }), (reserve) => {
        const result = compile(input, limits, reserve)
        assert.strictEqual(result._tag, "Compiled")
        if (result._tag !== "Compiled") return
        const tokens = texts(result.value).reduce((all, one) => all + estimateTokens(one), 0)
        assert.isAtMost(tokens * reserve, limits.ceiling + estimateTokens(input.user) * reserve + 1)
      })
    )
  })
})
