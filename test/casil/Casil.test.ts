import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as Stream from "effect/Stream"
import { Blocked, Casil, type Surface } from "../../src/casil/Casil.ts"
import { ownRules } from "../../src/casil/OwnRules.ts"
import { type CasilPolicy, defaultPolicy, policyHash } from "../../src/casil/Policy.ts"
import { structural } from "../../src/casil/rules/structural.ts"
import { sample } from "../../src/casil/Sample.ts"
import { json } from "../../src/casil/Walker.ts"
import type { Json } from "../../src/domain/Json.ts"

const secret = structural.find(({ id }) => id === "aws-access-key-id")?.example(2).secret ?? ""
const limits = {
  ...defaultPolicy.limits,
  maxInspectBytes: 100,
  maxPayloadBytes: 200,
  oversize: "inspect_prefix"
} as const
/** Every rule that is shipped. */
const rules = [...ownRules().tiers.keys()]

const withPolicy = (policy: Partial<CasilPolicy>) => Effect.provide(Casil.layer(policy))
const text = (content: string, surface: Surface = "prompt") =>
  Effect.flatMap(Casil, (casil) => casil.text(surface, content))
const value = (content: Json, surface: Surface = "tool_input") =>
  Effect.flatMap(Casil, (casil) => casil.value<Json>(surface, content, json))

describe("Casil.text", () => {
  it.effect("allows what is clean, and says by which policy", () =>
    Effect.gen(function* () {
      const { value, verdicts } = yield* text("hello")
      assert.strictEqual(value, "hello")
      assert.deepStrictEqual(verdicts, [
        {
          outcome: "allow",
          reason: "CASIL_POLICY_ALLOWED",
          kind: "data",
          risk: "low",
          rules: [],
          spans: [],
          confidence: 0,
          flags: [],
          inspected: "full",
          policy: policyHash(defaultPolicy, rules)
        }
      ])
    }).pipe(withPolicy({}))
  )

  it.effect("redacts a secret on every surface but the bus, and says where it was", () =>
    Effect.gen(function* () {
      for (const surface of defaultPolicy.surfaces) {
        const { value, verdicts } = yield* text(`id ${secret}!`, surface)
        assert.strictEqual(value, "id [redacted:aws-access-key-id]!")
        assert.deepInclude(verdicts[0], {
          outcome: "allow_with_redaction",
          reason: "CASIL_POLICY_REDACTED",
          risk: "high",
          rules: ["aws-access-key-id"],
          spans: [[3, 23]]
        })
      }
      const bus = yield* text(secret, "bus")
      assert.strictEqual(bus.value, secret)
      assert.deepInclude(bus.verdicts[0], { outcome: "allow", reason: "CASIL_OUT_OF_SCOPE", inspected: { partial: 0 } })
    }).pipe(withPolicy({}))
  )

  it.effect("blocks a secret where the policy says so, naming surface and rule", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(text(`id ${secret}`, "tool_output"))
      assert.instanceOf(error, Blocked)
      assert.deepInclude(
        { ...error },
        {
          surface: "tool_output",
          reason: "CASIL_POLICY_BLOCKED_SECRET",
          rules: ["aws-access-key-id"]
        }
      )
      assert.strictEqual(
        error.message,
        "The tool output was blocked by content inspection (CASIL_POLICY_BLOCKED_SECRET: aws-access-key-id)."
      )
      assert.strictEqual((yield* text("clean")).value, "clean")
    }).pipe(withPolicy({ onSecret: "block" }))
  )

  for (const onSecret of ["redact", "block"] as const) {
    it.effect(`only records in monitor mode (${onSecret})`, () =>
      Effect.gen(function* () {
        const long = `id ${secret} ${"y".repeat(300)}`
        const { value, verdicts } = yield* text(long)
        assert.strictEqual(value, long)
        assert.deepInclude(verdicts[0], {
          outcome: "allow",
          reason: "CASIL_MONITOR_MODE",
          risk: "high",
          rules: ["aws-access-key-id"],
          spans: [[3, 23]],
          inspected: { partial: 100 }
        })
      }).pipe(withPolicy({ mode: "monitor", onSecret, limits: { ...limits, oversize: "block" } }))
    )
  }

  it.effect("lets everything pass when it is off, and says so", () =>
    Effect.gen(function* () {
      const { value, verdicts } = yield* text(secret)
      assert.strictEqual(value, secret)
      assert.deepInclude(verdicts[0], { outcome: "allow", reason: "CASIL_DISABLED", inspected: { partial: 0 } })
    }).pipe(Effect.provide(Casil.layerOff))
  )
})

