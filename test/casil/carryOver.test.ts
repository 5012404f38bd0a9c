/** Secrets that begin in one block of a stream and end in the next. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import * as TestClock from "effect/testing/TestClock"
import { CarryOver, IDLE_MS, LONGEST_TAIL, MOST_STREAMS, MOST_TEXTS, tailsOf } from "../../src/casil/CarryOver.ts"
import { Casil, Circumstances } from "../../src/casil/Casil.ts"
import { compile } from "../../src/casil/Compiled.ts"
import { type CasilPolicy, defaultPolicy } from "../../src/casil/Policy.ts"
import { structural } from "../../src/casil/rules/structural.ts"
import { jsonObject } from "../../src/casil/Walker.ts"
import type { JsonObject } from "../../src/domain/Json.ts"

const secret = structural.find(({ id }) => id === "aws-access-key-id")?.example(5).secret ?? ""
const first = secret.slice(0, 9)
const second = secret.slice(9)

const next = (text: string, stream: string | null = "one") =>
  Effect.flatMap(Casil, (casil) => casil.text("prompt", text)).pipe(
    Effect.provideService(Circumstances, stream === null ? {} : { stream })
  )
const nextValue = (value: JsonObject, stream = "one") =>
  Effect.flatMap(Casil, (casil) => casil.value("prompt", value, jsonObject)).pipe(
    Effect.provideService(Circumstances, { stream })
  )
const withPolicy = (policy: Partial<CasilPolicy> = {}) => Effect.provide(Casil.layer(policy))

describe("blocks of one stream", () => {
  it.effect("have the rest of a secret redacted that began in the one before", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* next(`my key: ${first}`)).value, `my key: ${first}`)
      const { value, verdicts } = yield* next(`${second}, and more`)
      assert.strictEqual(value, "[redacted:aws-access-key-id], and more")
      assert.deepInclude(verdicts[0], {
        outcome: "allow_with_redaction",
        rules: ["aws-access-key-id"],
        spans: [[0, second.length]],
        flags: ["secret", "split"]
      })
      assert.strictEqual((yield* next(second)).value, second)
    }).pipe(withPolicy())
  )

  it.effect("go on in their values, however many names of fields stand beside them", () =>
    Effect.gen(function* () {
      const fields = { a: "one", b: "two", c: "three", d: "four", e: "five" }
      yield* nextValue({ text: `my key: ${first}`, ...fields })
      const { value } = yield* nextValue({ text: `${second}, and more` })
      assert.deepStrictEqual(value, { text: "[redacted:aws-access-key-id], and more" })
    }).pipe(withPolicy())
  )

  it.effect("may bring a secret in any number of pieces, in whichever writing", () =>
    Effect.gen(function* () {
      for (const written of [secret, Buffer.from(`key ${secret}`).toString("base64")]) {
        let passed = ""
        for (let i = 0; i < written.length; i += 4) passed += (yield* next(written.slice(i, i + 4), written)).value
        yield* next("the end", written)
        assert.notInclude(passed, written)
        assert.notInclude(passed, written.slice(-4))
      }
    }).pipe(withPolicy())
  )

  it.effect("are blocked for it where the policy says so, and what began before is not forgotten by that", () =>
    Effect.gen(function* () {
      yield* next(`my key: ${first}`)
      for (let i = 0; i < 2; i++) {
        const error = yield* Effect.flip(next(`${second}.`))
        assert.deepInclude({ ...error }, { reason: "CASIL_POLICY_BLOCKED_SECRET", rules: ["aws-access-key-id"] })
      }
    }).pipe(withPolicy({ onSecret: "block" }))
  )

  it.effect("go on in the same field, not in another one, nor in another stream, nor without one", () =>
    Effect.gen(function* () {
      const message = (text: string, n: number) => ({ jsonrpc: "2.0", id: n, params: { delta: text, note: "a word" } })
      yield* nextValue(message(first, 1))
      assert.strictEqual((yield* nextValue(message(second, 1), "two")).verdicts[0]?.outcome, "allow")
      assert.strictEqual((yield* next(second, null)).value, second)
      yield* nextValue({ ping: "pong" })
      const { value, verdicts } = yield* nextValue(message(`${second} `, 2))
      assert.deepStrictEqual(value, message("[redacted:aws-access-key-id] ", 2))
      assert.include(verdicts[0]?.flags.join(), "split")
      yield* nextValue({ a: first, b: "x" }, "three")
      assert.strictEqual((yield* nextValue({ a: "x", b: second }, "three")).verdicts[0]?.outcome, "allow")
    }).pipe(withPolicy())
  )

  it.effect("are only recorded in monitor mode", () =>
    Effect.gen(function* () {
      yield* next(first)
      const { value, verdicts } = yield* next(second)
      assert.strictEqual(value, second)
      assert.deepInclude(verdicts[0], { outcome: "allow", reason: "CASIL_MONITOR_MODE", rules: ["aws-access-key-id"] })
    }).pipe(withPolicy({ mode: "monitor" }))
  )

  it.effect("begin anew when the stream was quiet for long", () =>
    Effect.gen(function* () {
      yield* next(first)
      yield* TestClock.adjust(IDLE_MS)
      assert.strictEqual((yield* next(second)).value, second)
    }).pipe(withPolicy())
  )

  it("leave secrets that are whole in one of them, and ordinary text, to that one", () => {
    const words = fc.lorem({ maxCount: 8 })
    fc.assert(
      fc.property(fc.array(words, { maxLength: 6 }), fc.nat(structural.length - 1), fc.nat(50), (texts, rule, seed) => {
        const all = [...texts, structural[rule]?.example(seed).text ?? "", ...texts].map((text) => `${text}. `)
        const alone = all.map((text) => Effect.runSync(next(text, null).pipe(withPolicy())).value)
        const streamed = Effect.runSync(
          Effect.forEach(all, (text) => Effect.map(next(text), ({ value }) => value)).pipe(withPolicy())
        )
        assert.deepStrictEqual(streamed, alone)
      }),
      { numRuns: 40 }
    )
  })
})

describe("CarryOver", () => {
  const compiled = compile(defaultPolicy)
  const none = new Map<string, string>()

  it("keeps a bounded end of the last texts only, and nothing of what is decided", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary", maxLength: 900 }), { maxLength: 12 }), (texts) => {
        const visited = texts.map((text, i) => ({ text, path: `/${i}` }))
        const tails = tailsOf(compiled, visited, none)
        assert.isAtMost(tails.size, MOST_TEXTS)
        for (const [path, tail] of tails) {
          assert.isAtMost(tail.length, LONGEST_TAIL)
          assert.isTrue(texts[Number(path.slice(1))]?.endsWith(tail))
        }
      })
    )
    assert.strictEqual(tailsOf(compiled, [{ text: "This is all, really. ", path: "" }], none).size, 0)
    assert.deepStrictEqual([...tailsOf(compiled, [{ text: `see ${first}`, path: "" }], none)], [["", first]])
  })

  it("holds so many streams and no more, the quiet ones first forgotten", () => {
    const carried = new CarryOver()
    const tails = new Map([["", first]])
    for (let i = 0; i < MOST_STREAMS + 10; i++) carried.keep(`${i}`, tails, i)
    assert.strictEqual(carried.size, MOST_STREAMS)
    assert.strictEqual(carried.before("9", 2000).size, 0)
    assert.strictEqual(carried.before("10", 2000).size, 1)
    carried.keep("10", none, 2000)
    assert.strictEqual(carried.before("10", 2000).size, 0)
    carried.keep("new", tails, IDLE_MS + MOST_STREAMS + 10)
    assert.strictEqual(carried.size, 1)
  })
})
