/**
 * Expressions of an operator's own, read into a tree. What cannot be matched in linear time has no place in them: no
 * back references, no looking around. Supported: characters and escapes, `.`, classes, groups, `|`, the counts
 * `* + ? {m} {m,} {m,n}`, `^` and `$` (of lines), `\b`, and `(?i)` at the beginning. Characters beyond ASCII stand for what
 * they look like (`Fold`), since the text that is matched is what a text looks like.
 */
import { BASE62, type CharClass, chars, except } from "../CharClass.ts"
import { looksOf } from "../engine/Looks.ts"
import { isWithinPair } from "../Utf8.ts"

/** Why an expression is refused, with the place. */
export class InvalidExpression extends Error {
  override readonly name = "InvalidExpression"
}

/** A set of characters: ASCII by table, the others one by one or all alike. */
export interface CharSet {
  readonly table: CharClass
  /** Characters beyond ASCII that are members though the table's last entry says no, or are none though it says yes. */
  readonly others: ReadonlySet<number>
}

export type Assertion = "line start" | "line end" | "word edge"

export type Tree =
  | { readonly _tag: "Set"; readonly set: CharSet }
  | { readonly _tag: "Assert"; readonly assertion: Assertion }
  | { readonly _tag: "Sequence"; readonly parts: ReadonlyArray<Tree> }
  | { readonly _tag: "Either"; readonly ways: ReadonlyArray<Tree> }
  | { readonly _tag: "Repeat"; readonly part: Tree; readonly min: number; readonly max: number }

const UNLIMITED = Number.POSITIVE_INFINITY
const MOST_REPEATED = 500
const DEEPEST = 64
const BEYOND = 128
const none: ReadonlySet<number> = new Set()
const WORD = `${BASE62}_`
const SPACE = " \t\r\n\f\v"
const NAMED: Readonly<Record<string, CharClass>> = {
  d: chars("0123456789"),
  w: chars(WORD),
  s: chars(SPACE),
  D: except("0123456789"),
  W: except(WORD),
  S: except(SPACE)
}
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", f: "\f", v: "\v", 0: "\0" }
const PLAIN = "\\^$.|?*+()[]{}/-\"'`,:;=!<>@#%&~_ "

class Parser {
  readonly #source: string
  readonly #anyCase: boolean
  #at: number
  #depth = 0

  constructor(source: string) {
    this.#source = source
    this.#anyCase = source.startsWith("(?i)")
    this.#at = this.#anyCase ? 4 : 0
  }

  parse(): Tree {
    const tree = this.#either()
    if (this.#at < this.#source.length) this.#fail('")" without "("')
    return tree
  }

  #fail(why: string): never {
    throw new InvalidExpression(`${why}, at character ${this.#at + 1}`)
  }

