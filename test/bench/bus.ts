/** The bus: what a delivery costs in a burst and alone, what an idle connection does, a stalled one, a flood of returns. */
import * as fs from "node:fs"
import { BusClient } from "../bus/clients.ts"
import {
  cpuOf,
  frameOf,
  hello,
  joining,
  masked,
  publishing,
  RawClient,
  type Server,
  startBus,
  startNaive
} from "./busLoad.ts"
import { peerRows } from "./busPeers.ts"
import { proofRows } from "./busProofs.ts"
import { newState, residentMB } from "./process.ts"
import { median, type Row } from "./row.ts"

const subscribers = 200
const inFlight = 64
const text = "x".repeat(128)

const row = (name: string, value: number, unit: string, most?: number): Row => ({
  name: `bus: ${name}`,
  value,
  unit,
  ...(most === undefined ? {} : { goal: `<= ${most}`, met: value <= most }),
  better: "lower",
  scale: unit === "us" ? "cpu" : "none"
})

const pause = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis))

/** Publishes with so many under way, or one at a time with pauses; microseconds of the server for each delivery. */
const fanOut = async (
  server: Server,
  clients: ReadonlyArray<RawClient>,
  publish: (n: number) => void,
  burst: boolean,
  millis: number
) => {
  const before = clients.map(({ frames }) => frames)
  const seen = () => Math.min(...clients.map(({ frames }, index) => frames - (before[index] ?? 0)))
  const total = () => clients.reduce((sum, { frames }, index) => sum + frames - (before[index] ?? 0), 0)
  const cpu = cpuOf(server.pid)
  const until = performance.now() + millis
  let sent = 0
  while (performance.now() < until) {
    const free = burst ? inFlight - (sent - seen()) : 1
    for (let n = 0; n < free; n++) publish(sent++)
    await (burst ? new Promise((resolve) => setImmediate(resolve)) : pause(8))
  }
  while (seen() < sent) await pause(5)
  return (cpuOf(server.pid) - cpu) / total()
}

const opened = async (url: string, count: number, first: ReadonlyArray<Buffer>, answers: number) => {
  const clients: Array<RawClient> = []
  while (clients.length < count) {
    const some = await Promise.all(
      Array.from({ length: Math.min(50, count - clients.length) }, () => RawClient.open(url))
    )
    for (const client of some) client.send(...first)
    await Promise.all(some.map((client) => client.until(answers)))
    clients.push(...some)
  }
  return clients
}

/** Somebody under measure, with those who listen there. */
interface Party {
  readonly burst: (millis: number) => Promise<number>
  readonly sparse: (millis: number) => Promise<number>
  readonly leave: () => void
}

const party = (server: Server, clients: ReadonlyArray<RawClient>, publisher: RawClient, frame: Buffer): Party => {
  const publish = () => publisher.send(frame)
  return {
    burst: (millis) => fanOut(server, clients, publish, true, millis),
    sparse: (millis) => fanOut(server, clients, publish, false, millis),
    leave: () => {
      for (const { socket } of [...clients, publisher]) socket.destroy()
    }
  }
}

const oursAt = async (server: Server): Promise<Party> => {
  const clients = await opened(server.url, subscribers, [frameOf(hello), frameOf(joining("burst"), 1)], 1)
  const muted = frameOf({ case: "join", value: { room: "bench", channel: "burst", mute: true } }, 1)
  const [publisher] = await opened(server.url, 1, [frameOf(hello), muted], 1)
  if (publisher === undefined) throw new Error("nobody to publish")
  return party(server, clients, publisher, frameOf(publishing(text)))
}

const naiveAt = async (server: Server): Promise<Party> => {
  const clients = await opened(server.url, subscribers, [masked(Buffer.from("join"))], 0)
  const [publisher] = await opened(server.url, 1, [], 0)
  if (publisher === undefined) throw new Error("nobody to publish")
  return party(server, clients, publisher, masked(Buffer.from(text)))
}

const rounds = 6

/**
 * Ours and `ws` in turns, and of each the least of some rounds: what else runs on the machine only adds, to both. The
 * ratio to `ws` in the same rounds tells the code from the machine.
 */
