/** What the scorer looks at, as integers: the name, the way it is joined to the value, and the value itself. */
import { has, hex } from "../CharClass.ts"
import { finder } from "../Words.ts"
import { isPlaceholder, isSample, isTemplate } from "../Randomness.ts"
import type { Assignment } from "./Assignment.ts"
import type { Join } from "./Bridge.ts"
import { KINDS, type NameFacts } from "./Name.ts"
import { surprise } from "./Vocabulary.ts"

/** Names of the features, in the order of the vector; those of `explain`. */
export const FEATURES = [
  "name: kind",
  "name: glued to another word",
  "name: about a secret",
  "name: says that the key is secret",
  "name: several words for secrets",
  "name: the word for the secret comes last",
  "name: in capitals",
  "name: words",
  "joined by",
  "in quotes",
  "in calls",
  "quotes escaped",
  "followed by",
  "preceded by",
  "length",
  "bits per character",
  "bits in all",
  "words in it",
  "digits",
  "capitals",
  "small letters",
  "other characters",
  "distinct characters",
  "longest repetition",
  "changes between letters and digits",
  "hexadecimal",
  "a UUID",
  "entropy by length",
  "spaces",
  "dots",
  "slashes",
  "dashes and underscores",
  "sequences",
  "runs of sequences",
  "a placeholder",
  "a template",
  "a sample word",
  "names a secret itself",
  "an address or path",
  "begins with a capital",
  "padding at the end",
  "beyond ASCII"
] as const

const JOINS: ReadonlyArray<Join> = [
  "equals",
  "arrow",
  "colon",
  "compare",
  "tag",
  "bar",
  "comma",
  "call",
  "word",
  "blank",
  "dash"
]
const namesSecret = finder(["pass", "pwd", "secret", "token", "key", "auth", "cred", "login", "user", "name"])

/** Characters that may follow or precede, by what they mean: 0 for none, 1 for any other. */
const GROUPS = ["\n\r", " \t", "\"'`", ",;", ")]}", "(", "[{", "&", "<>", "|\\", ":=", "$@%", ".-_", "/"]
const GROUP = Uint8Array.from({ length: 128 }, (_, code) => {
  const at = GROUPS.findIndex((group) => group.includes(String.fromCharCode(code)))
  return at + 2
})
const groupOf = (text: string, at: number): number => {
  if (at < 0 || at >= text.length) return 0
  const code = text.charCodeAt(at)
  return code < 128 ? (GROUP[code] ?? 1) : 1
}

/** Sixteen times n times its binary logarithm, for counts up to 64; larger ones are cut. */
const N_LOG_N = Int32Array.from({ length: 65 }, (_, n) => {
  let log = 0
  let rest = n
  while (rest >= 2) {
    rest /= 2
    log += 16
  }
  return n === 0 ? 0 : Math.round(n * (log + (rest - 1) * 16))
})

interface Shape {
  digits: number
  capitals: number
  small: number
  other: number
  distinct: number
  repetition: number
  changes: number
  sequences: number
  runs: number
  spaces: number
  dots: number
  slashes: number
  dashes: number
  beyond: number
  hex: boolean
  entropy: number
}

/** So much of a value is looked at. */
export const MOST = 96
const DOT = 46
const SLASH = 47
const counts = new Uint8Array(128)

