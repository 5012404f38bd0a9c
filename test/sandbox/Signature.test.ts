import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { generateKeyPairSync } from "node:crypto"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { publisherKeys, signatureOf, signPlugin, verifyPlugin } from "../../layers/sandbox/Signature.ts"

const folder = mkdtempSync(join(tmpdir(), "exoclaw-signature-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const hash = "ab".repeat(32)
const acme = publisherKeys()
const other = publisherKeys()
const publishers = { other: other.publicKey, acme: acme.publicKey }
const signed = signPlugin(hash, acme.privateKey) ?? ""

describe("signatures of publishers", () => {
  it("T18: name the publisher whose key made them, and strangers by their key", () => {
    assert.deepStrictEqual(verifyPlugin(hash, signed, publishers), { kind: "publisher", name: "acme" })
    assert.deepStrictEqual(verifyPlugin(hash, signed, {}), { kind: "stranger", key: acme.publicKey })
  })

  it("T18: are no other file's, and nobody else's", () => {
    assert.strictEqual(verifyPlugin("cd".repeat(32), signed, publishers).kind, "invalid")
    const [heading, , signature] = signed.split("\n")
    const claimed = [heading, other.publicKey, signature, ""].join("\n")
    assert.deepInclude(verifyPlugin(hash, claimed, publishers), {
      kind: "invalid",
      why: "it was made for another file"
    })
  })

  it("T18: any change of the text makes them invalid, and none throws", () => {
    fc.assert(
      fc.property(fc.nat(signed.length - 1), fc.string({ minLength: 0, maxLength: 3 }), (at, text) => {
        const changed = signed.slice(0, at) + text + signed.slice(at + 1)
        fc.pre(changed !== signed)
        assert.strictEqual(verifyPlugin(hash, changed, publishers).kind, "invalid")
      })
    )
    fc.assert(fc.property(fc.string(), (text) => verifyPlugin(hash, text, publishers).kind === "invalid"))
  })

  it("are made with Ed25519 keys alone", () => {
    assert.isUndefined(signPlugin(hash, "no key"))
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
    assert.isUndefined(signPlugin(hash, privateKey.export({ format: "pem", type: "pkcs8" }).toString()))
  })

  it.effect("stand beside the file; without one there is none, and a huge or unreadable one is invalid", () =>
    Effect.gen(function* () {
      const file = join(folder, "a.wasm")
      assert.deepStrictEqual(yield* signatureOf(hash, file, publishers), { kind: "none" })
      writeFileSync(`${file}.sig`, signed)
      assert.deepStrictEqual(yield* signatureOf(hash, file, publishers), { kind: "publisher", name: "acme" })
      writeFileSync(`${file}.sig`, signed.padEnd(5000))
      assert.strictEqual((yield* signatureOf(hash, file, publishers)).kind, "invalid")
      assert.strictEqual((yield* signatureOf(hash, `${file}.sig/x`, publishers)).kind, "invalid")
    })
  )
})
