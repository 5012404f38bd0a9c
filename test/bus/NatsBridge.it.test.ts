import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import type * as Scope from "effect/Scope"
import { jetstreamManager } from "@nats-io/jetstream"
import { connect, type NatsConnection } from "@nats-io/transport-node"
import { once } from "node:events"
import { readdirSync, readFileSync } from "node:fs"
import { type AddressInfo, connect as connectTo, createServer, type Socket } from "node:net"
import { join } from "node:path"
import { afterAll, beforeAll } from "vitest"
import { Bridge, NotTaken, type Relay, type Said } from "../../src/bus/Bridge.ts"
import type { ChannelRef } from "../../src/bus/ChannelName.ts"
import { TenantId } from "../../src/domain/Ids.ts"
import * as NatsBridge from "../../layers/bus/NatsBridge.ts"
import { isInstalled, type OwnServer, ownNats } from "../support/servers.ts"
import { channelOf, draftOf, tenantA, tenantB } from "./fixtures.ts"

const notNow = Effect.fail(new NotTaken({ cause: "not now" }))

const installed = isInstalled("nats-server")
let server: OwnServer

beforeAll(async () => {
  if (installed) server = await ownNats()
})
afterAll(async () => {
  if (installed) await server.remove()
})

const home = channelOf("telegram.me.main", TenantId.make("default"), "exoclaw")
let ids = 0
const message = (text: string, channel: ChannelRef = home, node = "one"): Said => ({
  _tag: "message",
  node,
  id: `${node}-${++ids}`,
  channel,
  draft: draftOf(text, { at: Date.now() }),
  position: undefined
})
const textOf = (relay: Relay) =>
  relay._tag === "lost" ? `lost ${relay.missing} of ${relay.channel.channel}` : String(relay.draft.content.body)

type Mode = Partial<NatsBridge.Options>
const withClient = <A>(use: (client: NatsConnection) => Promise<A>) =>
  Effect.promise(async () => {
    const client = await connect({ servers: `127.0.0.1:${server.port}` })
    const result = await use(client)
    await client.close()
    return result
  })
const deleteStream = withClient(async (client) => {
  const manager = await jetstreamManager(client)
  await manager.streams.delete("exoclaw").catch(() => undefined)
})
/** With a stream that holds nothing yet. */
const streaming: Effect.Effect<Mode> = Effect.as(deleteStream, { stream: "exoclaw" })
const plain: Effect.Effect<Mode> = Effect.as(deleteStream, { stream: undefined })

/** Until the server has it on its disk. */
const isWritten = (text: string) =>
  Effect.repeat(
    Effect.delay(
      Effect.sync(() =>
        readdirSync(server.folder, { recursive: true, encoding: "utf8" }).some(
          (name) => name.endsWith(".blk") && readFileSync(join(server.folder, name)).includes(text)
        )
      ),
      "5 millis"
    ),
    { until: (is) => is }
  )

/** A node: what it was given, and a wait for so much of it. */
const open = Effect.fnUntraced(function* (
  name: string,
  mode: Mode,
  deliver: (relay: Relay) => Effect.Effect<void, NotTaken> = () => Effect.void
) {
  const context = yield* Layer.build(
    NatsBridge.layer({ url: Redacted.make(`nats://127.0.0.1:${server.port}`), node: name, ...mode })
  )
  const bridge = yield* Effect.provide(Bridge, context)
  const got: Array<Relay> = []
  const greetings = new Set<string>()
  let look: () => void = () => undefined
  yield* bridge.receive((relay) =>
    Effect.andThen(
      deliver(relay),
      Effect.sync(() => {
        if (textOf(relay).startsWith("hello")) greetings.add(textOf(relay))
        else got.push(relay)
        look()
      })
    )
  )
  const until = (condition: () => boolean) =>
    Effect.promise<void>(
      () =>
        new Promise((resolve) => {
          look = () => {
            if (condition()) resolve()
          }
          look()
        })
    )
  const connected = (is: boolean) =>
    Effect.repeat(Effect.delay(bridge.health, "5 millis"), { until: (health) => health?.connected === is })
  /** Until a message of `from` has come: then both of them are there. */
  const hears = (from: Bridge["Service"]) =>
    Effect.suspend(() => {
      const text = `hello ${++ids}`
      const again = Effect.andThen(
        Effect.sync(() => from.publish(message(text, home, from.node))),
        Effect.delay(Effect.void, "20 millis")
      )
      return Effect.repeat(again, { until: () => greetings.has(text) })
    })
  return { bridge, got, until, connected, hears, count: (n: number) => until(() => got.length >= n) }
})