const shapeOf = (value: string): Shape => {
  counts.fill(0)
  const shape: Shape = {
    digits: 0,
    capitals: 0,
    small: 0,
    other: 0,
    distinct: 0,
    repetition: 1,
    changes: 0,
    sequences: 0,
    runs: 0,
    spaces: 0,
    dots: 0,
    slashes: 0,
    dashes: 0,
    beyond: 0,
    hex: true,
    entropy: 0
  }
  let previous = -1
  let kind = 0
  let repeated = 1
  let rising = false
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i)
    shape.hex &&= has(hex, code) || code === 45
    if (code > 127) {
      shape.beyond++
      kind = 0
      previous = code
      continue
    }
    if ((counts[code] ?? 0) === 0) shape.distinct++
    if ((counts[code] ?? 0) < 64) counts[code] = (counts[code] ?? 0) + 1
    const now = code >= 48 && code <= 57 ? 1 : code >= 65 && code <= 90 ? 2 : code >= 97 && code <= 122 ? 3 : 4
    if (now === 1) shape.digits++
    else if (now === 2) shape.capitals++
    else if (now === 3) shape.small++
    else shape.other++
    if (code === 32) shape.spaces++
    if (code === DOT) shape.dots++
    if (code === SLASH) shape.slashes++
    if (code === 45 || code === 95) shape.dashes++
    if (kind !== 0 && now !== kind && (now === 1 || kind === 1) && now < 4 && kind < 4) shape.changes++
    if (code === previous) repeated++
    else repeated = 1
    if (repeated > shape.repetition) shape.repetition = repeated
    if (code === previous + 1) {
      shape.sequences++
      if (!rising) shape.runs++
      rising = true
    } else rising = false
    kind = now
    previous = code
  }
  const { length } = value
  if (length > 1 && length <= 64) {
    let sum = N_LOG_N[length] ?? 0
    for (let code = 32; code < 128; code++) sum -= N_LOG_N[counts[code] ?? 0] ?? 0
    // the most that so many characters can have
    shape.entropy = Math.floor((sum * 100) / Math.max(1, N_LOG_N[length] ?? 1))
  } else shape.entropy = 90
  return shape
}

const UUID_DASHES = [8, 13, 18, 23]
const isUuid = (value: string, shape: Shape): boolean =>
  value.length === 36 && shape.hex && UUID_DASHES.every((at) => value.charAt(at) === "-")

const isAddress = (value: string): boolean =>
  value.includes("://") ||
  value.startsWith("/") ||
  value.startsWith("./") ||
  value.startsWith("../") ||
  value.startsWith("~/") ||
  value.startsWith("www.") ||
  value.includes(":\\")

const percent = (part: number, of: number): number => Math.floor((part * 100) / Math.max(1, of))

/** The features of a value beside a name. */
export const featuresOf = (
  text: string,
  { end, escaped, join, nameStart, quote, start, wrapped }: Assignment,
  facts: NameFacts
): Int32Array => {
  // of a long one, the beginning says enough
  const value = text.slice(start, Math.min(end, start + MOST))
  const { length } = value
  const shape = shapeOf(value)
  const { bits, words } = surprise(value)
  const first = value.charCodeAt(0)
  const after = quote === "" ? end : end + 1 + (escaped ? 1 : 0)
  const flag = (is: boolean): number => (is ? 1 : 0)
  return Int32Array.of(
    KINDS.indexOf(facts.kind),
    flag(facts.glued),
    flag(facts.about),
    flag(facts.secretive),
    flag(facts.several),
    flag(facts.last),
    flag(facts.capitals),
    facts.words,
    JOINS.indexOf(join),
    quote === "" ? 0 : "\"'`".indexOf(quote) + 1,
    wrapped,
    flag(escaped),
    groupOf(text, after),
    groupOf(text, nameStart - 1),
    end - start,
    bits,
    Math.floor((bits * length) / 100),
    words,
    percent(shape.digits, length),
    percent(shape.capitals, length),
    percent(shape.small, length),
    percent(shape.other, length),
    shape.distinct,
    shape.repetition,
    percent(shape.changes, length),
    flag(shape.hex),
    flag(isUuid(value, shape)),
    shape.entropy,
    shape.spaces,
    shape.dots,
    shape.slashes,
    shape.dashes,
    percent(shape.sequences, length),
    shape.runs,
    flag(isPlaceholder(value)),
    flag(isTemplate(value)),
    flag(isSample(value)),
    flag(namesSecret(value)),
    flag(isAddress(value)),
    flag(first >= 65 && first <= 90),
    flag(value.endsWith("=")),
    percent(shape.beyond, length)
  )
}
