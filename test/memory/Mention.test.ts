/** What forgetting takes for a mention: a word that was missed would be left, and be said to be gone. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { mentions } from "../../src/memory/Mention.ts"

const said = (wanted: string, text: string): boolean => mentions(wanted)(text)

describe("a mention", () => {
  it("is a word in any case of letters, in any script, also where one cannot see how it is written", () => {
    for (const [wanted, text] of [
      ["Luna", "LUNA!"],
      ["Luna", "Luna's bowl"],
      ["Luna", "\uff2c\uff55\uff4e\uff41"],
      ["Luna", "Lu\u200bna"],
      ["Luna", "Lu\u00adna"],
      ["O'Brien", "o\u2019brien"],
      ["caf\u00e9", "cafe\u0301"],
      ["\u0130stanbul", "I love istanbul"],
      ["istanbul", "\u0130STANBUL is big"],
      ["stra\u00dfe", "Die STRASSE"],
      ["\u6771\u4eac", "\u6628\u65e5\u6771\u4eac\u30bf\u30ef\u30fc\u306b\u884c\u3063\u305f"],
      ["\u6771\u4eac \u30bf\u30ef\u30fc", "\u6771\u4eac\u30bf\u30ef\u30fc"],
      [
        "\u0e01\u0e23\u0e38\u0e07\u0e40\u0e17\u0e1e",
        "\u0e09\u0e31\u0e19\u0e2d\u0e22\u0e39\u0e48\u0e01\u0e23\u0e38\u0e07\u0e40\u0e17\u0e1e\u0e21\u0e32\u0e19\u0e32\u0e19"
      ],
      ["\ud83d\udc36", "my \ud83d\udc36 dog"]
    ] as const) {
      assert.isTrue(said(wanted, text), `${wanted} in ${text}`)
    }
  })

  it("is found where JSON wrote it, in a text within another too", () => {
    const inner = JSON.stringify({ note: "dogs:\nLuna\tand Rex" })
    assert.isTrue(said("Luna", inner))
    assert.isTrue(said("Rex", inner))
    assert.isTrue(said("Luna", JSON.stringify({ result: inner })))
    assert.isTrue(said("Luna", String.raw`{"name":"\u004cuna"}`))
    // what only looks like it is read as it stands, too
    assert.isTrue(said("new", String.raw`C:\new`))
    assert.isTrue(said("Luna", "Luna\u2028\\"))
  })

  it("is no part of a longer word, and no other word", () => {
    for (const [wanted, text] of [
      ["Luna", "The LUNAR eclipse"],
      ["Luna", "LunaPark"],
      ["Luna", ""],
      ["\u0915\u093f", "\u0915\u0940"],
      ["\u3055\u304b", "\u3055\u304c"],
      ["", "anything"]
    ] as const) {
      assert.isFalse(said(wanted, text), `${wanted} in ${text}`)
    }
  })

  it("T29: is found in any text around it, between any signs", () => {
    const text = fc.string({ unit: "binary" })
    fc.assert(
      fc.property(text, text, fc.boolean(), (before, behind, json) => {
        const whole = `${before} Luna ${behind}`
        assert.isTrue(said("luna", json ? JSON.stringify([whole]) : whole))
        mentions(before)(behind)
      }),
      { numRuns: 300 }
    )
  })
})