describe("limits", () => {
  it.effect("inspects a prefix and lets the rest pass, up to what may pass at all", () =>
    Effect.gen(function* () {
      const { value, verdicts } = yield* text(`${secret} ${"y".repeat(100)} ${secret}`)
      assert.strictEqual(value, `[redacted:aws-access-key-id] ${"y".repeat(100)} ${secret}`)
      assert.deepInclude(verdicts[0], { inspected: { partial: 100 }, reason: "CASIL_POLICY_REDACTED" })
      const clean = yield* text("y".repeat(101))
      assert.deepInclude(clean.verdicts[0], { outcome: "allow", reason: "CASIL_POLICY_OVERSIZE", risk: "medium" })
      assert.strictEqual((yield* text("y".repeat(100))).verdicts[0]?.inspected, "full")
      assert.strictEqual((yield* Effect.flip(text("y".repeat(201)))).reason, "CASIL_POLICY_OVERSIZE")
    }).pipe(withPolicy({ limits }))
  )

  it.effect("redacts a secret that begins before the limit and ends after it", () =>
    Effect.gen(function* () {
      const { value } = yield* text(`${"y".repeat(94)} ${secret} rest`)
      assert.strictEqual(value, `${"y".repeat(94)} [redacted:aws-access-key-id] rest`)
    }).pipe(withPolicy({ limits }))
  )

  it.effect("blocks what is longer than what is inspected, where the policy says so", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(text("y".repeat(101)))).reason, "CASIL_POLICY_OVERSIZE")
      assert.strictEqual((yield* text("y".repeat(100))).value.length, 100)
    }).pipe(withPolicy({ limits: { ...limits, oversize: "block" } }))
  )

  it.effect("allows any length, where the policy says so", () =>
    Effect.gen(function* () {
      const inspected = yield* text("y".repeat(5000))
      assert.deepInclude(inspected.verdicts[0], { outcome: "allow", reason: "CASIL_POLICY_OVERSIZE" })
    }).pipe(withPolicy({ limits: { ...limits, oversize: "allow" } }))
  )

  it.effect("counts bytes, not characters", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* text("é".repeat(50))).verdicts[0]?.inspected, "full")
      assert.deepStrictEqual((yield* text("é".repeat(51))).verdicts[0]?.inspected, { partial: 100 })
      assert.deepStrictEqual((yield* text("€".repeat(34))).verdicts[0]?.inspected, { partial: 99 })
      assert.deepStrictEqual((yield* text("😀".repeat(25))).verdicts[0]?.inspected, "full")
      assert.deepStrictEqual((yield* text("😀".repeat(26))).verdicts[0]?.inspected, { partial: 100 })
    }).pipe(withPolicy({ limits }))
  )

  it.effect("are those of a whole value, however many texts it has", () =>
    Effect.gen(function* () {
      const many = yield* value(Array.from({ length: 10 }, () => "y".repeat(15)))
      assert.deepStrictEqual(many.verdicts[0]?.inspected, { partial: 100 })
      assert.strictEqual(many.verdicts.length, 1)
      const error = yield* Effect.flip(value(Array.from({ length: 14 }, () => "y".repeat(15))))
      assert.strictEqual(error.reason, "CASIL_POLICY_OVERSIZE")
    }).pipe(withPolicy({ limits }))
  )
})

