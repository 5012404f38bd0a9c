import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { Casil } from "../../src/casil/Casil.ts"
import { compile } from "../../src/casil/Compiled.ts"
import { open } from "../../src/casil/Inspected.ts"
import { type CustomRule, defaultPolicy } from "../../src/casil/Policy.ts"
import { json } from "../../src/casil/Walker.ts"

const badge: CustomRule = {
  id: "badge",
  pattern: "[A-Z]{2}-[0-9]{6}",
  keywords: ["Badge", "staff id"],
  placeholders: ["AA-000000"],
  action: "redact",
  matches: ["badge QX-123456"],
  ignores: ["QX-123456"]
}
const layer = Casil.layer({ rules: [badge], metadata: { ...defaultPolicy.metadata, logs: false } })
const redacted = (text: string): string =>
  open(Effect.runSync(Effect.flatMap(Casil, (casil) => casil.text("prompt", text)).pipe(Effect.provide(layer))))

describe("a rule of one's own", () => {
  it("finds what its pattern matches near one of its keywords, in any case", () => {
    assert.strictEqual(redacted("My BADGE is QX-123456."), "My BADGE is [redacted:badge].")
    assert.strictEqual(redacted("staff id\tQX-123456"), "staff id\t[redacted:badge]")
    assert.strictEqual(redacted("part QX-123456."), "part QX-123456.")
    assert.strictEqual(redacted(`badge ${"x ".repeat(80)}QX-123456`), `badge ${"x ".repeat(80)}QX-123456`)
    assert.strictEqual(redacted("QX-123456 is a badge"), "QX-123456 is a badge")
  })

  it("leaves placeholders alone, whole and in any case", () => {
    assert.strictEqual(redacted("badge AA-000000, badge QX-000000"), "badge AA-000000, badge [redacted:badge]")
  })

  it("finds the same in a stream, however it is cut", () => {
    const text = "the badge of the visitor is QX-123456, and AA-000000 is none; part QX-999999 too"
    for (const size of [1, 2, 7, 30]) {
      const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, i) =>
        text.slice(i * size, (i + 1) * size)
      )
      const pieces = Effect.runSync(
        Effect.flatMap(Casil, (casil) =>
          Stream.fromIterable(chunks).pipe(
            Stream.rechunk(1),
            casil.stream("answer"),
            Stream.map(open),
            Stream.runCollect
          )
        ).pipe(Effect.provide(layer))
      )
      assert.strictEqual(pieces.join(""), redacted(text), String(size))
    }
  })

  it("takes no keyword from another field", () => {
    const value = { note: "badge", id: "QX-123456", text: "badge QX-654321" }
    const inspected = Effect.runSync(
      Effect.flatMap(Casil, (casil) => casil.value("tool_output", value, json)).pipe(Effect.provide(layer))
    )
    assert.deepStrictEqual(open(inspected), { ...value, text: "badge [redacted:badge]" })
  })

  it("is refused under the name of a rule that there is", () => {
    for (const id of ["github-token", "pii-email", "probable-password"]) {
      assert.throws(() => compile({ ...defaultPolicy, rules: [{ ...badge, id }] }), /comes with the program/)
    }
  })
})
