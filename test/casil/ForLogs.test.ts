import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Casil } from "../../src/casil/Casil.ts"
import { forLogs, WITHHELD } from "../../src/casil/ForLogs.ts"
import { type CasilPolicy, defaultPolicy } from "../../src/casil/Policy.ts"
import { secretsIn } from "../../src/casil/PublicNames.ts"
import { structural } from "../../src/casil/rules/structural.ts"

const secret = structural.find(({ id }) => id === "github-token")?.example(5).secret ?? ""
const clean = (policy: Partial<CasilPolicy> = {}) => forLogs({ ...defaultPolicy, ...policy })

describe("text for logs", () => {
  it("T30: has no secret of a known format, whatever the policy does with content", () => {
    for (const policy of [{}, { mode: "monitor" }, { enabled: false }, { onSecret: "block" }] as const) {
      assert.strictEqual(clean(policy).text(`see ${secret} there`), "see [redacted:github-token] there")
    }
  })

  it("T30: has nothing that a rule of one's own finds, also one that only records or blocks", () => {
    for (const action of ["monitor", "redact", "block"] as const) {
      const rules = [{ id: "badge", pattern: "BADGE-[0-9]{6}", action, matches: ["BADGE-123456"], ignores: [] }]
      assert.strictEqual(clean({ rules }).text("at BADGE-123456"), "at [redacted:badge]")
    }
  })

  it("T30: has nothing that a rule of the chain finds, which a program adds to it", () => {
    const rules = [
      { id: "price", pattern: "EUR [0-9]{1,9}", action: "monitor", matches: ["EUR 12"], ignores: [] } as const
    ]
    const told = forLogs(defaultPolicy, [{ id: "no-prices", rules }, { id: "quiet" }])
    assert.strictEqual(told.text("at EUR 1200."), "at [redacted:price].")
    assert.deepStrictEqual(told.value({ "EUR 7": ["for EUR 8"] }), { "[redacted:price]": ["for [redacted:price]"] })
    assert.strictEqual(clean().text("at EUR 1200."), "at EUR 1200.")
  })

  it("T30: has nothing of a text that costs too much to look through", () => {
    const text = `${"key=abcd ".repeat(25_000)}${secret}`
    assert.strictEqual(clean().text(text), WITHHELD)
    assert.strictEqual(clean().value({ text }), WITHHELD)
  })

  it("keeps the shape of a line and what is no secret in it, fields that are called like one too", () => {
    const line = {
      level: "INFO",
      token: "laptop",
      message: [`see ${secret}`, { n: 1, ok: true, none: null }],
      [secret]: "x"
    }
    const told = clean().value(line)
    assert.deepStrictEqual(told, {
      level: "INFO",
      token: "laptop",
      message: ["see [redacted:github-token]", { n: 1, ok: true, none: null }],
      "[redacted:github-token]": "x"
    })
  })

  it("withholds what is too long to be looked through", () => {
    assert.strictEqual(clean().text("word ".repeat(60_000)), WITHHELD)
  })
})

describe("names that people give", () => {
  it.effect("T30: are told apart from secrets, by rule; in monitor mode nothing is refused", () =>
    Effect.gen(function* () {
      const casil = yield* Casil
      assert.deepStrictEqual(yield* secretsIn(casil, "prompt", ["main", undefined, ""]), [])
      assert.deepStrictEqual(yield* secretsIn(casil, "prompt", ["main", secret]), ["github-token"])
    }).pipe(Effect.provide(Casil.layer()))
  )

  for (const [policy, rules] of [
    [{ onSecret: "block" }, ["github-token"]],
    [{ mode: "monitor" }, []]
  ] as const) {
    it.effect(`follow the policy: ${JSON.stringify(policy)}`, () =>
      Effect.gen(function* () {
        assert.deepStrictEqual(yield* secretsIn(yield* Casil, "prompt", [secret]), rules)
      }).pipe(Effect.provide(Casil.layer(policy)))
    )
  }
})
