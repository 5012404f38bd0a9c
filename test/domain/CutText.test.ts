import { assert, describe, it } from "@effect/vitest"
import fc from "fast-check"
import { cutAtWord } from "../../src/domain/CutText.ts"

describe("a text that is cut", () => {
  it("T30: ends with a whole word, or has none", () => {
    const secret = "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"
    for (let most = 0; most <= 60; most++) {
      const cut = cutAtWord(`it is "${secret}", I say`, most)
      assert.isTrue(cut.includes(secret) || !cut.includes("g"), String(most))
    }
    assert.strictEqual(cutAtWord(secret, 39), "")
  })

  it("is the text where that is short enough, and never longer than it may be", () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(40), (text, most) => {
        const cut = cutAtWord(text, most)
        assert.isAtMost(cut.length, most)
        assert.isTrue(text.startsWith(cut))
        if (text.length <= most) assert.strictEqual(cut, text)
      })
    )
  })
})
