/** The way from a slot to its gateway, and what one call may still use of it. */
import { readSync, writeSync } from "node:fs"
import * as Frame from "../Frame.ts"

const SOCKET = 3
const utf8 = new TextEncoder()
export const bytesOf = (text: string): Uint8Array => utf8.encode(text)

/** Small frames come with one read; what was read beyond a frame is the next one's. */
const buffer = new Uint8Array(16 * 1024)
let from = 0
let to = 0

const fill = (into: Uint8Array, at: number): number => {
  const count = readSync(SOCKET, into, at, into.length - at, null)
  if (count === 0) process.exit(0)
  return count
}

/** Bytes that are good until the next read. */
const read = (length: number): Uint8Array => {
  if (from === to) {
    from = 0
    to = fill(buffer, 0)
  }
  if (length <= to - from) return buffer.subarray(from, (from += length))
  const bytes = new Uint8Array(length)
  let done = 0
  while (done < length) {
    if (from === to) {
      // what does not fit is read to where it belongs
      if (length - done >= buffer.length) {
        done += fill(bytes, done)
        continue
      }
      from = 0
      to = fill(buffer, 0)
    }
    const part = buffer.subarray(from, Math.min(to, from + length - done))
    bytes.set(part, done)
    done += part.length
    from += part.length
  }
  return bytes
}
/** The next frame; its body is good until the one after it is asked for. */
export const receive = (): { readonly kind: number; readonly body: Uint8Array } => {
  const header = read(Frame.HEADER_BYTES)
  const kind = header[4] ?? 0
  const length = Frame.lengthAt(header)
  return { kind, body: length === 0 ? nothing : read(length) }
}
const nothing = new Uint8Array()

/** Where small frames are put together: each is on its way before the next one begins. */
const outgoing = new Uint8Array(4096)
export const send = (kind: number, ...parts: ReadonlyArray<Uint8Array>): void => {
  const size = Frame.sizeOf(parts)
  const frame = size <= outgoing.length ? outgoing : new Uint8Array(size)
  Frame.put(frame, kind, parts)
  let done = 0
  while (done < size) done += writeSync(SOCKET, frame, done, size - done)
}

/** Names as a host call begins with them. */
const labels = new Map<string, Uint8Array>()
const labelOf = (name: string): Uint8Array => {
  const known = labels.get(name)
  if (known !== undefined) return known
  const bytes = bytesOf(name)
  const label = Uint8Array.of(bytes.length, ...bytes)
  labels.set(name, label)
  return label
}

export class QuotaExceeded extends Error {}
/** The host would not do it, for want of a grant. */
export class Denied extends Error {}

/** What one call has left, and how it asks the gateway. */
export class Call {
  readonly header: Frame.CallHeader
  /** What it was given. */
  input: DataView = new DataView(new ArrayBuffer(0))
  /** Why it failed, in the plugin's words. */
  said: string | undefined
  /** Reads what it put out; undefined as long as that is nothing. */
  output: (() => Uint8Array | undefined) | undefined
  #bytes: number
  #blocks: number
  #calls: number

  constructor(header: Frame.CallHeader) {
    this.header = header
    this.#bytes = header.quotas.kernelBytes
    this.#blocks = header.quotas.kernelBlocks
    this.#calls = header.quotas.hostCalls
  }

  /** Takes a block of that size from what is left. */
  memory(bytes: number): void {
    const { kernelBlocks, kernelBytes } = this.header.quotas
    this.#bytes -= bytes
    this.#blocks--
    // a negative size is a huge unsigned one
    if (bytes < 0 || this.#bytes < 0 || this.#blocks < 0) {
      throw new QuotaExceeded(`more than ${kernelBytes} bytes or ${kernelBlocks} blocks`)
    }
  }

  /** Asks the gateway, and waits for its reply, which is good until the next call. */
  host(name: string, argument: Uint8Array): Uint8Array {
    const { argumentBytes, hostCalls } = this.header.quotas
    if (--this.#calls < 0) throw new QuotaExceeded(`more than ${hostCalls} host calls`)
    if (argument.length > argumentBytes) throw new QuotaExceeded(`a host call with more than ${argumentBytes} bytes`)
    send(Frame.HOST_CALL, labelOf(name), argument)
    return receive().body
  }
}
