/** A rule from a pattern: the commonest kind, a known format. */
import { alnum, type CharClass, chars, has, nothing } from "../CharClass.ts"
import { opens } from "../engine/Boundary.ts"
import { BEHIND, type Cursor, MAX_HELD } from "../engine/Cursor.ts"
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
  /** The same in words. */
  readonly check?: string
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
    if (this.#isInside(cursor, from)) return
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
    if (i - from > MAX_HELD) return
    if (cursor.unknown(i)) return cursor.more(i, nothing, from + cursor.lead)
    if (i < text.length && has(this.#right, text.charCodeAt(i))) {
      if (this.#fixed === 0) return
      if (cursor.unknown(i + this.#longestPrefix)) return cursor.more(text.length, nothing, from + cursor.lead)
      if (!startsWithAny(text, i, this.#pattern.prefixes)) return
    }
    cursor.cost = i - from
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
  #isInside(cursor: Cursor, from: number): boolean {
    const first = this.#pattern.steps[0]
    const earlier = cursor.previous
    if (first?.kind !== "run" || first.max < NESTING || earlier < cursor.floor || earlier >= from) {
      return false
    }
    // no further than is kept of a text, whatever of it is at hand
    if (cursor.from - earlier > Math.min(first.max, BEHIND)) return false
    return cursor.runEnd(first.set, earlier, from - earlier) === from
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

/** What a pattern is read into. */
const read = (options: Format) => {
  const pattern = parse(options.pattern)
  const genuine = options.genuine ?? looksRandom
  const longestFirst = pattern.prefixes.toSorted((a, b) => b.length - a.length)
  const prefixOf = (text: string) => longestFirst.find((prefix) => text.startsWith(prefix)) ?? ""
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
  return {
    pattern,
    find: new Matcher(pattern, options, judge).find,
    make,
    publicOf: (secret: string) => prefixOf(secret.slice(behind))
  }
}

/** A rule for a format. Its pattern is read when the rule is first needed: most starts need none. */
export const format = (options: Format): Rule => {
  let known: ReturnType<typeof read> | undefined
  const own = () => (known ??= read(options))
  const lead = options.lead ?? none
  return {
    id: options.id,
    tier: "structural",
    source: options.source,
    looks: options.pattern,
    check:
      options.check ??
      (options.genuine === undefined
        ? "what follows the prefix looks random"
        : "what follows the prefix is as the vendor makes it"),
    lead,
    ...(options.behind === undefined ? {} : { behind: options.behind[0] }),
    get anchors() {
      return own().pattern.prefixes
    },
    get atStart() {
      return options.behind === undefined && !own().pattern.prefixes.every(isUnmistakable)
    },
    get find() {
      return own().find
    },
    example: (seed) => {
      const { make, publicOf } = own()
      const secret = make(seed)
      const text = (options.around ?? "%").replace("%", () => secret)
      return { text, secret: secret.slice(lead(publicOf(secret))) }
    },
    counterExamples: () => {
      const { prefixes, steps } = own().pattern
      return [
        ...prefixes.flatMap((prefix) => [prefix, `${prefix}${"x".repeat(Math.min(16, lengthOf(steps, "min")))}`]),
        ...(options.counterExamples ?? [])
      ]
    }
  }
}
