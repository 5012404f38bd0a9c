/**
 * The linear form of a pattern: literals and classes with counts, one after the other, without alternatives. Every step
 * takes as much as it can, and what it has taken it never gives back, so matching looks at each character once.
 *
 *   AKIA[A-Z2-7]{16}      SG\.[\w-]{22}\.[\w-]{43}      (?:dop|doo|dor)_v1_[0-9a-f]{64}
 *
 * `(?:a|b)` may stand once, at the beginning: it lists prefixes, as they are. Classes are `[...]` with ranges, `\d`, `\w` and `\s`;
 * counts are `{n}`, `{m,n}`, `{m,}`, `?`, `*` and `+`. Any other character, the dot too, is itself.
 */
import { alnum, BASE62, type CharClass, digit, has, nothing, only, sharedClass } from "./CharClass.ts"

/** A part of a pattern. All of one shape, which is what makes matching fast. */
export interface Step {
  readonly kind: "run" | "literal"
  readonly set: CharClass
  /** The characters of `set`, for examples. */
  readonly alphabet: string
  readonly text: string
  readonly min: number
  readonly max: number
}

export interface Pattern {
  /** The texts that may begin it. */
  readonly prefixes: ReadonlyArray<string>
  readonly steps: ReadonlyArray<Step>
}

export class InvalidPattern extends Error {
  override readonly name = "InvalidPattern"
}

const UNLIMITED = Number.MAX_SAFE_INTEGER
const SPECIAL = "[]{}()*+?"
const NAMED: Readonly<Record<string, string>> = { d: "0123456789", w: `${BASE62}_`, s: " \t\r\n" }

/** As many characters of `alphabet` as there are, between `min` and `max`. */
export const run = (alphabet: string, min: number, max: number = UNLIMITED): Step => ({
  kind: "run",
  set: sharedClass(alphabet),
  alphabet,
  text: "",
  min,
  max
})

/** Exactly `text`. */
export const literal = (text: string): Step => ({
  kind: "literal",
  set: nothing,
  alphabet: "",
  text,
  min: text.length,
  max: text.length
})

class Reader {
  readonly #source: string
  #at = 0

  constructor(source: string) {
    this.#source = source
  }

  get done(): boolean {
    return this.#at >= this.#source.length
  }
  get peek(): string {
    return this.#source.charAt(this.#at)
  }

  fail(why: string): never {
    throw new InvalidPattern(`${why} at ${this.#at} of ${this.#source}`)
  }

  take(): string {
    const char = this.peek
    if (char === "") this.fail("something is missing")
    this.#at++
    return char
  }

  /** Takes `text` if it stands here. */
  skip(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false
    this.#at += text.length
    return true
  }

  /** The text up to `end`, which is taken too. */
  until(end: string): string {
    const to = this.#source.indexOf(end, this.#at)
    if (to < 0) this.fail(`no ${end}`)
    const text = this.#source.slice(this.#at, to)
    this.#at = to + end.length
    return text
  }
}

const between = (from: string, to: string): string => {
  let text = ""
  for (let code = from.charCodeAt(0); code <= to.charCodeAt(0); code++) text += String.fromCharCode(code)
  return text
}

/** The characters of `[...]`, after the bracket. */
const bracket = (reader: Reader): string => {
  let all = ""
  while (!reader.skip("]")) {
    const char = reader.take()
    if (char === "\\") {
      const name = reader.take()
      all += NAMED[name] ?? name
      continue
    }
    if (!reader.skip("-")) all += char
    else if (reader.peek === "]") all += `${char}-`
    else all += between(char, reader.take())
  }
  return [...new Set(all)].join("")
}

const count = (reader: Reader): readonly [min: number, max: number] => {
  if (reader.skip("?")) return [0, 1]
  if (reader.skip("*")) return [0, UNLIMITED]
  if (reader.skip("+")) return [1, UNLIMITED]
  if (!reader.skip("{")) return [1, 1]
  const [least = "", most] = reader.until("}").split(",")
  const min = Number(least)
  const max = most === undefined ? min : most === "" ? UNLIMITED : Number(most)
  if (least === "" || !only(digit, least) || Number.isNaN(max) || max < min || max === 0) reader.fail("no count")
  return [min, max]
}

const escaped = (reader: Reader): string => {
  reader.take()
  return reader.take()
}

/** Reads a pattern; throws `InvalidPattern` with the place on anything that is not of the linear form. */
export const parse = (source: string): Pattern => {
  const reader = new Reader(source)
  let prefixes = [""]
  if (reader.skip("(?:")) prefixes = reader.until(")").split("|")
  const steps: Array<Step> = []
  let text = ""
  const flush = () => {
    if (text === "") return
    if (steps.length === 0) prefixes = prefixes.map((prefix) => prefix + text)
    else steps.push(literal(text))
    text = ""
  }
  while (!reader.done) {
    let alphabet = ""
    if (reader.skip("[")) alphabet = bracket(reader)
    else if (reader.peek === "\\") {
      const name = escaped(reader)
      alphabet = NAMED[name] ?? name
    } else if (SPECIAL.includes(reader.peek)) reader.fail(`"${reader.peek}" has no place here`)
    else alphabet = reader.take()
    const [min, max] = count(reader)
    if (alphabet.length === 1 && min === 1 && max === 1) text += alphabet
    else {
      flush()
      steps.push(run(alphabet, min, max))
    }
  }
  flush()
  return { prefixes, steps }
}

/** Why a later step could never get what an earlier one of open length has taken; nothing for a sound pattern. */
export const flaw = ({ steps }: Pattern): string | undefined => {
  for (let i = 0; i + 1 < steps.length; i++) {
    const step = steps[i]
    const next = steps[i + 1]
    if (step === undefined || next === undefined || step.min === step.max) continue
    const first = next.kind === "literal" ? next.text.charAt(0) : next.alphabet
    for (const char of first) {
      if (has(step.set, char.charCodeAt(0))) return `step ${i + 1} takes the "${char}" of the step after it`
    }
  }
  return undefined
}

/** Whether a token of this pattern ends with a character that words are made of. */
export const lastSet = ({ steps }: Pattern): CharClass => {
  const last = steps.at(-1)
  return last === undefined ? alnum : last.kind === "run" ? last.set : alnum
}
