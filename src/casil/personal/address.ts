/**
 * Addresses of hosts that are somebody's: IPv4 and IPv6. What IANA's registries of special-purpose addresses set aside
 * for networks of one's own is told apart; what is no host's (loopback, documentation, multicast, reserved) is nobody's.
 */
import { alnum, blank, chars, DIGITS, digit, has, HEX, hex, letter, only, runEnd } from "../CharClass.ts"
import type { Cursor } from "../engine/Cursor.ts"
import { isNamed, isWord, LOOKED } from "./Near.ts"

export const PUBLIC = "pii-ip"
export const PRIVATE = "pii-ip-private"

export interface Address {
  readonly id: typeof PUBLIC | typeof PRIVATE
  readonly end: number
}

const DOT = 46
const SLASH = 47
const COLON = 58
const PERCENT = 37
const DASH = 45

/** Prefix, its length in bits, and whether it is a network of one's own: RFC 6890 and IANA's registry of IPv4. */
const SPECIAL: ReadonlyArray<readonly [number, number, number, number, bits: number, own: boolean]> = [
  [10, 0, 0, 0, 8, true],
  [100, 64, 0, 0, 10, true],
  [169, 254, 0, 0, 16, true],
  [172, 16, 0, 0, 12, true],
  [192, 168, 0, 0, 16, true],
  [0, 0, 0, 0, 8, false],
  [127, 0, 0, 0, 8, false],
  [192, 0, 0, 0, 24, false],
  [192, 0, 2, 0, 24, false],
  [192, 88, 99, 0, 24, false],
  [198, 18, 0, 0, 15, false],
  [198, 51, 100, 0, 24, false],
  [203, 0, 113, 0, 24, false],
  [224, 0, 0, 0, 3, false]
]

const kindOf4 = (octets: ReadonlyArray<number>): Address["id"] | undefined => {
  const value = octets.reduce((all, octet) => all * 256 + octet, 0)
  for (const [a, b, c, d, bits, own] of SPECIAL) {
    const size = 2 ** (32 - bits)
    if (Math.floor(value / size) === Math.floor((((a * 256 + b) * 256 + c) * 256 + d) / size)) {
      return own ? PRIVATE : undefined
    }
  }
  return PUBLIC
}

/** Versions and sections count from one: few addresses have four numbers as small as these. */
const SMALL = 32
const NAMES = ["ip", "ipv4", "address", "host", "server", "client", "remote", "peer", "gateway", "dns", "ping", "addr"]
const NAMES_REACH = 32
const VERSIONS = [
  "version",
  "ver",
  "release",
  "build",
  "firmware",
  "rev",
  "section",
  "clause",
  "oid",
  "sdk",
  "driver",
  "chapter"
]
const VERSIONS_REACH = 16

/** `Name/1.2.3.4`, as programs say who they are; an address after two slashes is a host's. */
const isProduct = (text: string, floor: number, from: number): boolean =>
  from - 2 >= floor && text.charCodeAt(from - 1) === SLASH && has(letter, text.charCodeAt(from - 2))

