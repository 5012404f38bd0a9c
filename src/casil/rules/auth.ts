/**
 * What proves who somebody is to a server: JSON web tokens (RFC 7519, 7515) and the credentials of HTTP's Authorization
 * header (RFC 7617 Basic, RFC 6750 Bearer, NTLM).
 */
import * as Base64Url from "effect/encoding/Base64Url"
import { alnum, BASE62, BASE64URL, chars, has, space, token } from "../CharClass.ts"
import { opens } from "../engine/Boundary.ts"
import { type Cursor, MAX_HELD } from "../engine/Cursor.ts"
import * as Writing from "../engine/Writing.ts"
import { isPlaceholder, looksRandom } from "../Randomness.ts"
import { none, type Rule, whole } from "../Rule.ts"
import { sample } from "../Sample.ts"
import { format } from "./Format.ts"

const DOT = 46
const LONGEST_HEADER = 4096
const SHORTEST_SIGNATURE = 20
/** `"alg"` in base64url, as it comes out at each of the three alignments. */
const ALG = ["ImFsZyI", "JhbGci", "YWxnI"]

/** Index of the first character from `from` on that is not white space. */
const skip = (text: string, from: number): number => {
  let i = from
  while (i < text.length && text.charCodeAt(i) <= 32) i++
  return i
}

/** Whether the text is a JSON object with a text called `alg`, as far as a look without a parser can tell. */
const hasAlgorithm = (text: string): boolean => {
  const key = text.indexOf('"alg"')
  const colon = skip(text, key + 5)
  return key > 0 && text[colon] === ":" && text[skip(text, colon + 1)] === '"' && text.trimEnd().endsWith("}")
}

// the cheap questions come first: a peer can send many that are none
const isHeader = (part: string): boolean =>
  part.length >= 11 &&
  part.length <= LONGEST_HEADER &&
  ALG.some((alg) => part.includes(alg)) &&
  hasAlgorithm(Writing.read(Writing.base64, part))

/** Claims are a JSON object; anything else that is signed is no credential. */
const isClaims = (part: string): boolean => part.startsWith("eyJ") || part.startsWith("ey")

const findToken = (cursor: Cursor): void => {
  const { at, floor, from, text } = cursor
  if (!opens(token, text, from, floor)) return
  const ends: Array<number> = []
  let i = at
  for (let part = 0; part < 3; part++) {
    const end = cursor.runEnd(token, i, MAX_HELD + 1)
    if (end - from > MAX_HELD) {
      if (part > 0 && isHeader(text.slice(from, ends[0])) && isClaims(text.slice((ends[0] ?? 0) + 1, i + 3))) {
        cursor.swallow(from, end, chars(`${BASE64URL}.`))
      }
      return
    }
    if (cursor.unknown(end)) return cursor.more(end, token, from, i + MAX_HELD + 1)
    ends.push(end)
    if (part < 2 && text.charCodeAt(end) !== DOT) return
    i = end + 1
  }
  const [first = 0, second = 0, third = 0] = ends
  cursor.cost = 4 * (third - from)
  // five parts are an encrypted token, which is none of this rule's
  if (cursor.unknown(third + 1)) return cursor.more(third)
  if (text.charCodeAt(third) === DOT && has(token, text.charCodeAt(third + 1))) return
  if (third - second - 1 < SHORTEST_SIGNATURE || !isClaims(text.slice(first + 1, second))) return
  if (isHeader(text.slice(from, first))) cursor.found(from, third)
}

const header = (alg: string): string => Base64Url.encode(`{"alg":"${alg}","typ":"JWT"}`)

export const jsonWebToken: Rule = {
  id: "json-web-token",
  tier: "structural",
  source: "RFC 7519",
  anchors: ["eyJ"],
  lead: none,
  atStart: true,
  find: findToken,
  example: (seed) => {
    const payload = Base64Url.encode(`{"sub":"${sample("0123456789", 8, seed)}","exp":1893456000}`)
    const secret = `${header(seed % 2 === 0 ? "HS256" : "ES256")}.${payload}.${sample(BASE64URL, 43, seed)}`
    return { text: secret, secret }
  },
  counterExamples: () => [
    "eyJ",
    `${header("HS256")}.`,
    `${header("none")}.${Base64Url.encode('{"sub":1}')}.`,
    `${header("HS256")}.${Base64Url.encode('{"sub":1}')}`,
    `${header("HS256")}.${Base64Url.encode("just a text")}.${sample(BASE64URL, 43, 5)}`,
    `${Base64Url.encode('{"typ":"JWT"}')}.${Base64Url.encode('{"sub":1}')}.${sample(BASE64URL, 43, 1)}`,
    `eyJ${sample(BASE64URL, 30, 2)}.${sample(BASE64URL, 30, 3)}.${sample(BASE64URL, 30, 4)}`
  ]
}

