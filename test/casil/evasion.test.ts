/** What an author of text may do to a secret so that it is not seen, and what of it is left then. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Casil } from "../../src/casil/Casil.ts"
import { open } from "../../src/casil/Inspected.ts"
import { jsonObject } from "../../src/casil/Walker.ts"

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/** The same characters every time. */
const characters = (seed: number, length: number): string => {
  let state = seed * 2654435761 + 12345
  let text = ""
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    text += LETTERS.charAt((state >>> 8) % LETTERS.length)
  }
  return text
}

const MAKERS: ReadonlyArray<(seed: number) => string> = [
  (seed) => `glpat-${characters(seed, 20)}`,
  (seed) => `sk_live_${characters(seed, 24)}`,
  (seed) => `hf_${characters(seed, 34).replaceAll(/\d/g, "x")}`,
  (seed) => `SG.${characters(seed, 22)}.${characters(seed + 1, 43)}`,
  (seed) => `dop_v1_${Buffer.from(characters(seed, 32)).toString("hex")}`
]
const secrets = Array.from({ length: 200 }, (_, i) => (MAKERS[i % MAKERS.length] ?? MAKERS[0])?.(i + 1) ?? "")

const each = (text: string, change: (char: string, i: number) => string): string => Array.from(text, change).join("")
const base64 = (text: string) => Buffer.from(text).toString("base64")
const unescaped = (text: string) =>
  text.replaceAll(/\\u([0-9a-f]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
const codeOf = (char: string) => char.charCodeAt(0)

/** How it is written, and how who gets it reads it again. */
const TRANSFORMS: Record<string, readonly [write: (text: string) => string, read: (text: string) => string]> = {
  base64: [base64, (text) => Buffer.from(text, "base64").toString("latin1")],
  "base64 for URLs": [
    (text) => Buffer.from(text).toString("base64url"),
    (text) => Buffer.from(text, "base64url").toString("latin1")
  ],
  "base64 within base64": [
    (text) => base64(base64(text)),
    (text) => Buffer.from(Buffer.from(text, "base64").toString("latin1"), "base64").toString("latin1")
  ],
  "hexadecimal digits": [
    (text) => Buffer.from(text).toString("hex"),
    (text) => Buffer.from(text, "hex").toString("latin1")
  ],
  "capital hexadecimal digits": [
    (text) => Buffer.from(text).toString("hex").toUpperCase(),
    (text) => Buffer.from(text, "hex").toString("latin1")
  ],
  "escapes of URLs": [(text) => each(text, (char) => `%${codeOf(char).toString(16)}`), decodeURIComponent],
  "escapes of JSON": [(text) => each(text, (char) => `\\u${codeOf(char).toString(16).padStart(4, "0")}`), unescaped],
  "characters that cannot be seen": [
    (text) => each(text, (char) => `${char}\u200b`),
    (text) => text.replaceAll("\u200b", "")
  ],
  "tags, which cannot be seen either": [
    (text) => each(text, (char) => `${char}\u{e0041}\u{e0100}`),
    (text) => text.replaceAll("\u{e0041}\u{e0100}", "")
  ],
  "characters of full width": [
    (text) => each(text, (char) => String.fromCharCode(codeOf(char) + 0xfee0)),
    (text) => text.normalize("NFKC")
  ],
  "letters that look alike": [
    (text) => text.replaceAll("o", "о").replaceAll("a", "а").replaceAll("e", "е"),
    (text) => text.replaceAll("о", "o").replaceAll("а", "a").replaceAll("е", "e")
  ]
}

/** Whether six characters of a secret are left in a row. */
const isLeft = (secret: string, text: string): boolean => {
  const own = secret.slice(8)
  for (let i = 0; i + 6 <= own.length; i++) if (text.includes(own.slice(i, i + 6))) return true
  return false
}

const LEAST = 0.95

describe("evasion", () => {
  for (const [name, [write, read]] of Object.entries(TRANSFORMS)) {
    it.effect(`finds secrets written with ${name}, and nothing of them is left`, () =>
      Effect.gen(function* () {
        const casil = yield* Casil
        let gone = 0
        for (const secret of secrets) {
          assert.isTrue(isLeft(secret, read(write(secret))))
          const passed = yield* casil.text("prompt", write(secret))
          if (!isLeft(secret, read(open(passed))) && !isLeft(secret, open(passed))) gone++
        }
        assert.isAtLeast(gone / secrets.length, LEAST)
      }).pipe(Effect.provide(Casil.layer({ onSecret: "redact" })))
    )
  }

  it.effect("T30: a name beside a secret, which alone makes it only likely, hides it in no writing", () =>
    Effect.gen(function* () {
      const casil = yield* Casil
      const [secret] = secrets
      assert(secret !== undefined)
      for (const said of [`token ${secret}`, `password=${secret}`, `"api_key": "${secret}"`]) {
        for (const write of [
          base64,
          (text: string) => Buffer.from(text).toString("hex"),
          (text: string) => base64(base64(text))
        ]) {
          const passed = open(yield* casil.text("prompt", `see ${write(said)} there`))
          assert.notInclude(passed, write(said))
        }
      }
    }).pipe(Effect.provide(Casil.layer({ onSecret: "redact" })))
  )

  it.effect("finds secrets that go on in the next field, and what is left has the same shape", () =>
    Effect.gen(function* () {
      const casil = yield* Casil
      let gone = 0
      for (const secret of secrets) {
        const middle = secret.length >> 1
        const parts = { first: secret.slice(0, middle), second: secret.slice(middle), third: [1, true, null] }
        const passed = open(yield* casil.value("tool_output", parts, jsonObject))
        assert.deepStrictEqual(Object.keys(passed), ["first", "second", "third"])
        assert.deepStrictEqual(passed["third"], parts.third)
        if (!isLeft(secret, `${String(passed["first"])}${String(passed["second"])}`)) gone++
      }
      assert.isAtLeast(gone / secrets.length, LEAST)
    }).pipe(Effect.provide(Casil.layer({ onSecret: "redact" })))
  )
})
