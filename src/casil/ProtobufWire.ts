/** The wire form of Protocol Buffers, as far as it is needed to replace a field. Source: protobuf.dev, "Encoding". */
import { joined } from "../domain/Bytes.ts"

/** A field of a message where it stands: `[start, to)` in all, its content `[from, to)`; the length of it before that. */
export interface WireField {
  readonly number: number
  /** 2 for what has a length: texts, bytes, messages, packed numbers. */
  readonly type: number
  readonly start: number
  /** Where the length begins, after the tag. */
  readonly length: number
  readonly from: number
  readonly to: number
}

export const LENGTH_DELIMITED = 2
const VARINT = 0
const FIXED_64 = 1
const FIXED_32 = 5
const MOST_BYTES = 10

class Reader {
  readonly #bytes: Uint8Array
  at = 0
  /** Something was not as it must be. */
  isBroken = false

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** A number in as many bytes as it needs; exact up to 2^53. */
  varint(): number {
    let value = 0
    let factor = 1
    for (let n = 0; n < MOST_BYTES; n++) {
      const byte = this.#bytes[this.at++]
      if (byte === undefined) break
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
      factor *= 128
    }
    this.isBroken = true
    return 0
  }

  skip(bytes: number): void {
    this.at += bytes
    if (this.at > this.#bytes.length) this.isBroken = true
  }
}

/** The fields of a message, in their order; nothing for bytes that are none. Groups, which nobody writes any more, are not read. */
export const fieldsOf = (bytes: Uint8Array): ReadonlyArray<WireField> | undefined => {
  const fields: Array<WireField> = []
  const reader = new Reader(bytes)
  while (reader.at < bytes.length) {
    const start = reader.at
    const tag = reader.varint()
    const number = Math.floor(tag / 8)
    const type = tag % 8
    const length = reader.at
    if (reader.isBroken || number < 1 || number > 0x1fffffff) return undefined
    let from = length
    if (type === VARINT) reader.varint()
    else if (type === FIXED_64) reader.skip(8)
    else if (type === FIXED_32) reader.skip(4)
    else if (type === LENGTH_DELIMITED) {
      const size = reader.varint()
      from = reader.at
      reader.skip(size)
    } else return undefined
    if (reader.isBroken) return undefined
    fields.push({ number, type, start, length, from, to: reader.at })
  }
  return fields
}

const varint = (value: number): ReadonlyArray<number> => {
  const bytes: Array<number> = []
  let rest = value
  while (rest > 127) {
    bytes.push((rest % 128) + 128)
    rest = Math.floor(rest / 128)
  }
  return [...bytes, rest]
}

/** A message in which some fields have other contents, by their index. */
export const replaced = (
  bytes: Uint8Array,
  fields: ReadonlyArray<WireField>,
  contents: ReadonlyMap<number, Uint8Array>
): Uint8Array => {
  if (contents.size === 0) return bytes
  const parts: Array<Uint8Array> = fields.flatMap(({ length, start, to }, i) => {
    const content = contents.get(i)
    if (content === undefined) return [bytes.subarray(start, to)]
    return [bytes.subarray(start, length), Uint8Array.from(varint(content.length)), content]
  })
  return joined(parts)
}
