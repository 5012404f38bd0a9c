/** What of a secret may be left beside what is redacted. */
import { assert, describe, it } from "@effect/vitest"
import { createHash, generateKeyPairSync } from "node:crypto"
import { compile } from "../../src/casil/Compiled.ts"
import { decideText } from "../../src/casil/Decision.ts"
import { type CasilPolicy, defaultPolicy } from "../../src/casil/Policy.ts"
import { structural } from "../../src/casil/rules/structural.ts"

const passing = (text: string, policy: Partial<CasilPolicy> = {}): string => {
  const decision = decideText(compile({ ...defaultPolicy, ...policy }), text)
  return decision._tag === "Pass" ? decision.value : assert.fail("blocked")
}
const token = (seed: number): string =>
  structural.find(({ id }) => id === "github-token")?.example(seed).secret ?? assert.fail("there is such a rule")
const base64 = (text: string) => Buffer.from(text).toString("base64")
const hex = (text: string) => Buffer.from(text).toString("hex")
const escapes = (text: string) => text.replace("_", "\\u005f")
const privateKey = generateKeyPairSync("rsa", {
  modulusLength: 4096,
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
  publicKeyEncoding: { type: "spki", format: "pem" }
}).privateKey
const rows = privateKey.split("\n").slice(1, -2)

describe("what is left beside a redaction", () => {
  it("T30: a made-up secret in one writing hides no true one beside it in another", () => {
    const [decoy, secret] = [token(1), token(2)]
    for (const mark of [".", "=", "-", "/"]) {
      for (const beside of [hex, escapes, (text: string) => base64(text)]) {
        for (const own of [hex, base64, (text: string) => base64(base64(text))]) {
          for (const text of [`${beside(decoy)}${mark}${own(secret)}`, `${own(secret)}${mark}${beside(decoy)}`]) {
            assert.notInclude(passing(text), own(secret), text)
          }
        }
      }
    }
  })

  it("T30: a key in a long row of base64 is gone to its end, wherever in the row it stands", () => {
    for (let lines = 0; lines < 320; lines += 9) {
      const text = `${"a line of the file\n".repeat(lines)}${privateKey}and the rest\n`
      for (const [write, read] of [
        [base64, (all: string) => Buffer.from(all, "base64").toString("latin1")],
        [hex, (all: string) => Buffer.from(all, "hex").toString("latin1")]
      ] as const) {
        const left = read(passing(write(text)))
        assert.include(left, "[redacted:private-key]", String(lines))
        for (const row of rows) assert.notInclude(left, row.slice(8, 40), String(lines))
      }
    }
  })

  it("T30: a key in lines that are quoted, or in a form, is gone", () => {
    for (const mark of ["> ", ">> ", "| ", "12 | ", "+ "]) {
      const left = passing(privateKey.replaceAll(/^/gm, mark))
      for (const row of rows) assert.notInclude(left, row, mark)
    }
    const form = new URLSearchParams({ name: "a b", key: privateKey, after: "c" }).toString()
    const left = new URLSearchParams(passing(form))
    assert.strictEqual(left.get("after"), "c")
    assert.include(left.get("key"), "[redacted:private-key]")
    for (const row of rows) assert.notInclude(left.get("key"), row)
  })

  it("T30: a value that is certain to be a secret is gone, not only the known format within it", () => {
    const value = `aB3xQ9zW7kL2mN4p/${token(3)}/zR8vT6yH5jD3fG1s`
    assert.strictEqual(passing(`secret_key = "${value}"`), 'secret_key = "[redacted:assigned-secret]"')
    assert.strictEqual(passing(`secret_key = "${token(3)}"`), 'secret_key = "[redacted:github-token]"')
  })

  it("T30: a rule that only records keeps nothing from being redacted", () => {
    const rules: CasilPolicy["rules"] = [
      { id: "watched", pattern: "lovelace", action: "monitor", matches: ["lovelace"], ignores: [] }
    ]
    const text = "write to ada.lovelace@analytical.engine.org"
    assert.strictEqual(passing(text, { onPersonal: "redact", rules }), "write to [redacted:pii-email]")
    assert.strictEqual(passing(text, { rules }), text)
  })

  it("leaves a digest that says that it is one, whatever it is called", () => {
    const digests = [
      `sha512-${createHash("sha512").update("a").digest("base64")}`,
      `sha256:${createHash("sha256").update("b").digest("hex")}`
    ]
    for (const digest of digests) {
      for (const text of [`key=${digest}`, `"key": "${digest}"`]) assert.strictEqual(passing(text), text)
    }
  })

  it("T30: what is found in a text is found in the JSON of it, twice too, and what is left is JSON", () => {
    for (const rule of structural) {
      for (let seed = 0; seed < 3; seed++) {
        const { secret, text } = rule.example(seed)
        const once = passing(JSON.stringify({ a: [text] }))
        const twice = passing(JSON.stringify(JSON.stringify({ a: [text] })))
        for (const left of [JSON.stringify(JSON.parse(once)), String(JSON.parse(twice))]) {
          assert.notInclude(left, secret.slice(-14), rule.id)
        }
      }
    }
  })
})
