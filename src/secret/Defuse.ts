/**
 * Placeholders in what a plugin is given by others: found however they are dressed up, and taken apart, so that only
 * what the plugin itself writes is ever filled in. A plugin that puts one together out of several texts of others is
 * beyond this: its own code says then where a secret goes. Pure, linear in the bytes.
 */
import { compile } from "./PatternSet.ts"
import { merge, type Range, replaced } from "./Ranges.ts"
import { finish, made, type Progress, slice, unescaping, type Unescaped } from "./Unescape.ts"

const utf8 = new TextEncoder()

/** What stands where a placeholder began. */
export const mark = "[placeholder]"

/** What no reader keeps between two characters: the halves of UTF-16, line breaks of wrapped text, escapes of escapes. */
const dropped: ReadonlySet<number> = new Set(Array.from("\0\r\n\\", (char) => char.charCodeAt(0)))
const classes = Uint8Array.from({ length: 256 }, (_, byte) =>
  dropped.has(byte) ? 0 : byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte
)
const openings = compile(classes, [utf8.encode("{{secret:")])

/** How many layers of escapes whoever is handed a text may undo before it is sent. */
const layers = 2
const less = 0x3c
const more = 0x3e

/** Whether a tag of a markup language, or a comment, begins behind the sign. */
const begins = (byte: number | undefined): boolean =>
  byte !== undefined &&
  (byte === 0x2f || byte === 0x21 || byte === 0x3f || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a))

/** The text without its tags, in steps; undefined where there are none. */
function* untagged(bytes: Uint8Array): Generator<undefined, Unescaped | undefined> {
  const last = bytes.lastIndexOf(more)
  if (last < 0 || !bytes.includes(less)) return undefined
  return yield* made(bytes, (_, { bytes: out, starts }, progress: Progress, end) => {
    let { at, size } = progress
    while (at < end) {
      if (at < last && bytes[at] === less && begins(bytes[at + 1])) {
        at = bytes.indexOf(more, at) + 1
        continue
      }
      starts[size] = at
      out[size++] = bytes[at++] ?? 0
    }
    progress.at = at
    progress.size = size
  })
}

/** Where byte `i` of a view begins in what was given; one past the last stands for the end. */
type ToSource = (i: number) => number

const identity: ToSource = (i) => i
const through =
  ({ starts }: Unescaped, before: ToSource): ToSource =>
  (i) =>
    before(starts[i] ?? 0)

function* scan(view: Uint8Array, toSource: ToSource, found: Array<Range>): Generator<undefined, void> {
  const read = openings?.begin()
  for (let from = 0; from < view.length; from += slice) {
    if (from > 0) yield
    read?.(view, from, Math.min(view.length, from + slice), (first, last) => {
      found.push({ start: toSource(first), end: toSource(last + 1) })
    })
  }
}

const backslash = 0x5c

/** With the backslashes before it: half of an escape would make what is left no JSON any more. */
const whole = (bytes: Uint8Array, { end, start }: Range): Range => {
  let from = start
  while (bytes[from - 1] === backslash) from--
  return { start: from, end }
}

/** Where placeholders begin, in steps of a few milliseconds, in order and apart from each other. */
export function* steps(bytes: Uint8Array): Generator<undefined, ReadonlyArray<Range>> {
  const found: Array<Range> = []
  let view = bytes
  let toSource = identity
  for (let layer = 0; ; layer++) {
    yield* scan(view, toSource, found)
    const text = yield* untagged(view)
    if (text !== undefined) yield* scan(text.bytes, through(text, toSource), found)
    const next = layer < layers ? yield* unescaping(view) : undefined
    if (next === undefined) return merge(found.map((range) => whole(bytes, range)))
    toSource = through(next, toSource)
    view = next.bytes
  }
}

/** True where a text holds the beginning of one, behind whatever it stands. */
export const hides = (text: string): boolean => finish(steps(utf8.encode(text))).length > 0

/** The same bytes where there is none; else with `mark` in the place of each beginning. */
export const without = (bytes: Uint8Array, ranges: ReadonlyArray<Range>): Uint8Array => replaced(bytes, ranges, mark)

/** All at once, for what is short. */
export const defuse = (bytes: Uint8Array): Uint8Array => without(bytes, finish(steps(bytes)))