describe("Casil.value", () => {
  it.effect("redacts texts, keys and fields whose name says that they are secret, and keeps the shape", () =>
    Effect.gen(function* () {
      const { value: seen, verdicts } = yield* value({
        query: `with ${secret}`,
        n: 3,
        [secret]: true,
        Authorization: "Bearer abc",
        nested: [{ apiKey: ["one", "two"], token: 7, password: "" }]
      })
      assert.deepStrictEqual(seen, {
        query: "with [redacted:aws-access-key-id]",
        n: 3,
        "[redacted:aws-access-key-id]": true,
        Authorization: "[redacted:named-field]",
        nested: [{ apiKey: ["[redacted:named-field]", "[redacted:named-field]"], token: 7, password: "" }]
      })
      assert.deepStrictEqual(verdicts[0]?.rules, ["aws-access-key-id", "named-field"])
      const again = yield* value(seen)
      assert.strictEqual(again.value, seen)
      assert.deepStrictEqual(again.verdicts[0]?.rules, [])
    }).pipe(withPolicy({}))
  )

  it.effect("leaves a JSON schema that has fields of such names alone", () =>
    Effect.gen(function* () {
      const schema = {
        type: "object",
        properties: { token: { type: "string" }, password: { type: "string" } },
        required: ["token"]
      }
      assert.strictEqual((yield* value(schema)).value, schema)
    }).pipe(withPolicy({}))
  )

  it.effect("counts spans as if its texts stood one after the other", () =>
    Effect.gen(function* () {
      const { verdicts } = yield* value(["12345", secret, { token: "abc" }])
      assert.deepStrictEqual(verdicts[0]?.spans, [
        [5, 25],
        [30, 33]
      ])
      assert.strictEqual(verdicts[0]?.risk, "high")
    }).pipe(withPolicy({}))
  )

  it.effect("blocks for a secret anywhere in it, but only redacts by name", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(value({ a: [secret], b: "x" }))).reason, "CASIL_POLICY_BLOCKED_SECRET")
      const named = yield* value({ password: "x" })
      assert.deepStrictEqual(named.value, { password: "[redacted:named-field]" })
      assert.strictEqual(named.verdicts[0]?.risk, "medium")
    }).pipe(withPolicy({ onSecret: "block" }))
  )

  it.effect("T30: redacts by name what only looks as if it were redacted, and keeps what is", () =>
    Effect.gen(function* () {
      const named = yield* value({ password: "[redacted:hunter2]", token: "[redacted:github-token]" })
      assert.deepStrictEqual(named.value, { password: "[redacted:named-field]", token: "[redacted:github-token]" })
    }).pipe(withPolicy({}))
  )

  it.effect("changes nothing in monitor mode", () =>
    Effect.gen(function* () {
      const content = { password: "x", a: secret }
      const inspected = yield* value(content)
      assert.strictEqual(inspected.value, content)
      assert.deepStrictEqual(inspected.verdicts[0]?.rules, ["named-field", "aws-access-key-id"])
    }).pipe(withPolicy({ mode: "monitor" }))
  )
})

