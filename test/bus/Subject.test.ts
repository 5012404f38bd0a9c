import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { type ChannelRef, ChannelName, isChannelName, isRoomName, keyOf, RoomName } from "../../src/bus/ChannelName.ts"
import * as Subject from "../../src/bus/Subject.ts"
import * as SubjectToken from "../../src/bus/SubjectToken.ts"
import { TenantId } from "../../src/domain/Ids.ts"

/** Names made of what could shift a hierarchy, and of anything else. */
const awkward = fc.constantFrom(
  ".",
  "..",
  "*",
  ">",
  " ",
  "%",
  "%2E",
  "%room",
  "%-",
  "%long",
  "exoclaw",
  "@",
  "a",
  "A",
  ":",
  "\u{1F600}",
  "é",
  "$"
)
const text = fc.oneof(
  { weight: 3, arbitrary: fc.array(awkward, { minLength: 1, maxLength: 5 }).map((parts) => parts.join("")) },
  { weight: 1, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 12 }) }
)
const ref: fc.Arbitrary<ChannelRef> = fc.record({
  tenant: fc.constantFrom("default", "a", "b", "a_b", "a-b", "exoclaw").map((id) => TenantId.make(id)),
  room: fc.oneof(fc.constant("exoclaw"), text.filter(isRoomName)).map((name) => RoomName.make(name)),
  channel: text.filter(isChannelName).map((name) => ChannelName.make(name))
})
const channel = (name: string, room = "exoclaw", tenant = "default"): ChannelRef => ({
  tenant: TenantId.make(tenant),
  room: RoomName.make(room),
  channel: ChannelName.make(name)
})
/** As a NATS server matches a subscription. */
const matches = (pattern: string, subject: string): boolean => {
  const [want, have] = [pattern.split("."), subject.split(".")]
  return (
    want.every((token, n) =>
      token === ">" ? have.length > n : token === "*" ? have[n] !== undefined : token === have[n]
    ) &&
    (want.at(-1) === ">" || want.length === have.length)
  )
}

describe("a channel's subject", () => {
  it("T38: two channels never share one, whatever they are called", () => {
    fc.assert(
      fc.property(fc.array(ref, { minLength: 40, maxLength: 60 }), (refs) => {
        const subjects = new Set(refs.map(Subject.ofChannel))
        assert.strictEqual(subjects.size, new Set(refs.map(keyOf)).size)
      }),
      { numRuns: 300 }
    )
  })

  it("T38: it has no wildcard, no space and no empty level, and as many levels as the name has", () => {
    fc.assert(
      fc.property(ref, (one) => {
        const subject = Subject.ofChannel(one)
        assert.match(subject, /^exoclaw(?:@[A-Za-z0-9_-]+)?(?:\.[A-Za-z0-9_:@~+%-]+)+$/)
        const levels = one.channel.split(".").length + (one.room === "exoclaw" ? 1 : 3)
        assert.lengthOf(subject.split("."), levels)
      }),
      { numRuns: 5_000 }
    )
  })

  it("T38: tenant `a_b` is not tenant `a`, and nobody's names reach another tenant's subjects", () => {
    fc.assert(
      fc.property(ref, fc.constantFrom("default", "a", "b", "a_b", "a-b", "exoclaw"), (one, other) => {
        const tenant = TenantId.make(other)
        const reached = matches(Subject.allOf(tenant), Subject.ofChannel(one))
        assert.strictEqual(reached, one.tenant === tenant)
        assert.notStrictEqual(Subject.ofChannel(one), Subject.ofPrivate(tenant))
      }),
      { numRuns: 2_000 }
    )
    // a dot is in no tenant's id at all
    assert.throws(() => TenantId.make("a.b"))
  })

  it("is read as it was written where the name is made of tokens", () => {
    const name = ["telegram", "a.b@example", ""].map(SubjectToken.encode).join(".")
    assert.strictEqual(Subject.ofChannel(channel(name)), "exoclaw.telegram.a%2Eb@example.%")
    assert.strictEqual(Subject.ofChannel(channel(name, "exoclaw", "acme")), "exoclaw@acme.telegram.a%2Eb@example.%")
    assert.strictEqual(Subject.ofChannel(channel("lobby", "ops")), "exoclaw.%room.ops.lobby")
    assert.strictEqual(Subject.ofChannel(channel("a > b")), "exoclaw.%-a%20%3E%20b")
    assert.strictEqual(Subject.ofChannel(channel("a..b")), "exoclaw.a.%-%.b")
    // a channel that is called like the mark of rooms is no room
    assert.strictEqual(Subject.ofChannel(channel("%room.ops.lobby")), "exoclaw.%-%25room.ops.lobby")
  })

  it("T38: a name that would be too long for a server shares its tenant's subject for such names", () => {
    const long = channel("\u{1F600}".repeat(250), "ops", "acme")
    assert.strictEqual(Subject.ofChannel(long), "exoclaw@acme.%long")
    fc.assert(fc.property(ref, (one) => Subject.ofChannel(one) !== Subject.ofChannel(long)))
  })
})
