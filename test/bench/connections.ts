/** 10,000 open WebSockets: what each costs the gateway, and how fast it answers among them. */
import * as fs from "node:fs"
import { WebSocket } from "ws"
import { newState, residentMB, start } from "./process.ts"
import { median, percentile, type Row } from "./row.ts"

const count = 10_000
/** Descriptors of the clients, with some for the rest of the process; the gateway inherits the limit. */
const needed = count + 500

const openFiles = (): number =>
  Number(/Max open files\s+(\d+)/.exec(fs.readFileSync("/proc/self/limits", "utf8"))?.[1] ?? Number.POSITIVE_INFINITY)

const open = (url: string): Promise<WebSocket> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { perMessageDeflate: false })
    socket.once("error", reject)
    socket.once("open", () => resolve(socket))
  })

const ping = (socket: WebSocket): Promise<number> =>
  new Promise((resolve) => {
    const began = performance.now()
    socket.once("message", () => resolve(performance.now() - began))
    socket.send('{"jsonrpc":"2.0","id":1,"method":"ping","params":{}}')
  })

export const connectionsBench = async (): Promise<ReadonlyArray<Row>> => {
  const limit = openFiles()
  if (limit < needed) {
    console.error(`bench: connections skipped: ${needed} open files are needed, the limit is ${limit} (ulimit -n)`)
    return []
  }
  const state = newState()
  const gateway = await start(state)
  const pid = gateway.child.pid ?? 0
  const sockets: Array<WebSocket> = [await open(gateway.url)]
  for (const socket of sockets) await ping(socket)
  const before = residentMB(pid)
  while (sockets.length < count) {
    sockets.push(
      ...(await Promise.all(Array.from({ length: Math.min(100, count - sockets.length) }, () => open(gateway.url))))
    )
  }
  const each = ((residentMB(pid) - before) * 1000) / (count - 1)
  const times: Array<number> = []
  // every tenth of them, ten at a time
  for (let i = 0; i < count; i += 100) {
    times.push(...(await Promise.all(sockets.slice(i, i + 10).map(ping))))
  }
  for (const socket of sockets) socket.terminate()
  await gateway.stop()
  fs.rmSync(state, { recursive: true, force: true })
  const p99 = percentile(
    times.toSorted((a, b) => a - b),
    0.99
  )
  return [
    {
      name: "10,000 open connections, resident memory of each",
      value: each,
      unit: "KB",
      goal: "<= 15",
      met: each <= 15,
      better: "lower",
      scale: "none"
    },
    {
      name: "ping among 10,000 open connections, p50",
      value: median(times),
      unit: "ms",
      better: "lower",
      scale: "cpu"
    },
    {
      name: "ping among 10,000 open connections, p99",
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