/** A way to a server that is closed until it is opened. */
const lateProxy = async () => {
  let target: number | undefined
  const sockets = new Set<Socket>()
  const proxy = createServer((socket) => {
    if (target === undefined) return socket.destroy()
    const on = connectTo(target, "127.0.0.1")
    for (const one of [socket, on]) {
      sockets.add(one)
      one.on("error", () => undefined)
    }
    socket.pipe(on).pipe(socket)
  }).listen(0, "127.0.0.1")
  await once(proxy, "listening")
  return {
    port: (proxy.address() as AddressInfo).port,
    open: (port: number) => {
      target = port
    },
    /** Breaks what goes through it, and lets nothing through any more. */
    shut: () => {
      target = undefined
      for (const socket of sockets) socket.destroy()
      sockets.clear()
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      proxy.close()
      await once(proxy, "close")
    }
  }
}

/** Without what the bridge tells its operator at every loss. */
const scenario = <A, E>(effect: Effect.Effect<A, E, Scope.Scope>) =>
  Effect.provideService(Effect.scoped(effect), References.MinimumLogLevel, "Fatal")
const texts = (relays: ReadonlyArray<Relay>) => relays.map(textOf)

for (const [name, mode] of [
  ["JetStream", streaming],
  ["plain subjects", plain]
] as const) {
  describe.skipIf(!installed)(`nodes over NATS, by ${name}`, () => {
    it.live("what one publishes comes to every other as it was, once and in order, and never back", () =>
      scenario(
        Effect.gen(function* () {
          const shared = yield* mode
          const [one, two, three] = yield* Effect.all([open("one", shared), open("two", shared), open("three", shared)])
          for (const other of [two, three]) yield* other.hears(one.bridge)
          yield* one.hears(two.bridge)
          const whole: Said = {
            _tag: "message",
            node: "one",
            id: "w1",
            channel: channelOf("a.b > c", tenantA, "ops"),
            draft: draftOf("", {
              content: {
                body: new Uint8Array([0, 255]),
                contentType: "application/x",
                headers: { "a.b": "\n" },
                key: "k",
                annotations: new Uint8Array([18, 3, 10, 1, 97])
              },
              inspection: { outcome: "allow", reason: "R", risk: "low", rules: ["a"], policy: "p" }
            }),
            position: { epoch: "e", offset: 7 }
          }
          const secret: Said = {
            _tag: "private",
            node: "one",
            id: "p1",
            tenant: tenantB,
            to: { principal: "token:ann" },
            draft: draftOf("psst")
          }
          one.bridge.publish(whole)
          one.bridge.publish(secret)
          for (let n = 0; n < 500; n++) one.bridge.publish(message(`${n}`))
          yield* Effect.all([two.count(502), three.count(502)])
          for (const other of [two, three]) {
            assert.deepStrictEqual(other.got[0], whole)
            assert.deepStrictEqual(other.got[1], secret)
            assert.deepStrictEqual(
              texts(other.got.slice(2)),
              Array.from({ length: 500 }, (_, n) => `${n}`)
            )
          }
          two.bridge.publish(message("back", home, "two"))
          yield* one.count(1)
          assert.deepStrictEqual(texts(one.got), ["back"])
        })
      )
    )

    it.live("what is published while NATS is away waits, bounded, and the nodes find one another when it is back", () =>
      scenario(
        Effect.gen(function* () {
          const shared = { ...(yield* mode), outbox: { letters: 100, bytes: 1_000_000 } }
          yield* Effect.promise(() => server.kill())
          const [one, two] = yield* Effect.all([open("one", shared), open("two", shared)])
          for (let n = 0; n < 130; n++) one.bridge.publish(message(`${n}`))
          assert.match((yield* one.bridge.health)?.detail ?? "", /100 wait; 30 were dropped$/)
          assert.isFalse((yield* one.bridge.health)?.connected)
          yield* Effect.promise(() => server.start())
          yield* Effect.all([one.connected(true), two.connected(true)])
          // a node that was never there begins with what is said from then on
          yield* two.hears(one.bridge)
        })
      )
    )

    it.live("what cannot be delivered comes again until it is, and nothing overtakes it", () =>
      scenario(
        Effect.gen(function* () {
          let refusals = 5
          const shared = yield* mode
          const one = yield* open("one", shared)
          const two = yield* open("two", shared, (relay) =>
            Effect.suspend(() => (textOf(relay) === "hard" && refusals-- > 0 ? notNow : Effect.void))
          )
          yield* two.hears(one.bridge)
          for (const text of ["easy", "hard", "last"]) one.bridge.publish(message(text))
          yield* two.count(3)
          assert.deepStrictEqual(texts(two.got), ["easy", "hard", "last"])
        })
      )
    )

    it.live("T38: what is no relay, or stands on another tenant's subject than it says, is refused", () =>
      scenario(
        Effect.gen(function* () {
          const shared = yield* mode
          const [one, two] = yield* Effect.all([open("one", shared), open("two", shared)])
          yield* two.hears(one.bridge)
          one.bridge.publish(message("mine", channelOf("lobby", tenantA, "ops")))
          yield* two.count(1)
          const client = yield* Effect.promise(() => connect({ servers: `127.0.0.1:${server.port}` }))
          const seen: Array<Uint8Array> = []
          client.subscribe("exoclaw.>", { callback: (_, { data }) => void seen.push(data) })
          yield* Effect.promise(() => client.flush())
          one.bridge.publish(message("stolen"))
          yield* two.count(2)
          const stolen = seen.find((bytes) => Buffer.from(bytes).includes("stolen")) ?? new Uint8Array()
          for (const [subject, bytes] of [
            ["exoclaw@tenant-a.telegram.me.main", stolen],
            ["exoclaw.telegram.me.other", stolen],
            ["exoclaw.telegram.me.main", Buffer.from("not a relay")],
            ["exoclaw.telegram.me.main", new Uint8Array()]
          ] as const) {
            client.publish(subject, bytes)
          }
          yield* Effect.promise(() => client.drain())
          one.bridge.publish(message("last"))
          yield* two.until(() => two.got.some((relay) => textOf(relay) === "last"))
          assert.deepStrictEqual(texts(two.got), ["mine", "stolen", "last"])
          yield* Effect.repeat(Effect.delay(two.bridge.health, "5 millis"), {
            until: (health) => /4 of others were refused/.test(health?.detail ?? "")
          })
        })
      )
    )

    it.live("T33: what is dropped while NATS is away is told to the other nodes, each message once", () =>
      scenario(
        Effect.gen(function* () {
          const shared = { ...(yield* mode), outbox: { letters: 100, bytes: 1_000_000 }, tellMillis: 20 }
          const [one, two] = yield* Effect.all([open("one", shared), open("two", shared)])
          yield* two.hears(one.bridge)
          yield* Effect.promise(() => server.kill())
          yield* Effect.all([one.connected(false), two.connected(false)])
          // of the quiet one nothing is left that would show the hole
          const quiet = channelOf("quiet", tenantA)
          for (let n = 0; n < 20; n++) one.bridge.publish(message(`${n}`, quiet))
          const dropped: Array<TenantId> = []
          one.bridge.onDrop((tenant) => void dropped.push(tenant))
          for (let n = 0; n < 130; n++) one.bridge.publish(message(`${n}`))
          assert.match((yield* one.bridge.health)?.detail ?? "", /100 wait; 50 were dropped$/)
          assert.deepStrictEqual([dropped.length, dropped.filter((tenant) => tenant === tenantA).length], [50, 20])
          yield* Effect.promise(() => server.start())
          const of = (name: string) =>
            two.got.filter((relay) => relay._tag !== "private" && String(relay.channel.channel) === name)
          const counted = (name: string) =>
            of(name).reduce((sum, relay) => sum + (relay._tag === "lost" ? relay.missing : 1), 0)
          yield* two.until(() => counted("quiet") >= 20 && counted(home.channel) >= 130)
          assert.deepStrictEqual(texts(of("quiet")), ["lost 20 of quiet"])
          assert.strictEqual(counted(home.channel), 130)
          // in its place: nothing that was dropped is told after what came later
          const came = of(home.channel).filter((relay) => relay._tag === "message")
          assert.strictEqual(of(home.channel)[0]?._tag, "lost")
          if (came.length > 0) assert.strictEqual(textOf(came.at(-1)!), "129")
        })
      )
    )

    it.live(
      "T33: a node that was killed with what it had not sent is told to have left that open, one that ended is not",
      () =>
        scenario(
          Effect.gen(function* () {
            const shared = { ...(yield* mode), tellMillis: 20 }
            const two = yield* open("two", shared)
            const way = yield* Effect.promise(() => lateProxy())
            way.open(server.port)
            const behind = { ...shared, url: Redacted.make(`nats://127.0.0.1:${way.port}`) }
            yield* scenario(
              Effect.gen(function* () {
                const one = yield* open("one", behind)
                yield* two.hears(one.bridge)
              })
            )
            yield* scenario(
              Effect.gen(function* () {
                const one = yield* open("one", behind)
                yield* two.hears(one.bridge)
                assert.deepStrictEqual(texts(two.got), [])
                way.shut()
                yield* one.connected(false)
                one.bridge.publish(message("unsaid"))
              })
            )
            way.open(server.port)
            const one = yield* open("one", behind)
            yield* two.hears(one.bridge)
            assert.deepStrictEqual(texts(two.got), ["lost 0 of telegram.me.main"])
            yield* Effect.promise(() => way.close())
          })
        )
    )
  })
}

