import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import type { Overflow } from "../../src/bus/Overflow.ts"
import { Outbox } from "../../src/bus/routing/Outbox.ts"
import { Packet } from "../../src/bus/routing/Packet.ts"

const cap = 1000

/** Channels by policy; the offsets of each count up. */
class Publisher {
  readonly channel = {}
  readonly overflow: Overflow
  readonly name: string
  offset = 0

  constructor(name: string, overflow: Overflow) {
    this.name = name
    this.overflow = overflow
  }

  next(key = ""): Packet {
    this.offset += 1
    return new Packet({ _tag: "updated" }, 0, {
      channel: this.channel,
      room: "r",
      name: this.name,
      epoch: "e",
      offset: this.offset,
      overflow: this.overflow,
      key
    })
  }
}

/** What a reader sees: offsets of messages, and holes as `from-to reason`. */
const shown = (packets: ReadonlyArray<Packet>): ReadonlyArray<number | string> =>
  packets.map(({ event, slot }) =>
    event._tag === "skipped" ? `${event.skipped.from}-${event.skipped.to} ${event.skipped.reason}` : (slot?.offset ?? 0)
  )

const all = (outbox: Outbox): ReadonlyArray<Packet> => {
  const packets: Array<Packet> = []
  while (outbox.size > 0) packets.push(...outbox.take(300))
  return packets
}

