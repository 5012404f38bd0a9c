/**
 * The index of a scope as bytes, so that a large one need not be built anew from every utterance. Derived like the index
 * itself: whoever keeps it checks it, and throws it away with anything that it was made of. Pure.
 */
import type { Typed } from "./Columns.ts"
import { Middle } from "./Similarity.ts"
import { ScopeIndex } from "./ScopeIndex.ts"

/** Whatever changes what an index has, or how, is another version: bytes of others are none of ours. */
const version = 3
const magic = 0x58455831

/** What the bytes of every index of this version begin with. */
export const beginning: Uint8Array = new Uint8Array(new Uint32Array([magic, version]).buffer)

const kinds = [Float64Array, Float32Array, Int32Array, Int8Array, Uint8Array, Uint16Array] as const
const aligned = (length: number): number => (length + 7) & ~7

/** What was indexed, and the middle of its vectors. */
export interface Indexed {
  readonly index: ScopeIndex
  readonly middle: Middle
}

export const encodeSnapshot = ({ index, middle }: Indexed): Uint8Array<ArrayBuffer> => {
  const own = index.parts
  const centre = middle.parts
  const all = [...own.arrays, ...centre.arrays]
  const scalars = Float64Array.from([...centre.scalars, ...own.scalars])
  const name = new TextEncoder().encode(index.generation)
  // magic, version, lengths of name, scalars and arrays; then for each array its kind and its bytes
  const head = aligned(20 + all.length * 8 + name.length)
  const bytes = new Uint8Array(all.reduce((sum, one) => sum + aligned(one.byteLength), head + scalars.byteLength))
  const view = new DataView(bytes.buffer)
  const counts = [magic, version, name.length, scalars.length, all.length]
  const table = all.flatMap((one) => [kinds.findIndex((kind) => one instanceof kind), one.byteLength])
  for (const [i, value] of [...counts, ...table].entries()) view.setUint32(i * 4, value, true)
  bytes.set(name, 20 + all.length * 8)
  let at = head
  for (const one of [scalars, ...all]) {
    bytes.set(new Uint8Array(one.buffer, one.byteOffset, one.byteLength), at)
    at += aligned(one.byteLength)
  }
  return bytes
}

/**
 * What the bytes are of, which are its own from now on: copying them was most of what opening an index cost. Undefined
 * where they are none of ours: another version's, or cut. What they hold is believed.
 */
export const decodeSnapshot = (bytes: Uint8Array<ArrayBuffer>): Indexed | undefined => {
  if (bytes.byteLength < 24 || bytes.byteOffset % 8 !== 0) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const u32 = (i: number): number => (i * 4 + 4 <= bytes.byteLength ? view.getUint32(i * 4, true) : 0)
  const [nameLength, scalarCount, arrayCount] = [u32(2), u32(3), u32(4)]
  if (u32(0) !== magic || u32(1) !== version || arrayCount > 64) return undefined
  const nameAt = 20 + arrayCount * 8
  let at = aligned(nameAt + nameLength)
  const take = (kind: number, length: number): Typed | undefined => {
    const make = kinds[kind]
    if (make === undefined || at + length > bytes.byteLength || length % make.BYTES_PER_ELEMENT !== 0) return undefined
    const taken = new make(bytes.buffer, bytes.byteOffset + at, length / make.BYTES_PER_ELEMENT)
    at += aligned(length)
    return taken
  }
  const scalars = take(0, scalarCount * 8)
  const arrays: Array<Typed> = []
  for (let i = 0; i < arrayCount; i++) {
    const one = take(u32(5 + i * 2), u32(6 + i * 2))
    if (one === undefined) return undefined
    arrays.push(one)
  }
  if (scalars === undefined || at !== bytes.byteLength) return undefined
  const generation = new TextDecoder().decode(bytes.subarray(nameAt, nameAt + nameLength))
  const values = Array.from(scalars)
  const middle = Middle.of({ arrays: arrays.slice(-2), scalars: values.slice(0, 3) })
  const index = ScopeIndex.of(generation, { arrays: arrays.slice(0, -2), scalars: values.slice(3) })
  return index === undefined || middle === undefined ? undefined : { index, middle }
}
