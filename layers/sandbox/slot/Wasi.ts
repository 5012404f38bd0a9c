/** The shim under `exoclaw:wasi`: every function answers an error, but for those of a grant and what start-up needs. */
import type { Call } from "./Call.ts"
import { Denied } from "./Call.ts"

type Function = (context: unknown, ...values: ReadonlyArray<number | bigint>) => number | void

/** No such address. */
const FAULT = 21
const MAX_RANDOM = 64 * 1024
const NANOS = 1_000_000n

/** The memory of the instance at hand, which exists only after its imports. */
export type Memory = () => { readonly buffer: ArrayBuffer } | undefined

/** Of the guest's memory, `length` bytes at `offset`, where they are within it. */
const view = (memory: Memory, offset: number | bigint | undefined, length: number): DataView | undefined => {
  const buffer = memory()?.buffer
  const start = Number(offset) >>> 0
  return buffer === undefined || start + length > buffer.byteLength ? undefined : new DataView(buffer, start, length)
}

export class Wasi {
  readonly #call: Call
  readonly #memory: Memory
  /** What a plugin that then gave up might have needed. */
  #missed: string | undefined

  constructor(call: Call, memory: Memory) {
    this.#call = call
    this.#memory = memory
  }

  /** A sentence about the last capability that was missed, to put behind a failure. */
  get hint(): string {
    return this.#missed === undefined ? "" : ` (it asked for ${this.#missed}, which it is not granted)`
  }

  get functions(): Record<string, Function> {
    return Object.fromEntries(
      Object.entries(this.#call.header.wasi).map(([name, errno]) => [name, this.#function(name, errno)])
    )
  }

  #function(name: string, errno: number): Function {
    switch (name) {
      case "args_sizes_get":
      case "environ_sizes_get":
        return (_, count, size) => this.#zero(count, 4) || this.#zero(size, 4)
      case "args_get":
      case "environ_get":
        return () => 0
      case "clock_time_get":
        return (_, _clock, _precision, offset) =>
          this.#call.header.clock ? this.#time(offset) : this.#miss("clock", errno)
      case "random_get":
        return (_, offset, length) =>
          this.#call.header.random ? this.#random(offset, length) : this.#miss("random", errno)
      case "proc_exit":
        return (_, code) => {
          throw new Error(`it ended itself with code ${Number(code) >>> 0}`)
        }
      case "proc_raise":
        return () => {
          throw new Denied("it raised a signal")
        }
      default:
        return () => errno
    }
  }

  #miss(capability: string, errno: number): number {
    this.#missed = capability
    return errno
  }

  #zero(offset: number | bigint | undefined, length: number): number {
    const target = view(this.#memory, offset, length)
    target?.setUint32(0, 0, true)
    return target === undefined ? FAULT : 0
  }

  /** Both clocks tell the same: milliseconds since 1970, as nanoseconds. */
  #time(offset: number | bigint | undefined): number {
    const target = view(this.#memory, offset, 8)
    target?.setBigUint64(0, BigInt(Date.now()) * NANOS, true)
    return target === undefined ? FAULT : 0
  }

  #random(offset: number | bigint | undefined, length: number | bigint | undefined): number {
    const size = Number(length) >>> 0
    const target = size > MAX_RANDOM ? undefined : view(this.#memory, offset, size)
    if (target === undefined) return FAULT
    crypto.getRandomValues(new Uint8Array(target.buffer, target.byteOffset, target.byteLength))
    return 0
  }
}
