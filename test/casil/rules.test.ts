import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { BASE62 } from "../../src/casil/CharClass.ts"
import { Casil } from "../../src/casil/Casil.ts"
import { checksum62, crc32, hasChecksum62 } from "../../src/casil/Checksum.ts"
import { structural } from "../../src/casil/rules/structural.ts"
import { isPlaceholder, looksRandom } from "../../src/casil/Randomness.ts"
import { sample } from "../../src/casil/Sample.ts"

const inspect = (text: string) => Effect.flatMap(Casil, (casil) => casil.text("prompt", text))
const SEEDS = Array.from({ length: 40 }, (_, seed) => seed)
const FRAMES = [
  (text: string) => text,
  (text: string) => `my key is ${text} ok?`,
  (text: string) => `KEY="${text}"\n`,
  (text: string) => `{"a":"x\\n${text}"}`,
  (text: string) => `für ${text}… danke`,
  (text: string) => `?q=%20${text}&r=1`
]

describe("structural rules", () => {
  it("has the formats of the commonest providers, each with its own id", () => {
    const ids = structural.map(({ id }) => id)
    assert.strictEqual(new Set(ids).size, ids.length)
    assert.isAtLeast(ids.length, 20)
    for (const id of ids) assert.match(id, /^[a-z0-9-]+$/)
  })

  for (const rule of structural) {
    it.effect(`${rule.id}: redacts exactly the secret of each of its examples, whatever stands around it`, () =>
      Effect.gen(function* () {
        for (const seed of SEEDS) {
          const { secret, text } = rule.example(seed)
          for (const frame of FRAMES) {
            const inspected = yield* inspect(frame(text))
            assert.strictEqual(inspected.value, frame(text.replace(secret, () => `[redacted:${rule.id}]`)))
            assert.deepStrictEqual(inspected.verdicts[0]?.rules, [rule.id])
            assert.strictEqual(inspected.verdicts[0]?.risk, "high")
          }
        }
      }).pipe(Effect.provide(Casil.layer()))
    )

    it.effect(`${rule.id}: finds nothing in its counter-examples`, () =>
      Effect.gen(function* () {
        for (const text of rule.counterExamples()) {
          const inspected = yield* inspect(`see ${text} for more`)
          assert.notInclude(inspected.verdicts[0]?.rules ?? [], rule.id, text)
        }
      }).pipe(Effect.provide(Casil.layer()))
    )

    it.effect(`${rule.id}: leaves its own redaction alone when content is inspected again`, () =>
      Effect.gen(function* () {
        const once = yield* inspect(rule.example(7).text)
        const twice = yield* inspect(once.value)
        assert.strictEqual(twice.value, once.value)
        assert.deepStrictEqual(twice.verdicts[0]?.rules, [])
      }).pipe(Effect.provide(Casil.layer()))
    )
  }

  it.effect("finds two secrets side by side and one inside a longer text", () =>
    Effect.gen(function* () {
      const rule = (id: string) => structural.find((rule) => rule.id === id)?.example(3).secret ?? ""
      const text = `${rule("aws-access-key-id")}:${rule("github-token")}, and ${rule("npm-token")}.`
      const inspected = yield* inspect(text)
      assert.strictEqual(
        inspected.value,
        "[redacted:aws-access-key-id]:[redacted:github-token], and [redacted:npm-token]."
      )
    }).pipe(Effect.provide(Casil.layer()))
  )

  it.effect("redacts a private key that is cut off, and one with escaped line breaks and a header", () =>
    Effect.gen(function* () {
      const key = structural.find(({ id }) => id === "private-key")?.example(1).text ?? ""
      const cut = yield* inspect(key.slice(0, 200))
      assert.match(cut.value, /^-----BEGIN [A-Z ]+-----\[redacted:private-key\]$/)
      const escaped = yield* inspect(key.replaceAll("\n", "\\n"))
      assert.match(escaped.value, /-----\[redacted:private-key\]-----END/)
      const withHeader = key.replace(
        "\n",
        `\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,${sample("0123456789ABCDEF", 32, 1)}\n\n`
      )
      assert.match((yield* inspect(withHeader)).value, /-----\[redacted:private-key\]-----END/)
    }).pipe(Effect.provide(Casil.layer()))
  )

  it.effect("takes the last at sign of a URL for the end of the password", () =>
    Effect.gen(function* () {
      const password = ["p", "ss", "w0rd1"].join("@")
      const inspected = yield* inspect(`mysql://root:${password}@db/x`)
      assert.strictEqual(inspected.value, "mysql://[redacted:url-credentials]@db/x")
    }).pipe(Effect.provide(Casil.layer()))
  )
})

describe("Checksum", () => {
  it("is the CRC-32 that everybody uses", () => {
    assert.strictEqual(crc32("123456789"), 0xcbf43926)
    assert.strictEqual(crc32(""), 0)
  })

  it("is six digits, and wrong as soon as one character differs", () => {
    for (const seed of SEEDS) {
      const random = sample(BASE62, 30, seed)
      const token = random + checksum62(random)
      assert.strictEqual(token.length, 36)
      assert.isTrue(hasChecksum62(token))
      const at = seed % 30
      assert.isFalse(hasChecksum62(token.slice(0, at) + (token[at] === "a" ? "b" : "a") + token.slice(at + 1)))
    }
  })
})

describe("Randomness", () => {
  it("knows random characters from words, repetitions and placeholders", () => {
    for (const seed of SEEDS) assert.isTrue(looksRandom(sample(BASE62, 24, seed)))
    for (const text of ["aaaaaaaaaaaaaaaaaaaaaaaa", "runner-token-goes-here", "ABABABABABABABABABAB", ""]) {
      assert.isFalse(looksRandom(text), text)
    }
    for (const text of ["YOUR_API_KEY_GOES_HERE1", "aB3xxxxxxxxCd4", "MyExampleKey123"])
      assert.isTrue(isPlaceholder(text), text)
  })
})
