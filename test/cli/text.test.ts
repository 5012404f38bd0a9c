import { assert, describe, it } from "@effect/vitest"
import { csv, dollars, duration, oneLine, printable, table } from "../../layers/cli/text.ts"

describe("printable", () => {
  it("leaves text, line feeds and tabs alone", () => {
    assert.strictEqual(printable("a\tb\nÄ 漢 👩‍🚀 ✓"), "a\tb\nÄ 漢 👩‍🚀 ✓")
  })

  it("takes out whatever would steer the terminal", () => {
    assert.strictEqual(printable("\u001b[2J\u001b]0;title\u0007x\r\u009b31m\u202ey\u0000"), "[2J]0;titlex31my")
  })
})

describe("oneLine", () => {
  it("folds white space and cuts what is too long", () => {
    assert.strictEqual(oneLine("  a\n\n b\tc ", 10), "a b c")
    assert.strictEqual(oneLine("abcdefgh", 5), "abcd…")
  })
})

describe("table", () => {
  it("aligns texts left and numbers right, and shows nothing as a dash", () => {
    assert.strictEqual(
      table(
        ["NAME", "N"],
        [
          ["a", 1],
          ["long", 100],
          [null, 20]
        ]
      ),
      "NAME    N\na       1\nlong  100\n-      20\n"
    )
  })
})

describe("csv", () => {
  it("quotes what needs it and defuses formulas, but not numbers", () => {
    assert.strictEqual(
      csv(
        ["name", "n"],
        [
          ['a "b", c', -1],
          ["=1+1", null],
          ["x\ny", 2]
        ]
      ),
      'name,n\r\n"a ""b"", c",-1\r\n\'=1+1,\r\n"x\ny",2\r\n'
    )
  })
})

describe("dollars", () => {
  it("shows two decimals, and as many more as there are", () => {
    assert.deepStrictEqual([0, 1, 10, 120_000, 1_234_567, 5_000_000, -250_000].map(dollars), [
      "$0.00",
      "$0.000001",
      "$0.00001",
      "$0.12",
      "$1.234567",
      "$5.00",
      "-$0.25"
    ])
  })
})

describe("duration", () => {
  it("shows the two largest units", () => {
    assert.deepStrictEqual([0, 999, 61_000, 3_600_000, 3_661_000, 90_061_000, 172_800_000].map(duration), [
      "0 s",
      "0 s",
      "1 min 1 s",
      "1 h",
      "1 h 1 min",
      "1 d 1 h",
      "2 d"
    ])
  })
})
