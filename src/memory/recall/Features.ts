/**
 * What recall reads of every utterance of a scope, as little-endian bytes: some eighty of them beside the vector's. A
 * store keeps them without knowing what they mean.
 */
import type { Role } from "../MemoryTurn.ts"

/** What kind of sentence it is. */
export const flag = { question: 1, firstPerson: 2, time: 4, number: 8, instruction: 16 } as const

export interface Features {
  readonly at: number
  readonly role: Role
  /** Hash of the conversation's name. */
  readonly conversation: number
  /** Term of the speaker's first name; 0 where the role says who spoke. */
  readonly speaker: number
  /** Estimated tokens of its line. */
  readonly tokens: number
  /** Sum of `flag`s. */
  readonly flags: number
  /** Words with a capital that are no stop words, at most 255. */
  readonly capitals: number
  /** Hashes of its terms, in order, with repetitions. */
  readonly terms: Uint32Array
  /** A component is `vector[i] * scale`. Empty where there is no vector. */
  readonly vector: Int8Array
  readonly scale: number
}

const version = 1
const header = 32

export const encode = (features: Features): Uint8Array => {
  const { terms, vector } = features
  const bytes = new Uint8Array(header + terms.length * 4 + vector.length)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, version)
  view.setUint8(1, features.flags)
  view.setUint8(2, Math.min(255, features.capitals))
  view.setUint8(3, features.role === "user" ? 0 : 1)
  view.setUint32(4, features.tokens, true)
  view.setFloat64(8, features.at, true)
  view.setUint32(16, features.conversation, true)
  view.setUint32(20, features.speaker, true)
  view.setUint16(24, terms.length, true)
  view.setUint16(26, vector.length, true)
  view.setFloat32(28, features.scale, true)
  new Uint32Array(bytes.buffer, header, terms.length).set(terms)
  bytes.set(new Uint8Array(vector.buffer, vector.byteOffset, vector.length), header + terms.length * 4)
  return bytes
}

/** Reads features one after the other, without an object for each. */
export class FeatureReader {
  #buffer = new ArrayBuffer(8_192)
  #bytes = new Uint8Array(this.#buffer)
  /** All numbers of 32 bits; terms begin at `firstTerm`. */
  numbers = new Int32Array(this.#buffer)
  readonly firstTerm = header / 4
  #floats = new Float32Array(this.#buffer)
  #doubles = new Float64Array(this.#buffer)
  #signed = new Int8Array(this.#buffer)
  terms = 0
  dimensions = 0

  /** False where the bytes are none of ours: another version's, or damaged. */
  read(bytes: Uint8Array): boolean {
    if (bytes.length < header || bytes[0] !== version) return false
    if (bytes.length > this.#buffer.byteLength) this.#grow(bytes.length)
    this.#bytes.set(bytes)
    const counts = this.numbers[6] as number
    this.terms = counts & 0xffff
    this.dimensions = counts >>> 16
    return bytes.length === header + this.terms * 4 + this.dimensions
  }

  get flags(): number {
    return this.#bytes[1] as number
  }
  get capitals(): number {
    return this.#bytes[2] as number
  }
  /** 0 user, 1 assistant. */
  get role(): number {
    return this.#bytes[3] as number
  }
  get tokens(): number {
    return this.numbers[1] as number
  }
  get at(): number {
    return this.#doubles[1] as number
  }
  get conversation(): number {
    return this.numbers[4] as number
  }
  get speaker(): number {
    return this.numbers[5] as number
  }
  get scale(): number {
    return this.#floats[7] as number
  }
  get vector(): Int8Array {
    const from = header + this.terms * 4
    return this.#signed.subarray(from, from + this.dimensions)
  }

  #grow(length: number): void {
    this.#buffer = new ArrayBuffer(Math.ceil(length / 4_096) * 8_192)
    this.#bytes = new Uint8Array(this.#buffer)
    this.numbers = new Int32Array(this.#buffer)
    this.#floats = new Float32Array(this.#buffer)
    this.#doubles = new Float64Array(this.#buffer)
    this.#signed = new Int8Array(this.#buffer)
  }
}

/** A vector in one byte for each component. */
export const quantise = (vector: Float32Array): { readonly vector: Int8Array; readonly scale: number } => {
  let largest = 0
  for (let i = 0; i < vector.length; i++) largest = Math.max(largest, Math.abs(vector[i] ?? 0))
  if (!(largest > 0 && largest < Infinity)) return { vector: new Int8Array(), scale: 0 }
  const scale = largest / 127
  const bytes = new Int8Array(vector.length)
  for (let i = 0; i < vector.length; i++) bytes[i] = Math.round((vector[i] ?? 0) / scale)
  return { vector: bytes, scale }
}
