/** Characters in disguise: what text, rules of an operator's own and what is delivered make of them. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { compile } from "../../src/casil/Compiled.ts"
import { decideText, decideValue } from "../../src/casil/Decision.ts"
import { Inspection, Meter } from "../../src/casil/Inspection.ts"
import { type CasilPolicy, defaultPolicy } from "../../src/casil/Policy.ts"
import { structural } from "../../src/casil/rules/structural.ts"
import { json } from "../../src/casil/Walker.ts"
import type { Json } from "../../src/domain/Json.ts"

const passing = (text: string, policy: Partial<CasilPolicy> = {}): string => {
  const decision = decideText(compile({ ...defaultPolicy, ...policy }), text)
  return decision._tag === "Pass" ? decision.value : assert.fail("blocked")
}
const passingValue = (value: Json, policy: Partial<CasilPolicy> = {}): Json => {
  const decision = decideValue(compile({ ...defaultPolicy, ...policy }), value, json)
  return decision._tag === "Pass" ? decision.value : assert.fail("blocked")
}
const secretOf = (id: string, seed: number): string =>
  structural.find((rule) => rule.id === id)?.example(seed).secret ?? ""
const token = secretOf("github-token", 3)

const letters = (text: string, change: (index: number, isCapital: boolean) => string): string =>
  text.replaceAll(/[A-Za-z]/g, (letter) => change((letter.charCodeAt(0) | 32) - 97, letter < "a"))
const mathematical = (text: string) =>
  letters(text, (i, isCapital) => String.fromCodePoint((isCapital ? 0x1d400 : 0x1d41a) + i))
const isWellFormed = (text: string) =>
  !/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text)

describe("disguised letters", () => {
  const DISGUISES: Readonly<Record<string, (text: string) => string>> = {
    "letters with marks": (text) =>
      letters(text, (i, isCapital) => `${String.fromCharCode((isCapital ? 65 : 97) + i)}\u0301`).normalize("NFC"),
    "marks of later blocks": (text) => Array.from(text, (char) => `${char}\u1dc4\u1ab0\ufe20`).join(""),
    "mathematical letters": mathematical,
    "letters in circles": (text) =>
      letters(text, (i, isCapital) => String.fromCharCode((isCapital ? 0x24b6 : 0x24d0) + i)),
    "digits in circles and above": (text) =>
      text.replaceAll(/[1-9]/g, (digit) =>
        digit > "3" ? String.fromCharCode(0x245f + Number(digit)) : "_¹²³".charAt(Number(digit))
      ),
    "marks of notation": (text) => Array.from(text, (char) => `${char}\u{1d173}\u{1bca0}\u2800`).join("")
  }
  for (const [name, disguise] of Object.entries(DISGUISES)) {
    it(`T30: ${name} hide no secret`, () => {
      for (let seed = 0; seed < 20; seed++) {
        const text = passing(`see ${disguise(secretOf("github-token", seed))} there`)
        assert.strictEqual(
          text.replaceAll(/[\u0301\u1dc4\u1ab0\ufe20\u2800\u{1d173}\u{1bca0}]/gu, ""),
          "see [redacted:github-token] there"
        )
      }
    })
  }

  it("T30: capitals in squares, of which flags are made too, hide none", () => {
    const id = secretOf("aws-access-key-id", 4)
    for (const from of [0x1f130, 0x1f150, 0x1f170, 0x1f1e6]) {
      const squared = letters(id, (i) => String.fromCodePoint(from + i))
      assert.strictEqual(passing(`key ${squared} 🎉`), "key [redacted:aws-access-key-id] 🎉")
    }
  })

  it("T30: a blank of another width is a blank", () => {
    assert.strictEqual(passing(`Bearer\u00a0${"aB3xQ9zW".repeat(5)}`), "Bearer\u00a0[redacted:bearer-token]")
    const phone = passing("Tél. +33\u202f6\u202f12\u202f34\u202f56\u202f78", { onPersonal: "redact" })
    assert.strictEqual(phone, "Tél. [redacted:pii-phone]")
  })

  it("leaves what is harmless as it is", () => {
    for (const text of ["Größe: ½ Löffel, café ☕ 🎉🇩🇪 ①②", "naïve façade — “quoted” …", "𝐚𝐛𝐜 𝟏𝟐 🄰"])
      assert.strictEqual(passing(text), text)
  })
})

describe("the halves of a surrogate pair", () => {
  it("are not parted by what is redacted", () => {
    assert.strictEqual(passing(`a ${mathematical(token)} b`), "a [redacted:github-token] b")
    assert.deepStrictEqual(passingValue({ a: `x ${mathematical(token)} y` }), { a: "x [redacted:github-token] y" })
    for (const pattern of ["x.", ".x", "[^a]x"]) {
      for (const text of ["ax😀a", "a😀xa"]) {
        assert.isTrue(isWellFormed(passing(text, { redactionPatterns: [pattern] })), pattern)
        assert.isTrue(isWellFormed(JSON.stringify(passingValue([text], { redactionPatterns: [pattern] }))), pattern)
      }
    }
  })

  it("are in one piece of a stream, however it was cut, and all pieces are the whole", () => {
    const part = fc.constantFrom("a", " ", "x", "😀", "𝐠", "🄰", "\u{e0041}", mathematical(token), token, ".", "é")
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 12 }),
        fc.array(fc.nat(200), { maxLength: 6 }),
        fc.boolean(),
        (parts, cuts, isOwn) => {
          const text = parts.join("")
          const compiled = compile({ ...defaultPolicy, ...(isOwn ? { redactionPatterns: ["x."] } : {}) })
          const inspection = new Inspection(compiled, Meter.for(compiled))
          const places = [0, ...cuts.map((at) => at % (text.length + 1)).toSorted((a, b) => a - b), text.length]
          const pieces = places.slice(1).map((to, i) => inspection.push(text.slice(places[i], to)).text)
          pieces.push(inspection.finish().text)
          for (const piece of pieces) assert.isTrue(isWellFormed(piece), JSON.stringify(pieces))
          const whole = decideText(compiled, text)
          assert.strictEqual(pieces.join(""), whole._tag === "Pass" ? whole.value : "")
        }
      ),
      { numRuns: 500 }
    )
  })
})

describe("what an operator writes in another script", () => {
  it("is found as it is written, in any case", () => {
    for (const text of ["пароль: тайна", "ПАРОЛЬ: тайна", "Пароль: тайна"]) {
      assert.strictEqual(
        passing(text, { redactionPatterns: ["(?i)пароль: \\S+"] }),
        "[redacted:redaction-pattern]",
        text
      )
    }
    assert.strictEqual(
      passing("пароль: тайна", { redactionPatterns: ["п[а-я]+: [^ ]+"] }),
      "[redacted:redaction-pattern]"
    )
    assert.strictEqual(
      passing("contraseña=x9", { redactionPatterns: ["contraseña=\\w+"] }),
      "[redacted:redaction-pattern]"
    )
    assert.strictEqual(passing("a 😀😀 b", { redactionPatterns: ["😀+"] }), "a [redacted:redaction-pattern] b")
    assert.strictEqual(passing("ab", { redactionPatterns: ["[^ä]b"] }), "[redacted:redaction-pattern]")
  })

  it("is a keyword, a placeholder and the name of a field", () => {
    const rules: CasilPolicy["rules"] = [
      {
        id: "own",
        pattern: "[A-Z]\\d{4}|Ёж",
        keywords: ["пропуск"],
        placeholders: ["Ёж"],
        action: "redact",
        matches: ["пропуск A1234"],
        ignores: ["пропуск Ёж"]
      }
    ]
    assert.strictEqual(passing("Пропуск A1234", { rules }), "Пропуск [redacted:own]")
    assert.strictEqual(passing("пропуск Ёж", { rules }), "пропуск Ёж")
    assert.strictEqual(passing("A1234", { rules }), "A1234")
    for (const name of ["пароль", "ПАРОЛЬ", "Пароль", "clé", "CLÉ", "Passwörter"]) {
      const value = passingValue({ [name]: "x" }, { redactionPaths: ["пароль", "clé", "passwörter"] })
      assert.deepStrictEqual(value, { [name]: "[redacted:named-field]" })
    }
  })

  it("is what phones are called", () => {
    const policy = { onPersonal: "redact" } as const
    for (const name of ["телефон", "Телефон", "ТЕЛЕФОН", "Teléfono", "電話"]) {
      assert.strictEqual(passing(`${name}: 467 3395`, policy), `${name}: [redacted:pii-phone]`)
      assert.deepStrictEqual(passingValue({ [name]: "467 3395" }, policy), { [name]: "[redacted:pii-phone]" })
    }
    assert.deepStrictEqual(passingValue({ phone: "４６７\u00a0３３９５" }, policy), { phone: "[redacted:pii-phone]" })
  })

  it("T30: a name that looks like one of a secret is one", () => {
    const policy = { onProbable: "redact" } as const
    assert.deepStrictEqual(passingValue({ db_pаsswоrd: "kX9vQ2mL7pR4" }, policy), {
      db_pаsswоrd: "[redacted:probable-password]"
    })
  })
})
