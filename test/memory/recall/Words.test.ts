import { assert, describe, it } from "vitest"
import * as fc from "fast-check"
import { stem } from "../../../src/memory/recall/Stem.ts"
import { isStopWord, wordsOf } from "../../../src/memory/recall/Words.ts"

const texts = (text: string, limit = 100) => wordsOf(text, limit).map((word) => word.text)

describe("stems", () => {
  it("are those of Porter's second algorithm", () => {
    const samples: Readonly<Record<string, string>> = {
      consignment: "consign",
      consistency: "consist",
      consolatory: "consolatori",
      conspirators: "conspir",
      kneeling: "kneel",
      knightly: "knight",
      hopping: "hop",
      hoping: "hope",
      generously: "generous",
      relational: "relat",
      happiness: "happi"
    }
    for (const [word, expected] of Object.entries(samples)) assert.strictEqual(stem(word), expected)
  })

  it("bring irregular forms back to their word", () => {
    for (const [form, word] of [
      ["went", "go"],
      ["bought", "buy"],
      ["children", "child"],
      ["taught", "teach"],
      ["swum", "swim"]
    ] as const) {
      assert.strictEqual(stem(form), stem(word))
    }
  })

  it("leave alone what is no English word", () => {
    for (const word of ["über", "2023", "a1s", "x".repeat(60)]) assert.strictEqual(stem(word), word)
  })
})

describe("words", () => {
  it("are folded: case, accents, apostrophes", () => {
    assert.deepStrictEqual(texts("Café CAFE, don't — it’s İstanbul"), ["cafe", "cafe", "don", "it", "istanbul"])
  })

  it("are pairs of signs where a language writes no blanks", () => {
    assert.deepStrictEqual(texts("我喜欢猫"), ["我喜", "喜欢", "欢猫"])
  })

  it("say whether they began with a capital", () => {
    assert.deepStrictEqual(
      wordsOf("Anna met anna", 10).map(({ capital }) => capital),
      [true, false, false]
    )
  })

  it("are the same in a text of plain letters as beside others", () => {
    const unit = fc.constantFrom(..."abtTsSZ019 '\u2019\u2014\u00a0\n.-_", "don't ", "x".repeat(40))
    fc.assert(
      fc.property(fc.string({ unit }), (plain) => {
        const words = wordsOf(`${plain} \u00e9`, 1_000)
        assert.deepStrictEqual(wordsOf(plain, 1_000), words.slice(0, -1))
      })
    )
    assert.deepStrictEqual(texts("\u201cit\u2019s\u201d Don\u2019t", 2), ["it", "don"])
  })

  it("T28: are no more than the limit, and none is longer than 64", () => {
    assert.strictEqual(texts("word ".repeat(1_000), 7).length, 7)
    assert.isAtMost(texts("x".repeat(10_000))[0]?.length ?? 0, 64)
  })

  it("T29: come out of any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        for (const { text: word } of wordsOf(text, 50)) {
          assert.isAbove(word.length, 0)
          assert.isString(stem(word))
          isStopWord(word)
        }
      })
    )
  })
})
