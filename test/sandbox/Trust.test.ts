import { assert, describe, it } from "@effect/vitest"
import { type Candidate, difference, objection, type Provenance } from "../../src/sandbox/Trust.ts"

const before: Provenance = {
  sha256: "a".repeat(64),
  grants: ["store:notes"],
  imports: ["x/a", "x/b"],
  publisher: "acme"
}
const candidate = (part: Partial<Candidate> = {}): Candidate => ({
  path: "/p.wasm",
  sha256: "b".repeat(64),
  grants: ["store:notes"],
  imports: ["x/a", "x/b"],
  signature: { kind: "publisher", name: "acme" },
  pinned: false,
  bundled: false,
  ...part
})
const object = (part: Partial<Candidate>, consented = false, required = false) =>
  objection(candidate(part), before, consented, required)?.message

describe("a changed file", () => {
  it("T18: waits, with what is different", () => {
    assert.match(object({}) ?? "", /granted store:notes \(same imports, same grants, other code\)/)
    const said = object({
      imports: ["x/b", "x/c"],
      grants: ["http:a.example"],
      signature: { kind: "stranger", key: "K" }
    })
    assert.include(
      said,
      "new imports: x/c; no more imports: x/a; new grants: http:a.example; no more grants: store:notes"
    )
    assert.include(said, "signed by a stranger, before by acme")
    assert.include(said, `sha256 = "${"b".repeat(64)}"`)
  })

  it("T18: waits for consent, which no file gets that is refused for its signature", () => {
    const kindOf = (part: Partial<Candidate>, required = false) =>
      objection(candidate(part), before, false, required)?.kind
    assert.strictEqual(kindOf({}), "consent")
    assert.strictEqual(kindOf({ signature: { kind: "invalid", why: "" } }), "refused")
    assert.strictEqual(kindOf({ signature: { kind: "none" } }, true), "refused")
  })

  it("T18: may load once it is pinned, agreed to, bundled, or granted nothing", () => {
    assert.isUndefined(object({ pinned: true }))
    assert.isUndefined(object({}, true))
    assert.isUndefined(object({ bundled: true }))
    assert.isUndefined(object({ grants: [] }))
    assert.isUndefined(object({ sha256: before.sha256 }))
    assert.isUndefined(objection(candidate(), undefined, false, false))
  })

  it("says nothing of imports that were not recorded", () => {
    assert.deepStrictEqual(difference({ ...before, imports: undefined }, candidate()), [])
    const unsigned = difference({ ...before, publisher: undefined }, candidate({ signature: { kind: "none" } }))
    assert.deepStrictEqual(unsigned, [])
  })
})

describe("a signature", () => {
  it("T18: that is not the file's stops the start, whatever else is said", () => {
    const invalid = { kind: "invalid", why: "it was made for another file" } as const
    assert.match(object({ signature: invalid, pinned: true }, true) ?? "", /p\.wasm\.sig is not the file's/)
  })

  it("T18: of a known publisher is asked for where it is required", () => {
    const pinned = { pinned: true }
    assert.match(object({ ...pinned, signature: { kind: "none" } }, true, true) ?? "", /is not signed/)
    assert.match(object({ ...pinned, signature: { kind: "stranger", key: "K" } }, true, true) ?? "", /with the key K/)
    assert.isUndefined(object(pinned, false, true))
    assert.isUndefined(object({ bundled: true, signature: { kind: "none" } }, false, true))
  })
})
