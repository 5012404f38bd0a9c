/** What somebody said once, as memory keeps it. */
import type { TurnId } from "../domain/Ids.ts"

export type Role = "user" | "assistant"

/** One utterance: half of a journalled turn, or a line of an imported conversation. */
export interface MemoryTurn {
  /** Unique in its scope: a second one with the same id is the same utterance. */
  readonly id: string
  /** Neighbours are neighbours within one conversation: a session's shown key, or an import's name. */
  readonly conversation: string
  /** Unix time in milliseconds. */
  readonly at: number
  readonly role: Role
  /** Who it was where the role does not say it, as in imported conversations between people. */
  readonly speaker: string | undefined
  readonly text: string
  /** The journalled turn that it is part of; the journal then keeps its text, and forgetting it forgets that turn. */
  readonly turn: TurnId | undefined
}

/** Whose line it is when it is shown. */
export const speakerOf = ({ role, speaker }: Pick<MemoryTurn, "role" | "speaker">): string => speaker ?? role

/** What is computed of an utterance once, when it is stored. Opaque to a store. */
export interface AnalysedTurn extends MemoryTurn {
  /** Estimated tokens of its line: speaker, text and line end. */
  readonly tokens: number
  /** Which embedder its vector is from. */
  readonly embedder: string
  /** What recall reads of every utterance of a scope (`recall/Features.ts`). */
  readonly features: Uint8Array
}

/** As it stands in the store. */
export interface StoredTurn extends MemoryTurn {
  /** Its place in the scope: in order of arrival, never used twice. */
  readonly n: number
  readonly tokens: number
}

/** Longest id, conversation and speaker, in UTF-16 units; longest text. */
export const longestName = 512
export const longestText = 1_000_000

/** The first field that is empty or too long; undefined where memory can take it. */
export const refusedField = (turn: MemoryTurn): { readonly field: string; readonly limit: number } | undefined => {
  const within = (text: string, limit: number) => text.length > 0 && text.length <= limit
  if (!within(turn.id, longestName)) return { field: "id", limit: longestName }
  if (!within(turn.conversation, longestName)) return { field: "conversation", limit: longestName }
  if (turn.speaker !== undefined && !within(turn.speaker, longestName)) return { field: "speaker", limit: longestName }
  if (!within(turn.text, longestText)) return { field: "text", limit: longestText }
  return undefined
}