describe.skipIf(!installed)("plain subjects of NATS", () => {
  it.live("T33: a node that could not hear for a while is told what it has missed, though nobody says more", () =>
    scenario(
      Effect.gen(function* () {
        const shared = { ...(yield* plain), tellMillis: 20 }
        const one = yield* open("one", shared)
        const way = yield* Effect.promise(() => lateProxy())
        way.open(server.port)
        const two = yield* open("two", { ...shared, url: Redacted.make(`nats://127.0.0.1:${way.port}`) })
        yield* two.hears(one.bridge)
        way.shut()
        yield* two.connected(false)
        for (let n = 0; n < 10; n++) one.bridge.publish(message(`${n}`))
        const begun = channelOf("begun meanwhile", TenantId.make("default"), "ops")
        for (let n = 0; n < 3; n++) one.bridge.publish(message(`${n}`, begun))
        // it is out, and nobody took it
        yield* Effect.repeat(Effect.delay(one.bridge.health, "5 millis"), {
          until: (health) => !/wait/.test(health?.detail ?? "")
        })
        way.open(server.port)
        yield* two.count(2)
        assert.sameMembers(texts(two.got), ["lost 10 of telegram.me.main", "lost 3 of begun meanwhile"])
        yield* Effect.promise(() => way.close())
      })
    )
  )
})

