/** From the bytes of a TOML file to its tables and the positions of its keys. */
import * as Result from "effect/Result"
import * as Toml from "effect/encoding/Toml"
import { type ConfigReason, showSource, type Source } from "../../src/config/ConfigError.ts"
import type { RawTable } from "../../src/config/RawTable.ts"
import { indexToml, nestingLimit, type Position } from "./TomlIndex.ts"

export interface TomlFile {
  readonly table: RawTable
  readonly positions: ReadonlyMap<string, Position>
}

/** Largest configuration file that is read, in bytes. */
export const fileLimit = 1_048_576

const syntax = (file: string, at: Partial<Position>, text: string): ConfigReason => {
  const source: Source = { _tag: "File", file, ...at }
  return { _tag: "syntax", source, key: "", allowed: [], message: `${showSource(source)}: ${text}` }
}

/** The parser's words without the value they repeat, which may be a key that somebody forgot to put in quotes. */
const withoutValue = (what: string): string =>
  what
    .replace(/^Invalid value '.*'$/s, "Invalid value; a text stands in quotes")
    .replace(/^(Integer out of range|Invalid date-time) '.*'$/s, "$1")

/** Parses a text; `name` is the file's name for messages. */
export const parseToml = (text: string, name: string): Result.Result<TomlFile, ConfigReason> => {
  const document = text.startsWith("\uFEFF") ? text.slice(1) : text
  const { positions, repeated, tooDeep } = indexToml(document)
  if (tooDeep !== undefined) {
    return Result.fail(
      syntax(name, tooDeep, `lists and tables are nested too deeply here; at most ${nestingLimit} levels are allowed.`)
    )
  }
  return Result.match(Toml.parse(document), {
    onSuccess: (table) => Result.succeed({ table, positions }),
    onFailure: ({ message }) => {
      if (repeated !== undefined && message.startsWith("Cannot redefine")) {
        const { again, first, key } = repeated
        const text = `"${key}" stands here twice (first in line ${first.line}); remove one of them.`
        return Result.fail({ ...syntax(name, again, text), key })
      }
      const [, what = message, line, column] = /^(.*) at line (\d+), column (\d+)$/s.exec(message) ?? []
      if (document.split("\n")[Number(line) - 1]?.[Number(column) - 1] === "\r") {
        const text = "a carriage return stands here without a line feed. Save the file with Unix or Windows line ends."
        return Result.fail(syntax(name, { line: Number(line), column: Number(column) }, text))
      }
      const at = line === undefined ? {} : { line: Number(line), column: Number(column) }
      const where = column === undefined ? "" : ` (column ${column})`
      return Result.fail(syntax(name, at, `this is not valid TOML: ${withoutValue(what)}${where}.`))
    }
  })
}

const newline = 0x0a

/** The first line that is no UTF-8; a line feed is never part of a longer character, so lines can be tried alone. */
const badLine = (bytes: Uint8Array): number => {
  const decoder = new TextDecoder("utf-8", { fatal: true })
  let start = 0
  for (let line = 1; start <= bytes.length; line++) {
    const found = bytes.indexOf(newline, start)
    const end = found < 0 ? bytes.length : found
    try {
      decoder.decode(bytes.subarray(start, end))
    } catch {
      // TextDecoder tells of bad bytes by throwing, and has no other way.
      return line
    }
    start = end + 1
  }
  return 1
}

/** Reads bytes as UTF-8, a byte order mark allowed; anything else is a mistake with its line. */
export const decodeText = (bytes: Uint8Array, name: string): Result.Result<string, ConfigReason> =>
  Result.try({
    try: () => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
    catch: () => syntax(name, { line: badLine(bytes) }, "this is not UTF-8 text. Save the file in the encoding UTF-8.")
  })