const fanOuts = async (server: Server): Promise<ReadonlyArray<Row>> => {
  const other = await startNaive()
  const [ours, naive] = [await oursAt(server), await naiveAt(other)]
  await pause(200)
  await ours.burst(1_500)
  await naive.burst(800)
  const least = { burst: Infinity, sparse: Infinity, naiveBurst: Infinity, naiveSparse: Infinity }
  for (let round = 0; round < rounds; round++) {
    least.burst = Math.min(least.burst, await ours.burst(800))
    least.naiveBurst = Math.min(least.naiveBurst, await naive.burst(400))
    least.sparse = Math.min(least.sparse, await ours.sparse(1_200))
    least.naiveSparse = Math.min(least.naiveSparse, await naive.sparse(1_200))
  }
  ours.leave()
  naive.leave()
  await other.stop()
  return [
    row("B1 burst to 200 subscribers, with envelope, offset and history, a delivery", least.burst, "us", 0.5),
    row("B2 one message at a time to 200, a delivery", least.sparse, "us", 6),
    row("ws, a send for each, burst to 200, a delivery", least.naiveBurst, "us"),
    row("ws, one at a time, a delivery", least.naiveSparse, "us"),
    // what the goals are of what ws took on the machine on which they were set
    row("B1 of what ws takes", least.burst / least.naiveBurst, "", 0.12),
    row("B2 of what ws takes", least.sparse / least.naiveSparse, "", 1.3)
  ]
}

const idle = async (server: Server): Promise<Row> => {
  const count = 5_000
  const first = [frameOf(hello), frameOf(joining("one"), 1), frameOf(joining("two"), 2)]
  const warm = await opened(server.url, 50, first, 2)
  await pause(300)
  const before = residentMB(server.pid)
  const clients = await opened(server.url, count, first, 2)
  await pause(300)
  const each = ((residentMB(server.pid) - before) * 1000) / count
  for (const { socket } of [...warm, ...clients]) socket.destroy()
  await pause(500)
  return row("B3 an idle connection that joined two rooms, of 5,000", each, "KB", 15)
}

/** Large messages at full speed for a while; beside them, somebody who reads none, or nobody. */
const flooded = async (server: Server, isStalled: boolean) => {
  const first = [frameOf(hello), frameOf(joining("burst"), 1)]
  const clients = await opened(server.url, isStalled ? 2 : 1, first, 1)
  const [healthy, slow] = clients
  const publisher = new BusClient(server.url)
  await publisher.hello()
  await publisher.ask({ case: "join", value: { room: "bench", channel: "burst", mute: true } }, "joined")
  if (healthy === undefined) throw new Error("nobody listens")
  await pause(200)
  const big = "x".repeat(65_536)
  const got = healthy.frames
  slow?.socket.pause()
  const times: Array<number> = []
  let cutAfter = Number.POSITIVE_INFINITY
  let most = 0
  const began = performance.now()
  while (times.length < 1_500) {
    const asked = performance.now()
    const { delivered } = await publisher.publish(big, "burst", "bench")
    times.push(performance.now() - asked)
    if (isStalled && delivered < 2) cutAfter = Math.min(cutAfter, performance.now() - began)
    if (times.length % 25 === 0) most = Math.max(most, residentMB(server.pid))
  }
  await healthy.until(got + times.length)
  const lost = got + times.length - healthy.frames
  for (const { socket } of clients) socket.destroy()
  await publisher.close()
  return { cutAfter, most, lost, each: median(times) }
}

/** With and without the stalled one in turns, once the channel keeps as much as it may: the difference is what it costs. */
const stalled = async (server: Server): Promise<ReadonlyArray<Row>> => {
  await flooded(server, false)
  const alone = [await flooded(server, false)]
  const beside = [await flooded(server, true)]
  alone.push(await flooded(server, false))
  beside.push(await flooded(server, true))
  const most = (of: typeof alone, pick: (one: (typeof alone)[number]) => number) => Math.max(...of.map(pick))
  const least = (of: typeof alone, pick: (one: (typeof alone)[number]) => number) => Math.min(...of.map(pick))
  const grown = Math.max(0, least(beside, (one) => one.most) - most(alone, (one) => one.most))
  const slowed = least(beside, ({ each }) => each) / least(alone, ({ each }) => each) - 1
  return [
    row(
      "B4 a stalled subscriber of 64 KiB messages is cut after",
      most(beside, ({ cutAfter }) => cutAfter),
      "ms",
      1_000
    ),
    row(
      "B4 lost by a healthy one beside it",
      most(beside, ({ lost }) => lost),
      "messages",
      0
    ),
    row("B4 resident memory that it adds to the same load", grown, "MB", 5),
    row("B4 the publisher is slowed by", Math.max(0, slowed * 100), "%", 5)
  ]
}

