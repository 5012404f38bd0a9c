/**
 * Private keys as text: what stands between the BEGIN and END lines, line breaks raw or escaped, whole or cut off; the
 * private members of JSON web keys; PuTTY's and WireGuard's own forms. Sources: RFC 7468, OpenSSH's PROTOCOL.key, RFC
 * 4880 section 6.2, RFC 7518 section 6, PuTTY's manual appendix C, wg(8).
 */
import { alnum, BASE62, BASE64, BASE64URL, chars, has, space, token } from "../CharClass.ts"
import { type Cursor, MAX_HELD } from "../engine/Cursor.ts"
import { looksRandom } from "../Randomness.ts"
import { type Rule, whole } from "../Rule.ts"
import { sample } from "../Sample.ts"

const KINDS = ["", "RSA ", "EC ", "DSA ", "OPENSSH ", "ENCRYPTED ", "ANY ", "SSH2 ENCRYPTED "]
const fence = (word: string, label: string): string => `-----${word} ${label}-----`
const label = (kind: string): string => `${kind}PRIVATE ${"KEY"}`
const LABELS = [...KINDS.map(label), `PGP ${label("")} BLOCK`]
const DASH = 45
const FENCE = 5
const BACKSLASH = 92
/** How a key begins in base64: a DER sequence, or OpenSSH's magic word. */
const SEQUENCE = "ABCDEFGHIJKLMNOP"
const OPENSSH = "b3BlbnNzaC1r"
const SURE = 100
const LIKELY = 60
/** A body that is no key as far as its first bytes tell. */
const PROBABLE = "probable-key"
const LONGEST_ROW = 32
const LEAST = 56

/**
 * Base64, its line breaks, indentation and quotes, the mark of a quoted line or a margin, and the characters of a header
 * such as `Proc-Type: 4,ENCRYPTED`.
 */
const content = chars(`${BASE62}+/= \t\r\n\\:,-._"'*#>|`)
const base64 = chars(`${BASE64}=`)

const undashed = content.map((is, code) => (code === DASH ? 0 : is))

/** The first row of base64 is the beginning of a key; a body with headers, which is encrypted, may begin otherwise. */
const beginsLikeKey = (row: string): boolean =>
  (row.startsWith("M") && SEQUENCE.includes(row.charAt(1))) || row.startsWith(OPENSSH)

/** How sure it is that this is a key: as much base64, and in rows as long. An escaped line break ends a row. */
const certaintyOf = (text: string, free: boolean): number | undefined => {
  let longest = 0
  let row = 0
  let all = 0
  let first = ""
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === BACKSLASH) i++
    row = code < 128 && base64[code] === 1 ? row + 1 : 0
    if (row > 0) all++
    if (row > longest) longest = row
    if (row === LONGEST_ROW && first === "") first = text.slice(i + 1 - row, i + 1)
  }
  if (longest < LONGEST_ROW || all < LEAST) return undefined
  return text.includes(": ") || free || beginsLikeKey(first) ? SURE : LIKELY
}

const findBody = (cursor: Cursor): void => {
  const { at, from, text } = cursor
  const end = cursor.runEnd(content, at, MAX_HELD)
  // PGP's, PuTTY's and SSH2's own forms are no DER
  const free =
    !text.startsWith("-----BEGIN", from) || text.startsWith("PGP", from + 11) || text.startsWith("SSH2", from + 11)
  let dashes = 0
  for (let i = at; i < end; i++) {
    dashes = text.charCodeAt(i) === DASH ? dashes + 1 : 0
    if (dashes < FENCE) continue
    cursor.cost = i - at
    const last = i + 1 - FENCE
    return settle(cursor, last, free)
  }
  if (end - at >= MAX_HELD) {
    if (certaintyOf(text.slice(at, end), free) === SURE) cursor.swallow(at, end, content, FENCE)
    return
  }
  // a dash may be the first of those that end it
  if (cursor.unknown(end)) return cursor.more(end, undashed, at)
  cursor.cost = end - at
  settle(cursor, end, free)
}

const settle = (cursor: Cursor, end: number, free: boolean): void => {
  const certainty = certaintyOf(cursor.text.slice(cursor.at, end), free)
  if (certainty === undefined) return
  if (certainty < SURE) cursor.label = PROBABLE
  cursor.found(cursor.at, end, certainty)
}

export const privateKey: Rule = {
  id: "private-key",
  tier: "structural",
  source: "RFC 7468",
  anchors: [
    ...LABELS.map((each) => fence("BEGIN", each)),
    // as forms are sent
    ...LABELS.map((each) => fence("BEGIN", each).replaceAll(" ", "+")),
    "Private-Lines: "
  ],
  lead: whole,
  atStart: false,
  labels: { [PROBABLE]: "contextual" },
  find: findBody,
  example: (seed) => {
    const kind = KINDS[seed % KINDS.length] ?? ""
    const lines = Array.from({ length: 6 }, (_, line) => sample(BASE64, 64, seed * 8 + line))
    const secret = `\nMII${lines.join("\n").slice(3)}\n`
    return { text: `${fence("BEGIN", label(kind))}${secret}${fence("END", label(kind))}`, secret }
  },
  counterExamples: () => [
    fence("BEGIN", label("")),
    `${fence("BEGIN", label("RSA "))}\n...\n${fence("END", label("RSA "))}`,
    `${fence("BEGIN", label("RSA "))}\n${"not a key but a long row of words without end"}\n`,
    `a key begins with ${fence("BEGIN", label(""))} and then comes base64 until it ends`,
    `${fence("BEGIN", "CERTIFICATE")}\n${sample(BASE62, 64, 1)}\n${fence("END", "CERTIFICATE")}`,
    `${fence("BEGIN", "PUBLIC KEY")}\n${sample(BASE62, 64, 2)}\n${fence("END", "PUBLIC KEY")}`
  ]
}

