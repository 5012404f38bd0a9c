/**
 * A cursor over hostile bytes. The first mistake sticks: from then on every read gives zero and `ok` is false, so a
 * parser needs no exceptions and every loop that asks `ok` ends. Each byte is read a bounded number of times.
 */

/** Invalid UTF-8 becomes U+FFFD, which no allowed name contains; a byte order mark stays part of the name. */
const text = new TextDecoder("utf-8", { ignoreBOM: true })

/** An unsigned number as WebAssembly writes it. */
export const leb = (value: number): ReadonlyArray<number> =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(Math.floor(value / 0x80))]

/** Why a module is refused. */
export interface Fault {
  readonly reason:
    | "malformed"
    | "unsupported"
    | "too_large"
    | "start"
    | "import_unknown"
    | "import_ungranted"
    | "import_signature"
  /** The section of the module, as the specification names it. */
  readonly section: string
  readonly message: string
  /** What would be accepted there. */
  readonly allowed: string
  /** Where in the file, in bytes. */
  readonly offset: number
}

export class WasmReader {
  readonly #bytes: Uint8Array
  #end: number
  #fault: Fault | undefined
  #position = 0
  section = "header"

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#end = bytes.length
  }

  get ok(): boolean {
    return this.#fault === undefined
  }
  get fault(): Fault | undefined {
    return this.#fault
  }
  get position(): number {
    return this.#position
  }
  /** Bytes are left and nothing is wrong so far. */
  get more(): boolean {
    return this.ok && this.#position < this.#end
  }

  fail(reason: Fault["reason"], message: string, allowed: string): void {
    this.#fault ??= { reason, section: this.section, message, allowed, offset: this.#position }
  }

  byte(): number {
    if (!this.ok) return 0
    const byte = this.#position < this.#end ? this.#bytes[this.#position] : undefined
    if (byte === undefined) {
      this.fail("malformed", "it ends in the middle", "a complete module")
      return 0
    }
    this.#position++
    return byte
  }

  /** An unsigned number of at most 32 bits in at most 5 bytes. */
  u32(): number {
    let value = 0
    for (let index = 0; index < 5; index++) {
      const byte = this.byte()
      if (index === 4 && byte > 0x0f) break
      value += (byte & 0x7f) * 2 ** (7 * index)
      if (byte < 0x80) return this.ok ? value : 0
    }
    this.fail("malformed", "a number is longer than 32 bits", "32-bit numbers")
    return 0
  }

  /** A count of at most `limit`. */
  count(limit: number, what: string): number {
    const value = this.u32()
    if (value <= limit) return value
    this.fail("too_large", `${value} ${what}`, `at most ${limit} ${what}`)
    return 0
  }

  skip(length: number): void {
    if (length > this.#end - this.#position) {
      this.fail("malformed", "a part is longer than what contains it", "parts that fit")
    } else if (this.ok) {
      this.#position += length
    }
  }

  name(): string {
    const length = this.u32()
    const start = this.#position
    this.skip(length)
    return this.ok ? text.decode(this.#bytes.subarray(start, start + length)) : ""
  }

  /** Passes over what is left of the part at hand. */
  rest(): void {
    if (this.ok) this.#position = this.#end
  }

  /** Reads with `parse` inside the next `length` bytes, which it must use up. */
  within(length: number, parse: () => void): void {
    const outer = this.#end
    const end = this.#position + length
    if (end > outer) return this.skip(length)
    this.#end = end
    parse()
    if (this.ok && this.#position !== end) {
      this.fail("malformed", `${end - this.#position} bytes are left over`, "parts of exactly their stated length")
    }
    this.#end = outer
  }
}
