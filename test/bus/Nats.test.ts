import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import type { Said } from "../../src/bus/Bridge.ts"
import { TenantId } from "../../src/domain/Ids.ts"
import { addressOf } from "../../layers/bus/nats/address.ts"
import type { Carrier } from "../../layers/bus/nats/Carrier.ts"
import { type Letter, Outbox } from "../../layers/bus/nats/Outbox.ts"
import * as RelayWire from "../../layers/bus/nats/RelayWire.ts"
import { Sender } from "../../layers/bus/nats/Sender.ts"
import { type Account, Spoken } from "../../layers/bus/nats/Spoken.ts"
import { Seen } from "../../layers/bus/nats/Seen.ts"
import { channelOf, draftOf, tenantA } from "./fixtures.ts"

const letter = (id: number | string, size = 1): Letter => ({
  id: `${id}`,
  subject: "s",
  bytes: new Uint8Array(size),
  tenant: tenantA
})
const idsOf = (letters: ReadonlyArray<Letter>) => letters.map(({ id }) => id)
const roomy = { letters: 1_000, bytes: 1_000_000 }

describe("an outbox", () => {
  it("gives what waits in order, and again what did not arrive, before everything else", () => {
    const outbox = new Outbox(roomy, { millis: 100, letters: 10, bytes: 1_000 })
    for (let n = 0; n < 5; n++) outbox.add(letter(n))
    const taken = outbox.take(3)
    assert.deepStrictEqual(idsOf(taken), ["0", "1", "2"])
    outbox.done(new Set(taken.filter(({ id }) => id === "1")), 0)
    assert.deepStrictEqual(idsOf(outbox.take(9)), ["1", "3", "4"])
  })

  it("gives what was confirmed lately once more where the server may have lost it, and not what is older", () => {
    const outbox = new Outbox(roomy, { millis: 100, letters: 2, bytes: 1_000 })
    for (const [n, at] of [0, 1_000, 1_010, 1_020].entries()) {
      outbox.add(letter(n))
      outbox.take(1)
      outbox.done(new Set(), at)
    }
    outbox.add(letter("new"))
    outbox.resend(1_050)
    // two at most are kept
    assert.deepStrictEqual(idsOf(outbox.take(9)), ["2", "3", "new"])
    outbox.done(new Set(), 2_000)
    outbox.resend(2_101)
    assert.deepStrictEqual(idsOf(outbox.take(9)), [])
  })

  it("holds no more than it may, drops the oldest, and counts them", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: 0, max: 40 }), fc.constant("take" as const)), { maxLength: 60 }),
        (steps) => {
          const outbox = new Outbox({ letters: 5, bytes: 100 }, { millis: 10, letters: 10, bytes: 1_000 })
          let added = 0
          let gone = 0
          let taken: ReadonlyArray<Letter> = []
          for (const step of steps) {
            if (step === "take") {
              taken = outbox.take(2)
              gone += taken.length
              outbox.done(new Set(), 0)
            } else outbox.add(letter(added++, step))
            assert.isAtMost(outbox.size, 5)
            assert.strictEqual(outbox.size + outbox.dropped + gone, added)
          }
          const rest = outbox.take(9).map(({ id }) => Number(id))
          assert.deepStrictEqual(
            rest,
            rest.toSorted((a, b) => a - b)
          )
        }
      )
    )
  })

  it("what can go out nowhere is dropped and counted, and does not come back", () => {
    const outbox = new Outbox(roomy, { millis: 100, letters: 10, bytes: 1_000 })
    outbox.add(letter("huge"))
    for (const one of outbox.take(1)) outbox.refuse(one)
    outbox.done(new Set(), 0)
    assert.deepStrictEqual([outbox.size, outbox.dropped], [0, 1])
  })
})

