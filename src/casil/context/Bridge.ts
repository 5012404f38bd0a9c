/** What stands between a name and its value: an operator, a type, a word or only space. */
import { BASE62, blank, chars, letter, space } from "../CharClass.ts"
import type { Reading } from "./Reading.ts"

/** How a name is joined to its value. */
export type Join =
  | "equals"
  | "colon"
  | "comma"
  | "call"
  | "compare"
  | "blank"
  | "word"
  | "bar"
  | "tag"
  | "arrow"
  | "dash"

/** What is read between two parts, at most. */
export const LONGEST_GAP = 32

const closers = chars("\"'`\\])}*")
/** Words that may stand between a name and its value. */
const JOINING = new Set([
  "is",
  "was",
  "are",
  "be",
  "to",
  "value",
  "val",
  "default",
  "content",
  "as",
  "string",
  "str",
  "text"
])

/** Operators by their text, longest first. */
const OPERATORS: ReadonlyArray<readonly [text: string, join: Join]> = [
  ["===", "compare"],
  ["!==", "compare"],
  ["||=", "equals"],
  ["??=", "equals"],
  ["==", "compare"],
  ["!=", "compare"],
  [":=", "equals"],
  ["+=", "equals"],
  ["?=", "equals"],
  ["=>", "arrow"],
  ["->", "arrow"],
  ["<-", "arrow"],
  ["::", "colon"],
  ["=", "equals"],
  [":", "colon"],
  [",", "comma"],
  ["(", "call"],
  ["|", "bar"],
  [">", "tag"]
]

/** Operators by the code of their first character. */
const BY_FIRST: ReadonlyArray<typeof OPERATORS> = Array.from({ length: 128 }, (_, code) =>
  OPERATORS.filter(([operator]) => operator.charCodeAt(0) === code)
)
const NONE: typeof OPERATORS = []

const operatorAt = (text: string, i: number): readonly [length: number, join: Join] | undefined => {
  const code = i < text.length ? text.charCodeAt(i) : 0
  const operators = code < BY_FIRST.length ? (BY_FIRST[code] ?? NONE) : NONE
  for (const [operator, join] of operators) if (text.startsWith(operator, i)) return [operator.length, join]
  return undefined
}

/** What stands between a name and its value: where the value begins, and how the two are joined. */
export const bridge = (reading: Reading, text: string, nameEnd: number): readonly [number, Join] | undefined => {
  const closed = reading.run(closers, nameEnd, 6)
  let i = reading.run(space, closed, LONGEST_GAP)
  reading.need(i + 2)
  if (reading.waits) return undefined
  const line = reading.run(blank, closed, LONGEST_GAP) === i
  // `variable "token" { default = "x" }`
  if (text.charAt(i) === "{") i = reading.run(space, i + 1, LONGEST_GAP)
  reading.need(i + 2)
  if (reading.waits) return undefined
  let found = operatorAt(text, i)
  if (found === undefined) {
    if (i === closed || !line) return undefined
    const end = reading.run(letter, i, 12)
    if (reading.waits) return undefined
    const joining = text.slice(i, end).toLowerCase()
    if (end === i || !JOINING.has(joining)) return [i, "blank"]
    i = reading.run(space, end, LONGEST_GAP)
    reading.need(i + 2)
    if (reading.waits) return undefined
    found = operatorAt(text, i)
    if (found === undefined || found[1] === "call" || found[1] === "comma") return [i, "word"]
  }
  i += found[0]
  let join = found[1]
  i = reading.run(join === "tag" ? blank : space, i, LONGEST_GAP)
  if (reading.waits || join !== "colon") return reading.waits ? undefined : [i, join]
  // a type between the name and the value: `password: string = "x"`
  const type = reading.run(typeSet, i, 24)
  const after = reading.run(blank, type, 4)
  reading.need(after + 1)
  if (reading.waits) return undefined
  if (type > i && text.charAt(after) === "=" && text.charAt(after + 1) !== "=") {
    join = "equals"
    i = reading.run(blank, after + 1, LONGEST_GAP)
  }
  return reading.waits ? undefined : [i, join]
}
const typeSet = chars(`${BASE62}_.<>[]?`)
