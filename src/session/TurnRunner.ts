/** The port through which a lane runs a turn; the agent implements it. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { AuditEvent } from "../audit/AuditEvent.ts"
import type { Receipt } from "./Receipt.ts"
import type { StopReason } from "./TurnEvent.ts"
import type { Turn } from "./Turn.ts"

interface Ended {
  readonly stopReason: StopReason
  readonly receipt: Receipt
  /** Its entry in the audit log. */
  readonly record?: AuditEvent | undefined
}

/**
 * What the runner made of a turn. `waiting` frees the lane until somebody lets the turn proceed from its last step;
 * `parked` is an end that leaves it to be run anew.
 */
export type TurnOutcome =
  | { readonly status: "waiting" }
  | (Ended & { readonly status: "done" | "parked" })
  | (Ended & {
      readonly status: "failed"
      readonly error: { readonly code: number; readonly message: string; readonly data?: unknown }
    })

export class TurnRunner extends Context.Service<
  TurnRunner,
  {
    /** Runs or continues a turn. Interruption cancels it: what it held is settled before this returns. */
    readonly run: (turn: Turn) => Effect.Effect<TurnOutcome>
    /** The receipt so far, for turns that were cancelled or interrupted. */
    readonly receipt: (turn: Turn) => Effect.Effect<Receipt>
  }
>()("exoclaw/session/TurnRunner") {}
