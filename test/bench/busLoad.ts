/** Programs under load and small raw clients that cost less than what they measure. */
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf"
import { type ChildProcess, spawn } from "node:child_process"
import * as crypto from "node:crypto"
import * as fs from "node:fs"
import * as net from "node:net"
import * as path from "node:path"
import { ClientFrameSchema } from "../../layers/proto/generated/arqonbus/v1/frame_pb.js"

const root = path.resolve(import.meta.dirname, "..", "..")

export type Frame = NonNullable<MessageInitShape<typeof ClientFrameSchema>["frame"]>

/** A client's frame, masked as clients must. */
export const masked = (payload: Uint8Array): Buffer => {
  const mask = crypto.randomBytes(4)
  const head =
    payload.length < 126
      ? Buffer.from([0x82, 0x80 | payload.length])
      : payload.length < 65_536
        ? Buffer.from([0x82, 0x80 | 126, payload.length >> 8, payload.length & 255])
        : Buffer.concat([Buffer.from([0x82, 0x80 | 127, 0, 0, 0, 0]), uint32(payload.length)])
  const body = Buffer.from(payload)
  for (let i = 0; i < body.length; i++) body[i] = (body[i] ?? 0) ^ (mask[i & 3] ?? 0)
  return Buffer.concat([head, mask, body])
}

const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

export const frameOf = (frame: Frame, request = 0): Buffer =>
  masked(toBinary(ClientFrameSchema, create(ClientFrameSchema, { request, frame })))

export const hello: Frame = { case: "hello", value: { minVersion: 1, maxVersion: 1, type: 4 } }
export const joining = (channel: string, room = "bench"): Frame => ({ case: "join", value: { room, channel } })
export const publishing = (text: string, id = ""): Frame => ({
  case: "publish",
  value: { room: "bench", channel: "burst", id, content: { body: { case: "text", value: text } } }
})

/** Opcodes: of data up to this, of a heartbeat, and its answer, empty and masked with nothing. */
const lastData = 2
const ping = 9
const pong = Buffer.from([0x8a, 0x80, 0, 0, 0, 0])

/** A connection that counts the messages that come, by the frames' headers alone. */
export class RawClient {
  readonly socket: net.Socket
  frames = 0
  bytes = 0
  #rest: Buffer = Buffer.alloc(0)
  #isOpen = false
  readonly #onFrames: () => void

  private constructor(socket: net.Socket, onFrames: () => void) {
    this.socket = socket
    this.#onFrames = onFrames
  }

  static open(url: string, onFrames: () => void = () => undefined): Promise<RawClient> {
    const { hostname, pathname, port } = new URL(url)
    return new Promise((resolve, reject) => {
      const socket = net.connect(Number(port), hostname)
      const client = new RawClient(socket, onFrames)
      socket.setNoDelay(true)
      socket.on("error", reject)
      socket.on("connect", () =>
        socket.write(
          `GET ${pathname} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
            `Sec-WebSocket-Key: ${crypto.randomBytes(16).toString("base64")}\r\nSec-WebSocket-Version: 13\r\n\r\n`
        )
      )
      socket.on("data", (data: Buffer) => client.#take(data, () => resolve(client)))
    })
  }

  send(...frames: ReadonlyArray<Buffer>): void {
    this.socket.write(frames.length === 1 ? (frames[0] ?? "") : Buffer.concat(frames))
  }

  /** Resolves once so many frames have come in all. */
  async until(count: number): Promise<void> {
    while (this.frames < count) await new Promise((resolve) => setImmediate(resolve))
  }

  #take(data: Buffer, opened: () => void): void {
    let buffer = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data])
    let at = 0
    if (!this.#isOpen) {
      const end = buffer.indexOf("\r\n\r\n")
      if (end < 0) {
        this.#rest = buffer
        return
      }
      this.#isOpen = true
      at = end + 4
      opened()
    }
    for (;;) {
      if (buffer.length - at < 2) break
      const short = (buffer[at + 1] ?? 0) & 127
      const head = short < 126 ? 2 : short === 126 ? 4 : 10
      if (buffer.length - at < head) break
      const length = short < 126 ? short : short === 126 ? buffer.readUInt16BE(at + 2) : buffer.readUInt32BE(at + 6)
      if (buffer.length - at < head + length) break
      const opcode = (buffer[at] ?? 0) & 15
      at += head + length
      if (opcode === ping) this.socket.write(pong)
      if (opcode > lastData) continue
      this.frames += 1
      this.bytes += length
    }
    buffer = buffer.subarray(at)
    this.#rest = Buffer.from(buffer)
    this.#onFrames()
  }
}

export interface Server {
  readonly url: string
  readonly pid: number
  readonly stop: () => Promise<void>
}

const started = (child: ChildProcess, pattern: RegExp): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = ""
    child.stdout?.on("data", (data: Buffer) => {
      text += data.toString()
      const match = pattern.exec(text)
      if (match?.[1] !== undefined) resolve(match[1])
    })
    child.on("exit", () => reject(new Error(`the server ended: ${text}`)))
  })

const serverOf = async (child: ChildProcess, pattern: RegExp): Promise<Server> => ({
  url: await started(child, pattern),
  pid: child.pid ?? 0,
  stop: () =>
    new Promise((resolve) => {
      child.removeAllListeners("exit")
      child.on("exit", () => resolve())
      child.kill("SIGTERM")
    })
})

const limits = `[bus.limits]
max_connections_per_principal = 100000
keep_messages = 2000
[bus.limits.rate]
address = 1000000
tenant = 1000000
principal = 1000000
connection = 1000000
`

/** `exoclaw bus serve`, from the bundle where there is one. */
export const startBus = (state: string): Promise<Server> => {
  fs.writeFileSync(path.join(state, "config.toml"), limits)
  const bundle = path.join(root, "dist", "exoclaw.js")
  const program = fs.existsSync(bundle) ? bundle : path.join(root, "layers", "main.ts")
  const args = [
    program,
    "bus",
    "serve",
    "--port",
    "0",
    "--operator-port",
    "0",
    "--config",
    path.join(state, "config.toml")
  ]
  const env = { ...process.env, EXOCLAW_STATE: state, EXOCLAW_TOKEN: "" }
  return serverOf(spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "inherit"] }), /on (ws:\S+)/)
}

/** What most would write first: a call of `send` for each subscriber. */
const naive = `
import { WebSocketServer } from "ws"
const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false })
server.on("listening", () => console.log("on ws://127.0.0.1:" + server.address().port + "/"))
server.on("connection", (socket) => {
  socket.on("error", () => {})
  socket.on("message", (data) => {
    if (data.length < 8) { socket.subscribed = true; return }
    for (const one of server.clients) if (one.subscribed) one.send(data, { binary: true })
  })
})
`
export const startNaive = (): Promise<Server> =>
  serverOf(
    spawn(process.execPath, ["--input-type=module", "-e", naive], { cwd: root, stdio: ["ignore", "pipe", "inherit"] }),
    /on (ws:\S+)/
  )

/** Microseconds of processor time that a process has used. */
export const cpuOf = (pid: number): number => {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8")
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}
