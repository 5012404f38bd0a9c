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
import { newState, residentMB } from "./process.ts"
import type { Row } from "./row.ts"

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
  burst: boolean
) => {
  const before = clients.map(({ frames }) => frames)
  const seen = () => Math.min(...clients.map(({ frames }, index) => frames - (before[index] ?? 0)))
  const total = () => clients.reduce((sum, { frames }, index) => sum + frames - (before[index] ?? 0), 0)
  const cpu = cpuOf(server.pid)
  const until = performance.now() + (burst ? 2_500 : 2_000)
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

const ours = async (server: Server): Promise<ReadonlyArray<Row>> => {
  const clients = await opened(server.url, subscribers, [frameOf(hello), frameOf(joining("burst"), 1)], 1)
  await pause(200)
  const [publisher] = await opened(
    server.url,
    1,
    [frameOf(hello), frameOf({ case: "join", value: { room: "bench", channel: "burst", mute: true } }, 1)],
    1
  )
  const frame = frameOf(publishing(text))
  const publish = () => publisher?.send(frame)
  await fanOut(server, clients, publish, true)
  const burst = await fanOut(server, clients, publish, true)
  const sparse = await fanOut(server, clients, publish, false)
  for (const { socket } of [...clients, ...(publisher === undefined ? [] : [publisher])]) socket.destroy()
  return [
    row("B1 burst to 200 subscribers, with envelope, offset and history, a delivery", burst, "us", 0.5),
    row("B2 one message at a time to 200, a delivery", sparse, "us", 6)
  ]
}

const naively = async (): Promise<ReadonlyArray<Row>> => {
  const server = await startNaive()
  const clients = await opened(server.url, subscribers, [masked(Buffer.from("join"))], 0)
  await pause(200)
  const [publisher] = await opened(server.url, 1, [], 0)
  const frame = masked(Buffer.from(text))
  const publish = () => publisher?.send(frame)
  const burst = await fanOut(server, clients, publish, true)
  const sparse = await fanOut(server, clients, publish, false)
  for (const { socket } of [...clients, ...(publisher === undefined ? [] : [publisher])]) socket.destroy()
  await server.stop()
  return [
    row("ws, a send for each, burst to 200, a delivery", burst, "us"),
    row("ws, one at a time, a delivery", sparse, "us")
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

const stalled = async (server: Server): Promise<ReadonlyArray<Row>> => {
  const first = [frameOf(hello), frameOf(joining("burst"), 1)]
  const [slow, healthy] = await opened(server.url, 2, first, 1)
  const publisher = new BusClient(server.url)
  await publisher.hello()
  await publisher.ask({ case: "join", value: { room: "bench", channel: "burst", mute: true } }, "joined")
  if (slow === undefined || healthy === undefined) return []
  await pause(200)
  // a first round, so that what stays is not taken for the slow one's
  const big = "x".repeat(65_536)
  for (let n = 0; n < 200; n++) await publisher.publish(big, "burst", "bench")
  const before = residentMB(server.pid)
  const got = healthy.frames
  slow.socket.pause()
  let sent = 0
  let cutAfter = Number.POSITIVE_INFINITY
  let most = before
  const began = performance.now()
  while (performance.now() - began < 3_000) {
    const { delivered } = await publisher.publish(big, "burst", "bench")
    sent += 1
    if (delivered < 2 && cutAfter === Number.POSITIVE_INFINITY) cutAfter = performance.now() - began
    if (sent % 50 === 0) most = Math.max(most, residentMB(server.pid))
  }
  await healthy.until(got + sent)
  slow.socket.destroy()
  healthy.socket.destroy()
  await publisher.close()
  return [
    row("B4 a stalled subscriber of 64 KiB messages is cut after", cutAfter, "ms", 1_000),
    row("B4 lost by a healthy one beside it", got + sent - healthy.frames, "messages", 0),
    row("B4 resident memory grows by, with what the channel keeps", most - before, "MB")
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
  const distinct = 5_000
  let repeats = 0
  for (let n = 0; n < distinct; n += 100) {
    const ids = Array.from({ length: 100 }, (_, index) => `id${n + index}`)
    for (let again = 0; again < 4; again++) {
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

export const busBench = async (): Promise<ReadonlyArray<Row>> => {
  const state = newState()
  const server = await startBus(state)
  const rows: Array<Row> = []
  rows.push(...(await ours(server)))
  rows.push(...(await naively()))
  rows.push(await returning(server))
  rows.push(await repeated(server))
  rows.push(...(await stalled(server)))
  await server.stop()
  const quiet = await startBus(state)
  rows.push(await idle(quiet))
  await quiet.stop()
  fs.rmSync(state, { recursive: true, force: true })
  rows.push(...(await peerRows()))
  return rows
}
