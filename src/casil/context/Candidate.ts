/** What may be a secret because of the name beside it, before it is scored. */
import { BASE62, chars, digit, has, letter } from "../CharClass.ts"
import type { Cursor } from "../engine/Cursor.ts"
import { type Assignment, assignmentAt } from "./Assignment.ts"
import { factsOf, type NameFacts } from "./Name.ts"

export interface Candidate {
  readonly assignment: Assignment
  readonly facts: NameFacts
}

const SHORTEST = 4
const LONGEST_WORD = 24
const REDACTED = "[redacted:"
/**
 * What no secret begins with: a security identifier of Windows, which names somebody, digests that say so, and what is
 * other rules' business.
 */
const NONE = ["S-1-", "sha1-", "sha256-", "sha384-", "sha512-", "sha1:", "sha256:", "sha512:", REDACTED, "-----"]
const UNSIGNED = "eyJ"

/** Ways in which words of a sentence follow each other too. */
const BLANK = new Set(["blank", "word", "comma", "call", "bar"])
const FEWEST = 8
const MANY = 16

/** Whether a value is more than a word: long, or with a digit or another mark in it. */
const standsOut = (text: string, start: number, end: number): boolean => {
  if (end - start >= MANY) return true
  for (let i = start; i < end; i++) if (!has(letter, text.charCodeAt(i))) return end - start >= FEWEST
  return false
}

const numbered = chars("0123456789.:=")

/** A version or an object identifier: numbers and dots. */
const isNumbered = (text: string, start: number, end: number): boolean => {
  let dots = 0
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i)
    if (!has(numbered, code)) return false
    if (code === DOT) dots++
  }
  return dots > 1
}
const DOT = 46

const VENDOR_JOINS = new Set(["equals", "colon", "arrow", "blank"])
const made = chars(`${BASE62}_-+/=.:`)

/** Beside the name of a vendor only what a machine has made means anything. */
const isMachineMade = (text: string, { end, join, start }: Assignment): boolean => {
  let digits = 0
  let letters = 0
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i)
    if (!has(made, code)) return false
    if (has(digit, code)) digits++
    else if (has(letter, code)) letters++
  }
  return VENDOR_JOINS.has(join) && end - start >= MANY && digits > 2 && letters > 2
}

/** The word before a name that is written apart from it: "Consumer Key". */
const wordBefore = (text: string, nameStart: number, floor: number): string => {
  if (text.charAt(nameStart - 1) !== " ") return ""
  let from = nameStart - 1
  const least = Math.max(floor, from - LONGEST_WORD)
  while (from > least && has(letter, text.charCodeAt(from - 1))) from--
  return text.slice(from, nameStart - 1)
}

/** The candidate at the cursor's anchor. Nothing while a character is missing (`cursor.more`). */
export const candidateAt = (cursor: Cursor): Candidate | undefined => {
  const assignment = assignmentAt(cursor)
  if (assignment === undefined) return undefined
  const { floor, text } = cursor
  const { end, nameEnd, nameStart, start } = assignment
  if (end - start < SHORTEST || NONE.some((begin) => text.startsWith(begin, start))) {
    return undefined
  }
  if (text.startsWith(UNSIGNED, start) && text.charAt(end - 1) === ".") return undefined
  const isFlag = text.charAt(nameStart) === "-"
  if (BLANK.has(assignment.join) && !isFlag && !standsOut(text, start, end)) return undefined
  if (isNumbered(text, start, end)) return undefined
  const facts = factsOf(text.slice(nameStart, nameEnd), wordBefore(text, nameStart, floor))
  // a public key is none, and so is one that sorts or caches
  if (facts === undefined || facts.open) return undefined
  if (facts.kind === "vendor" && !isMachineMade(text, assignment)) return undefined
  if (facts.kind === "nonce" && assignment.join === "dash") return undefined
  return { assignment, facts }
}