describe("a sender", () => {
  /** What goes out by a way that takes everything, in order. */
  const sending = (size: number) => {
    const spoken = new Spoken("x")
    const outbox = new Outbox(roomy, { millis: 100, letters: 10, bytes: 1_000 }, ({ said }) => {
      if (said !== undefined) spoken.lost(said)
    })
    const out: Array<string> = []
    const carrier: Carrier = {
      name: "test",
      send: (letters) => {
        out.push(...idsOf(letters))
        return Promise.resolve(new Set())
      },
      listen: () => ({ ended: Promise.resolve(), stop: () => undefined })
    }
    const letterOf = ({ channels, ended }: Account) =>
      letter(ended ? "end" : channels.map(({ lostFrom, seq }) => `${lostFrom}-${seq}`).join(), size)
    const sender = new Sender({ outbox, spoken, letterOf, now: () => 0 })
    const say = (id: string, bytes = 1) => {
      const said = { channel: channelOf(), mark: spoken.next(channelOf()) }
      outbox.add({ ...letter(id, bytes), said })
    }
    return { carrier, out, outbox, say, sender, spoken }
  }

  it("T33: tells what was lost before what is left, how far it has come behind it, and that it ends last", async () => {
    const { carrier, out, say, sender, spoken } = sending(1)
    spoken.lost({ channel: channelOf(), mark: spoken.next(channelOf()) })
    for (const id of ["a", "b"]) say(id)
    sender.up(carrier, 10_000)
    await sender.close()
    assert.deepStrictEqual(out, ["1-1", "0-1", "a", "b", "0-3", "end"])
  })

  it("T33: what is too large to go out is told as lost", async () => {
    const { carrier, out, say, sender } = sending(1)
    say("a")
    say("huge", 20_000)
    say("b")
    sender.up(carrier, 10_000)
    await sender.close()
    assert.deepStrictEqual(out, ["a", "b", "2-2", "0-3", "end"])
  })

  it("does not try again and again what the server would end the connection over", async () => {
    const { carrier, out, sender, spoken } = sending(20_000)
    spoken.lost({ channel: channelOf(), mark: spoken.next(channelOf()) })
    sender.up(carrier, 10_000)
    await sender.close()
    assert.deepStrictEqual([out, spoken.hasLosses], [[], false])
  })
})

describe("ids that were delivered", () => {
  it("the newest of them are known, and no more than twice as many are kept", () => {
    const seen = new Seen(10)
    for (let n = 0; n < 100; n++) seen.add(`${n}`)
    for (let n = 90; n < 100; n++) assert.isTrue(seen.has(`${n}`))
    assert.isFalse(seen.has("79"))
  })
})

describe("a relay on the wire", () => {
  const name = fc.string({ unit: "grapheme" })
  const relay: fc.Arbitrary<Said> = fc
    .record({
      id: fc.string({ unit: "grapheme", minLength: 1 }),
      body: fc.oneof(name, fc.uint8Array()),
      headers: fc.dictionary(
        name.filter((key) => key !== "__proto__"),
        name
      ),
      type: fc.constantFrom("human" as const, "ai-agent" as const, "dashboard" as const, "service" as const),
      name,
      position: fc.option(fc.record({ epoch: fc.constant("e"), offset: fc.nat() }), { nil: undefined }),
      isPrivate: fc.boolean()
    })
    .map(({ body, headers, id, isPrivate, name, position, type }): Said => {
      const draft = draftOf("", {
        id,
        at: 1_700_000_000_000,
        sender: { principal: name, connection: name, type, name },
        content: { body, contentType: name, headers, key: name, annotations: undefined }
      })
      const tenant = TenantId.make("acme")
      return isPrivate
        ? { _tag: "private", node: "n", id, tenant, to: { connection: name }, draft }
        : { _tag: "message", node: "n", id, channel: channelOf("c", tenant), draft, position }
    })

  it("comes back as it was", () => {
    fc.assert(fc.property(relay, (one) => assert.deepStrictEqual(RelayWire.decode(RelayWire.encode(one)).what, one)))
  })

  it("T38: bytes that are none, or that name what no bus has, are refused", () => {
    const good = RelayWire.encode({
      _tag: "message",
      node: "n",
      id: "i",
      channel: channelOf(),
      draft: draftOf("x"),
      position: undefined
    })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat({ max: good.length }), (noise, at) => {
        for (const bytes of [noise, new Uint8Array([...good.slice(0, at), ...noise])]) {
          try {
            const { id, node } = RelayWire.decode(bytes).what
            assert.notStrictEqual(id, "")
            assert.notStrictEqual(node, "")
          } catch (error) {
            assert.instanceOf(error, Error)
          }
        }
      }),
      { numRuns: 500 }
    )
    const withTenant = (tenant: string) =>
      RelayWire.encode({
        _tag: "message",
        node: "n",
        id: "i",
        channel: { ...channelOf(), tenant: tenant as TenantId },
        draft: draftOf("x"),
        position: undefined
      })
    for (const tenant of ["", "a.b", "a>", "a b", "x".repeat(65)]) {
      assert.throws(() => RelayWire.decode(withTenant(tenant)))
    }
  })
})

describe("the address of a NATS server", () => {
  it("keeps the credentials apart from where it is", () => {
    assert.deepStrictEqual(addressOf("nats://host"), { servers: "host:4222" })
    assert.deepStrictEqual(addressOf("nats://ann:p%40ss@host:1"), { servers: "host:1", user: "ann", pass: "p@ss" })
    assert.deepStrictEqual(addressOf("tls://s3cret@host"), { servers: "host:4222", token: "s3cret", tls: {} })
  })
})
