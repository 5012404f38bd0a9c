import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { randomBytes } from "node:crypto"
import { estimatedBits, idOf, isLive, render, reservedNames, weakness } from "../../src/identity/Token.ts"

describe("Token", () => {
  it("T3: refuses what is empty, blank, short or guessable, in a sentence that does not repeat it", () => {
    const weak = [
      "",
      " ",
      "\t\n",
      "                ",
      "short",
      "fifteen-chars-x",
      "aaaaaaaaaaaaaaaa",
      "a".repeat(1_000),
      "abababababababababab",
      "passwordpassword",
      "PasswordPassword1",
      "0123456789abcdef",
      "abcdefghijklmnop",
      "qwertyuiopasdfgh",
      "zxcvbnmzxcvbnm123",
      "1234567890123456",
      "changemechangeme",
      "exoclaw-secret-token",
      "my-exoclaw-token",
      "00000000-0000-0000-0000-000000000000",
      "with a space in the middle of 9f3c",
      "9f3c61d0aa27c54b\n",
      "пароль-из-кириллицы",
      "9".repeat(2_000)
    ]
    for (const token of weak) {
      const why = weakness(token)
      assert.isString(why, JSON.stringify(token))
      if (token.trim().length > 3) assert.notInclude(why, token)
    }
  })

  it("takes what a generator makes: hex, base64, UUIDs, passphrases", () => {
    for (let i = 0; i < 500; i++) {
      assert.isUndefined(weakness(randomBytes(16).toString("hex")))
      assert.isUndefined(weakness(randomBytes(12).toString("base64url")))
      assert.isUndefined(weakness(crypto.randomUUID()))
    }
    assert.isUndefined(weakness("correct-horse-battery-staple"))
  })

  it("judges any text without failing, and never finds repetition stronger than once", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        assert.isTrue(estimatedBits(text) >= 0)
        const why = weakness(text)
        assert.isTrue(why === undefined || why.length > 0)
      })
    )
    assert.isBelow(estimatedBits("Zq7!Zq7!Zq7!Zq7!Zq7!Zq7!Zq7!Zq7!"), 64)
  })

  it("our own tokens are strong, carry their id, and differ where their bytes differ", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 12, maxLength: 12 }), (id) => {
        const token = render(id, randomBytes(32))
        assert.strictEqual(idOf(token.text), token.id)
        assert.isUndefined(weakness(token.text))
      })
    )
  })

  it("finds no id in anything else", () => {
    const { text } = render(new Uint8Array(12), new Uint8Array(32))
    for (const other of [
      "",
      "exo_",
      text.slice(1),
      `${text}x`,
      text.slice(0, -1),
      text.toUpperCase(),
      `x${text}`,
      `${text}\n`
    ]) {
      assert.isUndefined(idOf(other), other)
    }
  })

  it("a token lives until it expires or is revoked", () => {
    assert.isTrue(isLive({ expiresAt: undefined, revokedAt: undefined }, 10))
    assert.isTrue(isLive({ expiresAt: 11, revokedAt: undefined }, 10))
    assert.isFalse(isLive({ expiresAt: 10, revokedAt: undefined }, 10))
    assert.isFalse(isLive({ expiresAt: undefined, revokedAt: 10 }, 10))
    assert.isTrue(reservedNames.has("env"))
  })
})