  get #peek(): string {
    return this.#source.charAt(this.#at)
  }

  #take(): string {
    const char = this.#peek
    if (char === "") this.#fail("it ends too early")
    this.#at++
    return char
  }

  #skip(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false
    this.#at += text.length
    return true
  }

  #either(): Tree {
    const ways = [this.#sequence()]
    while (this.#skip("|")) ways.push(this.#sequence())
    return ways.length === 1 ? (ways[0] as Tree) : { _tag: "Either", ways }
  }

  #sequence(): Tree {
    const parts: Array<Tree> = []
    while (this.#at < this.#source.length && this.#peek !== "|" && this.#peek !== ")") parts.push(this.#counted())
    return parts.length === 1 ? (parts[0] as Tree) : { _tag: "Sequence", parts }
  }

  #counted(): Tree {
    const part = this.#part()
    const count = this.#count()
    if (count === undefined) return part
    const [min, max] = count
    if (part._tag === "Assert") this.#fail("a count after a place")
    if ("*+?{".includes(this.#peek) && this.#peek !== "") this.#fail("a count after a count")
    return { _tag: "Repeat", part, min, max }
  }

  #count(): readonly [number, number] | undefined {
    if (this.#skip("*")) return [0, UNLIMITED]
    if (this.#skip("+")) return [1, UNLIMITED]
    if (this.#skip("?")) return [0, 1]
    if (!this.#skip("{")) return undefined
    const min = this.#number()
    const max = this.#skip(",") ? (this.#peek === "}" ? UNLIMITED : this.#number()) : min
    if (!this.#skip("}") || max < min) this.#fail("a count that is none")
    return [min, max]
  }

  #number(): number {
    let text = ""
    while (this.#peek >= "0" && this.#peek <= "9") text += this.#take()
    const value = Number(text)
    if (text === "" || value > MOST_REPEATED) this.#fail(`a count that is no number up to ${MOST_REPEATED}`)
    return value
  }

  #part(): Tree {
    const char = this.#take()
    switch (char) {
      case "(":
        return this.#group()
      case "[":
        return { _tag: "Set", set: this.#class() }
      case ".":
        return { _tag: "Set", set: { table: except("\n"), others: none } }
      case "^":
        return { _tag: "Assert", assertion: "line start" }
      case "$":
        return { _tag: "Assert", assertion: "line end" }
      case "\\":
        return this.#escape()
      case "*":
      case "+":
      case "?":
      case "{":
        return this.#fail("a count without anything before it")
      case "]":
      case "}":
        return this.#fail(`"${char}" alone`)
      default:
        return this.#looking(this.#isPair(char) ? char + this.#take() : char)
    }
  }

  #group(): Tree {
    if (this.#peek === "?" && !this.#skip("?:")) this.#fail("a group that looks around, has a name or flags")
    if (++this.#depth > DEEPEST) this.#fail("groups too deep")
    const tree = this.#either()
    this.#depth--
    if (!this.#skip(")")) this.#fail('"(" without ")"')
    return tree
  }

  #escape(): Tree {
    const char = this.#take()
    if (char === "b") return { _tag: "Assert", assertion: "word edge" }
    const named = NAMED[char]
    if (named !== undefined) return { _tag: "Set", set: { table: named, others: none } }
    return this.#looking(this.#literal(char))
  }

  #isPair(char: string): boolean {
    return isWithinPair(char + this.#peek, 1)
  }

  /** What a character looks like: nothing, where it cannot be seen. */
  #looking(char: string): Tree {
    const isOther = char.charCodeAt(0) >= BEYOND && this.#anyCase
    const both = isOther ? [char, char.toLowerCase(), char.toUpperCase()] : [char]
    const ways = [...new Set(both.map(looksOf))].map((looks): Tree => {
      const parts = Array.from({ length: looks.length }, (_, i): Tree => ({
        _tag: "Set",
        set: this.#one(looks.charAt(i))
      }))
      return parts.length === 1 ? (parts[0] as Tree) : { _tag: "Sequence", parts }
    })
    return ways.length === 1 ? (ways[0] as Tree) : { _tag: "Either", ways }
  }

  /** The character that an escape stands for. */
  #literal(char: string): string {
    const escaped = ESCAPES[char]
    if (escaped !== undefined) return escaped
    if (char === "x" || char === "u") {
      const length = char === "x" ? 2 : 4
      const code = Number.parseInt(this.#source.slice(this.#at, this.#at + length), 16)
      if (Number.isNaN(code)) this.#fail("an escape that is none")
      this.#at += length
      return String.fromCharCode(code)
    }
    if (!PLAIN.includes(char)) this.#fail(`the escape "\\${char}", which is not supported`)
    return char
  }

  #one(char: string): CharSet {
    const code = char.charCodeAt(0)
    if (code >= BEYOND) return { table: chars(""), others: new Set([code]) }
    return { table: chars(this.#anyCase ? char.toLowerCase() + char.toUpperCase() : char), others: none }
  }

  #class(): CharSet {
    const negated = this.#skip("^")
    const table = new Uint8Array(BEYOND + 1)
    const others = new Set<number>()
    const add = (code: number) => {
      if (code < BEYOND) table[code] = 1
      else {
        const char = String.fromCharCode(code)
        others.add(code)
        // what is left out of a class does not leave out what looks like it
        const looks = negated
          ? ""
          : looksOf(char) + (this.#anyCase ? looksOf(char.toUpperCase() + char.toLowerCase()) : "")
        for (let i = 0; i < looks.length; i++) {
          if (looks.charCodeAt(i) < BEYOND) table[looks.charCodeAt(i)] = 1
          else others.add(looks.charCodeAt(i))
        }
      }
    }
    let first = true
    while (first || this.#peek !== "]") {
      first = false
      const from = this.#member(table)
      if (from === undefined) continue
      if (this.#peek !== "-" || this.#source.charAt(this.#at + 1) === "]") {
        add(from)
        continue
      }
      this.#take()
      const to = this.#member(table)
      if (to === undefined || to < from || to - from > 0x2fff) this.#fail("a range that is none")
      for (let code = from; code <= to; code++) add(code)
    }
    this.#take()
    if (this.#anyCase)
      for (let code = 65; code <= 90; code++)
        table[code] = table[code + 32] = (table[code] ?? 0) | (table[code + 32] ?? 0)
    return negated ? { table: table.map((is) => 1 - is), others } : { table, others }
  }

  /** A member of a class: its code, or nothing when a named set was added. */
  #member(table: CharClass): number | undefined {
    const char = this.#take()
    if (char === "[" && this.#peek === ":") this.#fail("a named class")
    if (char !== "\\") return char.charCodeAt(0)
    const next = this.#take()
    const named = NAMED[next]
    if (named === undefined) return next === "b" ? 8 : this.#literal(next).charCodeAt(0)
    for (let code = 0; code <= BEYOND; code++) table[code] = (table[code] ?? 0) | (named[code] ?? 0)
    return undefined
  }
}

/** Reads an expression; throws `InvalidExpression` on what is not supported. */
export const parse = (source: string): Tree => new Parser(source).parse()
