/** The headers that a caller may set. */
import * as Result from "effect/Result"

export type Header = readonly [name: string, value: string]

/** Names and values together, in characters. */
export const limits = { count: 64, characters: 16_384 } as const

/** Those that frame the message or choose the connection: we set them ourselves, whatever the caller says. */
const ours: ReadonlySet<string> = new Set([
  "accept-encoding",
  "connection",
  "content-length",
  "expect",
  "host",
  "http2-settings",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade"
])

/**
 * Those by which some servers read another method, path or host than the one that was sent: what was allowed would not be
 * what is done.
 */
const misleading: ReadonlySet<string> = new Set([
  "forwarded",
  "x-forwarded-host",
  "x-forwarded-path",
  "x-forwarded-prefix",
  "x-forwarded-uri",
  "x-forwarded-url",
  "x-host",
  "x-http-host-override",
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
  "x-original-host",
  "x-original-method",
  "x-original-uri",
  "x-original-url",
  "x-rewrite-url"
])

/** As a server knows it that makes a variable of each header. */
const asVariable = (name: string): string => name.replaceAll("_", "-")

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/
/** Visible ASCII, blank and tab. */
const value = /^[\t\x20-\x7e]*$/

/** Whether it can stand in a header without ending it. */
export const isValue = (text: string): boolean => value.test(text)

/** The headers with names in lower case, without those that are ours, or what is wrong. Values are never repeated. */
export const accept = (headers: ReadonlyArray<Header>): Result.Result<ReadonlyArray<Header>, string> => {
  if (headers.length > limits.count) return Result.fail(`there are more than ${limits.count} headers`)
  let characters = 0
  const kept: Array<Header> = []
  for (const [given, text] of headers) {
    if (!token.test(given)) return Result.fail("a header's name holds characters that no name may hold")
    if (!isValue(text)) return Result.fail(`the header "${given}" holds characters that cannot be sent`)
    characters += given.length + text.length
    const name = given.toLowerCase()
    const known = asVariable(name)
    if (misleading.has(known)) {
      return Result.fail(
        `the header "${given}" would have a server read another method or URL than the one that is allowed`
      )
    }
    if (!ours.has(known) && !known.startsWith("proxy-")) kept.push([name, text.trim()])
  }
  if (characters > limits.characters) return Result.fail(`the headers are longer than ${limits.characters} characters`)
  return Result.succeed(kept)
}

const hopByHop: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "transfer-encoding",
  "upgrade"
])

/**
 * An answer's headers as the caller gets them, with the length of the body that it gets, in bytes; as they came where
 * there never was a body (`HEAD`).
 */
export const answered = (raw: ReadonlyArray<Header>, bodyBytes: number | undefined): ReadonlyArray<Header> => {
  const kept = raw.filter(([name]) => !hopByHop.has(name))
  if (bodyBytes === undefined) return kept
  const rest = kept.filter(([name]) => name !== "content-length" && name !== "content-encoding")
  return [...rest, ["content-length", String(bodyBytes)]]
}

/** The first header of that name (lower case). */
export const get = (headers: ReadonlyArray<Header>, name: string): string | undefined =>
  headers.find(([own]) => own === name)?.[1]
