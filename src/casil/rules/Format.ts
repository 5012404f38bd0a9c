/** A rule from a pattern: the commonest kind, a known format. */
import { alnum, type CharClass, chars, has, nothing } from "../CharClass.ts"
import { opens } from "../engine/Boundary.ts"
import { type Cursor, MAX_HELD } from "../engine/Cursor.ts"
import { lastSet, parse, type Pattern, type Step } from "../Pattern.ts"
import { looksRandom } from "../Randomness.ts"
import { none, type Rule } from "../Rule.ts"
import { sample } from "../Sample.ts"

export interface Format {
  readonly id: string
  /** Who gives such secrets out, and where that is documented. */
  readonly source: string
  /** In the linear form (`Pattern`); its prefixes are the anchors. */
  readonly pattern: string
  /** What may not stand directly before it. `alnum` unless the prefix is unmistakable, which nothing forbids. */
  readonly left?: CharClass
  /** What may not follow; what it ends with unless given. */
  readonly right?: CharClass
  /** Whether what follows the prefix is genuine; `looksRandom` unless given. */
  readonly genuine?: (random: string, prefix: string) => boolean
  /** How much of a candidate is the secret; all of it unless given. */
  readonly length?: (candidate: string, prefix: string) => number
  /** The length of a whole one, prefix included, where a shorter one is taken too. */
  readonly full?: number
  /** What makes an example genuine. */
  readonly make?: (secret: string, seed: number) => string
  /** The length of an example's open runs beyond their least. */
  readonly usual?: number
  /** So many characters of this alphabet stand before the prefix, and are part of it. */
  readonly behind?: readonly [count: number, alphabet: string]
  /** What must stand before it: given up to 16 characters. */
  readonly after?: (before: string) => boolean
  /** The prefix is public, and stays. */
  readonly lead?: (prefix: string) => number
  /** The example's surroundings, with `%` for the secret. */
  readonly around?: string
  readonly counterExamples?: ReadonlyArray<string>
}

const LOOK_BACK = 16
const MOST_GLUED = 8
/** Runs as long as this may hold another prefix again and again. */
const NESTING = 64

/** Such a prefix is in no word by chance. */
const isUnmistakable = (prefix: string): boolean =>
  prefix.length >= 4 && ["_", "-", ".", ":", "/", "$"].some((mark) => prefix.includes(mark))

const lengthOf = (steps: ReadonlyArray<Step>, which: "min" | "max"): number =>
  steps.reduce((sum, step) => sum + step[which], 0)

const startsWithAny = (text: string, at: number, prefixes: ReadonlyArray<string>): boolean =>
  prefixes.some((prefix) => text.startsWith(prefix, at))

class Matcher {
  readonly #pattern: Pattern
  readonly #right: CharClass
  readonly #left: CharClass
  readonly #judge: (candidate: string) => number
  readonly #full: number
  /** The whole length, where there is only one. */
  readonly #fixed: number
  readonly #longestPrefix: number
  readonly #behind: number
  readonly #behindSet: CharClass
  readonly #after: ((before: string) => boolean) | undefined

  constructor(pattern: Pattern, format: Format, judge: (candidate: string) => number) {
    this.#pattern = pattern
    this.#judge = judge
    const [behind, alphabet] = format.behind ?? [0, ""]
    this.#behind = behind
    this.#behindSet = chars(alphabet)
    this.#after = format.after
    this.#right = format.right ?? lastSet(pattern)
    this.#left = format.left ?? (behind === 0 && pattern.prefixes.every(isUnmistakable) ? nothing : alnum)
    this.#full = format.full ?? 0
    const least = lengthOf(pattern.steps, "min")
    const lengths = pattern.prefixes.map(({ length }) => length)
    this.#longestPrefix = Math.max(...lengths)
    const isFixed = least === lengthOf(pattern.steps, "max") && Math.min(...lengths) === this.#longestPrefix
    this.#fixed = isFixed ? least + this.#longestPrefix : 0
  }

