/** The bundle as a process: start, ready line, resident memory, and a plain JSON-RPC client to drive it. */
import { type ChildProcess, spawn } from "node:child_process"
import * as fs from "node:fs"
import { connect } from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import { freePort } from "../support/ports.ts"

const root = path.resolve(import.meta.dirname, "..", "..")

export interface Started {
  readonly child: ChildProcess
  readonly url: string
  /** Milliseconds from spawn to the first accepted TCP connection. */
  readonly acceptedAfter: number
  readonly stop: () => Promise<void>
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1")
    socket.once("connect", () => {
      socket.destroy()
      resolve(true)
    })
    socket.once("error", () => resolve(false))
  })

export const newState = (): string => fs.mkdtempSync(path.join(os.tmpdir(), "exoclaw-bench-state-"))

/** Bytes, from inside a gateway. */
export interface Breakdown {
  readonly heapTotal: number
  readonly heapUsed: number
  readonly external: number
  /** Machine code and bytecode; part of the heap. */
  readonly code: number
}

const probe = path.join(import.meta.dirname, "memory-probe.mjs")
const probed = (state: string): string => path.join(state, "memory.json")

/** What the memory of a gateway that was started with a probe consists of. */
export const breakdown = async (state: string, child: ChildProcess): Promise<Breakdown> => {
  const file = probed(state)
  fs.rmSync(file, { force: true })
  child.kill("SIGUSR2")
  while (!fs.existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 10))
  return JSON.parse(fs.readFileSync(file, "utf8")) as Breakdown
}

/** Starts `dist/exoclaw.js gateway` on free ports with this state folder and configuration. */
export const start = async (state: string, config = "", options = { probe: false }): Promise<Started> => {
  const file = path.join(state, "config.toml")
  fs.writeFileSync(file, config)
  const port = await freePort()
  const began = performance.now()
  const child = spawn(
    process.execPath,
    [
      ...(options.probe ? ["--import", probe] : []),
      path.join(root, "dist", "exoclaw.js"),
      "gateway",
      "--config",
      file,
      "--port",
      String(port),
      "--operator-port",
      "0"
    ],
    {
      stdio: ["ignore", "pipe", "inherit"],
      env: { PATH: process.env["PATH"], HOME: state, BENCH_MEMORY_PROBE: probed(state) }
    }
  )
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()))
  // its line and not a loop of attempts, which would take one of two processors from it
  await new Promise<void>((resolve, reject) => {
    child.stdout?.once("data", () => resolve())
    child.once("exit", () => reject(new Error("the gateway ended before it listened")))
  })
  if (!(await accepts(port))) throw new Error("the gateway does not accept connections")
  const acceptedAfter = performance.now() - began
  return {
    child,
    url: `ws://127.0.0.1:${port}/ws`,
    acceptedAfter,
    stop: async () => {
      child.kill("SIGTERM")
      await exited
    }
  }
}

/** Resident memory of a process, in MB (10^6 bytes); all of it, or what is its own, or what lies in files. */
export const residentMB = (pid: number, part: "VmRSS" | "RssAnon" | "RssFile" = "VmRSS"): number => {
  const status = fs.readFileSync(`/proc/${pid}/status`, "utf8")
  return (Number(new RegExp(`${part}:\\s+(\\d+)`).exec(status)?.[1] ?? Number.NaN) * 1024) / 1e6
}

interface Answer {
  readonly result?: unknown
  readonly error?: unknown
}

export interface Rpc {
  readonly call: (method: string, params?: unknown) => Promise<unknown>
  readonly close: () => void
}

/** One connection; answers only, notifications are dropped. */
export const client = (url: string): Promise<Rpc> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url)
    const waiting = new Map<number, (message: Answer) => void>()
    let id = 0
    socket.addEventListener("error", () => reject(new Error("the connection failed")))
    socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(String(data)) as Answer & { readonly id?: number }
      if (message.id === undefined) return
      waiting.get(message.id)?.(message)
      waiting.delete(message.id)
    })
    socket.addEventListener("open", () =>
      resolve({
        call: (method, params) =>
          new Promise((answer, refuse) => {
            id += 1
            waiting.set(id, ({ error, result }) =>
              error === undefined ? answer(result) : refuse(new Error(JSON.stringify(error)))
            )
            socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params: params ?? {} }))
          }),
        close: () => socket.close()
      })
    )
  })
