/** The bus's peers under the same burst, where they are installed, and what our own adapters to them do. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as References from "effect/References"
import { once } from "node:events"
import { writeFileSync } from "node:fs"
import { connect, type Socket } from "node:net"
import { join } from "node:path"
import { Bridge, type Said } from "../../src/bus/Bridge.ts"
import { History } from "../../src/bus/History.ts"
import * as NatsBridge from "../../layers/bus/NatsBridge.ts"
import * as RedisHistory from "../../layers/bus/RedisHistory.ts"
import * as NodeEntropy from "../../layers/platform/NodeEntropy.ts"
import { channelOf, draftOf } from "../bus/fixtures.ts"
import { freePort } from "../support/ports.ts"
import { OwnServer, ownNats, ownRedis, versionOf } from "../support/servers.ts"
import { cpuOf } from "./busLoad.ts"
import type { Row } from "./row.ts"

const subscribers = 200
const inFlight = 64
/** Stands once in each message, and nowhere else. */
const mark = 0x5e
const payload = Buffer.from(`^${"x".repeat(127)}`)

const pause = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis))

/** How a peer is spoken to: what a subscriber says first, and one message. */
interface Speech {
  readonly hello: (subscriber: boolean, n: number) => Buffer
  readonly publish: Buffer
}

const mqtt = (type: number, ...parts: ReadonlyArray<Buffer>): Buffer => {
  const body = Buffer.concat(parts)
  const length = body.length < 128 ? [body.length] : [(body.length % 128) | 128, body.length >> 7]
  return Buffer.concat([Buffer.from([type, ...length]), body])
}
const mqttText = (text: string): Buffer => Buffer.concat([Buffer.from([0, text.length]), Buffer.from(text)])

const speeches: Readonly<Record<"redis" | "nats" | "mosquitto", Speech>> = {
  redis: {
    hello: (subscriber) => Buffer.from(subscriber ? "SUBSCRIBE t\r\n" : ""),
    publish: Buffer.concat([Buffer.from("*3\r\n$7\r\nPUBLISH\r\n$1\r\nt\r\n$128\r\n"), payload, Buffer.from("\r\n")])
  },
  nats: {
    hello: (subscriber) => Buffer.from(`CONNECT {"verbose":false}\r\n${subscriber ? "SUB t 1\r\n" : ""}`),
    publish: Buffer.concat([Buffer.from("PUB t 128\r\n"), payload, Buffer.from("\r\n")])
  },
  mosquitto: {
    hello: (subscriber, n) =>
      Buffer.concat([
        mqtt(0x10, mqttText("MQTT"), Buffer.from([4, 2, 0, 0]), mqttText(`c${n}`)),
        subscriber ? mqtt(0x82, Buffer.from([0, 1]), mqttText("t"), Buffer.from([0])) : Buffer.alloc(0)
      ]),
    publish: mqtt(0x30, mqttText("t"), payload)
  }
}

const speak = async (port: number, { hello }: Speech, subscriber: boolean, n: number) => {
  const socket: Socket = connect(port, "127.0.0.1").setNoDelay(true)
  await once(socket, "connect")
  const client = { socket, got: 0 }
  socket.on("data", (bytes) => {
    for (let at = bytes.indexOf(mark); at !== -1; at = bytes.indexOf(mark, at + 1)) client.got += 1
  })
  socket.write(hello(subscriber, n))
  return client
}

