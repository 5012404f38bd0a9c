/**
 * The one mechanism for everything that waits for a person: tool calls, budget pauses, grants. Durable: what a method
 * answered outlives the loss of power, and two gateways on one store never let one approval be answered or used twice.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { ApprovalId, TurnId } from "../domain/Ids.ts"
import type { Principal } from "../identity/Principal.ts"
import type { Approval, ApprovalStatus, Question } from "./Approval.ts"
import type { ApprovalError } from "./ApprovalError.ts"
import type { Answer } from "./Decision.ts"

export interface ApprovalQuery {
  /** Only of this status; else all. */
  readonly status?: ApprovalStatus | undefined
  /** At most this many, 1 to 500; newest first. */
  readonly limit: number
}

/** @effect-expect-leaking Principal */
export class Approvals extends Context.Service<
  Approvals,
  {
    /**
     * Asks, once for each turn and key: a repetition gives the first question as it stands, even where something else is
     * asked now. Whoever goes on by the answer therefore uses it with the hash of what is asked now (`hashOf`, `consume`).
     */
    readonly request: (question: Question) => Effect.Effect<Approval, ApprovalError>
    /** The hash of a question. */
    readonly hashOf: (question: Question) => string
    /** What a turn has asked so far, oldest first. */
    readonly ofTurn: (turn: TurnId) => Effect.Effect<ReadonlyArray<Approval>, ApprovalError>
    /** For approvers: one of their tenant. */
    readonly find: (id: ApprovalId) => Effect.Effect<Approval, ApprovalError, Principal>
    /** For approvers: those of their tenant. */
    readonly list: (query: ApprovalQuery) => Effect.Effect<ReadonlyArray<Approval>, ApprovalError, Principal>
    /** Answers, in the name of the acting principal, what has the hash that it saw. */
    readonly resolve: (
      id: ApprovalId,
      answer: { readonly decision: Answer; readonly hash: string; readonly reason?: string | undefined }
    ) => Effect.Effect<Approval, ApprovalError, Principal>
    /** Marks an approved one as used: succeeds once, and only for the hash that was approved. */
    readonly consume: (id: ApprovalId, hash: string) => Effect.Effect<Approval, ApprovalError>
    /** Ends what a turn still asks, because it is over: as expired. */
    readonly withdraw: (turn: TurnId) => Effect.Effect<void, ApprovalError>
    /** Notes as expired what has run out; gives the turns that asked. */
    readonly expire: Effect.Effect<ReadonlyArray<TurnId>, ApprovalError>
    /** Turns that have a question open. */
    readonly asking: Effect.Effect<ReadonlySet<TurnId>, ApprovalError>
    /** Turns a question of which was answered in this process, from now on. */
    readonly answered: Stream.Stream<TurnId>
  }
>()("exoclaw/approval/Approvals") {}
