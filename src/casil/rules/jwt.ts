/** JSON Web Tokens: three base64url parts, the first of which decodes to a JSON object with `alg`. Source: RFC 7519, 7515. */
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Base64Url from "effect/encoding/Base64Url"
import { BASE64URL, token } from "../CharClass.ts"
import { literal, none, type Rule, run } from "../Rule.ts"
import { sample } from "../Sample.ts"

const Header = Schema.fromJsonString(Schema.Struct({ alg: Schema.String }))
const decodeHeader = Schema.decodeUnknownOption(Header)
const LONGEST_HEADER = 4096

const isHeader = (part: string): boolean => {
  if (part.length > LONGEST_HEADER) return false
  const json = Base64Url.decodeString(part)
  // the search is there so that only what may be one is parsed
  return Result.isSuccess(json) && json.success.includes('"alg"') && Option.isSome(decodeHeader(json.success))
}

const header = (alg: string): string => Base64Url.encode(`{"alg":"${alg}","typ":"JWT"}`)

export const jsonWebToken: Rule = {
  id: "json-web-token",
  anchors: ["eyJ"],
  lead: none,
  left: token,
  steps: [
    run(token, 8, Number.POSITIVE_INFINITY),
    literal("."),
    run(token, 2, Number.POSITIVE_INFINITY),
    literal("."),
    run(token, 0, Number.POSITIVE_INFINITY)
  ],
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