const returning = async (server: Server): Promise<Row> => {
  const publisher = new BusClient(server.url)
  await publisher.hello()
  const joined = await publisher.join("missed", "bench")
  const position = joined.channels[0]?.position
  if (position === undefined) return row("B8", Number.NaN, "ms")
  for (let n = 0; n < 1_000; n += 100)
    await Promise.all(Array.from({ length: 100 }, () => publisher.publish(text, "missed", "bench")))
  const clients = await opened(server.url, subscribers, [frameOf(hello)], 0)
  await pause(300)
  const recover = [{ room: "bench", channel: "missed", position }]
  const join = frameOf({ case: "join", value: { room: "bench", channel: "missed", recover } }, 1)
  const began = performance.now()
  for (const client of clients) client.send(join)
  await Promise.all(clients.map((client) => client.until(1_001)))
  const took = performance.now() - began
  for (const { socket } of clients) socket.destroy()
  await publisher.close()
  return row("B8 1,000 missed messages to 200 who come back at once", took, "ms", 1_000)
}

const repeated = async (server: Server): Promise<Row> => {
  const publisher = new BusClient(server.url)
  await publisher.hello()
  const listener = await opened(server.url, 1, [frameOf(hello), frameOf(joining("retried"), 1)], 1)
  await publisher.ask({ case: "join", value: { room: "bench", channel: "retried", mute: true } }, "joined")
  await pause(100)
  const before = listener[0]?.frames ?? 0
  const distinct = 2_000
  let repeats = 0
  for (let n = 0; n < distinct; n += 100) {
    const ids = Array.from({ length: 100 }, (_, index) => `id${n + index}`)
    for (let again = 0; again < 51; again++) {
      const acks = await Promise.all(ids.map((id) => publisher.publish(text, "retried", "bench", id)))
      repeats += acks.filter(({ duplicate }) => duplicate).length
    }
    publisher.frames.length = 0
  }
  await listener[0]?.until(before + distinct)
  await pause(100)
  const twice = (listener[0]?.frames ?? 0) - before - distinct
  listener[0]?.socket.destroy()
  await publisher.close()
  return row(`B10 delivered twice over ${repeats} repeats`, twice, "messages", 0)
}

/** What no server may answer with anything but its code. */
const closing = async (server: Server): Promise<Row> => {
  const large = Buffer.alloc(300_000, 1)
  const hostile: ReadonlyArray<readonly [number, (client: BusClient) => void]> = [
    [1007, ({ ws }) => ws.send(Buffer.from([0xff, 0xff, 0xff]))],
    [1009, ({ ws }) => ws.send(large)],
    [1003, ({ ws }) => ws.send("text")],
    [1008, (client) => void client.send({ case: "ping", value: {} })]
  ]
  let wrong = 0
  for (let n = 0; n < 50; n++) {
    for (const [code, attack] of hostile) {
      const client = new BusClient(server.url)
      await client.opened
      attack(client)
      if ((await client.closed).code !== code) wrong += 1
    }
  }
  return row("B13 of 200 hostile connections closed with another code than theirs", wrong, "", 0)
}

export const busBench = async (): Promise<ReadonlyArray<Row>> => {
  const state = newState()
  const server = await startBus(state)
  const rows: Array<Row> = []
  rows.push(...(await fanOuts(server)))
  rows.push(await returning(server))
  rows.push(await repeated(server))
  rows.push(...(await stalled(server)))
  await server.stop()
  const quiet = await startBus(state)
  rows.push(await idle(quiet))
  rows.push(await closing(quiet))
  await quiet.stop()
  fs.rmSync(state, { recursive: true, force: true })
  rows.push(...(await proofRows()))
  rows.push(...(await peerRows()))
  return rows
}