describe("when inspection fails", () => {
  const failing = (surface: Surface) =>
    Effect.flatMap(Casil, (casil) =>
      casil.value(surface, { a: secret }, () => {
        throw new Error(`walker saw ${secret}`)
      })
    )

  it.effect("content is blocked without a word of it, on the bus it passes", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(failing("prompt"))
      assert.strictEqual(error.reason, "CASIL_INTERNAL_BLOCK")
      assert.notInclude(JSON.stringify(error) + String(error), secret)
      const bus = yield* failing("bus")
      assert.deepInclude(bus.verdicts[0], { outcome: "allow", reason: "CASIL_INTERNAL_ALLOW", risk: "medium" })
    }).pipe(withPolicy({ surfaces: ["prompt", "bus"] }))
  )

  it.effect("the policy may say otherwise", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* failing("prompt")).verdicts[0]?.reason, "CASIL_INTERNAL_ALLOW")
    }).pipe(withPolicy({ defaultDecision: "allow" }))
  )

  /** Dear from the beginning to the end, with a secret at each. */
  const dear = `${secret} ${'password: "Xk29fQ-7bLmZ" api_'.repeat(2200)} ${secret}`

  it.effect("T37: so it is with a text that costs too much, in the same place every time", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(text(dear))
      assert.strictEqual(error.reason, "CASIL_INTERNAL_BLOCK")
      assert.strictEqual((yield* Effect.flip(value({ a: dear }))).reason, "CASIL_INTERNAL_BLOCK")
      const streamed = yield* Stream.make(dear).pipe((yield* Casil).stream("prompt"), Stream.runDrain, Effect.flip)
      assert.strictEqual(streamed.reason, "CASIL_INTERNAL_BLOCK")
    }).pipe(withPolicy({}))
  )

  it.effect("what is beyond the inspected part costs nothing, however long it is", () =>
    Effect.gen(function* () {
      const piece = `${"x".repeat(4000)} \u00e4 `
      const long = piece.repeat(1000)
      for (const passed of [yield* text(long), yield* value({ a: long })]) {
        assert.deepStrictEqual(passed.verdicts[0]?.inspected, { partial: defaultPolicy.limits.maxInspectBytes })
        assert.notInclude(passed.verdicts[0]?.flags.join(), "over_budget")
      }
      const pieces = Stream.fromIterable(Array.from({ length: 1000 }, () => piece))
      const said = yield* pieces.pipe(
        (yield* Casil).stream("answer"),
        Stream.runFold(
          () => 0,
          (sum, { value }) => sum + value.length
        )
      )
      assert.strictEqual(said, long.length)
    }).pipe(withPolicy({ limits: { ...defaultPolicy.limits, maxPayloadBytes: 16_777_216 } }))
  )

  it.effect("T37: where it passes, what was found until then is redacted, and how far that was is said", () =>
    Effect.gen(function* () {
      const passed = yield* text(dear)
      const [verdict] = passed.verdicts
      assert.deepInclude(verdict, { outcome: "allow_with_redaction", reason: "CASIL_INTERNAL_ALLOW", risk: "high" })
      assert.include(verdict?.flags.join(), "over_budget")
      const inspected = verdict?.inspected
      const partial = typeof inspected === "object" ? inspected.partial : 0
      assert.isAbove(partial, 10_000)
      assert.isBelow(partial, dear.length)
      assert.isTrue(passed.value.startsWith("[redacted:aws-access-key-id] "))
      assert.isTrue(passed.value.endsWith(dear.slice(partial)))
      for (const [start] of verdict?.spans ?? []) assert.isAtMost(start, partial + 128)
      assert.deepStrictEqual((yield* text(dear)).verdicts, passed.verdicts)
      const fields = yield* value({ a: dear })
      assert.deepInclude(fields.verdicts[0], { reason: "CASIL_INTERNAL_ALLOW", outcome: "allow_with_redaction" })
      assert.isTrue(JSON.stringify(fields.value).endsWith(`${secret}"}`))
    }).pipe(withPolicy({ defaultDecision: "allow" }))
  )

  it.effect("so it is with a value that is too deep to walk", () =>
    Effect.gen(function* () {
      let deep: Json = secret
      for (let i = 0; i < 20_000; i++) deep = [deep]
      assert.strictEqual((yield* Effect.flip(value(deep))).reason, "CASIL_INTERNAL_BLOCK")
    }).pipe(withPolicy({}))
  )
})

