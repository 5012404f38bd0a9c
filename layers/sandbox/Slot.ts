/** One slot as the gateway sees it: a socket, a process, and at most one call. Whatever it sends may be hostile. */
import type { Socket } from "node:net"
import { closeSync, openSync, readSync } from "node:fs"
import { cutAtWord } from "../../src/domain/CutText.ts"
import * as Frame from "./Frame.ts"

/** Why a slot is no more. `retired` is our own wish: unused, worn out, or given up by its caller. */
export type Cause = "deadline" | "waiting" | "memory" | "crashed" | "protocol" | "retired"

export type SlotEvent =
  | { readonly kind: "output"; readonly bytes: Uint8Array }
  | { readonly kind: "failure"; readonly failure: Frame.Failure }
  | { readonly kind: "hostCall"; readonly name: string; readonly argument: Uint8Array }
  | { readonly kind: "died"; readonly cause: Cause }

/** A module as slots know it. */
export interface WasmModule {
  /** SHA-256 of the file, lower-case hex. */
  readonly key: string
  readonly bytes: Uint8Array
}

const utf8 = new TextDecoder("utf-8")
const PAGE = 4096
const latin1 = new TextDecoder("latin1")
const line = new Uint8Array(128)

/** A failure is a sentence; no honest slot says more. */
const FAILURE_BYTES = 16 * 1024
/** One less than the slot itself leaves of it, so that a word which that has cut goes as a whole. */
const FAILURE_CHARACTERS = 1999

const failure = (body: Uint8Array): Frame.Failure | undefined => {
  if (body.length > FAILURE_BYTES) return undefined
  try {
    // the slot may send anything
    const value: unknown = JSON.parse(utf8.decode(body))
    if (typeof value !== "object" || value === null || !("kind" in value) || !("message" in value)) return undefined
    const { kind, message } = value
    if (typeof message !== "string") return undefined
    if (kind !== "trap" && kind !== "quota" && kind !== "bad_output" && kind !== "denied") return undefined
    return { kind, message: cutAtWord(message, FAILURE_CHARACTERS) }
  } catch {
    return undefined
  }
}

/** Undefined where the system does not tell. */
const statmOf = (pid: number): number | undefined => {
  try {
    return openSync(`/proc/${pid}/statm`, "r")
  } catch {
    return undefined
  }
}

const hostCall = (body: Uint8Array, quotas: Frame.Quotas): SlotEvent | undefined => {
  const length = body[0] ?? 0
  const argument = body.subarray(1 + length)
  if (length === 0 || body.length < 1 + length || argument.length > quotas.argumentBytes) return undefined
  return { kind: "hostCall", name: utf8.decode(body.subarray(1, 1 + length)), argument }
}

export interface SlotOwner {
  readonly onReady: (slot: Slot) => void
  readonly onGone: (slot: Slot, cause: Cause) => void
  /** Ends the process; called once. */
  readonly kill: (slot: Slot) => void
}

export class Slot {
  readonly id: number
  readonly pid: number
  readonly #socket: Socket
  readonly #owner: SlotOwner
  readonly #known = new Set<string>()
  #ready = false
  #cause: Cause | undefined
  #hostCalls = 0
  /** What it says now, of the call that it has. */
  #event: SlotEvent | undefined
  /** Whose call it has; nobody's where it has none. */
  #listener: ((event: SlotEvent) => void) | undefined
  /** It waits for a reply, and has nothing to say before. */
  #asks = false
  /** Descriptor of what the system says of its memory: it is asked too often to be opened each time. */
  readonly #memory: number | undefined
  /** Calls taken so far. */
  calls = 0
  /** Whom it served last. */
  affinity: string | undefined

