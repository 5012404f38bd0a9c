/**
 * What recall reads of every utterance of a scope, as bytes: about a hundred and fifty of them beside the vector's. A
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
  for (let i = 0; i < terms.length; i++) view.setUint32(header + i * 4, terms[i] ?? 0, true)
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
  const terms = new Uint32Array(count)
  for (let i = 0; i < count; i++) terms[i] = view.getUint32(header + i * 4, true)
  return {
    flags: view.getUint8(1),
    capitals: view.getUint8(2),
    role: view.getUint8(3) === 0 ? "user" : "assistant",
    tokens: view.getUint32(4, true),
    at: view.getFloat64(8, true),
    conversation: view.getUint32(16, true),
    speaker: view.getUint32(20, true),
    scale: view.getFloat32(28, true),
    terms,
    vector: new Int8Array(bytes.slice(header + count * 4).buffer)
  }
}

/** A vector in one byte for each component. */
export const quantise = (vector: Float32Array): { readonly vector: Int8Array; readonly scale: number } => {
  let largest = 0
  for (const x of vector) largest = Math.max(largest, Math.abs(x))
  if (!(largest > 0 && largest < Infinity)) return { vector: new Int8Array(), scale: 0 }
  const scale = largest / 127
  return { vector: Int8Array.from(vector, (x) => Math.round(x / scale)), scale }
}