describe("what waits for a connection", () => {
  it("leaves in order, about as many bytes at a time as were asked for", () => {
    const outbox = new Outbox(cap)
    const channel = new Publisher("c", "cut")
    for (let n = 0; n < 6; n++) assert.isTrue(outbox.offer(channel.next(), 100, false))
    assert.deepStrictEqual(shown(outbox.take(250)), [1, 2, 3])
    assert.deepStrictEqual([outbox.size, outbox.bytes], [3, 300])
    assert.deepStrictEqual(shown(outbox.take(1)), [4])
    assert.deepStrictEqual(shown(outbox.take(1000)), [5, 6])
    assert.deepStrictEqual([outbox.size, outbox.bytes], [0, 0])
  })

  it("cut: what does not fit is refused, and nothing that waits gives way", () => {
    const outbox = new Outbox(cap)
    const channel = new Publisher("c", "cut")
    for (let n = 0; n < 10; n++) assert.isTrue(outbox.offer(channel.next(), 100, true))
    assert.isFalse(outbox.offer(channel.next(), 100, true))
    assert.isFalse(outbox.offer(new Packet({ _tag: "updated" }), 1, true))
    assert.strictEqual(outbox.size, 10)
  })

  it("a reader that has read everything gets a packet of any size", () => {
    const outbox = new Outbox(cap)
    assert.isTrue(outbox.offer(new Publisher("c", "cut").next(), 10 * cap, false))
    assert.isFalse(outbox.offer(new Publisher("d", "cut").next(), 1, false))
  })

  it("drop_oldest: the oldest give way, and one mark in their place says which", () => {
    const outbox = new Outbox(cap)
    const channel = new Publisher("c", "drop_oldest")
    for (let n = 0; n < 25; n++) assert.isTrue(outbox.offer(channel.next(), 100, true))
    const packets = shown(all(outbox))
    assert.deepStrictEqual(packets, ["1-16 overflow", ...Array.from({ length: 9 }, (_, n) => n + 17)])
    assert.strictEqual(outbox.dropped, 16)
  })

  it("drop_oldest: what belongs to other policies stays, and the message itself gives way to it", () => {
    const outbox = new Outbox(cap)
    const [kept, dropping] = [new Publisher("k", "cut"), new Publisher("d", "drop_oldest")]
    for (let n = 0; n < 9; n++) outbox.offer(kept.next(), 100, true)
    assert.isTrue(outbox.offer(dropping.next(), 100, true))
    assert.strictEqual(outbox.offer(dropping.next(), 200, true), "dropped")
    assert.strictEqual(outbox.offer(dropping.next(), 200, true), "dropped")
    assert.deepStrictEqual(shown(all(outbox)), [1, 2, 3, 4, 5, 6, 7, 8, 9, "1-3 overflow"])
  })

  it("conflate: of one key the newest stays, at its own place, once the reader does not keep up", () => {
    const outbox = new Outbox(cap)
    const channel = new Publisher("c", "conflate")
    outbox.offer(channel.next("a"), 100, false)
    outbox.offer(channel.next("a"), 100, false)
    for (const key of ["b", "a", "b", "", "", "c"]) outbox.offer(channel.next(key), 100, true)
    assert.deepStrictEqual(shown(all(outbox)), [1, "2-3 conflated", 4, 5, 6, 7, 8])
    assert.deepStrictEqual([outbox.conflated, outbox.dropped], [2, 0])
  })

  it("a hole that was told does not grow: what is dropped later is told apart", () => {
    const outbox = new Outbox(cap)
    const channel = new Publisher("c", "drop_oldest")
    for (let n = 0; n < 12; n++) outbox.offer(channel.next(), 100, true)
    assert.deepStrictEqual(shown(outbox.take(1)), ["1-3 overflow"])
    for (let n = 0; n < 12; n++) outbox.offer(channel.next(), 100, true)
    assert.strictEqual(shown(all(outbox))[0], "4-15 overflow")
  })

  it("what is dropped after an answer is told after it: the answer may say where the channel stands", () => {
    const outbox = new Outbox(cap)
    const channel = new Publisher("c", "drop_oldest")
    for (let n = 0; n < 11; n++) outbox.offer(channel.next(), 100, true)
    outbox.offer(new Packet({ _tag: "updated" }), 1, true)
    for (let n = 0; n < 14; n++) outbox.offer(channel.next(), 100, true)
    const seen = shown(all(outbox))
    const answer = seen.indexOf(0)
    assert.match(String(seen[answer - 1]), /-11 overflow$/)
    assert.match(String(seen[answer + 1]), /^12-\d+ overflow$/)
  })

  it("T33: what comes a second time after an answer is told apart from what gave way before it", () => {
    const outbox = new Outbox(cap)
    const channel = new Publisher("c", "conflate")
    for (const key of ["a", "b", "c"]) outbox.offer(channel.next(key), 100, true)
    // 3 comes again behind the answer of a join, and replaces itself; then 4 gives way, which stands behind it
    outbox.offer(new Packet({ _tag: "updated" }), 1, true)
    channel.offset = 2
    for (const key of ["c", "d", "d"]) outbox.offer(channel.next(key), 100, true)
    assert.deepStrictEqual(shown(all(outbox)), [1, 2, "3-3 conflated", 0, 3, "4-4 conflated", 5])
  })

  it("over random schedules every message comes or is told as skipped, once and in order", () => {
    const steps = fc.array(
      fc.oneof(
        {
          weight: 6,
          arbitrary: fc.record({
            of: fc.nat({ max: 3 }),
            size: fc.integer({ min: 1, max: 400 }),
            key: fc.constantFrom("", "a", "b")
          })
        },
        { weight: 1, arbitrary: fc.record({ take: fc.integer({ min: 1, max: 600 }) }) }
      ),
      { maxLength: 120 }
    )
    fc.assert(
      fc.property(steps, fc.boolean(), (schedule, congested) => {
        const outbox = new Outbox(cap)
        const publishers = [
          new Publisher("0", "cut"),
          new Publisher("1", "drop_oldest"),
          new Publisher("2", "conflate"),
          new Publisher("3", "drop_oldest")
        ]
        const taken: Array<Packet> = []
        /** Offsets of the cutting channel that were refused; the reader would have been cut. */
        const refused = new Set<number>()
        for (const step of schedule) {
          if ("take" in step) {
            taken.push(...outbox.take(step.take))
            continue
          }
          const publisher = publishers[step.of]!
          const packet = publisher.next(step.key)
          if (outbox.offer(packet, step.size, congested) === false) refused.add(publisher.offset)
        }
        taken.push(...all(outbox))
        assert.deepStrictEqual([outbox.size, outbox.bytes], [0, 0])
        for (const publisher of publishers) {
          let at = 0
          for (const { event, slot } of taken) {
            if (event._tag === "skipped" && event.skipped.channel === publisher.name) {
              assert.strictEqual(event.skipped.from, at + 1)
              assert.isAtLeast(event.skipped.to, event.skipped.from)
              at = event.skipped.to
            } else if (slot?.channel === publisher.channel) {
              while (publisher.overflow === "cut" && refused.has(at + 1)) at += 1
              assert.strictEqual(slot.offset, at + 1)
              at += 1
            }
          }
          while (publisher.overflow === "cut" && refused.has(at + 1)) at += 1
          assert.strictEqual(at, publisher.offset, publisher.overflow)
        }
      }),
      { numRuns: 1000 }
    )
  })

  it("a reader that never reads costs no more, however much is dropped for it", () => {
    for (const overflow of ["drop_oldest", "conflate"] as const) {
      const outbox = new Outbox(cap)
      const channel = new Publisher("c", overflow)
      for (let n = 0; n < 50_000; n++) outbox.offer(channel.next(["", "a", "b"][n % 3]), 50, true)
      assert.isAtMost(outbox.size, 25)
      assert.isAtMost(outbox.bytes, cap + 200)
      assert.isAtMost(outbox.places, 200)
    }
  })
})
