/** Comparing secrets without telling how far they agree. */
import { hash, timingSafeEqual } from "node:crypto"

/** SHA-256 of a token, lower-case hex: what is stored, and what a principal carries of its credential. */
export const digestOf = (token: string): string => hash("sha256", token, "hex")

/** Compares two SHA-256 digests in hex; takes the same time for any two (threats row 4). */
export const sameDigest = (a: string, b: string): boolean => {
  const left = Buffer.from(a, "latin1")
  const right = Buffer.from(b, "latin1")
  return left.length === right.length && timingSafeEqual(left, right)
}