/** The members that make a key private, and those that are public. */
const PRIVATE = new Set(["d", "k", "p", "q", "dp", "dq", "qi"])
/** Base64url lengths of `d` and `k`: 16 to 66 octets of a curve or a secret, and RSA's of 1024 to 4096 bits. */
const LENGTHS = new Set([22, 32, 43, 64, 86, 88, 171, 172, 342, 343, 512, 683, 684])
const between = chars("\"'\\: \t")
const apart = chars("\"'\\, \t\r\n+")
const LONGEST_NAME = 16
const LONGEST_MEMBER = 1400

/** The member of an object that begins at `from`: its name and where its value begins and ends. */
const memberAt = (cursor: Cursor, from: number): readonly [name: string, start: number, end: number] | undefined => {
  const { text } = cursor
  const name = cursor.runEnd(apart, from, 64)
  const colon = cursor.runEnd(token, name, LONGEST_NAME)
  const start = cursor.runEnd(between, colon, 12)
  const end = cursor.runEnd(token, start, LONGEST_MEMBER)
  if (cursor.unknown(end)) {
    const set = end > start ? token : start > colon ? between : colon > name ? token : apart
    cursor.more(end, set)
    return undefined
  }
  if (end === start || !text.slice(colon, start).includes(":")) return undefined
  return [text.slice(name, colon), start, end]
}

const findMember = (cursor: Cursor): void => {
  const { at, from, text } = cursor
  const start = cursor.runEnd(between, at, 12)
  const gap = text.slice(at, start)
  if (!cursor.unknown(start) && !(gap.includes(":") || text.charAt(at - 1) === ":")) return
  const end = cursor.runEnd(token, start, LONGEST_MEMBER)
  if (cursor.unknown(end)) return cursor.more(end, end > start ? token : between, start)
  const quote = text.charAt(end)
  cursor.cost = end - from
  if ((quote !== '"' && quote !== "'" && quote !== "\\") || !LENGTHS.has(end - start)) return
  if (!looksRandom(text.slice(start, end))) return
  // the other private members belong to it
  let last = end
  for (let next = end; next - start < MAX_HELD;) {
    const member = memberAt(cursor, next)
    if (cursor.outcome === "more") {
      cursor.hold = start
      return
    }
    if (member === undefined) break
    next = member[2]
    if (PRIVATE.has(member[0])) last = next
  }
  cursor.cost = last - from
  cursor.found(start, last)
}

export const jsonWebKey: Rule = {
  id: "json-web-key",
  tier: "structural",
  source: "RFC 7517, RFC 7518",
  anchors: ["d", "k"].flatMap((name) => [
    `"${name}"`,
    `'${name}'`,
    `"${name}\\`,
    ` ${name}:`,
    `{${name}:`,
    `,${name}:`
  ]),
  lead: whole,
  atStart: false,
  find: findMember,
  example: (seed) => {
    const secret = sample(BASE64URL, 43, seed)
    return { text: `{"kty":"EC","crv":"P-256","d":"${secret}"}`, secret }
  },
  counterExamples: () => [
    '{"d":"2024-01-01"}',
    `{"kty":"EC","x":"${sample(BASE64URL, 43, 1)}"}`,
    `{"d":"${sample(BASE64URL, 41, 2)}"}`,
    '{"k":"a-key-of-forty-three-letters-and-nothing-else"}'
  ]
}

const WIREGUARD = ["PrivateKey", "PresharedKey"]
const equals = chars(" \t=")
const wireguardKey = chars(`${BASE64}`)

export const wireguard: Rule = {
  id: "wireguard-key",
  tier: "structural",
  source: "wg(8)",
  anchors: WIREGUARD,
  lead: whole,
  atStart: true,
  find: (cursor) => {
    const { at, text } = cursor
    const start = cursor.runEnd(equals, at, 8)
    const end = cursor.runEnd(wireguardKey, start, 44)
    if (cursor.unknown(end + 1)) return cursor.more(end, end > start ? wireguardKey : equals, start)
    if (!text.slice(at, start).includes("=") || end - start !== 43 || text.charAt(end) !== "=") return
    if (end + 1 < text.length && !has(space, text.charCodeAt(end + 1)) && has(alnum, text.charCodeAt(end + 1))) return
    if (looksRandom(text.slice(start, end))) cursor.found(start, end + 1)
  },
  example: (seed) => {
    const secret = `${sample(BASE62, 43, seed)}=`
    return { text: `[Interface]\n${WIREGUARD[seed % 2] ?? ""} = ${secret}\n`, secret }
  },
  counterExamples: () => ["PrivateKey = <your key>", `PublicKey = ${sample(BASE62, 43, 1)}=`, "PrivateKey = None"]
}
