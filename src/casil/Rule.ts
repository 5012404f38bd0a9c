/**
 * A detection rule is data: where to look (anchors), what must follow (steps, each a class and a length), and which of
 * the things so found are real (accept). Matching never goes back, so its cost is linear in the text.
 */
import { type CharClass, chars } from "./CharClass.ts"

/** A part of a pattern after its anchor. All of one shape, which is what makes matching fast. */
export interface Step {
  /** A `body` is a run that ends before five dashes in a row; only as the last step. */
  readonly kind: "run" | "body" | "literal"
  readonly set: CharClass
  readonly text: string
  readonly min: number
  readonly max: number
}

const nothing: CharClass = chars("")
const unlimited = Number.MAX_SAFE_INTEGER

/** As many characters of `set` as there are, between `min` and `max`. */
export const run = (set: CharClass, min: number, max: number = unlimited): Step => ({
  kind: "run",
  set,
  text: "",
  min,
  max
})
/** A run that ends before `-----`. */
export const body = (set: CharClass, min: number): Step => ({ kind: "body", set, text: "", min, max: unlimited })
/** Exactly `text`. */
export const literal = (text: string): Step => ({
  kind: "literal",
  set: nothing,
  text,
  min: text.length,
  max: text.length
})

/** A text in which the rule must find exactly `secret`. */
export interface Example {
  readonly text: string
  readonly secret: string
}

export interface Rule {
  /** Lower-case words joined by dashes; part of the redaction text and of verdicts. */
  readonly id: string
  /** One of these must be there before anything else is looked at. ASCII, case matters. */
  readonly anchors: ReadonlyArray<string>
  /** How many characters of the anchor are public and stay; the secret begins after them. */
  readonly lead: (anchor: string) => number
  /** What may not stand directly before the anchor (see `Boundary`); nothing is forbidden when absent. */
  readonly left?: CharClass
  /** What must stand before the anchor: given up to 16 characters of it. */
  readonly behind?: (text: string) => boolean
  readonly steps: ReadonlyArray<Step>
  /** What may not follow the last step. */
  readonly right: CharClass
  /** From which step on a candidate too long to be held is taken for what it looks like. */
  readonly commit?: number
  /** How many characters of the candidate, from its start, are the secret: 0 for none. */
  readonly accept: (candidate: string) => number
  /** A made-up example; another one for each seed. */
  readonly example: (seed: number) => Example
  /** Texts in which this rule finds nothing. */
  readonly counterExamples: () => ReadonlyArray<string>
}

/** For `lead`: all of the anchor is part of the secret. */
export const none = (): number => 0
/** For `lead`: the anchor itself is public. */
export const whole = (anchor: string): number => anchor.length
