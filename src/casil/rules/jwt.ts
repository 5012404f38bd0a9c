/** JSON Web Tokens: three base64url parts, the first of which is a JSON object with `alg`. Source: RFC 7519, 7515. */
import * as Base64Url from "effect/encoding/Base64Url"
import { BASE64URL, token } from "../CharClass.ts"
import { literal, none, type Rule, run } from "../Rule.ts"
import { sample } from "../Sample.ts"

const LONGEST_HEADER = 4096
/** `"alg"` in base64url, as it comes out at each of the three alignments. */
const ALG = ["ImFsZyI", "JhbGci", "YWxnI"]

/** Value of each base64url digit. */
const VALUES = new Uint8Array(128)
for (let i = 0; i < 64; i++)
  VALUES["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".charCodeAt(i)] = i

/** Bytes as characters; the library's decoder would cost as much as all the rest of an inspection. */
const decode = (part: string): string => {
  let bits = 0
  let held = 0
  let text = ""
  for (let i = 0; i < part.length; i++) {
    bits = ((bits << 6) | (VALUES[part.charCodeAt(i)] ?? 0)) & 0xffff
    held += 6
    if (held < 8) continue
    held -= 8
    text += String.fromCharCode((bits >> held) & 0xff)
  }
  return text
}

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
  part.length <= LONGEST_HEADER && ALG.some((alg) => part.includes(alg)) && hasAlgorithm(decode(part))

const header = (alg: string): string => Base64Url.encode(`{"alg":"${alg}","typ":"JWT"}`)

export const jsonWebToken: Rule = {
  id: "json-web-token",
  anchors: ["eyJ"],
  lead: none,
  left: token,
  steps: [run(token, 8), literal("."), run(token, 2), literal("."), run(token, 0)],
  right: token,
  commit: 2,
  accept: (candidate) => (isHeader(candidate.slice(0, candidate.indexOf("."))) ? candidate.length : 0),
  example: (seed) => {
    const payload = Base64Url.encode(`{"sub":"${sample("0123456789", 8, seed)}","exp":1893456000}`)
    const secret = `${header(seed % 2 === 0 ? "HS256" : "ES256")}.${payload}.${sample(BASE64URL, 43, seed)}`
    return { text: secret, secret }
  },
  counterExamples: () => [
    "eyJ",
    `${header("HS256")}.`,
    `${header("HS256")}.${Base64Url.encode('{"sub":1}')}`,
    `${Base64Url.encode('{"typ":"JWT"}')}.${Base64Url.encode('{"sub":1}')}.${sample(BASE64URL, 43, 1)}`,
    `eyJ${sample(BASE64URL, 30, 2)}.${sample(BASE64URL, 30, 3)}.${sample(BASE64URL, 30, 4)}`
  ]
}
