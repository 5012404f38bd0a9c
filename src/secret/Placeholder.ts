/**
 * `{{secret:NAME}}` in what a plugin sends. One pass: what a value holds is never looked at for placeholders again.
 * In URLs the form with escaped braces counts as well, because URL libraries write it so.
 */
import * as Result from "effect/Result"
import { SecretName } from "./SecretName.ts"

/** A placeholder that is not written as one, or whose name has no value here. */
export type Unfilled = { readonly kind: "malformed" } | { readonly kind: "missing"; readonly name: string }

export type Values = ReadonlyMap<string, string>

const open = "{{secret:"
const plain = /\{\{secret:(?:([A-Za-z0-9_.-]{1,64})\}\})?/g
const inUrl = /(?:\{|%7b){2}secret(?::|%3a)(?:([A-Za-z0-9_.-]{1,64})(?:\}|%7d){2})?/gi

/** True where the text holds a placeholder, or the beginning of one. */
export const marks = (text: string): boolean => text.search(inUrl) >= 0

const malformed: Unfilled = { kind: "malformed" }

const fill = (
  pattern: RegExp,
  text: string,
  values: Values,
  encode: (value: string) => string
): Result.Result<string, Unfilled> => {
  let wrong: Unfilled | undefined
  const filled = text.replace(pattern, (_, name: string | undefined) => {
    const value = name === undefined ? undefined : values.get(name)
    if (value === undefined) wrong ??= name === undefined ? malformed : { kind: "missing", name }
    return value === undefined ? "" : encode(value)
  })
  return wrong === undefined ? Result.succeed(filled) : Result.fail(wrong)
}

/** Fills in a header's value, as it is. */
export const fillText = (text: string, values: Values): Result.Result<string, Unfilled> =>
  fill(plain, text, values, (value) => value)

/** Fills in a query or one path, percent-encoded, so that a value is always one part of it. */
export const fillUrl = (text: string, values: Values): Result.Result<string, Unfilled> =>
  fill(inUrl, text, values, (value) => encodeURIComponent(value).replace(/%3A/g, ":"))

const utf8 = new TextEncoder()
const ascii = new TextDecoder()
const opening = utf8.encode(open)
/** Of a placeholder as a whole. */
const longest = open.length + 64 + 2

const beginsAt = (bytes: Uint8Array, at: number): boolean => opening.every((byte, index) => bytes[at + index] === byte)

/** Where the next placeholder begins, or -1. */
const next = (bytes: Uint8Array, from: number): number => {
  let at = bytes.indexOf(0x7b, from)
  while (at >= 0 && !beginsAt(bytes, at)) at = bytes.indexOf(0x7b, at + 1)
  return at
}

/** How a value stands in a body of that type: a JSON string's inside, a form's value, or itself. */
const encoderOf = (contentType: string): ((value: string) => string) => {
  if (/^application\/(?:[^;]*\+)?json\b/i.test(contentType)) return (value) => JSON.stringify(value).slice(1, -1)
  return /^application\/x-www-form-urlencoded\b/i.test(contentType) ? encodeURIComponent : (value) => value
}

/** The names in a body, as far as they are written as such. */
const placeholders = (
  body: Uint8Array
): ReadonlyArray<readonly [at: number, name: string | undefined, end: number]> => {
  const found: Array<readonly [number, string | undefined, number]> = []
  for (let at = next(body, 0); at >= 0;) {
    const text = ascii.decode(body.subarray(at, at + longest))
    const name = /^\{\{secret:([A-Za-z0-9_.-]{1,64})\}\}/.exec(text)?.[1]
    const end = at + open.length + (name === undefined ? 0 : name.length + 2)
    found.push([at, name, end])
    at = next(body, end)
  }
  return found
}

/** Fills in a body by its bytes; the rest of it may be anything. */
export const fillBody = (
  body: Uint8Array,
  contentType: string,
  values: Values
): Result.Result<Uint8Array, Unfilled> => {
  const found = placeholders(body)
  if (found.length === 0) return Result.succeed(body)
  const encode = encoderOf(contentType)
  const pieces: Array<Uint8Array> = []
  let from = 0
  for (const [at, name, end] of found) {
    if (name === undefined) return Result.fail(malformed)
    const value = values.get(name)
    if (value === undefined) return Result.fail({ kind: "missing", name })
    pieces.push(body.subarray(from, at), utf8.encode(encode(value)))
    from = end
  }
  pieces.push(body.subarray(from))
  const whole = new Uint8Array(pieces.reduce((size, piece) => size + piece.length, 0))
  let offset = 0
  for (const piece of pieces) {
    whole.set(piece, offset)
    offset += piece.length
  }
  return Result.succeed(whole)
}

const namesOf = (pattern: RegExp, text: string): ReadonlyArray<string> =>
  Array.from(text.matchAll(pattern), ([, name]) => name).filter((name) => name !== undefined)

/** The names of all placeholders in texts, URLs and a body. */
export const names = (of: {
  readonly texts: ReadonlyArray<string>
  readonly urls: ReadonlyArray<string>
  readonly body: Uint8Array | undefined
}): ReadonlySet<SecretName> => {
  const body = of.body === undefined ? [] : placeholders(of.body).flatMap(([, name]) => name ?? [])
  const all = [
    ...of.texts.flatMap((text) => namesOf(plain, text)),
    ...of.urls.flatMap((url) => namesOf(inUrl, url)),
    ...body
  ]
  return new Set(all.map((name) => SecretName.make(name)))
}
