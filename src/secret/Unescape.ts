/** Undoes percent escapes and those of JSON, C and HTML, remembering where each byte came from. */

export interface Unescaped {
  readonly bytes: Uint8Array
  /** Byte `i` stands at `starts[i]` up to before `starts[i + 1]` in what was unescaped. */
  readonly starts: Uint32Array
}

/** The value of a hexadecimal digit, or -1. */
const digit = (byte: number | undefined): number => {
  if (byte === undefined) return -1
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30
  const letter = byte | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

/** The number that `count` hexadecimal digits at `at` say, or -1. */
const hexAt = (bytes: Uint8Array, at: number, count: number): number => {
  let value = 0
  for (let i = 0; i < count; i++) {
    const next = digit(bytes[at + i])
    if (next < 0) return -1
    value = value * 16 + next
  }
  return value
}

const percent = 0x25
const ampersand = 0x26
const backslash = 0x5c
const semicolon = 0x3b
const separator = 0x0a
const control: ReadonlySet<number> = new Set([..."bfnrtv"].map((char) => char.charCodeAt(0)))

/** What an escape stands for, and how long it is. */
type Escape = readonly [value: number, length: number]

// What is no byte cannot be part of a folded value.
const byteOf = (value: number): number => (value > 0xff ? separator : value)

/** Digits of a number that nobody writes longer, behind `at`; none where there are none. */
const numberAt = (bytes: Uint8Array, at: number, base: 10 | 16): Escape | undefined => {
  let value = 0
  let length = 0
  for (; length < 8; length++) {
    const next = digit(bytes[at + length])
    if (next < 0 || next >= base) break
    value = value * base + next
  }
  return length === 0 ? undefined : [byteOf(value), length]
}

/** The signs that HTML has names for, as far as they stand in secrets and placeholders. */
const named: ReadonlyMap<string, number> = new Map(
  Object.entries({
    amp: "&",
    apos: "'",
    ast: "*",
    bsol: "\\",
    colon: ":",
    comma: ",",
    commat: "@",
    dollar: "$",
    equals: "=",
    excl: "!",
    grave: "`",
    gt: ">",
    lbrace: "{",
    lbrack: "[",
    lcub: "{",
    lowbar: "_",
    lpar: "(",
    lsqb: "[",
    lt: "<",
    num: "#",
    percnt: "%",
    period: ".",
    plus: "+",
    quest: "?",
    quot: '"',
    rbrace: "}",
    rbrack: "]",
    rcub: "}",
    rpar: ")",
    rsqb: "]",
    semi: ";",
    sol: "/",
    verbar: "|"
  }).map(([name, sign]) => [name, sign.charCodeAt(0)])
)
const longestName = 6

/** `&#123;`, `&#x7b;` (both also without the semicolon) and `&lcub;`. */
const entityAt = (bytes: Uint8Array, at: number): Escape | undefined => {
  if (bytes[at + 1] === 0x23) {
    const isHex = ((bytes[at + 2] ?? 0) | 0x20) === 0x78
    const digits = isHex ? at + 3 : at + 2
    const found = numberAt(bytes, digits, isHex ? 16 : 10)
    if (found === undefined) return undefined
    const end = digits + found[1]
    return [found[0], end - at + (bytes[end] === semicolon ? 1 : 0)]
  }
  let name = ""
  for (let i = at + 1; i <= at + 1 + longestName; i++) {
    const byte = bytes[i] ?? 0
    if (byte === semicolon) {
      const value = named.get(name)
      return value === undefined ? undefined : [value, i + 1 - at]
    }
    const letter = byte | 0x20
    if (letter < 0x61 || letter > 0x7a) return undefined
    name += String.fromCharCode(letter)
  }
  return undefined
}

/** What an escape at `at` stands for; undefined where there is none. */
const escapeAt = (bytes: Uint8Array, at: number): Escape | undefined => {
  if (bytes[at] === ampersand) return entityAt(bytes, at)
  const one = hexAt(bytes, at + 1, 2)
  if (bytes[at] === percent) return one < 0 ? undefined : [one, 3]
  const kind = bytes[at + 1]
  if (kind === 0x75) {
    if (bytes[at + 2] === 0x7b) {
      const found = numberAt(bytes, at + 3, 16)
      return found === undefined || bytes[at + 3 + found[1]] !== 0x7d ? undefined : [found[0], found[1] + 4]
    }
    const unit = hexAt(bytes, at + 2, 4)
    return unit < 0 ? undefined : [byteOf(unit), 6]
  }
  if (kind === 0x78) {
    const value = hexAt(bytes, at + 2, 2)
    return value < 0 ? undefined : [value, 4]
  }
  return kind !== undefined && control.has(kind) ? [separator, 2] : undefined
}

/** How far something that goes over a text has come, in it and in what it makes of it. */
export interface Progress {
  at: number
  size: number
}

/** How many bytes are read at once, some milliseconds at most. */
export const slice = 65_536

const part = (bytes: Uint8Array, { bytes: out, starts }: Unescaped, progress: Progress, end: number): void => {
  let { at, size } = progress
  for (; at < end; size++) {
    const byte = bytes[at] ?? 0
    const isSign = byte === percent || byte === backslash || byte === ampersand
    const escape = isSign ? escapeAt(bytes, at) : undefined
    starts[size] = at
    out[size] = escape?.[0] ?? byte
    at += escape?.[1] ?? 1
  }
  progress.at = at
  progress.size = size
}

/** What `read` makes of some bytes, slice by slice; undefined where that is the same. */
export function* made(
  bytes: Uint8Array,
  read: (bytes: Uint8Array, into: Unescaped, progress: Progress, end: number) => void
): Generator<undefined, Unescaped | undefined> {
  const into = { bytes: new Uint8Array(bytes.length), starts: new Uint32Array(bytes.length + 1) }
  const progress = { at: 0, size: 0 }
  while (progress.at < bytes.length) {
    if (progress.at > 0) yield
    read(bytes, into, progress, Math.min(bytes.length, progress.at + slice))
  }
  const { size } = progress
  into.starts[size] = bytes.length
  return size === bytes.length ? undefined : { bytes: into.bytes.subarray(0, size), starts: into.starts }
}

/** One layer of escapes less, in steps of a few milliseconds; undefined where there is none to undo. */
export function* unescaping(bytes: Uint8Array): Generator<undefined, Unescaped | undefined> {
  if (![percent, backslash, ampersand].some((sign) => bytes.includes(sign))) return undefined
  return yield* made(bytes, part)
}

/** What a work in steps gives, at once. */
export const finish = <A>(work: Generator<undefined, A>): A => {
  for (;;) {
    const { done, value } = work.next()
    if (done === true) return value
  }
}

/** One layer of escapes less, at once. */
export const unescape = (bytes: Uint8Array): Unescaped | undefined => finish(unescaping(bytes))
