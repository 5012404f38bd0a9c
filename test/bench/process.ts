/** The bundle as a process: start, ready line, resident memory, and a plain JSON-RPC client to drive it. */
import { type ChildProcess, spawn } from "node:child_process"
import * as fs from "node:fs"
import { connect, createServer } from "node:net"
import * as os from "node:os"
import * as path from "node:path"

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

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0))
    })
  })

export const newState = (): string => fs.mkdtempSync(path.join(os.tmpdir(), "exoclaw-bench-state-"))

/** Starts `dist/exoclaw.js gateway` on free ports with this state folder and configuration. */
export const start = async (state: string, config = ""): Promise<Started> => {
  const file = path.join(state, "config.toml")
  fs.writeFileSync(file, config)
  const port = await freePort()
  const began = performance.now()
  const child = spawn(
    process.execPath,
    [
      path.join(root, "dist", "exoclaw.js"),
      "gateway",
      "--config",
      file,
      "--port",
      String(port),
      "--operator-port",
      "0"
    ],
    { stdio: ["ignore", "pipe", "inherit"], env: { PATH: process.env["PATH"], HOME: state } }
  )
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()))
  while (!(await accepts(port))) {
    if (child.exitCode !== null) throw new Error("the gateway ended before it listened")
  }
  const acceptedAfter = performance.now() - began
  await new Promise<void>((resolve) => child.stdout?.once("data", () => resolve()))
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

/** Resident memory of a process, in MB (10^6 bytes). */
export const residentMB = (pid: number): number => {
  const status = fs.readFileSync(`/proc/${pid}/status`, "utf8")
  return (Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) * 1024) / 1e6
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
