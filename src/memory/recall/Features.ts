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

/** Undefined where the bytes are none of ours: another version's, or damaged. */
export const decode = (bytes: Uint8Array): Features | undefined => {
  if (bytes.length < header || bytes[0] !== version) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const count = view.getUint16(24, true)
  const dimensions = view.getUint16(26, true)
  if (bytes.length !== header + count * 4 + dimensions) return undefined
  // the store's bytes are their own buffer, so numbers in them stand where numbers may
  const numbers = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice()
  return {
    flags: view.getUint8(1),
    capitals: view.getUint8(2),
    role: view.getUint8(3) === 0 ? "user" : "assistant",
    tokens: view.getUint32(4, true),
    at: view.getFloat64(8, true),
    conversation: view.getUint32(16, true),
    speaker: view.getUint32(20, true),
    scale: view.getFloat32(28, true),
    terms: new Uint32Array(numbers.buffer, numbers.byteOffset + header, count),
    vector: new Int8Array(numbers.buffer, numbers.byteOffset + header + count * 4, dimensions)
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
