/**
 * A detection rule is data: where to look (anchors) and what to find there. What is found is decided by the text alone,
 * and in time linear in it.
 */
import type { Cursor } from "./engine/Cursor.ts"
import type { Tier } from "./Finding.ts"

export type { Tier } from "./Finding.ts"

/** A text in which the rule must find exactly `secret`. */
export interface Example {
  readonly text: string
  readonly secret: string
}

/** Looks at what stands around the anchor and says what it found through the cursor. */
export type Find = (cursor: Cursor) => void

export interface Rule {
  /** Lower-case words joined by dashes; part of the redaction text and of verdicts. */
  readonly id: string
  readonly tier: Tier
  /** Whose format it is, and where it is documented. */
  readonly source: string
  /** The format, where it can be written in a line (`Pattern`), and what else must hold: for those who ask why. */
  readonly looks?: string
  readonly check?: string
  /** One of these must be there before anything else is looked at. ASCII. */
  readonly anchors: ReadonlyArray<string>
  /** Upper and lower case of an anchor are the same. */
  readonly anyCase?: boolean
  /** How many characters of the anchor are public and stay; the secret begins after them. */
  readonly lead: (anchor: string) => number
  /** So many characters before the anchor are a part of the secret. */
  readonly behind?: number
  /** The anchor is never the beginning of anything inside a longer word. */
  readonly atStart: boolean
  readonly find: Find
  /** Other names under which it says what it found, and how sure it then is. */
  readonly labels?: Readonly<Record<string, Tier>>
  /** A made-up example; another one for each seed. */
  readonly example: (seed: number) => Example
  /** Texts in which this rule finds nothing. */
  readonly counterExamples: () => ReadonlyArray<string>
}

/** For `lead`: all of the anchor is part of the secret. */
export const none = (): number => 0
/** For `lead`: the anchor itself is public. */
export const whole = (anchor: string): number => anchor.length
