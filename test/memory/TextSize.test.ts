/** The size of a text in a context against the exact tokenizer: of languages, and of what is none. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { encode } from "gpt-tokenizer/encoding/o200k_base"
import { readFileSync } from "node:fs"
import { defaultReserve } from "../../src/memory/ContextLimits.ts"
import { sizeOf } from "../../src/memory/TextSize.ts"

const exactly = (text: string): number => encode(text, { disallowedSpecial: new Set() }).length
const read = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8")

const languages: Readonly<Record<string, string>> = JSON.parse(read("languages.json"))

/** Letters and signs that stand in a text by chance, between words of a language. */
const alphabets = {
  consonants: "qxzjkvwbcdfghlmnp",
  letters: "qxzjkvwbcdfghlmnpaeiou",
  syllables: "aeiouyqzxjw",
  capitals: "QZXJVKWY",
  mixed: "QzXjVkWyaEiOu",
  phonetic: "\u0250\u0252\u0254\u0256\u0259\u025b\u0261\u026a\u026f\u0279\u0280\u0283\u028a\u028c\u0292\u0294",
  accents: "th\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030b\u030c",
  "Latin of few languages": "\u0180\u0182\u0187\u018b\u018e\u0190\u01fc\u01fe\u0200\u0203",
  Cherokee: "\u13a0\u13a1\u13a2\u13a3\u13a4\u13a5\u13a6\u13a7",
  Tibetan: "\u0f40\u0f41\u0f42\u0f44\u0f45\u0f46\u0f47\u0f49\u0f4f\u0f50",
  cuneiform: "\u{12000}\u{12001}\u{12002}\u{12003}\u{12004}",
  mathematics: "\u{1d400}\u{1d401}\u{1d49c}\u{1d504}\u{1d56c}",
  signs: "!@#$%^&*()_+-=[]{}|;:,./<>?~",
  "rare Chinese": "\u7684\u4e00\u662f\u4e0d\u4e86\u9f98\u9750\u9f49\u7229\u9ea4\u9f97\u706a\u7c71\u7e9e\u864b",
  "rare Korean": "\uac00\ub2e4\uc774\uc5d0\ubdc1\ubdc0\uc480\uc4a7\ua07f\ub664\ud718",
  "rare Japanese": "\u3044\u3046\u304b\u3090\u3091\u30f0\u30f1\u30f5\u30f6\u30fd\u31f0\u31f1",
  "marks of Hebrew": "\u05d0\u05d1\u05d2\u05b0\u05b1\u05b2\u05b3\u05b4\u05b5\u05b6\u05b7\u05b8\u05b9",
  "marks of Arabic": "\u0627\u0628\u062a\u062b\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652",
  "rare Devanagari": "\u0904\u090c\u090d\u090e\u0912\u0929\u0931\u0934\u093a\u093b\u094e\u094f",
  pictures: "\u{1f600}\u{1f9ff}\u{1f3f3}\u{1f468}\u200d\u{1f467}\ufe0f"
} as const

describe("the size of a text in a context", () => {
  it("is no less than the tokenizer's, and not too much more, in any language that people write", () => {
    for (const [name, text] of Object.entries(languages)) {
      const exact = exactly(text)
      assert.isAtLeast(sizeOf(text, defaultReserve), exact, name)
      assert.isAtMost(sizeOf(text, defaultReserve), exact * 2.2, name)
    }
  })

  for (const [name, alphabet] of Object.entries(alphabets)) {
    it(`is no less than the tokenizer's where words stand between what is none: ${name}`, () => {
      const sign = fc.constantFrom(...alphabet)
      const strange = fc.array(sign, { minLength: 4, maxLength: 20 }).map((signs) => signs.join(""))
      const text = fc
        .array(
          fc.tuple(
            fc.constantFrom("the", "of", "and", "to", "in", "is"),
            fc.array(strange, { minLength: 1, maxLength: 5 })
          ),
          {
            minLength: 12,
            maxLength: 30
          }
        )
        .map((all) => all.map(([word, rest]) => [word, ...rest].join(" ")).join(" "))
      fc.assert(
        fc.property(text, (said) => {
          assert.isAtLeast(sizeOf(said, defaultReserve), exactly(said))
        }),
        { numRuns: 40 }
      )
    })
  }
})
