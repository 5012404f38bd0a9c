/** A fact as memory knows it now: what became of a statement after all later ones. */
import type { TurnId } from "../../domain/Ids.ts"
import type { FactOrigin } from "./Statement.ts"

/** The user's own number among the beings of a scope. */
export const meId = 0

/** Somebody or something that facts are about. */
export interface Entity {
  readonly id: number
  /** Whose it is; undefined where nobody said so. */
  readonly owner: number | undefined
  /** What it is to its owner: "dog", "older sister". */
  readonly role: string | undefined
  readonly name: string | undefined
}

/**
 * `holds`; `ended` was so until `until`; `corrected` was never so; `denied` is said not to be so; `doubtful` contradicts
 * what is known better; `repeats` says again what another statement said; `applied` only ended others.
 */
export type FactStatus = "holds" | "ended" | "corrected" | "denied" | "doubtful" | "repeats" | "applied"

/** The derived part of a row. */
export interface Derived {
  readonly n: number
  readonly entity: number
  readonly object: number | undefined
  readonly attribute: string
  readonly value: string
  /** The value for comparing. */
  readonly key: string
  readonly slot: string | undefined
  readonly status: FactStatus
  readonly confidence: number
  /** Days since 1970-01-01: from inclusive, until exclusive. */
  readonly from: number | undefined
  readonly until: number | undefined
  /** The statement that took its place, or that it repeats. */
  readonly by: number | undefined
  /** When it was said: Unix time in milliseconds, and that time as a day of the user's calendar. */
  readonly at: number
  readonly day: number
}

export interface Fact extends Derived {
  readonly about: Entity
  readonly owner: Entity | undefined
  readonly objectEntity: Entity | undefined
  readonly turn: TurnId | undefined
  readonly origin: FactOrigin
}

/** Whether it is going to be so. */
export const isPlanned = ({ from, status }: Pick<Derived, "from" | "status">, day: number): boolean =>
  status === "holds" && from !== undefined && from > day
