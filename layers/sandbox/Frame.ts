/**
 * What gateway and slot say to one another: a little-endian u32 length, a kind, and that many bytes. Shared by the
 * gateway and the slot's own program, so it imports nothing.
 */

/** Gateway to slot: a module (32 bytes of SHA-256, then the file). */
export const LOAD = 1
/** Gateway to slot: u32 length of a JSON header, the header, then the input. */
export const CALL = 2
/** Gateway to slot: the reply of a host function: JSON, but for `http_request`. */
export const REPLY = 3
/** Slot to gateway: what the plugin put out. */
export const OUTPUT = 4
/** Slot to gateway: JSON of `Failure`. */
export const FAILURE = 5
/** Slot to gateway: length of a name, the name, then the argument: JSON, but for `http_request`. */
export const HOST_CALL = 6
/** Slot to gateway: the program runs. */
export const READY = 7

export const HEADER_BYTES = 5

/** Of one call, enforced in the slot and again in the gateway. */
export interface Quotas {
  /** Bytes a plugin may allocate in the kernel's memory, and in how many blocks. */
  readonly kernelBytes: number
  readonly kernelBlocks: number
  readonly outputBytes: number
  readonly hostCalls: number
  /** Bytes of one host function's argument. */
  readonly argumentBytes: number
  /** Names and values of all variables together. */
  readonly varBytes: number
}
export const quotas: Quotas = {
  kernelBytes: 8 * 1024 * 1024,
  kernelBlocks: 10_000,
  outputBytes: 1024 * 1024,
  hostCalls: 1000,
  argumentBytes: 512 * 1024,
  varBytes: 1024 * 1024
}
/** Longest frame a slot may send. */
export const MAX_FRAME = 4 * 1024 * 1024

/** What a slot is told about a call. */
export interface CallHeader {
  /** SHA-256 of the module, lower-case hex. */
  readonly module: string
  readonly entry: string
  /** Names of the host functions the module may import. */
  readonly functions: ReadonlyArray<string>
  /** True where it may import the kernel's HTTP functions. */
  readonly http: boolean
  /** The WASI functions it imports, with the number each answers; those of the grants below work. */
  readonly wasi: Readonly<Record<string, number>>
  readonly clock: boolean
  readonly random: boolean
  readonly config: Readonly<Record<string, string>>
  readonly quotas: Quotas
}

/** Why a call gave no output, as the slot tells it. */
export interface Failure {
  readonly kind: "trap" | "quota" | "bad_output" | "denied"
  readonly message: string
}

// Numbers are put together by hand: a view of a small array first moves it out of the heap, which costs as much as all
// the rest of a frame.

/** Writes a number as a frame has it. */
export const putLength = (bytes: Uint8Array, length: number): void => {
  bytes[0] = length
  bytes[1] = length >>> 8
  bytes[2] = length >>> 16
  bytes[3] = length >>> 24
}

/** The number at `at`. */
export const lengthAt = (bytes: Uint8Array, at = 0): number =>
  ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0

/** Bytes of a frame with these parts. */
export const sizeOf = (parts: ReadonlyArray<Uint8Array>): number => {
  let size = HEADER_BYTES
  for (const part of parts) size += part.length
  return size
}

/** Writes a frame to the beginning of `into`, which has room for it. */
export const put = (into: Uint8Array, kind: number, parts: ReadonlyArray<Uint8Array>): void => {
  let offset = HEADER_BYTES
  for (const part of parts) {
    into.set(part, offset)
    offset += part.length
  }
  putHead(into, kind, offset - HEADER_BYTES)
}

const putHead = (into: Uint8Array, kind: number, length: number): void => {
  putLength(into, length)
  into[4] = kind
}

/** What stands before a frame's `length` bytes, for those that are written where they are. */
export const head = (kind: number, length: number): Uint8Array => {
  const bytes = new Uint8Array(HEADER_BYTES)
  putHead(bytes, kind, length)
  return bytes
}

export const encode = (kind: number, ...parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const frame = new Uint8Array(sizeOf(parts))
  put(frame, kind, parts)
  return frame
}

/** What `http_request` asks, and what it is told: JSON, then the body as it is. */
export const withBody = (json: Uint8Array, body: Uint8Array): Uint8Array => {
  const joined = new Uint8Array(4 + json.length + body.length)
  putLength(joined, json.length)
  joined.set(json, 4)
  joined.set(body, 4 + json.length)
  return joined
}

/** The two parts; undefined where they are none. */
export const splitBody = (bytes: Uint8Array): { readonly json: Uint8Array; readonly body: Uint8Array } | undefined => {
  if (bytes.length < 4) return undefined
  const end = 4 + lengthAt(bytes)
  return end > bytes.length ? undefined : { json: bytes.subarray(4, end), body: bytes.subarray(end) }
}

/** Head of the reply to `http_request`; `denied` where no grant allows it. */
export type HttpReply =
  | { readonly status: number; readonly headers: Readonly<Record<string, string>> }
  | { readonly error: string; readonly denied: boolean }

/** Puts frames together out of what a socket delivers; a frame above the limit is never buffered. */
export class FrameDecoder {
  readonly #limit: number
  #chunks: Array<Uint8Array> = []
  #size = 0
  /** Bytes needed before anything can be read; every byte is copied at most once. */
  #need = HEADER_BYTES

  constructor(limit: number) {
    this.#limit = limit
  }

  /** True while a frame has begun and not ended. */
  get pending(): boolean {
    return this.#size > 0
  }

  /** Hands every complete frame to `onFrame`; false where the sender broke the rules, for good. */
  push(chunk: Uint8Array, onFrame: (kind: number, body: Uint8Array) => void): boolean {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    while (this.#size >= this.#need) {
      const whole = this.#joined()
      const length = lengthAt(whole)
      if (length > this.#limit) return false
      const end = HEADER_BYTES + length
      if (whole.length < end) {
        this.#need = end
        break
      }
      const rest = whole.subarray(end)
      this.#chunks = rest.length === 0 ? [] : [rest]
      this.#size = rest.length
      this.#need = HEADER_BYTES
      onFrame(whole[4] ?? 0, whole.subarray(HEADER_BYTES, end))
    }
    return true
  }

  #joined(): Uint8Array {
    const [first] = this.#chunks
    if (first !== undefined && this.#chunks.length === 1) return first
    const whole = new Uint8Array(this.#size)
    let offset = 0
    for (const chunk of this.#chunks) {
      whole.set(chunk, offset)
      offset += chunk.length
    }
    this.#chunks = [whole]
    return whole
  }
}
