import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { countTokens } from "gpt-tokenizer/encoding/o200k_base"
import { readFileSync } from "node:fs"
import { estimateTokens, utf8Bytes } from "../../src/model/TokenEstimate.ts"

const texts: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(new URL("./texts.json", import.meta.url), "utf8")
)

/** Articles of the Universal Declaration of Human Rights (un.org), one text for each language. */
const languages: Readonly<Record<string, string>> = JSON.parse(
  readFileSync(new URL("./declaration.json", import.meta.url), "utf8")
)
/** Part of the estimate under which a vendor's count is not believed (`Settlement.ts`). */
const believable = 0.6

describe("the token estimate", () => {
  for (const [name, text] of Object.entries(texts))
    it(`is within a fifth of the exact count: ${name}`, () => {
      assert.approximately(estimateTokens(text) / countTokens(text), 1, 0.2)
    })

  it("is within two percent over all of them, and within an eighth over a long document", () => {
    const all = Object.values(texts)
    const sum = (count: (text: string) => number) => all.reduce((total, text) => total + count(text), 0)
    assert.approximately(sum(estimateTokens) / sum(countTokens), 1, 0.02)
    const prose = readFileSync(new URL("../../node_modules/effect/README.md", import.meta.url), "utf8")
    assert.approximately(estimateTokens(prose) / countTokens(prose), 1, 0.125)
  })

  for (const [name, text] of Object.entries(languages)) {
    it(`T15: calls no vendor a liar that counts what the text is: ${name}`, () => {
      for (const part of [text, ...text.split(/[.։।။።。]+\s*/)]) {
        const exact = countTokens(part)
        if (exact >= 20) assert.isAtLeast(exact / estimateTokens(part), believable, part)
      }
    })
    // what ends in a-z is estimated as English is, whose words are shorter
    const latin = /[a-z]{3}/.test(text)
    it(`is within ${latin ? "half" : "a quarter"} of the exact count: ${name}`, () => {
      assert.approximately(estimateTokens(text) / countTokens(text), 1, latin ? 0.5 : 0.25)
    })
  }

  it("T15: calls no vendor a liar over lines of one sign", () => {
    for (const sign of ["=", "-", "*", "_", "/", "#", "~", "."]) {
      for (const length of [4, 10, 40, 80, 200]) {
        const line = sign.repeat(length)
        // rounding aside, as the settlement does
        assert.isAtLeast(countTokens(line), (estimateTokens(line) - 1) * believable, line)
      }
    }
  })

  it("is never more than the bytes, which are the encoder's own", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.string({ unit: "grapheme" }),
          fc.array(fc.nat(0xffff)).map((codes) => String.fromCharCode(...codes))
        ),
        (text) => {
          assert.strictEqual(utf8Bytes(text), new TextEncoder().encode(text).length)
          assert.isAtMost(estimateTokens(text), utf8Bytes(text))
        }
      )
    )
  })

  it("is nothing for nothing, and something for anything", () => {
    assert.strictEqual(estimateTokens(""), 0)
    assert.isAbove(estimateTokens("a"), 0)
  })
})
