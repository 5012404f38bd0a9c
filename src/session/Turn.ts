/** A turn: one accepted message and what became of it. */
import type { TurnId } from "../domain/Ids.ts"
import type { SessionKey } from "../domain/SessionKey.ts"
import type { SealedPrincipal } from "../identity/Principal.ts"
import type { Receipt } from "./Receipt.ts"
import type { StopReason, TurnEvent } from "./TurnEvent.ts"
import type { TurnStep } from "./TurnStep.ts"

/**
 * `accepted` waits for its lane, `running` is on it, `waiting` left it until somebody answered what it asks and then
 * goes on, `parked` is over unless somebody runs it anew, `done` has its answer, `failed` ended with an error, `cancelled` was stopped, `interrupted` lost its process in the middle.
 */
export type TurnStatus = "accepted" | "running" | "waiting" | "parked" | "done" | "failed" | "cancelled" | "interrupted"

/** True while somebody will still work on it. */
export const isOpen = (status: TurnStatus): boolean =>
  status === "accepted" || status === "running" || status === "waiting"

/** A turn as its runner needs it: who, where, what, and how far it came. */
export interface Turn {
  readonly id: TurnId
  readonly session: SessionKey
  readonly principal: SealedPrincipal
  /** The user's message as it was journalled (redactions applied). */
  readonly content: string
  /** Output token limit that the client asked for. */
  readonly maxTokens: number | undefined
  readonly steps: ReadonlyArray<TurnStep>
  /** Events of the current attempt so far, in order. */
  readonly events: ReadonlyArray<TurnEvent>
  /** Events of earlier attempts: nothing of them is said again, but what they used is on the receipt. */
  readonly before: ReadonlyArray<TurnEvent>
  /** `seq` after which the current attempt began. */
  readonly attempt: number
  /** Unix time in milliseconds of its acceptance. */
  readonly acceptedAt: number
}

/** How a turn ended; what `chat.send` answers with. */
export interface TurnResult {
  readonly turnId: TurnId
  readonly sessionKey: string
  readonly text: string
  readonly stopReason: StopReason
  readonly receipt: Receipt | null
  /** For turns that ended with an error: the code of DESIGN 4.1, its sentence and its typed data. */
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown } | undefined
}