describe("policy", () => {
  it("has a hash that is the same for the same policy and another for every other", () => {
    const policies: ReadonlyArray<CasilPolicy> = [
      defaultPolicy,
      { ...defaultPolicy, enabled: false },
      { ...defaultPolicy, mode: "monitor" },
      { ...defaultPolicy, defaultDecision: "allow" },
      { ...defaultPolicy, surfaces: ["bus"] },
      { ...defaultPolicy, onSecret: "block" },
      { ...defaultPolicy, redactionPaths: [] },
      { ...defaultPolicy, limits: { ...defaultPolicy.limits, maxInspectBytes: 1 } },
      { ...defaultPolicy, limits: { ...defaultPolicy.limits, maxPayloadBytes: 1 } },
      { ...defaultPolicy, limits: { ...defaultPolicy.limits, oversize: "block" } }
    ]
    const hashes = policies.map((policy) => policyHash(policy, ["a", "b"]))
    assert.strictEqual(new Set([...hashes, policyHash(defaultPolicy, ["a"])]).size, policies.length + 1)
    for (const hash of hashes) assert.match(hash, /^[0-9a-f]{16}$/)
    assert.strictEqual(
      policyHash({ ...defaultPolicy, surfaces: [...defaultPolicy.surfaces].reverse() }, ["a", "b"]),
      hashes[0]
    )
  })
})

describe("counters", () => {
  it.effect("count blocks, outcomes, secrets, oversize and failures, never content", () =>
    Effect.gen(function* () {
      const before = yield* counts
      yield* text(`id ${secret}`, "channel_in")
      yield* text(`${"y".repeat(150)}`, "channel_in")
      yield* Effect.exit(
        Effect.flatMap(Casil, (casil) => casil.value("channel_in", 0, () => assert.fail("broken walker")))
      )
      yield* Stream.make("a ", secret, " b").pipe((yield* Casil).stream("channel_in"), Stream.runDrain)
      const after = yield* counts
      const added = (name: string, part: string): number =>
        [...after]
          .filter(([key]) => key.startsWith(name) && key.includes(part))
          .reduce((sum, [key, n]) => sum + n - (before.get(key) ?? 0), 0)
      assert.strictEqual(added("exoclaw_casil_messages_total", "channel_in"), 4)
      assert.strictEqual(added("exoclaw_casil_outcomes_total", "CASIL_POLICY_REDACTED"), 2)
      assert.strictEqual(added("exoclaw_casil_outcomes_total", "CASIL_INTERNAL_BLOCK"), 1)
      assert.strictEqual(added("exoclaw_casil_secrets_total", "aws-access-key-id"), 2)
      assert.strictEqual(added("exoclaw_casil_oversize_total", "channel_in"), 1)
      assert.strictEqual(added("exoclaw_casil_internal_errors_total", "channel_in"), 1)
      assert.notInclude([...after.keys()].join(), secret)
    }).pipe(withPolicy({ limits }))
  )

  const counts = Effect.map(
    Metric.snapshot,
    (metrics) =>
      new Map(
        metrics.flatMap((metric) =>
          metric.type === "Counter" && metric.id.startsWith("exoclaw_casil_")
            ? [[`${metric.id} ${JSON.stringify(metric.attributes)}`, Number(metric.state.count)] as const]
            : []
        )
      )
  )
})

describe("determinism", () => {
  it.effect("gives the same verdict for the same content every time", () =>
    Effect.gen(function* () {
      const content = Array.from({ length: 50 }, (_, i) => sample("AKIAghp_eyJ.:/@ -xob", 200, i)).join("")
      const first = yield* text(content)
      for (let i = 0; i < 5; i++) {
        const next = yield* text(content)
        assert.strictEqual(next.value, first.value)
        assert.deepStrictEqual(next.verdicts, first.verdicts)
      }
      assert.isTrue(Exit.isSuccess(yield* Effect.exit(text(content))))
    }).pipe(withPolicy({}))
  )
})
