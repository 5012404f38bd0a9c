import { assert, describe, it } from "@effect/vitest"
import { compile } from "../../src/casil/Compiled.ts"
import { explainRule, explainRules, explainText } from "../../src/casil/Explain.ts"
import { type CasilPolicy, defaultPolicy } from "../../src/casil/Policy.ts"
import { structural } from "../../src/casil/rules/structural.ts"
import { leaks } from "../support/canary.ts"

const compiled = compile(defaultPolicy)
const secret = structural.find(({ id }) => id === "github-token")?.example(5).secret ?? ""
const base64 = (text: string) => Buffer.from(text).toString("base64")
const password = "xK9#mQ2vL8pR4tW7"

describe("the explanation of a text", () => {
  it("tells rule, keyword, format, check and the setting that decides", () => {
    const text = `see ${secret}`
    const [one, ...rest] = explainText(compiled, text)
    assert.deepStrictEqual(rest, [])
    assert.strictEqual(text.slice(one?.start, one?.end), secret)
    assert.deepInclude(one?.rule, {
      id: "github-token",
      tier: "structural",
      action: "redact",
      decidedBy: 'casil.on_secret = "redact"'
    })
    assert.strictEqual(one?.keyword, secret.slice(0, 4))
    assert.include(one?.rule?.check, "CRC-32")
    assert.include(one?.rule?.looks, "ghp")
  })

  it("tells what a secret was read out of, the outermost first", () => {
    const hex = Buffer.from(base64(`is ${secret} ok`)).toString("hex")
    for (const [text, via] of [
      [base64(`is ${secret} ok`), ["base64"]],
      [hex, ["hex", "base64"]],
      [[...secret].map((char) => `\\u00${char.charCodeAt(0).toString(16)}`).join(""), ["escapes"]]
    ] as const) {
      const one = explainText(compiled, `see ${text}`).find(({ rule }) => rule?.id === "github-token")
      assert.deepStrictEqual(one?.via, via)
      assert.isUndefined(one?.keyword)
    }
  })

  it("tells the score of a value beside a name and its parts, the weightiest first", () => {
    const [one] = explainText(compiled, `db_password = "${password}"`)
    assert.strictEqual(one?.rule?.id, "probable-password")
    assert.deepInclude(one?.scored, { name: "db_password", joined: "equals", likely: 0 })
    assert.isAbove(one?.scored?.points ?? 0, 0)
    const weights = (one?.scored?.parts ?? []).map(({ weight }) => Math.abs(weight))
    assert.isAbove(weights.length, 3)
    assert.deepStrictEqual(
      weights,
      weights.toSorted((a, b) => b - a)
    )
  })

  it("tells why a value beside a name was let be", () => {
    const [one, ...rest] = explainText(compiled, 'const password = "password"\n')
    assert.deepStrictEqual(rest, [])
    assert.isUndefined(one?.rule)
    assert.isBelow(one?.scored?.points ?? 0, one?.scored?.likely ?? 0)
    assert.deepStrictEqual(explainText(compiled, "nothing of that"), [])
  })

  it("counts places in the text as it came, whatever was folded before them", () => {
    const text = `\u200bé\u200d漢 ${secret}`
    const one = explainText(compiled, text).find(({ rule }) => rule?.id === "github-token")
    assert.strictEqual(text.slice(one?.start, one?.end), secret)
  })

  it("T30: holds nothing of what was found", () => {
    const text = `a ${secret}\nb ${base64(`token ${secret}`)}\ndb_password = "${password}"`
    const told = JSON.stringify(explainText(compiled, text))
    assert.deepStrictEqual(leaks(secret.slice(4), told), [])
    assert.deepStrictEqual(leaks(password, told), [])
  })
})

describe("the explanation of a rule", () => {
  it("is there for every rule, with examples in which it finds something and counter-examples", () => {
    const all = explainRules(compiled)
    assert.deepStrictEqual(
      all.map(({ id }) => id),
      [...compiled.set.tiers.keys()]
    )
    for (const { examples, id, source, tier } of all) {
      assert.isAbove(source.length, 3, id)
      for (const text of tier === "structural" ? examples : []) {
        assert.isAbove(explainText(compiled, text).filter(({ rule }) => rule !== undefined).length, 0, id)
      }
    }
  })

  it("of one's own has its expression and its examples; of a pattern the patterns", () => {
    const rules: CasilPolicy["rules"] = [
      { id: "badge", pattern: "BADGE-[0-9]{6}", action: "block", matches: ["BADGE-123456"], ignores: ["BADGE-1"] }
    ]
    const own = compile({ ...defaultPolicy, rules, redactionPatterns: ["PROJ-[0-9]{4}"] })
    assert.deepStrictEqual(explainRule(own, "badge"), {
      id: "badge",
      tier: "custom",
      action: "block",
      decidedBy: "the rule's own action",
      source: "casil.rules",
      keywords: [],
      looks: "BADGE-[0-9]{6}",
      check: undefined,
      examples: ["BADGE-123456"],
      counterExamples: ["BADGE-1"]
    })
    assert.strictEqual(explainRule(own, "redaction-pattern")?.looks, "PROJ-[0-9]{4}")
    assert.isUndefined(explainRule(own, "nothing"))
  })

  it("says that a policy only records, where it does", () => {
    const watching = compile({ ...defaultPolicy, mode: "monitor" })
    const { action, decidedBy } = explainRule(watching, "github-token") ?? {}
    assert.deepStrictEqual([action, decidedBy], ["monitor", 'casil.mode = "monitor"'])
    assert.strictEqual(explainRule(compiled, "pii-card")?.decidedBy, 'casil.on_personal = "monitor"')
  })
})