  constructor(id: number, pid: number, socket: Socket, owner: SlotOwner) {
    this.id = id
    this.pid = pid
    this.#socket = socket
    this.#owner = owner
    this.#memory = statmOf(pid)
    const decoder = new Frame.FrameDecoder(Frame.MAX_FRAME)
    socket.on("error", () => {})
    socket.on("data", (chunk) => {
      if (!this.alive) return
      // An answer counts once everything that came with it was read: nothing may follow it, now or while nobody calls,
      // least of all the beginning of an answer to a call that comes later.
      if (!decoder.push(chunk, (kind, body) => this.#onFrame(kind, body))) this.kill("protocol")
      else if (!this.#mayTalk && decoder.pending) this.kill("protocol")
      else this.#deliver()
    })
    socket.on("close", () => this.kill("crashed"))
  }

  get alive(): boolean {
    return this.#cause === undefined
  }
  /** Modules that it keeps compiled. */
  get modules(): number {
    return this.#known.size
  }
  get ready(): boolean {
    return this.#ready
  }

  /** Starts a call; events go to `listener` until `output`, `failure` or `died`. */
  begin(module: WasmModule, header: Uint8Array, input: Uint8Array, listener: (event: SlotEvent) => void): void {
    if (this.#cause !== undefined) return listener({ kind: "died", cause: this.#cause })
    this.calls++
    this.#hostCalls = 0
    this.#asks = false
    this.#listener = listener
    const length = new Uint8Array(4)
    Frame.putLength(length, header.length)
    const call = Frame.encode(Frame.CALL, length, header, input)
    if (this.#known.has(module.key)) return this.#write(call)
    this.#known.add(module.key)
    this.#socket.cork()
    this.#load(module)
    this.#write(call)
    this.#socket.uncork()
  }

  /** The file goes out from where it is: a copy of megabytes would hold up everybody else. */
  #load({ bytes, key }: WasmModule): void {
    const hash = Buffer.from(key, "hex")
    this.#socket.write(Frame.head(Frame.LOAD, hash.length + bytes.length))
    this.#socket.write(hash)
    this.#socket.write(bytes)
  }

  /** Answers the last host call; it may ask again. */
  reply(body: Uint8Array): void {
    if (!this.alive) return
    this.#asks = false
    this.#write(Frame.encode(Frame.REPLY, body))
  }

  #write(frame: Uint8Array): void {
    this.#socket.write(frame)
  }

  kill(cause: Cause): void {
    if (this.#cause !== undefined) return
    this.#cause = cause
    this.#event = { kind: "died", cause }
    this.#owner.kill(this)
    this.#socket.destroy()
    if (this.#memory !== undefined) closeSync(this.#memory)
    this.#owner.onGone(this, cause)
    this.#deliver()
  }

  /** Resident memory in bytes, 0 where the system does not tell. */
  residentBytes(): number {
    if (!this.alive || this.#memory === undefined) return 0
    try {
      const length = readSync(this.#memory, line, 0, line.length, 0)
      return Number(latin1.decode(line.subarray(0, length)).split(" ")[1]) * PAGE
    } catch {
      return 0
    }
  }

  /** Hands the event to whoever has the call; all but a host call end it. */
  #deliver(): void {
    const event = this.#event
    const listener = this.#listener
    if (event === undefined || listener === undefined) return
    this.#event = undefined
    this.#asks = event.kind === "hostCall"
    if (!this.#asks) this.#listener = undefined
    listener(event)
  }

  /** It has a call, waits for no reply, and has said nothing yet that nobody has heard. */
  get #mayTalk(): boolean {
    return this.#listener !== undefined && !this.#asks && this.#event === undefined
  }

  #onFrame(kind: number, body: Uint8Array): void {
    if (!this.alive) return
    if (kind === Frame.READY && !this.#ready && body.length === 0) {
      this.#ready = true
      return this.#owner.onReady(this)
    }
    const event = this.#mayTalk ? this.#decode(kind, body) : undefined
    if (event === undefined) return this.kill("protocol")
    this.#event = event
  }

  #decode(kind: number, body: Uint8Array): SlotEvent | undefined {
    switch (kind) {
      case Frame.OUTPUT:
        return body.length > Frame.quotas.outputBytes ? undefined : { kind: "output", bytes: body.slice() }
      case Frame.FAILURE: {
        const told = failure(body)
        return told === undefined ? undefined : { kind: "failure", failure: told }
      }
      case Frame.HOST_CALL:
        return ++this.#hostCalls > Frame.quotas.hostCalls ? undefined : hostCall(body, Frame.quotas)
      default:
        return undefined
    }
  }
}