describe.skipIf(!installed)("a stream of NATS", () => {
  it.live(
    "B15: over 20 restarts of the server every message comes once to the other node, in both directions",
    () =>
      scenario(
        Effect.gen(function* () {
          const shared = yield* streaming
          const [one, two] = yield* Effect.all([open("one", shared), open("two", shared)])
          yield* two.hears(one.bridge)
          yield* one.hears(two.bridge)
          const expected: Array<string> = []
          for (let restart = 0; restart < 20; restart++) {
            for (let n = 0; n < 50; n++) {
              const text = `${restart}.${n}`
              expected.push(text)
              one.bridge.publish(message(text, channelOf(`c${n % 3}`, n % 2 === 0 ? tenantA : tenantB), "one"))
              two.bridge.publish(message(text, home, "two"))
            }
            // some are confirmed, some are on their way, some have not left
            yield* Effect.all([one.count(restart * 50 + 1), two.count(restart * 50 + 25)])
            yield* Effect.promise(() => server.kill())
            yield* Effect.promise(() => server.start())
          }
          yield* Effect.all([one.count(expected.length), two.count(expected.length)])
          assert.sameMembers(texts(one.got), expected)
          assert.sameMembers(texts(two.got), expected)
          assert.strictEqual(new Set(texts(two.got)).size, two.got.length)
          assert.isFalse([...one.got, ...two.got].some(({ _tag }) => _tag === "lost"))
        })
      ),
    60_000
  )

  it.live("what is published while NATS is away arrives when it is back, in order", () =>
    scenario(
      Effect.gen(function* () {
        const shared = yield* streaming
        const [one, two] = yield* Effect.all([open("one", shared), open("two", shared)])
        yield* two.hears(one.bridge)
        yield* Effect.promise(() => server.kill())
        yield* one.connected(false)
        for (let n = 0; n < 50; n++) one.bridge.publish(message(`later ${n}`))
        yield* Effect.promise(() => server.start())
        yield* two.until(() => two.got.some((relay) => textOf(relay) === "later 49"))
        const later = texts(two.got).filter((text) => text.startsWith("later"))
        assert.deepStrictEqual(
          later,
          Array.from({ length: 50 }, (_, n) => `later ${n}`)
        )
      })
    )
  )

  it.live("a node that was away gets what was said meanwhile when it is back under its name", () =>
    Effect.gen(function* () {
      const shared = yield* streaming
      yield* scenario(
        Effect.gen(function* () {
          const one = yield* open("one", shared)
          yield* scenario(
            Effect.gen(function* () {
              const two = yield* open("two", shared)
              yield* two.hears(one.bridge)
              one.bridge.publish(message("before"))
              yield* two.count(1)
            })
          )
          for (let n = 0; n < 10; n++) one.bridge.publish(message(`missed ${n}`))
          const again = yield* open("two", shared)
          yield* again.until(() => again.got.some((relay) => textOf(relay) === "missed 9"))
          const missed = texts(again.got).filter((text) => text.startsWith("missed"))
          assert.deepStrictEqual(
            missed,
            Array.from({ length: 10 }, (_, n) => `missed ${n}`)
          )
        })
      )
    })
  )

  it.live("what was said before a node was there does not come to it, also after the server ended", () =>
    scenario(
      Effect.gen(function* () {
        const shared = yield* streaming
        const [one, other] = yield* Effect.all([open("one", shared), open("other", shared)])
        yield* other.hears(one.bridge)
        for (let n = 0; n < 10; n++) one.bridge.publish(message(`old ${n}`))
        yield* other.count(10)
        // what the server loses with its life is sent again, and would be new to it
        yield* isWritten("old 9")
        const two = yield* open("two", shared)
        yield* two.hears(one.bridge)
        yield* Effect.promise(() => server.kill())
        yield* two.connected(false)
        yield* Effect.promise(() => server.start())
        yield* two.hears(one.bridge)
        one.bridge.publish(message("new"))
        yield* two.count(1)
        assert.deepStrictEqual(texts(two.got), ["new"])
      })
    )
  )

  it.live(
    "T33: what others said since a node began comes to it, also where the server has lost everything meanwhile",
    () =>
      Effect.gen(function* () {
        const shared = yield* streaming
        yield* scenario(
          Effect.gen(function* () {
            const one = yield* open("one", shared)
            yield* scenario(
              Effect.gen(function* () {
                const two = yield* open("two", shared)
                yield* two.hears(one.bridge)
                for (let n = 0; n < 5; n++) one.bridge.publish(message(`before ${n}`))
                yield* two.count(5)
              })
            )
            // the server is gone with all it knew when the node begins, and others are back before the node is
            yield* Effect.promise(() => server.kill())
            yield* one.connected(false)
            const way = yield* Effect.promise(() => lateProxy())
            const again = yield* open("two", { ...shared, url: Redacted.make(`nats://127.0.0.1:${way.port}`) })
            for (let n = 0; n < 10; n++) one.bridge.publish(message(`meanwhile ${n}`))
            server.forget()
            yield* Effect.promise(() => server.start())
            yield* withClient(async (client) => {
              const manager = await jetstreamManager(client)
              const isThere = async () => (await manager.streams.info("exoclaw")).state.last_seq >= 10
              while (!(await isThere().catch(() => false))) await new Promise((resolve) => setTimeout(resolve, 20))
            })
            way.open(server.port)
            yield* again.until(() => again.got.some((relay) => textOf(relay) === "meanwhile 9"))
            assert.deepStrictEqual(
              texts(again.got).filter((text) => text.startsWith("meanwhile")),
              Array.from({ length: 10 }, (_, n) => `meanwhile ${n}`)
            )
            yield* Effect.promise(() => way.close())
          })
        )
      })
  )

  it.live("T33: what the stream no longer keeps when a node is back is told to it, though nobody says more", () =>
    scenario(
      Effect.gen(function* () {
        const shared = { ...(yield* streaming), tellMillis: 20 }
        const one = yield* open("one", shared)
        const way = yield* Effect.promise(() => lateProxy())
        way.open(server.port)
        const two = yield* open("two", { ...shared, url: Redacted.make(`nats://127.0.0.1:${way.port}`) })
        yield* two.hears(one.bridge)
        way.shut()
        yield* two.connected(false)
        for (let n = 0; n < 10; n++) one.bridge.publish(message(`${n}`))
        yield* Effect.repeat(Effect.delay(one.bridge.health, "5 millis"), {
          until: (health) => !/wait/.test(health?.detail ?? "")
        })
        yield* withClient(async (client) => (await jetstreamManager(client)).streams.purge("exoclaw"))
        way.open(server.port)
        yield* two.count(1)
        assert.deepStrictEqual(texts(two.got), ["lost 10 of telegram.me.main"])
        yield* Effect.promise(() => way.close())
      })
    )
  )

  it.live("a stream that somebody deletes is made again, and the nodes go on", () =>
    scenario(
      Effect.gen(function* () {
        const shared = yield* streaming
        const [one, two] = yield* Effect.all([open("one", shared), open("two", shared)])
        yield* two.hears(one.bridge)
        yield* deleteStream
        for (let n = 0; n < 10; n++) one.bridge.publish(message(`${n}`))
        yield* two.until(() => two.got.some((relay) => textOf(relay) === "9"))
        assert.deepStrictEqual(
          texts(two.got),
          Array.from({ length: 10 }, (_, n) => `${n}`)
        )
      })
    )
  )
})
