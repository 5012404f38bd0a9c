/** E-mail addresses: RFC 5321 and 5322 in the forms that are in use; no quoted local parts. */
import { alnum, BASE62, chars, has, letter, runEnd } from "../CharClass.ts"
import type { Cursor } from "../engine/Cursor.ts"
import { none, type Rule } from "../Rule.ts"
import { afterEscape } from "./Near.ts"

export const EMAIL = "pii-email"
const LONGEST_LOCAL = 64
const LONGEST_DOMAIN = 253
const DOT = 46
const SLASH = 47
const COLON = 58
const PLUS = 43
const DASH = 45

const localSet = chars(`${BASE62}._+-`)
/** Names of domains; the last stands for all that is not ASCII. */
const domainSet = chars(`${BASE62}.-é`)
/** What a URL's user and password are made of, for going back to where they begin. */
const authority = chars(`${BASE62}._+-%:!$&'()*,;=~`)
const AUTHORITY_REACH = 96

/** ISO 3166 codes, and the others, that are domains. */
const COUNTRIES =
  "ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cc cd cf " +
  "cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gd ge gf gg " +
  "gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn " +
  "kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na " +
  "nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh " +
  "si sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve " +
  "vg vi vn vu wf ws ye yt za zm zw"

/** Endings that no domain of the public network has: reserved ones (RFC 2606, RFC 6762), networks of one's own, files. */
const NONE =
  "test example invalid localhost local localdomain internal intranet lan home corp private onion arpa " +
  "png jpg jpeg gif svg webp bmp ico avif css scss less html htm xml json yaml yml toml ini cfg conf log txt csv tsv " +
  "pdf doc docx xls xlsx ppt tar bz2 jar war class java cpp hpp tsx jsx mjs cjs php asp aspx exe dll dylib " +
  "service target socket timer mount slice scope device swap path key pem crt vue wasm lock bak tmp sql"

/** Domains that stand in documents (RFC 2606). */
const EXAMPLES = ["example.com", "example.org", "example.net", "example.edu"]
/** Who signs in to a server that keeps sources: nobody's name. */
const SERVICES = ["git", "hg", "svn"]

let endings: { readonly countries: ReadonlySet<string>; readonly none: ReadonlySet<string> } | undefined

const isEnding = (text: string): boolean => {
  endings ??= { countries: new Set(COUNTRIES.split(" ")), none: new Set(NONE.split(" ")) }
  if (text.startsWith("xn--")) return text.length > 6
  if (!isName(text) || text.length > 24) return false
  return text.length === 2 ? endings.countries.has(text) : !endings.none.has(text)
}

const isName = (text: string): boolean => {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 128 && !has(letter, code)) return false
  }
  return text.length >= 2
}

const isLabel = (label: string): boolean =>
  label.length > 0 && label.length <= 63 && label.charCodeAt(0) !== DASH && label.charCodeAt(label.length - 1) !== DASH

const isDomain = (domain: string): boolean => {
  const labels = domain.toLowerCase().split(".")
  const ending = labels.at(-1) ?? ""
  return labels.length >= 2 && labels.every(isLabel) && isEnding(ending)
}

const isExample = (domain: string): boolean => {
  const plain = domain.toLowerCase()
  return EXAMPLES.some((example) => plain === example || plain.endsWith(`.${example}`))
}

/** Whether what stands before is the beginning of a URL, so that this is who signs in, not an address. */
const isInUrl = (text: string, floor: number, from: number): boolean => {
  let at = from
  const least = Math.max(floor, from - AUTHORITY_REACH)
  while (at > least && has(authority, text.charCodeAt(at - 1))) at--
  return at - 2 >= floor && text.charCodeAt(at - 1) === SLASH && text.charCodeAt(at - 2) === SLASH
}

const MESSAGE_HEADERS = ["message-id:", "in-reply-to:", "references:"]

/** Identifiers of messages look like addresses. */
const isMessageId = (text: string, floor: number, from: number): boolean => {
  if (text.charAt(from - 1) !== "<") return false
  const line = text.slice(Math.max(floor, from - 40), from).toLowerCase()
  return MESSAGE_HEADERS.some((header) => line.includes(header))
}

const find = (cursor: Cursor): void => {
  const { at, floor, from, text } = cursor
  const least = Math.max(floor, from - LONGEST_LOCAL - 1)
  let start = from
  while (start > least && has(localSet, text.charCodeAt(start - 1))) start--
  start = afterEscape(text, floor, start)
  // marks do not begin an address
  while (start < from && !has(alnum, text.charCodeAt(start))) start++
  if (start === from || from - start > LONGEST_LOCAL) return
  const local = text.slice(start, from)
  const last = text.charCodeAt(from - 1)
  if (local.includes("..") || last === DOT || last === PLUS || SERVICES.includes(local.toLowerCase())) return
  let end = runEnd(domainSet, text, at, Math.min(text.length, at + LONGEST_DOMAIN + 1))
  if (end === text.length && !cursor.over) return cursor.more(end, domainSet, start)
  if (end - at > LONGEST_DOMAIN || text.charAt(end) === "@" || text.charAt(end) === "(") return
  while (end > at && (text.charCodeAt(end - 1) === DOT || text.charCodeAt(end - 1) === DASH)) end--
  if (text.charCodeAt(end) === COLON) {
    // a path on a host, as copying programs write it
    if (cursor.unknown(end + 1)) return cursor.more(end + 1, domainSet, start)
    if ("/~".includes(text.charAt(end + 1)) && end + 1 < text.length) return
  }
  cursor.cost = end - start
  const domain = text.slice(at, end)
  if (!isDomain(domain) || isExample(domain)) return
  if (isInUrl(text, floor, start) || isMessageId(text, floor, start)) return
  cursor.found(start, end)
}

export const email: Rule = {
  id: EMAIL,
  tier: "pii",
  source: "RFC 5321, section 4.1.2; RFC 2606 for names that are nobody's",
  anchors: ["@"],
  lead: none,
  atStart: false,
  find,
  example: (seed) => {
    const secret = ["ada.lovelace@analytical.engine.org", "j_doe+news@mail.acme.co.uk", "x1@a-b.io"][seed % 3] ?? ""
    return { text: `write to ${secret}, please`, secret }
  },
  counterExamples: () => [
    "someone@example.com",
    "root@localhost",
    "logo@2x.png",
    "pkg@1.2.3",
    "git@github.com:acme/tool.git",
    "https://user@acme.io/path",
    "ftp://anonymous:guest@ftp.acme.io",
    "@acme/package",
    "getty@tty1.service",
    "a..b@acme.io",
    "deploy@host.acme.io:/srv/www",
    "Message-ID: <20240101.1@mail.acme.io>"
  ]
}
