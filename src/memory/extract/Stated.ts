/** What a message states, before memory knows whom and what it concerns. */

/** Somebody or something: the user, what is the user's (or an owned one's), or who has a name only. */
export interface Mention {
  /** `me`, or what it is to its owner: "dog", "older sister"; undefined where there is a name only. */
  readonly role: string | undefined
  readonly name: string | undefined
  /** Whose it is, where it is not the user's. */
  readonly of: Mention | undefined
}

export const me: Mention = { role: "me", name: undefined, of: undefined }

/**
 * `holds`: it is so (from a day, until a day). `held`: it was so and is not any more. `denied`: it is not so. `ended`:
 * whatever of it was known is over.
 */
export type Mode = "holds" | "held" | "denied" | "ended"

export interface Stated {
  readonly about: Mention
  /** "name", "lives in", "likes", "favourite colour" ... */
  readonly attribute: string
  /** As it was written; empty where `ended` means any value. */
  readonly value: string
  /** The other end where the value is somebody or something of its own. */
  readonly object: Mention | undefined
  readonly mode: Mode
  /** Several values may hold at once. */
  readonly many: boolean
  /** The message says that what was known was wrong. */
  readonly corrects: boolean
  /** The very value that a correction takes the place of, where several may hold at once. */
  readonly replaces: string | undefined
  /** Days since 1970-01-01 from and until which it holds, as far as said. */
  readonly from: number | undefined
  readonly until: number | undefined
  /** 0 to 1. */
  readonly confidence: number
  /** The sentence, in the message: from inclusive, to exclusive. */
  readonly start: number
  readonly end: number
}

/** A standing instruction: what to do always, never, or from now on. */
export interface Instruction {
  /** In the user's words. */
  readonly text: string
  /** Two instructions on one matter have one key: the later one replaces the earlier one. */
  readonly key: string
  readonly start: number
  readonly end: number
}

/** What a correction without a subject ("no, it's Lola") is about: what was stated last. */
export type Focus = Pick<Stated, "about" | "attribute" | "many" | "value" | "object">

export interface Extracted {
  readonly facts: ReadonlyArray<Stated>
  readonly instructions: ReadonlyArray<Instruction>
}

/** When a message was written. */
export interface Moment {
  /** Days since 1970-01-01, in the user's time zone. */
  readonly today: number
}
