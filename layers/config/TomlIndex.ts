/**
 * Where each key of a TOML text stands. The library's parser reads the values and keeps no positions; this scanner
 * finds the positions and reads no values. It accepts any text: what is not TOML is the parser's to refuse.
 */
import { type KeyPath, show } from "../../src/config/KeyPath.ts"

/** 1-based; columns count UTF-16 code units. */
export interface Position {
  readonly line: number
  readonly column: number
}

export interface TomlIndex {
  /** By shown path: tables, keys, list items. A table is where it is first named. */
  readonly positions: ReadonlyMap<string, Position>
  /** The first key or table that stands there twice, with both its places. */
  readonly repeated?: { readonly key: string; readonly first: Position; readonly again: Position }
  /** Where lists, inline tables or dotted keys nest deeper than `nestingLimit`; the scan ends there. */
  readonly tooDeep?: Position
}

/** Deepest nesting of lists and inline tables in one value, and most names in one dotted key. */
export const nestingLimit = 64

const bare = /[A-Za-z0-9_-]/
const dateAndTime = /\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}[^\s,#\]}]*/y
const escapes: ReadonlyMap<string, string> = new Map([
  ["b", "\b"],
  ["t", "\t"],
  ["n", "\n"],
  ["f", "\f"],
  ["r", "\r"],
  ['"', '"'],
  ["\\", "\\"]
])

class Scanner {
  readonly positions = new Map<string, Position>()
  readonly #text: string
  readonly #tables = new Set<string>()
  readonly #items = new Map<string, number>()
  #index = 0
  #line = 1
  #lineStart = 0
  #table: KeyPath = []
  repeated: TomlIndex["repeated"]
  tooDeep: Position | undefined

  constructor(text: string) {
    this.#text = text
  }

  scan(): void {
    while (this.tooDeep === undefined) {
      this.#skipBlank()
      if (this.#index >= this.#text.length) return
      if (this.#peek() === "[") this.#header()
      else this.#assignment(this.#table, 0)
      this.#skipLine()
    }
  }

  #peek(offset = 0): string {
    return this.#text[this.#index + offset] ?? ""
  }

  #advance(): void {
    if (this.#peek() === "\n") {
      this.#line++
      this.#lineStart = this.#index + 1
    }
    this.#index++
  }

  #here(): Position {
    return { line: this.#line, column: this.#index - this.#lineStart + 1 }
  }

  #skipSpace(): void {
    while (this.#peek() === " " || this.#peek() === "\t") this.#advance()
  }

  #skipLine(): void {
    while (this.#index < this.#text.length && this.#peek() !== "\n") this.#advance()
  }

  #skipBlank(): void {
    while (this.#index < this.#text.length) {
      if (this.#peek() === "#") this.#skipLine()
      else if (/\s/.test(this.#peek())) this.#advance()
      else return
    }
  }

  /** Notes a key; a key that a value was already given to, or a table with a second header, is a repetition. */
  #note(path: KeyPath, at: Position, final: boolean): void {
    const key = show(path)
    const first = this.positions.get(key)
    if (first === undefined) this.positions.set(key, at)
    if (!final) return
    if (this.#tables.has(key) && first !== undefined) this.repeated ??= { key, first, again: at }
    this.#tables.add(key)
  }

  #header(): void {
    this.#advance()
    const list = this.#peek() === "["
    if (list) this.#advance()
    const names = this.#names()
    let path: KeyPath = []
    names.forEach(([name, at], depth) => {
      path = [...path, name]
      const last = depth === names.length - 1
      const key = show(path)
      const items = this.#items.get(key)
      if (last && list) {
        this.#note(path, at, false)
        this.#items.set(key, (items ?? 0) + 1)
        path = [...path, items ?? 0]
        this.#note(path, at, true)
      } else {
        this.#note(path, at, last)
        if (items !== undefined) path = [...path, items - 1]
      }
    })
    this.#table = path
  }

  #assignment(table: KeyPath, depth: number): void {
    const names = this.#names()
    let path = table
    names.forEach(([name, at], index) => {
      path = [...path, name]
      this.#note(path, at, index === names.length - 1)
    })
    this.#skipSpace()
    if (this.#peek() !== "=") return
    this.#advance()
    this.#skipSpace()
    this.#value(path, depth)
  }

  #names(): ReadonlyArray<readonly [name: string, at: Position]> {
    const names: Array<readonly [string, Position]> = []
    while (true) {
      this.#skipSpace()
      const at = this.#here()
      const name = this.#name()
      if (name === undefined) return names
      names.push([name, at])
      // each name of a dotted key is one more level, and every level is shown with all those above it
      if (names.length > nestingLimit) {
        this.tooDeep ??= at
        return []
      }
      this.#skipSpace()
      if (this.#peek() !== ".") return names
      this.#advance()
    }
  }

  #name(): string | undefined {
    if (this.#peek() === '"' || this.#peek() === "'") return this.#quoted(this.#peek())
    const start = this.#index
    while (bare.test(this.#peek())) this.#advance()
    return this.#index === start ? undefined : this.#text.slice(start, this.#index)
  }

  /** A quoted text on one line, with its escapes read. */
  #quoted(quote: string): string {
    this.#advance()
    let read = ""
    while (this.#index < this.#text.length && this.#peek() !== quote && this.#peek() !== "\n") {
      if (quote === '"' && this.#peek() === "\\") read += this.#escape()
      else {
        read += this.#peek()
        this.#advance()
      }
    }
    if (this.#peek() === quote) this.#advance()
    return read
  }

  #escape(): string {
    this.#advance()
    const letter = this.#peek()
    if (letter === "\n" || letter === "") return ""
    this.#advance()
    const digits = letter === "u" ? 4 : letter === "U" ? 8 : 0
    if (digits === 0) return escapes.get(letter) ?? letter
    const point = Number.parseInt(this.#text.slice(this.#index, this.#index + digits), 16)
    for (let count = 0; count < digits && /[0-9A-Fa-f]/.test(this.#peek()); count++) this.#advance()
    return point >= 0 && point <= 0x10ffff ? String.fromCodePoint(point) : ""
  }

  #value(path: KeyPath, depth: number): void {
    if (depth > nestingLimit) {
      this.tooDeep ??= this.#here()
      return
    }
    const char = this.#peek()
    if (char === '"' || char === "'") this.#skipText(char)
    else if (char === "[") this.#list(path, depth)
    else if (char === "{") this.#inlineTable(path, depth)
    else {
      dateAndTime.lastIndex = this.#index
      const date = dateAndTime.exec(this.#text)
      if (date !== null) this.#index += date[0].length
      else while (this.#index < this.#text.length && !/[\s,#\]}]/.test(this.#peek())) this.#advance()
    }
  }

  #skipText(quote: string): void {
    if (!this.#text.startsWith(quote.repeat(3), this.#index)) {
      this.#quoted(quote)
      return
    }
    for (let count = 0; count < 3; count++) this.#advance()
    while (this.#index < this.#text.length && !this.#text.startsWith(quote.repeat(3), this.#index)) {
      if (quote === '"' && this.#peek() === "\\") this.#advance()
      this.#advance()
    }
    // The closing three, and up to two quotes that belong to the text before them.
    for (let count = 0; count < 5 && this.#peek() === quote; count++) this.#advance()
  }

  #list(path: KeyPath, depth: number): void {
    this.#advance()
    for (let item = 0; this.tooDeep === undefined; item++) {
      this.#skipBlank()
      if (this.#peek() === "]" || this.#peek() === "") break
      const at = this.#here()
      const before = this.#index
      this.#note([...path, item], at, false)
      this.#value([...path, item], depth + 1)
      this.#skipBlank()
      if (this.#peek() === ",") this.#advance()
      else if (this.#peek() !== "]" || this.#index === before) break
    }
    if (this.#peek() === "]") this.#advance()
  }

  #inlineTable(path: KeyPath, depth: number): void {
    this.#advance()
    while (this.tooDeep === undefined) {
      this.#skipBlank()
      const before = this.#index
      if (this.#peek() === "}") break
      this.#assignment(path, depth + 1)
      this.#skipBlank()
      if (this.#peek() === ",") this.#advance()
      else if (this.#peek() !== "}" || this.#index === before) break
    }
    if (this.#peek() === "}") this.#advance()
  }
}

/** Indexes a text without its byte order mark. Linear in its length. */
export const indexToml = (text: string): TomlIndex => {
  const scanner = new Scanner(text)
  scanner.scan()
  return {
    positions: scanner.positions,
    ...(scanner.repeated === undefined ? {} : { repeated: scanner.repeated }),
    ...(scanner.tooDeep === undefined ? {} : { tooDeep: scanner.tooDeep })
  }
}
