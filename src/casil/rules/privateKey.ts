/**
 * Private keys as text: what stands between the BEGIN and END lines, line breaks raw or escaped, whole or cut off.
 * Source: RFC 7468, OpenSSH's PROTOCOL.key, RFC 4880 section 6.2.
 */
import { BASE62, chars } from "../CharClass.ts"
import { body, type Rule, whole } from "../Rule.ts"
import { sample } from "../Sample.ts"

const KINDS = ["", "RSA ", "EC ", "DSA ", "OPENSSH ", "ENCRYPTED ", "ANY ", "SSH2 ENCRYPTED "]
const fence = (word: string, label: string): string => `-----${word} ${label}-----`
const label = (kind: string): string => `${kind}PRIVATE ${"KEY"}`

/** Base64, its line breaks and indentation, and the characters of a header such as `Proc-Type: 4,ENCRYPTED`. */
const content = chars(`${BASE62}+/= \t\r\n\\:,-._"`)
const base64 = chars(`${BASE62}+/=`)

/** The longest row of base64 characters, where an escaped line break does not count as one of them. */
const longestRow = (text: string): number => {
  let longest = 0
  let row = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 92) i++
    row = code < 128 && base64[code] === 1 ? row + 1 : 0
    if (row > longest) longest = row
  }
  return longest
}

export const privateKey: Rule = {
  id: "private-key",
  anchors: [...KINDS.map((kind) => fence("BEGIN", label(kind))), fence("BEGIN", `PGP ${label("")} BLOCK`)],
  lead: whole,
  steps: [body(content, 32)],
  right: new Uint8Array(129),
  commit: 0,
  accept: (candidate) => (longestRow(candidate) >= 32 ? candidate.length : 0),
  example: (seed) => {
    const kind = KINDS[seed % KINDS.length] ?? ""
    const lines = Array.from({ length: 6 }, (_, line) => sample(`${BASE62}+/`, 64, seed * 8 + line))
    const secret = `\n${lines.join("\n")}\n`
    return { text: `${fence("BEGIN", label(kind))}${secret}${fence("END", label(kind))}`, secret }
  },
  counterExamples: () => [
    fence("BEGIN", label("")),
    `${fence("BEGIN", label("RSA "))}\n...\n${fence("END", label("RSA "))}`,
    `a key begins with ${fence("BEGIN", label(""))} and then comes base64 until it ends`,
    `${fence("BEGIN", "CERTIFICATE")}\n${sample(BASE62, 64, 1)}\n${fence("END", "CERTIFICATE")}`,
    `${fence("BEGIN", "PUBLIC KEY")}\n${sample(BASE62, 64, 2)}\n${fence("END", "PUBLIC KEY")}`
  ]
}
