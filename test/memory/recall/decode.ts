/** Features as one value, to be compared. */
import { FeatureReader, type Features } from "../../../src/memory/recall/Features.ts"

const reader = new FeatureReader()

export const decodeForTest = (bytes: Uint8Array): Features | undefined => {
  if (!reader.read(bytes)) return undefined
  const { at, capitals, conversation, firstTerm, flags, numbers, role, scale, speaker, terms, tokens, vector } = reader
  return {
    at,
    role: role === 0 ? "user" : "assistant",
    conversation: conversation >>> 0,
    speaker: speaker >>> 0,
    tokens,
    flags,
    capitals,
    terms: Uint32Array.from(numbers.slice(firstTerm, firstTerm + terms), (term) => term >>> 0),
    vector: vector.slice(),
    scale
  }
}
