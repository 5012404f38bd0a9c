import { assert, describe, it } from "@effect/vitest"
import type { CasilPolicy } from "../../src/casil/Policy.ts"
import { defaultPolicy } from "../../src/casil/Policy.ts"
import { policyInForce } from "../../src/casil/PolicyInForce.ts"
import { report } from "../../src/casil/PolicyReport.ts"

const policy: CasilPolicy = {
  ...defaultPolicy,
  redactionPatterns: ["PROJ-[0-9]{4}"],
  rules: [
    { id: "badge", pattern: "BADGE-[a-f]{8}", action: "block", matches: ["BADGE-abcdefab"], ignores: ["BADGE-1"] }
  ],
  overrides: [
    { agent: "writer", onProbable: "redact" },
    { tenant: "acme", agent: "writer", mode: "monitor" }
  ]
}
const inForce = policyInForce(policy, [{ id: "topics" }])
const actionOf = (all: ReturnType<typeof report>, id: string) => all.rules.find((rule) => rule.id === id)?.action

describe("the report on the policy in force", () => {
  it("says what a tenant and an agent have: their overrides, the later over the earlier", () => {
    const usual = report(inForce, undefined, undefined)
    assert.deepInclude(usual.policy, { mode: "enforce", onSecret: "redact", onProbable: "monitor" })
    assert.strictEqual(actionOf(usual, "github-token"), "redact")
    assert.strictEqual(actionOf(usual, "pii-card"), "monitor")
    const writer = report(inForce, "default", "writer")
    assert.deepInclude(writer.policy, { mode: "enforce", onProbable: "redact" })
    assert.strictEqual(actionOf(writer, "probable-password"), "redact")
    const acme = report(inForce, "acme", "writer")
    assert.deepInclude(acme.policy, { mode: "monitor", onProbable: "redact" })
    assert.strictEqual(actionOf(acme, "github-token"), "monitor")
    assert.deepStrictEqual(report(inForce, "acme", "other").policy, usual.policy)
  })

  it("has the hash that stands on verdicts, another one for each override", () => {
    const hashes = [report(inForce, undefined, undefined), report(inForce, "default", "writer")].map(({ hash }) => hash)
    assert.strictEqual(hashes[0], inForce.hash)
    assert.notStrictEqual(hashes[1], hashes[0])
    assert.deepStrictEqual(
      report(inForce, undefined, undefined).overrides.map(({ agent, hash, tenant }) => [tenant, agent, hash]),
      [
        [null, "writer", hashes[1]],
        ["acme", "writer", report(inForce, "acme", "writer").hash]
      ]
    )
  })

  it("says for each surface what happens when inspection fails", () => {
    const { bus, prompt } = report(inForce, undefined, undefined).policy.defaultDecision
    assert.deepStrictEqual([bus, prompt], ["allow", "block"])
  })

  it("names every rule with its tier, what it does and its version, and the program's classifiers", () => {
    const { classifiers, hash, rules } = report(inForce, undefined, undefined)
    assert.deepStrictEqual(
      rules.map(({ id }) => id),
      inForce.rules
    )
    assert.deepInclude(rules, { id: "badge", tier: "custom", action: "block", version: hash })
    assert.strictEqual(new Set(rules.filter(({ tier }) => tier !== "custom").map(({ version }) => version)).size, 1)
    assert.deepStrictEqual(classifiers, ["topics"])
  })

  it("tells no expression and none of the examples", () => {
    const told = JSON.stringify(report(inForce, "acme", "writer"))
    assert.deepInclude(report(inForce, undefined, undefined).policy.redaction, { patterns: 1 })
    for (const secret of ["PROJ", "BADGE", "abcdefab", "[0-9]"]) assert.notInclude(told, secret)
  })
})