/** Microseconds of the server's processor for each delivery of a burst. */
const burst = async (server: OwnServer, speech: Speech): Promise<number> => {
  const clients = await Promise.all(Array.from({ length: subscribers }, (_, n) => speak(server.port, speech, true, n)))
  const publisher = await speak(server.port, speech, false, subscribers)
  await pause(300)
  const least = () => Math.min(...clients.map(({ got }) => got))
  const cpu = cpuOf(server.pid)
  const until = performance.now() + 2_000
  let sent = 0
  while (performance.now() < until) {
    for (const free = inFlight - (sent - least()), began = sent; sent < began + free; sent++) {
      publisher.socket.write(speech.publish)
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
  const patience = performance.now() + 5_000
  while (least() < sent && performance.now() < patience) await pause(5)
  const each = (cpuOf(server.pid) - cpu) / clients.reduce((sum, { got }) => sum + got, 0)
  for (const { socket } of [...clients, publisher]) socket.destroy()
  return each
}

const peer = (name: string, version: string, value: number): Row => ({
  name: `bus: ${name} (${version}), burst to ${subscribers}, a delivery`,
  value,
  unit: "us",
  better: "lower",
  scale: "cpu"
})

const ownMosquitto = async (): Promise<OwnServer> => {
  const server = new OwnServer("mosquitto", await freePort(), (port, folder) => {
    const file = join(folder, "mosquitto.conf")
    writeFileSync(file, `listener ${port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n`)
    return ["-c", file]
  })
  await server.start()
  return server
}

const rate = (name: string, value: number, goal?: number): Row => ({
  name: `bus: ${name}`,
  value,
  unit: "/s",
  ...(goal === undefined ? {} : { goal: `>= ${goal}`, met: value >= goal }),
  better: "higher",
  scale: "turn"
})

const quietly = <A, E>(effect: Effect.Effect<A, E>): Promise<A> =>
  Effect.runPromise(Effect.provideService(effect, References.MinimumLogLevel, "Fatal"))

const appends = async (server: OwnServer): Promise<ReadonlyArray<Row>> => {
  const layer = RedisHistory.layer({
    url: Redacted.make(`redis://127.0.0.1:${server.port}`),
    outageFile: undefined,
    prefix: "bench"
  }).pipe(Layer.provide(NodeEntropy.layer))
  return quietly(
    Effect.gen(function* () {
      const history = yield* History
      const retention = { messages: 1_000, millis: 3_600_000 }
      const some = (count: number) =>
        Effect.forEach(
          Array.from({ length: count }),
          (_, n) =>
            history.append(channelOf(), draftOf("x".repeat(128), { at: Date.now() }), {
              dedupe: `${count}.${n}`,
              retention
            }),
          { concurrency: 64, discard: true }
        )
      yield* some(2_000)
      const began = performance.now()
      const cpu = cpuOf(server.pid)
      yield* some(20_000)
      const seconds = (performance.now() - began) / 1000
      const busy = (cpuOf(server.pid) - cpu) / 20_000
      const read = performance.now()
      for (let n = 0; n < 20; n++) {
        yield* history.read(channelOf(), { after: undefined, limit: 1_000, end: "oldest" })
      }
      const replayed = 20_000 / ((performance.now() - read) / 1000)
      return [
        rate("history in Redis: publishes with ids, 64 at once", 20_000 / seconds),
        {
          ...rate("history in Redis: the server's time for one", busy),
          unit: "us",
          better: "lower",
          scale: "cpu"
        } as const,
        rate("history in Redis: messages replayed", replayed)
      ]
    }).pipe(Effect.provide(layer))
  )
}

const bridged = async (server: OwnServer, stream: string | undefined): Promise<Row> => {
  const count = 20_000
  const node = (name: string) =>
    Layer.build(NatsBridge.layer({ url: Redacted.make(`nats://127.0.0.1:${server.port}`), node: name, stream })).pipe(
      Effect.flatMap((context) => Effect.provide(Bridge, context))
    )
  return quietly(
    Effect.scoped(
      Effect.gen(function* () {
        const [one, two] = yield* Effect.all([node("one"), node("two")])
        const state = { got: 0 }
        let look: () => void = () => undefined
        yield* two.receive(() =>
          Effect.sync(() => {
            state.got += 1
            look()
          })
        )
        const until = (n: number) =>
          Effect.promise<void>(() => new Promise((resolve) => (look = () => void (state.got >= n && resolve()))))
        const message = (n: number): Said => ({
          _tag: "message",
          node: "one",
          id: `${stream}-${n}`,
          channel: channelOf(),
          draft: draftOf("x".repeat(128)),
          position: undefined
        })
        let greetings = 0
        while (state.got === 0) {
          one.publish(message(-++greetings))
          yield* Effect.sleep("20 millis")
        }
        yield* Effect.sleep("200 millis")
        state.got = 0
        const began = performance.now()
        for (let n = 0; n < count; n++) one.publish(message(n))
        yield* until(count)
        const name = stream === undefined ? "plain subjects" : "a JetStream stream"
        return rate(`B15 from node to node over NATS, ${name}`, count / ((performance.now() - began) / 1000), 10_000)
      })
    )
  )
}

/** Rows of what is installed here. */
export const peerRows = async (): Promise<ReadonlyArray<Row>> => {
  const rows: Array<Row> = []
  const version = (program: string) => /\d+\.\d+\.\d+/.exec(versionOf(program) ?? "")?.[0]
  const redis = version("redis-server")
  if (redis !== undefined) {
    const server = await ownRedis()
    rows.push(peer("Redis", redis, await burst(server, speeches.redis)), ...(await appends(server)))
    await server.remove()
  }
  const nats = version("nats-server")
  if (nats !== undefined) {
    const server = await ownNats()
    rows.push(peer("NATS", nats, await burst(server, speeches.nats)))
    rows.push(await bridged(server, "exoclaw"), await bridged(server, undefined))
    await server.remove()
  }
  if (versionOf("mosquitto") !== undefined) {
    const server = await ownMosquitto()
    rows.push(peer("mosquitto", version("mosquitto") ?? "installed", await burst(server, speeches.mosquitto)))
    await server.remove()
  }
  return rows
}
