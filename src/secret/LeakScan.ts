/**
 * Finds known secrets in bytes: as they are, reversed, in base64 of either alphabet at any offset, in hex, behind one
 * or two layers of percent, JSON, C or HTML escapes, and all of these split by blanks, line breaks or punctuation. A pure
 * function of the values and the bytes, linear in the bytes.
 */
import * as Base64 from "effect/encoding/Base64"
import * as Hex from "effect/encoding/Hex"
import { compile, foldedLength, type PatternSet } from "./PatternSet.ts"
import { merge, type Range, replaced } from "./Ranges.ts"
import { finish, slice, unescaping } from "./Unescape.ts"

export interface LeakScanner {
  /** Where secrets are, in order and apart from each other. */
  readonly find: (bytes: Uint8Array) => ReadonlyArray<Range>
  /** The same, in steps of a few milliseconds: whoever has a large text does something else between them. */
  readonly steps: (bytes: Uint8Array) => Generator<undefined, ReadonlyArray<Range>>
}

/** What stands where a secret was. */
export const mark = "[redacted]"

const utf8 = new TextEncoder()

const classesOf = (symbolOf: (byte: number) => number): Uint8Array =>
  Uint8Array.from({ length: 256 }, (_, byte) => symbolOf(byte))

const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39
const isUpper = (byte: number) => byte >= 0x41 && byte <= 0x5a
const isLower = (byte: number) => byte >= 0x61 && byte <= 0x7a

/** Letters and digits; whatever separates them does not count. */
const alphanumeric = classesOf((byte) => (isDigit(byte) || isUpper(byte) || isLower(byte) ? byte : 0))
const hexadecimal = classesOf((byte) => (isDigit(byte) || isLower(byte) ? byte : isUpper(byte) ? byte + 0x20 : 0))
/** Every byte, for values that hardly have letters or digits. */
const exact = classesOf((byte) => byte)

/** Below this, letters and digits alone would be found where no secret is. */
const enough = 8
/** A longer value is looked for in pieces, so that a part of it is found as well. */
const piece = 48

const piecesOf = (bytes: Uint8Array): ReadonlyArray<Uint8Array> => {
  if (bytes.length <= piece + 16) return [bytes]
  const pieces: Array<Uint8Array> = []
  for (let at = 0; at + piece < bytes.length; at += piece) pieces.push(bytes.subarray(at, at + piece))
  return [...pieces, bytes.subarray(bytes.length - piece)]
}

/** Base64 of a value that begins `offset` bytes after a group of three: the characters that it alone decides. */
const base64At = (bytes: Uint8Array, offset: number): Uint8Array => {
  const padded = new Uint8Array(offset + bytes.length)
  padded.set(bytes, offset)
  const text = Base64.encode(padded)
  const first = offset === 0 ? 0 : offset + 1
  return utf8.encode(text.slice(first, Math.floor((padded.length * 8) / 6)))
}

const only = (classes: Uint8Array, patterns: ReadonlyArray<Uint8Array>): ReadonlyArray<Uint8Array> =>
  patterns.filter((pattern) => foldedLength(classes, pattern) >= enough)

const setsOf = (values: ReadonlyArray<string>): ReadonlyArray<PatternSet> => {
  const whole = values.map((value) => utf8.encode(value))
  const plain = whole.flatMap(piecesOf)
  const weak = plain.filter((bytes) => foldedLength(alphanumeric, bytes) < enough)
  const encoded = plain.flatMap((bytes) => [0, 1, 2].map((offset) => base64At(bytes, offset)))
  const backwards = plain.map((bytes) => bytes.toReversed())
  return [
    compile(alphanumeric, only(alphanumeric, [...plain, ...backwards, ...encoded])),
    compile(
      hexadecimal,
      only(
        hexadecimal,
        plain.map((bytes) => utf8.encode(Hex.encode(bytes)))
      )
    ),
    compile(exact, weak)
  ].filter((set) => set !== undefined)
}

/** Layers of escapes that are undone. */
const layers = 2

function* steps(sets: ReadonlyArray<PatternSet>, bytes: Uint8Array): Generator<undefined, ReadonlyArray<Range>> {
  const ranges: Array<Range> = []
  // Where byte `i` of a view begins in `bytes`; one past the last stands for the end.
  let toSource = (i: number): number => i
  let view = bytes
  for (let layer = 0; ; layer++) {
    const at = toSource
    const found = (first: number, last: number) => void ranges.push({ start: at(first), end: at(last + 1) })
    for (const set of sets) {
      const scan = set.begin()
      for (let from = 0; from < view.length; from += slice) {
        if (from > 0) yield
        scan(view, from, Math.min(view.length, from + slice), found)
      }
    }
    const next = layer < layers && sets.length > 0 ? yield* unescaping(view) : undefined
    if (next === undefined) return merge(ranges)
    const { starts } = next
    toSource = (i) => at(starts[i] ?? 0)
    view = next.bytes
  }
}

/** The same bytes where there are no ranges; else with `mark` instead of each of them. */
export const redact = (bytes: Uint8Array, ranges: ReadonlyArray<Range>): Uint8Array => replaced(bytes, ranges, mark)

/** A scanner for these values; they stay inside it. */
export const make = (values: ReadonlyArray<string>): LeakScanner => {
  const sets = setsOf(values)
  return { find: (bytes) => finish(steps(sets, bytes)), steps: (bytes) => steps(sets, bytes) }
}
