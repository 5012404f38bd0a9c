import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { AgentId, TenantId } from "../../src/domain/Ids.ts"
import { type SessionKey, show, storageKey } from "../../src/domain/SessionKey.ts"

const name = fc.stringMatching(/^[A-Za-z0-9_-]{1,8}$/)
// values that are made to collide: separators, encodings of separators, lone surrogates
const value = fc.oneof(
  fc.string({ unit: "binary", maxLength: 6 }),
  fc
    .array(fc.constantFrom(":", "/", "%", "%3A", "a", "g", "t", "u", "\ud800", "\udc00", "d800", "%ud800"), {
      maxLength: 4
    })
    .map((p) => p.join(""))
)
const key: fc.Arbitrary<SessionKey> = fc.record({
  tenant: name.map((text) => TenantId.make(text)),
  agent: name.map((text) => AgentId.make(text)),
  channel: value,
  account: value,
  conversation: fc.record({
    peer: value,
    guild: fc.option(value, { nil: undefined }),
    team: fc.option(value, { nil: undefined })
  })
})

const same = (a: SessionKey, b: SessionKey): boolean =>
  a.tenant === b.tenant &&
  a.agent === b.agent &&
  a.channel === b.channel &&
  a.account === b.account &&
  a.conversation.peer === b.conversation.peer &&
  a.conversation.guild === b.conversation.guild &&
  a.conversation.team === b.conversation.team

describe("session keys", () => {
  it("T7: two different keys are never equal, neither shown nor stored", () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        assert.strictEqual(storageKey(a) === storageKey(b), same(a, b))
        assert.strictEqual(show(a) === show(b), same(a, { ...b, tenant: a.tenant }))
      }),
      { numRuns: 2_000 }
    )
  })

  it("T7: a value cannot imitate a boundary, in any pair of neighbours", () => {
    const pieces = [":", "/", "%", "a", "\ud800"]
    fc.assert(
      fc.property(key, fc.constantFrom(...pieces), value, value, (base, piece, left, right) => {
        const one = { ...base, channel: left + piece, account: right }
        const other = { ...base, channel: left, account: piece + right }
        assert.notStrictEqual(storageKey(one), storageKey(other))
        const peer = { ...base, conversation: { peer: left, guild: piece + right } }
        const moved = { ...base, conversation: { peer: left + piece, guild: right } }
        assert.notStrictEqual(storageKey(peer), storageKey(moved))
      })
    )
  })

  it("are shown with each part percent-encoded, in printable ASCII", () => {
    const plain: SessionKey = {
      tenant: TenantId.make("default"),
      agent: AgentId.make("main"),
      channel: "web socket",
      account: "a:b",
      conversation: { peer: "c/d" }
    }
    assert.strictEqual(show(plain), "main:web%20socket:a%3Ab:c%2Fd")
    assert.strictEqual(storageKey(plain), "default:main:web%20socket:a%3Ab:c%2Fd")
    assert.strictEqual(show({ ...plain, conversation: { peer: "p", guild: "g" } }), "main:web%20socket:a%3Ab:gg//p")
    fc.assert(fc.property(key, (any) => assert.match(storageKey(any), /^[\x21-\x7e]+$/)))
  })
})
