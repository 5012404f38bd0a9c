import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import { build, MAX_ANCHOR } from "../../src/casil/engine/Automaton.ts"
import { Budget, MAX_STEPS } from "../../src/casil/engine/Budget.ts"
import { type RuleSet, ruleSet } from "../../src/casil/engine/RuleSet.ts"
import { BEHIND } from "../../src/casil/engine/Cursor.ts"
import { Scanner } from "../../src/casil/engine/Scanner.ts"
import { compile } from "../../src/casil/Compiled.ts"
import { ownRules } from "../../src/casil/OwnRules.ts"
import { textsOf } from "../../src/casil/Decision.ts"
import { Fields } from "../../src/casil/Fields.ts"
import { Meter } from "../../src/casil/Inspection.ts"
import { defaultPolicy } from "../../src/casil/Policy.ts"
import { json, LONGEST_PATH } from "../../src/casil/Walker.ts"
import { format } from "../../src/casil/rules/Format.ts"
import type { Rule } from "../../src/casil/Rule.ts"
import { hostile, hostileValues } from "../support/hostileText.ts"

const KIB_64 = 64 * 1024
/** A rule that is asked when the budget is used up still answers. */
const MOST = MAX_STEPS + 100_000

/** A rule for a pattern that takes everything of the right shape. */
const rule = (id: string, pattern: string, more: Partial<Parameters<typeof format>[0]> = {}): Rule =>
  format({ id, source: "made up", pattern, genuine: () => true, ...more })

const scan = (set: RuleSet, text: string, budget = new Budget()) => {
  const scanner = new Scanner(set, budget)
  scanner.push(text)
  scanner.end()
  return scanner.matches
}
const find = (rules: ReadonlyArray<Rule>, text: string) =>
  scan(ruleSet(rules), text).map(({ end, rule, start }) => [rule, text.slice(start, end)])

describe("Scanner", () => {
  it("finds anchors that are parts, beginnings and ends of one another", () => {
    const rules = [
      rule("he", "he\\d{3}", { left: new Uint8Array(129) }),
      rule("she", "she\\d{3}"),
      rule("hers", "hers\\d{3}", { left: new Uint8Array(129) })
    ]
    assert.sameDeepMembers(find(rules, "she123 hers456"), [
      ["she", "she123"],
      ["he", "he123"],
      ["hers", "hers456"]
    ])
  })

  it("asks for the exact length, at the end of the text too", () => {
    assert.deepStrictEqual(find([rule("k", "k_[a-z0-9]{3}")], "k_12 k_123 k_1234 xk_123 k_abc"), [
      ["k", "k_123"],
      ["k", "k_abc"]
    ])
  })

  it("finds tokens that are glued to one another, and those of an unmistakable prefix that are glued to anything", () => {
    const fixed = rule("fixed", "AKIA[A-Z2-7]{4}")
    assert.deepStrictEqual(find([fixed], "AKIAABCDAKIAEFGHAKIAIJKL"), [
      ["fixed", "AKIAABCD"],
      ["fixed", "AKIAEFGH"],
      ["fixed", "AKIAIJKL"]
    ])
    assert.deepStrictEqual(find([fixed], "XAKIAABCD"), [])
    assert.deepStrictEqual(find([rule("marked", "ghp_[a-z]{4}")], "xghp_abcdghp_efgh"), [
      ["marked", "ghp_abcd"],
      ["marked", "ghp_efgh"]
    ])
  })

  it("lets a rule take less than it looked at, or nothing", () => {
    assert.deepStrictEqual(find([rule("k", "k_\\d{3,9}", { length: () => 4 })], "k_1234"), [["k", "k_12"]])
    assert.deepStrictEqual(find([rule("k", "k_\\d{3,9}", { genuine: () => false })], "k_1234"), [])
  })

  it("takes what stands before an anchor where it is a part of the token", () => {
    const key = rule("key", "-us[0-9]{1,2}", { behind: [4, "0123456789abcdef"] })
    assert.deepStrictEqual(find([key], "is 12ab-us7, 112ab-us8 and ab-us9"), [["key", "12ab-us7"]])
  })

  it("follows a candidate that begins before the limit to its end, and begins none after it", () => {
    const scanner = new Scanner(ruleSet([rule("k", "k_\\d{3}")]), new Budget())
    scanner.endAt(4)
    scanner.push("ab k_123 k_456")
    scanner.end()
    assert.deepStrictEqual(
      scanner.matches.map(({ end, start }) => [start, end]),
      [[3, 8]]
    )
  })

  it("goes on with what begins in one field and ends in the next, and with nothing that ended in the first", () => {
    const scanner = new Scanner(ruleSet([rule("k", "k_\\d{6}")]), new Budget())
    for (const field of ["see k_123", "456 there", "k_111111", "22"]) {
      scanner.push(field)
      scanner.boundary()
    }
    scanner.end()
    assert.deepStrictEqual(
      scanner.matches.map(({ end, flag, start }) => [start, end, flag]),
      [
        [4, 12, "split"],
        [18, 26, undefined]
      ]
    )
  })

  it("looks back no further than the text it keeps", () => {
    for (const { anchors } of ownRules().rules) {
      for (const anchor of anchors) assert.isAtMost(anchor.length, Math.min(MAX_ANCHOR, BEHIND))
    }
    assert.strictEqual(build([]).fail.length, 1)
  })

  it("T37: stops, and says where, when a text costs more than any of use; what it found before stays", () => {
    const greedy = rule("g", "a[ab]{1,1000}", { left: new Uint8Array(129) })
    const scanner = new Scanner(ruleSet([greedy]), new Budget(1_000_000))
    scanner.push(`ab ${"ab ".repeat(20_000)}`)
    scanner.end()
    const { halted = 0 } = scanner
    assert.isAbove(halted, 1000)
    assert.isBelow(halted, 60_000)
    assert.isNotEmpty(scanner.matches)
    for (const { end } of scanner.matches) assert.isAtMost(end, halted + 3)
    assert.strictEqual(scanner.decided, scanner.view.end)
    scanner.push("ab ")
    assert.strictEqual(scanner.decided, scanner.view.end)
  })

  for (const [name, text] of Object.entries(hostile(KIB_64))) {
    it(`T37: looks at each character a bounded number of times: ${name}`, () => {
      const budget = new Budget()
      scan(ownRules(), text, budget)
      assert.isAtMost(budget.spent, MOST)
    })
  }

  for (const [name, value] of Object.entries(hostileValues(KIB_64))) {
    it(`T37: looks at each field of a value a bounded number of times: ${name}`, () => {
      const meter = new Meter()
      const fields = new Fields(compile(defaultPolicy), meter)
      const texts = textsOf(value, json)
      for (const { path } of texts) assert.isAtMost(path.length, 3 * LONGEST_PATH)
      fields.look(texts)
      fields.finish()
      assert.isAtMost(meter.budget.spent, MOST)
    })
  }

  it("T37: has no expression that could go back, in any file of the engine", () => {
    const folder = new URL("../../src/casil/", import.meta.url)
    const files = fs.readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"))
    assert.isAbove(files.length, 40)
    for (const file of files) {
      const source = fs.readFileSync(new URL(file, folder), "utf8")
      assert.notMatch(
        source,
        /RegExp\(|\.matchAll\(|\.search\(|\.test\(|\.exec\(|\.(match|replace|replaceAll|split)\(\//,
        file
      )
    }
  })
})
