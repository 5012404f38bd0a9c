import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { connectBus } from "../../layers/client/bus/index.ts"
import { delay } from "../../layers/client/bus/Backoff.ts"
import { EventQueue } from "../../layers/client/bus/EventQueue.ts"
import type { BusEvent, JoinedChannel, Message, Position } from "../../layers/client/bus/Events.ts"
import { addressOf } from "../../layers/client/bus/options.ts"
import { Positions } from "../../layers/client/bus/Positions.ts"

const place = { room: "ops", channel: "lobby" }
const message = (offset: number, epoch = "e"): Message => ({
  type: "message",
  ...place,
  position: { epoch, offset },
  id: `${offset}`,
  sender: { principal: "p", connection: "c", type: "service", name: "" },
  at: 0,
  body: "",
  contentType: "",
  headers: {},
  key: ""
})
const joined = (position: Position, recovery: JoinedChannel["recovery"] = "none"): JoinedChannel => ({
  ...place,
  position,
  recovery,
  recovered: 0
})

describe("what a client of the bus has had", () => {
  it("a message that comes again is not given again, and a hole that nobody told of is told", () => {
    const positions = new Positions()
    assert.isUndefined(positions.joined(joined({ epoch: "e", offset: 3 })))
    assert.deepStrictEqual(positions.take(message(3)), [])
    assert.deepStrictEqual(positions.take(message(4)), [message(4)])
    const [hole, after] = positions.take(message(7))
    assert.deepInclude(hole, { type: "skipped", from: 5, to: 6, reason: "unavailable" })
    assert.deepStrictEqual(after, message(7))
  })

  it("another epoch is a hole of its own, also where it begins with its first message", () => {
    const positions = new Positions()
    positions.joined(joined({ epoch: "e", offset: 3 }))
    assert.deepInclude(positions.take(message(1, "f"))[0], { reason: "epoch", epoch: "f", from: 1, to: 0 })
    // told by the server, it is told once
    positions.take({ type: "skipped", ...place, epoch: "g", from: 1, to: 4, reason: "epoch", missing: 0 })
    assert.deepStrictEqual(positions.take(message(5, "g")), [message(5, "g")])
  })

  it("a channel that the server knows nothing of any more is not taken for unchanged", () => {
    const positions = new Positions()
    positions.joined(joined({ epoch: "e", offset: 3 }))
    assert.deepInclude(positions.joined(joined({ epoch: "f", offset: 2 })), { reason: "epoch", from: 1, to: 2 })
    assert.deepInclude(positions.joined(joined({ epoch: "f", offset: 9 })), { reason: "unavailable", from: 3, to: 9 })
    assert.isUndefined(positions.joined(joined({ epoch: "f", offset: 9 }, "complete")))
    assert.deepStrictEqual(positions.within({ room: "*", channel: "*" }).length, 1)
    positions.forget({ room: "ops", channel: "*" })
    assert.deepStrictEqual(positions.within({ room: "ops", channel: "lobby" }), [])
  })

  it("whatever comes, in whatever order, each message is given once and everything between two of them is told", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 20 }), fc.constantFrom("e", "f"))), (arrivals) => {
        const positions = new Positions()
        positions.joined(joined({ epoch: "e", offset: 0 }))
        let at: Position = { epoch: "e", offset: 0 }
        for (const event of arrivals.flatMap(([offset, epoch]) => positions.take(message(offset, epoch)))) {
          if (event.type === "skipped") {
            if (event.epoch === at.epoch) assert.strictEqual(event.from, at.offset + 1)
            at = { epoch: event.epoch, offset: event.to }
          } else if (event.type === "message") {
            assert.deepStrictEqual(event.position, { epoch: at.epoch, offset: at.offset + 1 })
            at = event.position
          }
        }
      })
    )
  })
})

describe("events between a socket and a loop", () => {
  const event = (code: number): BusEvent => ({ type: "disconnected", code, reason: "" })

  it("are given in order, whether the loop waits for them or they for the loop, and then it ends", async () => {
    const queue = new EventQueue(1_000, () => undefined)
    const loop = (async () => {
      const codes: Array<number> = []
      for await (const one of queue) if (one.type === "disconnected") codes.push(one.code)
      return codes
    })()
    for (let n = 0; n < 300; n++) {
      queue.add(event(n))
      if (n % 7 === 0) await Promise.resolve()
    }
    queue.end()
    assert.deepStrictEqual(
      await loop,
      Array.from({ length: 300 }, (_, n) => n)
    )
  })

  it("say when too many wait, and when there is room again", async () => {
    let room = 0
    const queue = new EventQueue(4, () => void (room += 1))
    assert.deepStrictEqual(
      [1, 2, 3, 4, 5].map((n) => queue.add(event(n))),
      [true, true, true, false, false]
    )
    const taker = queue[Symbol.asyncIterator]()
    for (let n = 0; n < 2; n++) await taker.next()
    assert.strictEqual(room, 0)
    await taker.next()
    assert.strictEqual(room, 1)
    queue.end(new Error("over"))
    await taker.next()
    await taker.next()
    const failure: unknown = await taker.next().catch((error: unknown) => error)
    assert.strictEqual((failure as Error).message, "over")
  })
})

describe("coming back", () => {
  it("waits longer each time, up to a bound, never less than was asked, and not all at once", () => {
    const options = { minMs: 100, maxMs: 1_000 }
    assert.deepStrictEqual(
      [0, 1, 2, 5, 1e9].map((failures) => delay(failures, 0, 1, options)),
      [100, 200, 400, 1_000, 1_000]
    )
    assert.strictEqual(delay(0, 5_000, 0, options), 5_000)
    assert.strictEqual(delay(3, 0, 0.5, options), 400)
  })

  it("finds the bus at an address as a person writes it", () => {
    assert.strictEqual(addressOf("http://host:1"), "ws://host:1/bus")
    assert.strictEqual(addressOf("wss://host/x"), "wss://host/x")
    assert.throws(() => addressOf("host:1"), /must look like/)
  })

  it("T30: no failure repeats what stands behind the path of an address: it may be a key", async () => {
    const failure: unknown = await connectBus({ url: "ws://127.0.0.1:1/bus?key=s3cret" }).catch(
      (error: unknown) => error
    )
    assert.strictEqual((failure as Error).message, "No bus answers at ws://127.0.0.1:1/bus.")
  })
})