const USER = "svc"
const basicOf = (text: string): string =>
  Writing.write(Writing.base64, text, `${BASE62.slice(10)}${BASE62.slice(0, 10)}+/`, true)

/** A name, a colon and a password, all of which can be seen. */
const isBasic = (encoded: string): boolean => {
  const text = Writing.read(Writing.base64, encoded)
  const colon = text.indexOf(":")
  if (colon < 1 || colon > text.length - 2) return false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 32 || code === 127) return false
  }
  const password = text.slice(colon + 1)
  return !isPlaceholder(text) && !SAMPLES.has(password.toLowerCase())
}

/** What documents write where a password goes. */
const SAMPLES = new Set(["password", "pass", "passwd", "secret", "token", "key", "open sesame", "x-oauth-basic"])

const LONGEST = 2048
const LIKELY = 80
const PROBABLE = "probable-auth"

/** Credentials after the name of their scheme. */
const scheme = (
  id: string,
  source: string,
  anchors: ReadonlyArray<string>,
  alphabet: string,
  least: number,
  /** Shorter ones are only likely. */
  sure: number,
  genuine: (credentials: string) => boolean,
  example: (seed: number) => string,
  counterExamples: ReadonlyArray<string>
): Rule => {
  const set = chars(alphabet)
  return {
    id,
    tier: "structural",
    source,
    anchors,
    anyCase: true,
    lead: whole,
    atStart: true,
    labels: { [PROBABLE]: "contextual" },
    find: (cursor) => {
      const { at, floor, from, text } = cursor
      if (!opens(alnum, text, from, floor)) return
      const start = cursor.runEnd(space, at, 4)
      const end = cursor.runEnd(set, start, LONGEST + 1)
      if (cursor.unknown(end) && end - start <= LONGEST) return cursor.more(end, set, start, start + LONGEST + 1)
      cursor.cost = end - from
      // a dot or a dash at the end belongs to the sentence
      let last = end
      while (last > start && ".-".includes(text.charAt(last - 1))) last--
      if (last - start < least || last - start > LONGEST || !genuine(text.slice(start, last))) return
      if (last - start < sure) cursor.label = PROBABLE
      cursor.found(start, last, last - start < sure ? LIKELY : 100)
    },
    example: (seed) => {
      const secret = example(seed)
      return { text: `Authorization: ${anchors[0] ?? ""}${secret}`, secret }
    },
    counterExamples: () => counterExamples
  }
}

/** Letters and digits mixed, or letters that make no word. */
const isBearer = (credentials: string): boolean =>
  looksRandom(credentials) && (hasDigit(credentials) || credentials.length >= 32)

const hasDigit = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 48 && text.charCodeAt(i) <= 57) return true
  return false
}

export const auth: ReadonlyArray<Rule> = [
  jsonWebToken,
  scheme(
    "basic-authorization",
    "RFC 7617",
    ["Basic "],
    `${BASE62}+/=`,
    8,
    8,
    isBasic,
    (seed) => basicOf(`${USER}${seed}:${sample(BASE62, 11, seed)}`),
    [
      "Basic authentication",
      "Basic knowledge",
      `Basic ${basicOf("user:password")}`,
      `Basic ${basicOf("no colon in it")}`
    ]
  ),
  scheme(
    "bearer-token",
    "RFC 6750",
    ["Bearer "],
    `${BASE64URL}.~+/=`,
    16,
    20,
    isBearer,
    (seed) => sample(`${BASE62}`, 40, seed),
    ["Bearer authentication-is-required", "Bearer YOUR_ACCESS_TOKEN_HERE1", "the bearer of this letter"]
  ),
  format({
    id: "ntlm-response",
    source: "MS-NLMP: AUTHENTICATE_MESSAGE",
    pattern: "TlRMTVNTUAADAAAA[A-Za-z0-9+/=]{40,4000}",
    left: chars(BASE64URL),
    right: alnum,
    // most of its fields are zeros
    genuine: (fields) => fields.length >= 40,
    usual: 80,
    full: 136,
    counterExamples: ["TlRMTVNTUAABAAAA"]
  })
]
