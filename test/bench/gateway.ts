/** Start-up, memory and turns of the real gateway. */
import * as fs from "node:fs"
import { breakdown, client, newState, residentMB, start } from "./process.ts"
import { median, percentile, type Row } from "./row.ts"

const unlimited = '[budgets]\ndaily = "unlimited"\n'

const startUp = async (): Promise<ReadonlyArray<Row>> => {
  const first: Array<number> = []
  const later: Array<number> = []
  for (let i = 0; i < 9; i++) {
    const state = newState()
    const fresh = await start(state)
    first.push(fresh.acceptedAfter)
    await fresh.stop()
    const again = await start(state)
    later.push(again.acceptedAfter)
    await again.stop()
    fs.rmSync(state, { recursive: true, force: true })
  }
  const row = (name: string, value: number): Row => ({
    name,
    value,
    unit: "ms",
    goal: "< 150",
    met: value < 150,
    better: "lower",
    scale: "start"
  })
  return [
    row("start to first accepted connection, fresh state", median(first)),
    row("start to first accepted connection, known state", median(later))
  ]
}

const memory = async (): Promise<ReadonlyArray<Row>> => {
  const state = newState()
  const gateway = await start(state, unlimited)
  const pid = gateway.child.pid ?? 0
  const idleClient = await client(gateway.url)
  await idleClient.call("ping")
  const idle = residentMB(pid)
  const sockets = await Promise.all(Array.from({ length: 1000 }, () => client(gateway.url)))
  const open = residentMB(pid)
  for (const [i, socket] of sockets.entries())
    await socket.call("chat.send", { content: "hello", peer: `session-${i}` })
  const used = residentMB(pid)
  for (const socket of sockets) socket.close()
  idleClient.close()
  await gateway.stop()
  fs.rmSync(state, { recursive: true, force: true })
  const row = (name: string, value: number, limit: number): Row => ({
    name,
    value,
    unit: "MB",
    goal: `< ${limit}`,
    met: value < limit,
    better: "lower",
    scale: "none"
  })
  return [
    row("gateway RSS, idle", idle, 90),
    { name: "gateway RSS, 1,000 open connections", value: open, unit: "MB", better: "lower", scale: "none" },
    row("gateway RSS, 1,000 open sessions with one finished turn each", used, 100)
  ]
}

/** What the 1,000 sessions consist of, from inside another gateway, because looking costs memory, too. */
const parts = async (): Promise<ReadonlyArray<Row>> => {
  const state = newState()
  const gateway = await start(state, unlimited, { probe: true })
  const sockets = await Promise.all(Array.from({ length: 1000 }, () => client(gateway.url)))
  for (const [i, socket] of sockets.entries())
    await socket.call("chat.send", { content: "hello", peer: `session-${i}` })
  const { code, external, heapTotal, heapUsed } = await breakdown(state, gateway.child)
  const [anonymous, file] = [
    residentMB(gateway.child.pid ?? 0, "RssAnon"),
    residentMB(gateway.child.pid ?? 0, "RssFile")
  ]
  for (const socket of sockets) socket.close()
  await gateway.stop()
  fs.rmSync(state, { recursive: true, force: true })
  const row = (name: string, value: number): Row => ({
    name: `of these: ${name}`,
    value,
    unit: "MB",
    better: "lower",
    scale: "none"
  })
  return [
    row("pages of the node binary and its libraries", file),
    row("JavaScript heap, reserved", heapTotal / 1e6),
    row("JavaScript heap, used", heapUsed / 1e6),
    row("code and bytecode, part of the heap", code / 1e6),
    row("external (buffers, strings)", external / 1e6),
    row("the rest: SQLite, compilers, threads, allocator", anonymous - heapTotal / 1e6)
  ]
}

const turns = async (): Promise<ReadonlyArray<Row>> => {
  const state = newState()
  const gateway = await start(state, unlimited)
  const rpc = await client(gateway.url)
  const time = async (content: string, peer: string) => {
    const began = performance.now()
    await rpc.call("chat.send", { content, peer })
    return performance.now() - began
  }
  for (let i = 0; i < 200; i++) await time("hello", `warm-${i % 10}`)
  const plain: Array<number> = []
  for (let i = 0; i < 500; i++) plain.push(await time("hello", `plain-${i}`))
  const tool: Array<number> = []
  for (let i = 0; i < 200; i++) tool.push(await time("use echo to say hi", `tool-${i}`))
  rpc.close()
  await gateway.stop()
  fs.rmSync(state, { recursive: true, force: true })
  const sorted = plain.toSorted((a, b) => a - b)
  const sortedTool = tool.toSorted((a, b) => a - b)
  const row = (name: string, value: number, tail: boolean): Row => ({
    name,
    value,
    unit: "ms",
    better: "lower",
    scale: "turn",
    tail
  })
  return [
    row("turn over the socket, offline model included, durable, p50", percentile(sorted, 0.5), false),
    row("turn over the socket, offline model included, durable, p99", percentile(sorted, 0.99), true),
    row("turn with one sandboxed tool call, p50", percentile(sortedTool, 0.5), false),
    row("turn with one sandboxed tool call, p99", percentile(sortedTool, 0.99), true)
  ]
}

const pings = async (): Promise<ReadonlyArray<Row>> => {
  const state = newState()
  const gateway = await start(state)
  const rpc = await client(gateway.url)
  for (let i = 0; i < 500; i++) await rpc.call("ping")
  const times: Array<number> = []
  for (let i = 0; i < 1_000; i++) {
    const began = performance.now()
    await rpc.call("ping")
    times.push(performance.now() - began)
  }
  rpc.close()
  await gateway.stop()
  fs.rmSync(state, { recursive: true, force: true })
  const p99 = percentile(
    times.toSorted((a, b) => a - b),
    0.99
  )
  return [
    { name: "ping, one connection, p50", value: median(times), unit: "ms", better: "lower", scale: "cpu" },
    {
      name: "ping, one connection, p99",
      value: p99,
      unit: "ms",
      goal: "< 50",
      met: p99 < 50,
      better: "lower",
      scale: "cpu",
      tail: true
    }
  ]
}

export const gatewayBench = async (): Promise<ReadonlyArray<Row>> => [
  ...(await startUp()),
  ...(await memory()),
  ...(await parts()),
  ...(await turns()),
  ...(await pings())
]