  readonly find = (cursor: Cursor): void => {
    const { at, floor, text } = cursor
    const from = cursor.from - this.#behind
    if (from < floor || !opens(this.#left, text, from, floor)) if (!this.#follows(text, from, floor)) return
    if (this.#isInside(text, from, floor)) return
    for (let i = from; i < cursor.from; i++) if (!has(this.#behindSet, text.charCodeAt(i))) return
    if (this.#after !== undefined && !this.#after(text.slice(Math.max(floor, from - LOOK_BACK), from))) return
    let i = at
    for (const step of this.#pattern.steps) {
      const end = step.kind === "run" ? cursor.runEnd(step.set, i, step.max) : this.#literal(step, text, i)
      if (end === text.length && end - i < step.max && !cursor.over) {
        if (end - from > MAX_HELD) return
        return cursor.more(end, step.set, from + cursor.lead, i + step.max)
      }
      if (end - i < step.min) return
      i = end
    }
    cursor.cost = i - from
    if (i - from > MAX_HELD) return
    if (cursor.unknown(i)) return cursor.more(i, nothing, from + cursor.lead)
    if (i < text.length && has(this.#right, text.charCodeAt(i))) {
      if (this.#fixed === 0) return
      if (cursor.unknown(i + this.#longestPrefix)) return cursor.more(text.length, nothing, from + cursor.lead)
      if (!startsWithAny(text, i, this.#pattern.prefixes)) return
    }
    const length = this.#judge(text.slice(from, i))
    cursor.found(from + cursor.lead, from + length)
    cursor.partial = cursor.end - from < this.#full
  }

  /** Whether others of the same fixed length stand before it, one directly after the other, the first at a boundary. */
  #follows(text: string, from: number, floor: number): boolean {
    if (this.#fixed === 0) return false
    for (let at = from - this.#fixed, n = 0; at >= floor && n < MOST_GLUED; at -= this.#fixed, n++) {
      if (!startsWithAny(text, at, this.#pattern.prefixes)) return false
      if (opens(this.#left, text, at, floor)) return true
    }
    return false
  }

  /** Whether this is a part of what begins with the same prefix before it: that one is looked at, and covers this. */
  #isInside(text: string, from: number, floor: number): boolean {
    const first = this.#pattern.steps[0]
    if (first?.kind !== "run" || first.max < NESTING || !has(first.set, text.charCodeAt(from - 1))) return false
    const start = Math.max(floor, from - first.max)
    const before = text.slice(start, from)
    const earlier = Math.max(...this.#pattern.prefixes.map((prefix) => before.lastIndexOf(prefix)))
    if (earlier < 0) return false
    for (let i = start + earlier; i < from; i++) if (!has(first.set, text.charCodeAt(i))) return false
    return true
  }

  #literal({ text: wanted }: Step, text: string, from: number): number {
    let i = 0
    while (i < wanted.length && text.charCodeAt(from + i) === wanted.charCodeAt(i)) i++
    // cut off where it fits so far: the caller sees that it is not all
    return from + i === text.length || i === wanted.length ? from + i : from
  }
}

/** A text of the pattern, another one for each seed. */
const exampleOf = (pattern: Pattern, usual: number, seed: number): string => {
  let text = pattern.prefixes[seed % pattern.prefixes.length] ?? ""
  pattern.steps.forEach((step, i) => {
    if (step.kind === "literal") text += step.text
    else text += sample(step.alphabet, Math.min(step.max, step.min + (step.max > step.min ? usual : 0)), seed * 7 + i)
  })
  return text
}

export const format = (options: Format): Rule => {
  const pattern = parse(options.pattern)
  const genuine = options.genuine ?? looksRandom
  const prefixOf = (text: string) =>
    pattern.prefixes.filter((prefix) => text.startsWith(prefix)).toSorted((a, b) => b.length - a.length)[0] ?? ""
  const [behind, alphabet] = options.behind ?? [0, ""]
  const judge = (candidate: string): number => {
    const rest = candidate.slice(behind)
    const prefix = prefixOf(rest)
    const length = options.length?.(rest, prefix) ?? rest.length
    const random = candidate.slice(0, behind) + rest.slice(prefix.length, length)
    return random.length > 0 && genuine(random, prefix) ? behind + length : 0
  }
  const make = (seed: number): string => {
    const text = exampleOf(pattern, options.usual ?? 0, seed)
    return sample(alphabet, behind, seed + 3) + (options.make?.(text, seed) ?? text)
  }
  const lead = options.lead ?? none
  return {
    id: options.id,
    tier: "structural",
    source: options.source,
    anchors: pattern.prefixes,
    lead,
    atStart: options.behind === undefined && !pattern.prefixes.every(isUnmistakable),
    find: new Matcher(pattern, options, judge).find,
    example: (seed) => {
      const secret = make(seed)
      const text = (options.around ?? "%").replace("%", () => secret)
      return { text, secret: secret.slice(lead(prefixOf(secret.slice(behind)))) }
    },
    counterExamples: () => [
      ...pattern.prefixes.flatMap((prefix) => [
        prefix,
        `${prefix}${"x".repeat(Math.min(16, lengthOf(pattern.steps, "min")))}`
      ]),
      ...(options.counterExamples ?? [])
    ]
  }
}
