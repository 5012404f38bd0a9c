import { assert, describe, it } from "@effect/vitest"
import { build, MAX_ANCHOR } from "../../src/casil/Automaton.ts"
import { alnum } from "../../src/casil/CharClass.ts"
import { Engine, TooManyCandidates } from "../../src/casil/Engine.ts"
import { type Rule, run } from "../../src/casil/Rule.ts"
import { structural } from "../../src/casil/rules/structural.ts"
import { hostile } from "../support/hostileText.ts"

const KIB_64 = 64 * 1024
const automaton = build(structural)

const rule = (id: string, over: Partial<Rule>): Rule => ({
  id,
  anchors: [id],
  lead: () => 0,
  steps: [run(alnum, 3, 3)],
  right: alnum,
  accept: (candidate) => candidate.length,
  example: () => ({ text: "", secret: "" }),
  counterExamples: () => [],
  ...over
})

const find = (rules: ReadonlyArray<Rule>, text: string) => {
  const engine = new Engine(build(rules))
  engine.push(text)
  engine.end()
  return engine.matches.map(({ end, rule, start }) => [rule, text.slice(start, end)])
}

describe("Engine", () => {
  it("finds anchors that are parts, beginnings and ends of one another", () => {
    const rules = [rule("he", {}), rule("she", {}), rule("hers", {}), rule("e-", { lead: () => 1 })]
    assert.deepStrictEqual(find(rules, "she123 hers456"), [
      ["she", "she123"],
      ["he", "he123"],
      ["hers", "hers456"]
    ])
    assert.deepStrictEqual(find(rules, "the-abc"), [["e-", "-abc"]])
  })

  it("asks for the exact length, at the end of the text too", () => {
    const rules = [rule("k_", { left: alnum })]
    assert.deepStrictEqual(find(rules, "k_12 k_123 k_1234 xk_123 k_abc"), [
      ["k_", "k_123"],
      ["k_", "k_abc"]
    ])
  })

  it("lets a rule accept less than it looked at", () => {
    assert.deepStrictEqual(find([rule("k_", { accept: () => 4 })], "k_123"), [["k_", "k_12"]])
    assert.deepStrictEqual(find([rule("k_", { accept: () => 0 })], "k_123"), [])
  })

  it("follows a candidate that begins before the limit to its end, and begins none after it", () => {
    const engine = new Engine(build([rule("k_", {})]))
    engine.endAt(4)
    engine.push("abck_123 k_456")
    engine.end()
    assert.deepStrictEqual(engine.matches, [{ rule: "k_", start: 3, end: 8 }])
  })

  it("has no anchor longer than the text it keeps", () => {
    for (const { anchors } of structural) for (const anchor of anchors) assert.isAtMost(anchor.length, MAX_ANCHOR)
  })

  it("gives up rather than follow more candidates than any text of use has", () => {
    const greedy = rule("a", { steps: [run(alnum, 1, 1000)] })
    const engine = new Engine(build([greedy]))
    assert.throws(() => engine.push("a".repeat(100)), TooManyCandidates)
  })

  for (const [name, text] of Object.entries(hostile(KIB_64))) {
    it(`T37: looks at each character a bounded number of times: ${name}`, () => {
      const engine = new Engine(automaton)
      engine.push(text)
      engine.end()
      assert.isAtMost(engine.steps, KIB_64 * 10)
    })
  }

  it("T37: has no expression that could go back, in any file of the engine", async () => {
    const { readdirSync, readFileSync } = await import("node:fs")
    const folder = new URL("../../src/casil/", import.meta.url)
    for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".ts")
    )) {
      const source = readFileSync(new URL(file, folder), "utf8")
      assert.notMatch(
        source,
        /RegExp\(|\.matchAll\(|\.search\(|\.test\(|\.exec\(|\.(match|replace|replaceAll|split)\(\//,
        file
      )
    }
  })
})
