import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Casil } from "../../src/casil/Casil.ts"
import { open } from "../../src/casil/Inspected.ts"

const redacted = (text: string) =>
  Effect.flatMap(Casil, (casil) => casil.text("prompt", text)).pipe(
    Effect.provide(Casil.layer({ onProbable: "redact" })),
    Effect.map(open)
  )

/** Numbers that the networks, banks and offices publish for testing and as examples. */
const PROVEN: ReadonlyArray<readonly [rule: string, text: string]> = [
  ["pii-card", "4111111111111111"],
  ["pii-card", "4111-1111-1111-1111"],
  ["pii-card", "378282246310005"],
  ["pii-card", "5555555555554444"],
  ["pii-iban", "DE89370400440532013000"],
  ["pii-iban", "gb29nwbk60161331926819"],
  ["pii-ssn", "123-45-6789"]
]

const UNPROVEN = [
  "4111111111111112",
  "1234567890123452",
  "0.4111111111111111",
  "41111111111111110",
  "DE89370400440532013001",
  "000-12-3456",
  "666-12-3456",
  "900-12-3456",
  "123-45-67890"
]

describe("personal data", () => {
  for (const [rule, text] of PROVEN) {
    it.effect(`finds ${text}`, () =>
      Effect.gen(function* () {
        assert.strictEqual(
          yield* redacted(`it is ${text}, and no=${text}.`),
          `it is [redacted:${rule}], and no=[redacted:${rule}].`
        )
      })
    )
  }

  it.effect("finds nothing in numbers whose check digits are wrong, or that no office gives out", () =>
    Effect.gen(function* () {
      for (const text of UNPROVEN) assert.strictEqual(yield* redacted(`it is ${text}.`), `it is ${text}.`)
    })
  )
})
