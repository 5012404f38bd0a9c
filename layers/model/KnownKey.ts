/** A vendor's key taken out of what the vendor says: whole or in part, as it is or in an encoding. */
import * as Redacted from "effect/Redacted"
import * as LeakScan from "../../src/secret/LeakScan.ts"

/** Fewer characters of it in a row tell nothing. */
const PART = 8

export const withoutKey = (text: string, key: Redacted.Redacted<string> | undefined): string => {
  const plain = key === undefined ? "" : Redacted.value(key)
  if (plain.length < PART) return plain === "" ? text : text.replaceAll(plain, "[key]")
  const parts = Array.from({ length: plain.length - PART + 1 }, (_, i) => plain.slice(i, i + PART))
  const bytes = new TextEncoder().encode(text.replaceAll(plain, "[key]"))
  return new TextDecoder().decode(LeakScan.redact(bytes, LeakScan.make(parts).find(bytes)))
}
