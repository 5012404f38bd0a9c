import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as References from "effect/References"
import type * as Scope from "effect/Scope"
import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"
import { onTestFinished } from "vitest"
import { WebSocket } from "ws"
import {
  type Bus,
  type BusEvent,
  BusFailure,
  type BusOptions,
  type BusSocket,
  connectBus,
  type Message
} from "../../layers/client/bus/index.ts"
import { listening } from "../bus/listening.ts"

const scenario = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>) =>
  Effect.provideService(Effect.scoped(effect), References.MinimumLogLevel, "Fatal")

/** A way to the bus that can be cut, as a network is. */
const cuttable = async (url: string) => {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  const state = { open: true }
  const server = createServer((near) => {
    if (!state.open) return near.destroy()
    const far = connect(Number(target.port), target.hostname)
    for (const [from, to] of [
      [near, far],
      [far, near]
    ] as const) {
      sockets.add(from)
      from.on("error", () => undefined)
      from.on("close", () => {
        sockets.delete(from)
        to.destroy()
      })
      from.pipe(to)
    }
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    // the bus looks at the name it is asked for
    socket: (address: string, protocol: string): BusSocket =>
      new WebSocket(address, protocol, { headers: { host: target.host } }) as unknown as BusSocket,
    cut: () => {
      for (const socket of sockets) socket.destroy()
    },
    hold: () => {
      state.open = false
      for (const socket of sockets) socket.destroy()
    },
    release: () => {
      state.open = true
    }
  }
}

const at = ({ socket, url }: Awaited<ReturnType<typeof cuttable>>) => ({ socket, url })
const fast = { minMs: 5, maxMs: 50 }
const open = async (options: BusOptions): Promise<Bus> => {
  const bus = await connectBus({ backoff: fast, ...options })
  onTestFinished(() => bus.close())
  return bus
}

/** Takes events until one fits; gives all of them. */
const take = async (bus: Bus, until: (event: BusEvent) => boolean): Promise<ReadonlyArray<BusEvent>> => {
  const taken: Array<BusEvent> = []
  for await (const event of bus.events) {
    taken.push(event)
    if (until(event)) return taken
  }
  throw new Error(`the events ended after ${taken.map(({ type }) => type).join(", ")}`)
}
const isMessage = (event: BusEvent): event is Message => event.type === "message"
const says = (text: string) => (event: BusEvent) => isMessage(event) && event.body === text
const bodies = (events: ReadonlyArray<BusEvent>) => events.filter(isMessage).map(({ body }) => body)

for (const json of [false, true]) {
  describe(`the client of the bus, in ${json ? "JSON" : "its binary form"}`, () => {
    const type = json ? "dashboard" : "service"

    it.live("publishes, hears, asks and is told who comes, in plain values", () =>
      scenario(
        Effect.gen(function* () {
          const { url } = yield* listening()
          yield* Effect.promise(async () => {
            const ann = await open({ url, token: "ann", json, type, name: "Ann" })
            const bob = await open({ url, token: () => "bob", json, type, metadata: { mood: "fine" } })
            await ann.join("ops", "lobby", { presence: true })
            await bob.join("ops", "lobby")
            const ack = await bob.publish("ops", "lobby", "hello", {
              headers: { a: "b" },
              contentType: "text/plain",
              id: "1"
            })
            assert.deepStrictEqual([ack.duplicate, ack.durability, ack.position?.offset], [false, "process", 1])
            assert.isTrue((await bob.publish("ops", "lobby", "hello", { id: "1" })).duplicate)
            await bob.publish("ops", "lobby", new Uint8Array([0, 255]))
            const events = await take(ann, (event) => isMessage(event) && typeof event.body !== "string")
            assert.deepStrictEqual(
              events.map((event) => event.type),
              ["connected", "presence", "message", "message"]
            )
            const [connected, presence, text, bytes] = events
            assert.deepInclude(connected, { principal: "token:ann", tenant: "tenant-a", again: false })
            assert.deepInclude(presence, { kind: "joined", room: "ops", channel: "lobby" })
            assert.deepInclude(text, {
              body: "hello",
              contentType: "text/plain",
              headers: { a: "b" },
              position: ack.position
            })
            assert.deepStrictEqual((bytes as Message).body, new Uint8Array([0, 255]))
            assert.strictEqual((text as Message).sender.principal, "token:bob")
            const page = await ann.history("ops", "lobby", { limit: 1 })
            assert.deepStrictEqual([page.messages.length, page.position.offset], [1, 2])
            assert.deepStrictEqual(ann.position("ops", "lobby"), page.position)
            const status = await ann.command("status")
            assert.strictEqual(status.connections, 2)
            await ann.send({ principal: "token:bob" }, "psst")
            assert.deepInclude((await take(bob, ({ type: kind }) => kind === "private")).at(-1), { body: "psst" })
            await bob.update({ mood: "tired" })
            await bob.leave("ops", "lobby")
            assert.deepStrictEqual(
              (await take(ann, (event) => event.type === "presence" && event.kind === "left")).map(
                (event) => event.type === "presence" && event.kind
              ),
              ["updated", "left"]
            )
          })
        })
      )
    )

    it.live("T33: a connection that is cut again and again loses nothing, doubles nothing, and keeps the order", () =>
      scenario(
        Effect.gen(function* () {
          const { url } = yield* listening()
          yield* Effect.promise(async () => {
            const way = await cuttable(url)
            const ann = await open({ ...at(way), token: "ann", json, type })
            const bob = await open({ ...at(way), token: "bob", json, type })
            await ann.join("ops", "*")
            for (const channel of ["a", "b"]) await bob.join("ops", channel, { mute: true })
            const said = Array.from({ length: 200 }, (_, n) => `${n}`)
            const speak = async () => {
              for (const [n, text] of said.entries()) {
                await bob.publish("ops", n % 2 === 0 ? "a" : "b", text)
                if (n % 20 === 10) way.cut()
              }
            }
            const [events] = await Promise.all([take(ann, says("199")), speak()])
            for (const channel of ["a", "b"]) {
              const heard = events.filter((event) => isMessage(event) && event.channel === channel)
              assert.deepStrictEqual(
                bodies(heard),
                said.filter((_, n) => (n % 2 === 0) === (channel === "a"))
              )
            }
            assert.isFalse(events.some((event) => event.type === "skipped"))
            assert.isAtLeast(events.filter((event) => event.type === "connected" && event.again).length, 1)
          })
        })
      )
    )
  })
}

describe("the client of the bus", () => {
  it.live("T33: what is no longer kept is told as a hole, with the last that was had", () =>
    scenario(
      Effect.gen(function* () {
        const { url } = yield* listening({ bus: { settings: { overflow: "cut", keepMessages: 5, keepSeconds: 3600 } } })
        yield* Effect.promise(async () => {
          const way = await cuttable(url)
          const ann = await open({ ...at(way), token: "ann" })
          const bob = await open({ url, token: "bob" })
          await ann.join("ops", "lobby")
          await bob.join("ops", "lobby", { mute: true })
          await bob.publish("ops", "lobby", "0")
          await take(ann, says("0"))
          way.hold()
          for (let n = 1; n <= 10; n++) await bob.publish("ops", "lobby", `${n}`)
          way.release()
          const events = await take(ann, says("10"))
          const skipped = events.find((event) => event.type === "skipped")
          assert.deepInclude(skipped, { from: 2, to: 6, reason: "trimmed" })
          assert.deepStrictEqual(bodies(events), ["6", "7", "8", "9", "10"])
        })
      })
    )
  )

  it.live("a program that begins later goes on from the position that an earlier one had", () =>
    scenario(
      Effect.gen(function* () {
        const { url } = yield* listening()
        yield* Effect.promise(async () => {
          const ann = await open({ url, token: "ann" })
          await ann.join("ops", "lobby")
          await ann.publish("ops", "lobby", "one")
          await take(ann, says("one"))
          const position = ann.position("ops", "lobby")!
          await ann.publish("ops", "lobby", "two")
          await ann.close()
          const later = await open({ url, token: "ann" })
          const joined = await later.join("ops", "lobby", { recover: [{ room: "ops", channel: "lobby", position }] })
          assert.deepStrictEqual(
            joined.channels.map(({ recovered, recovery }) => [recovery, recovered]),
            [["complete", 1]]
          )
          assert.deepStrictEqual(bodies(await take(later, says("two"))), ["two"])
        })
      })
    )
  )

  it.live("one that takes its events slowly holds the server back, and still gets every one", () =>
    scenario(
      Effect.gen(function* () {
        const { url } = yield* listening()
        yield* Effect.promise(async () => {
          const ann = await open({ url, token: "ann", maxWaiting: 20 })
          const bob = await open({ url, token: "bob" })
          await ann.join("ops", "lobby")
          await bob.join("ops", "lobby", { mute: true })
          for (let n = 0; n < 200; n++) await bob.publish("ops", "lobby", `${n}`)
          const events = await take(ann, says("199"))
          assert.deepStrictEqual(
            bodies(events),
            Array.from({ length: 200 }, (_, n) => `${n}`)
          )
          assert.isTrue(events.some((event) => event.type === "disconnected"))
        })
      })
    )
  )

  it.live("who answers each event before taking the next is not held up by those that wait", () =>
    scenario(
      Effect.gen(function* () {
        const { url } = yield* listening()
        yield* Effect.promise(async () => {
          const ann = await open({ url, token: "ann", maxWaiting: 10 })
          const bob = await open({ url, token: "bob" })
          await ann.join("ops", "questions")
          await ann.join("ops", "answers", { mute: true })
          await bob.join("ops", "questions", { mute: true })
          await bob.join("ops", "answers")
          for (let n = 0; n < 100; n++) await bob.publish("ops", "questions", `${n}`)
          for await (const event of ann.events) {
            if (!isMessage(event)) continue
            await ann.publish("ops", "answers", event.body)
            if (event.body === "99") break
          }
          assert.deepStrictEqual(
            bodies(await take(bob, says("99"))),
            Array.from({ length: 100 }, (_, n) => `${n}`)
          )
        })
      })
    )
  )

  it.live("what the bus will not have is a typed failure, and ends the client where coming back does not help", () =>
    scenario(
      Effect.gen(function* () {
        const { url } = yield* listening()
        yield* Effect.promise(async () => {
          const failure = async (work: Promise<unknown>) => {
            const error: unknown = await work.then(
              () => undefined,
              (reason: unknown) => reason
            )
            assert.instanceOf(error, BusFailure)
            return (error as BusFailure).code
          }
          assert.strictEqual(await failure(open({ url, token: "nobody" })), "forbidden")
          assert.strictEqual(await failure(open({ url, token: "wrong" })), "unauthenticated")
          assert.strictEqual(await failure(open({ url, token: "ann", json: true, type: "service" })), "forbidden")
          const guest = await open({ url, token: "guest" })
          await guest.join("ops", "lobby")
          assert.strictEqual(await failure(guest.publish("ops", "lobby", "x")), "forbidden")
          assert.strictEqual(await failure(guest.publish("ops", "elsewhere", "x")), "not_joined")
          assert.strictEqual(await failure(guest.join("", "lobby")), "invalid_argument")
          await guest.close()
          assert.isUndefined(await guest.closed)
        })
      })
    )
  )

  it.live("a server that ends takes nobody with it: its clients wait, and publish when it is back", () =>
    scenario(
      Effect.gen(function* () {
        const { url } = yield* listening()
        yield* Effect.promise(async () => {
          const way = await cuttable(url)
          const ann = await open({ ...at(way), token: "ann" })
          await ann.join("ops", "lobby")
          way.hold()
          const published = ann.publish("ops", "lobby", "late")
          await take(ann, ({ type }) => type === "disconnected")
          way.release()
          assert.isFalse((await published).duplicate)
          assert.deepStrictEqual(bodies(await take(ann, says("late"))), ["late"])
        })
      })
    )
  )
})
