import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import { Casil } from "../../src/casil/Casil.ts"
import { structural } from "../../src/casil/rules/structural.ts"
import { json } from "../../src/casil/Walker.ts"
import type { Json } from "../../src/domain/Json.ts"
import { encodings, leaks } from "../support/canary.ts"

const secretOf = (id: string): string => structural.find((rule) => rule.id === id)?.example(11).secret ?? ""
const secret = secretOf("github-token")

describe("canary", () => {
  it("sees each form of a secret inside a longer text", () => {
    for (const { name, needles } of encodings(secret)) {
      for (const needle of needles) assert.include(leaks(secret, `before ${needle} after`), name)
    }
    for (const offset of ["", "a", "ab"]) {
      const encoded = Buffer.from(`${offset}${secret} and more`).toString("base64")
      assert.include(leaks(secret, encoded), "base64")
      assert.include(leaks(secret, Buffer.from(encoded)), "base64")
    }
  })

  it("sees nothing where nothing is", () => {
    assert.deepStrictEqual(leaks(secret, "[redacted:github-token] before, after"), [])
  })

  it.effect("T30: no form of a secret is in what inspection delivers, in verdicts or in errors", () =>
    Effect.gen(function* () {
      const casil = yield* Casil
      for (const rule of structural) {
        const { secret, text } = rule.example(11)
        const one = yield* casil.text("prompt", `see ${text} there`)
        const value = yield* casil.value<Json>("tool_output", { a: [text], [text]: "key", b: { c: `x ${text}` } }, json)
        const pieces = yield* Stream.fromIterable(text.split("")).pipe(casil.stream("answer"), Stream.runCollect)
        const seen = JSON.stringify([
          one.value,
          one.verdicts,
          value.value,
          value.verdicts,
          pieces.map((piece) => piece.value).join(""),
          pieces.map((piece) => piece.verdicts)
        ])
        // what all tokens of a kind share is no secret, and may be a word of the rule's id
        const anchor = rule.anchors.find((anchor) => secret.startsWith(anchor)) ?? ""
        const shared = [`redacted:${rule.id}`, `redacted%3A${rule.id}`, `"${rule.id}"`, ...rule.anchors]
        const said = shared.reduce((text, word) => text.replaceAll(word, ""), seen)
        assert.deepStrictEqual(leaks(secret.slice(anchor.length), said), [], rule.id)
      }
    }).pipe(Effect.provide(Casil.layer()))
  )

  it.effect("T30: a block names the rule, and carries no form of the secret however it is printed", () =>
    Effect.gen(function* () {
      const casil = yield* Casil
      const exit = yield* Effect.exit(casil.text("prompt", `see ${secret}`))
      assert.isTrue(Exit.isFailure(exit))
      if (!Exit.isFailure(exit)) return
      const error = Cause.squash(exit.cause) as Error
      const printed = [String(error), error.message, error.stack, JSON.stringify(error), Cause.pretty(exit.cause)].join(
        "\n"
      )
      assert.include(printed, "github-token")
      assert.deepStrictEqual(leaks(secret, printed), [])
    }).pipe(Effect.provide(Casil.layer({ onSecret: "block" })))
  )
})