/** The IPv4 address that begins at `from`, nothing, "nobody" if it is like one, or "more". */
export const ipv4At = (cursor: Cursor, from: number): Address | "nobody" | "more" | undefined => {
  const { floor, text } = cursor
  const octets: Array<number> = []
  let at = from
  for (let n = 0; n < 4; n++) {
    const end = runEnd(digit, text, at, at + 4)
    if (cursor.unknown(end)) return "more"
    const octet = Number(text.slice(at, end))
    if (end === at || end - at > 3 || octet > 255 || (end - at > 1 && text.charAt(at) === "0")) return undefined
    octets.push(octet)
    at = end
    if (n < 3 && text.charCodeAt(at++) !== DOT) return undefined
  }
  if (cursor.unknown(at + 1)) return "more"
  const after = text.charCodeAt(at)
  const beyond = text.charCodeAt(at + 1)
  if (has(alnum, after) || after === 95) return undefined
  // it goes on: a version with five parts, or another kind of number
  if (after === DOT && isWord(beyond)) return has(digit, beyond) ? undefined : "nobody"
  if (after === DASH && isWord(beyond)) return undefined
  if (after === SLASH && has(digit, beyond)) {
    // a network; all but those of one host
    if (cursor.unknown(at + 3)) return "more"
    if (text.slice(at + 1, at + 3) !== "32" || has(digit, text.charCodeAt(at + 3))) return "nobody"
  }
  const id = kindOf4(octets)
  if (id === undefined || isProduct(text, floor, from)) return "nobody"
  cursor.cost += LOOKED
  if (isNamed(text, floor, from, VERSIONS, VERSIONS_REACH)) return "nobody"
  const isSmall = octets.every((octet) => octet < SMALL) || octets[3] === 0
  return !isSmall || isNamed(text, floor, from, NAMES, NAMES_REACH) ? { id, end: at } : "nobody"
}

const written = chars(`${HEX}ABCDEF:.`)
const LONGEST = 45

/** The eight groups of an address, as numbers. RFC 4291, section 2.2. */
const groupsOf = (text: string): ReadonlyArray<number> | undefined => {
  const halves = text.split("::")
  if (halves.length > 2) return undefined
  const parts = halves.map((half) => (half === "" ? [] : half.split(":")))
  const [head = [], tail = []] = parts
  const all = [...head, ...tail]
  if (all.some((group) => group.length === 0 || group.length > 4 || !only(hex, group))) return undefined
  if (halves.length === 1) return all.length === 8 ? all.map((group) => Number.parseInt(group, 16)) : undefined
  if (all.length < 2 || all.length > 7) return undefined
  const middle = Array.from({ length: 8 - all.length }, () => "0")
  return [...head, ...middle, ...tail].map((group) => Number.parseInt(group, 16))
}

/** IANA's registry of special-purpose IPv6 addresses. */
const kindOf6 = ([a = 0, b = 0]: ReadonlyArray<number>): Address["id"] | undefined => {
  if ((a & 0xfe00) === 0xfc00 || (a & 0xffc0) === 0xfe80) return PRIVATE
  if (a === 0x2001 && (b === 0x0db8 || b < 0x0200)) return undefined
  if (a === 0x3fff && b < 0x1000) return undefined
  return (a & 0xe000) === 0x2000 ? PUBLIC : undefined
}

/** The IPv6 address that begins at `from` with one of its groups, nothing, or "more". */
export const ipv6At = (cursor: Cursor, from: number): Address | "more" | undefined => {
  const { floor, text } = cursor
  if (from > floor && (text.charCodeAt(from - 1) === COLON || text.charCodeAt(from - 1) === DOT)) return undefined
  let end = runEnd(written, text, from, from + LONGEST + 1)
  if (cursor.unknown(end)) return "more"
  // a mark that ends what is said, not the address
  while (end > from && ":.".includes(text.charAt(end - 1)) && text.charAt(end - 2) !== ":") end--
  const after = text.charCodeAt(end)
  if (end - from > LONGEST || has(alnum, after) || after === SLASH) return undefined
  if (after === PERCENT && !has(blank, text.charCodeAt(end + 1)) && cursor.unknown(end + 1)) return "more"
  const groups = groupsOf(text.slice(from, end))
  const id = groups === undefined ? undefined : kindOf6(groups)
  return id === undefined ? undefined : { id, end }
}

/** Whether a group of an address may begin with these characters. */
export const beginsIpv6 = (text: string, from: number, end: number): boolean =>
  end - from === 4 &&
  text.charCodeAt(end) === COLON &&
  "23fF".includes(text.charAt(from)) &&
  only(hex, text.slice(from, end))

export const beginsIpv4 = (text: string, from: number, end: number): boolean =>
  end - from <= 3 && text.charCodeAt(end) === DOT && DIGITS.includes(text.charAt(end - 1))
