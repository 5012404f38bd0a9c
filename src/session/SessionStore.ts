/**
 * The durable side of sessions, a port with one contract suite. Every method is one transaction; a session is leased
 * to one process instance at a time, so two gateways on one store never run the same session.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { AuditEvent } from "../audit/AuditEvent.ts"
import type { IdempotencyKey, InstanceId, PrincipalId, TenantId, TurnId } from "../domain/Ids.ts"
import type { InstanceFacts } from "../domain/Instance.ts"
import type { Origin } from "../domain/Provenance.ts"
import type { SessionKey } from "../domain/SessionKey.ts"
import type { Scope } from "../identity/Scope.ts"
import type { Receipt } from "./Receipt.ts"
import type { JournalUnavailable } from "./SessionError.ts"
import type { HistoryTurn, SessionInfo } from "./Sessions.ts"
import type { Slot, SlotRefusal } from "./Slot.ts"
import type { TurnStatus } from "./Turn.ts"
import type { EventBody, StopReason, TurnEvent } from "./TurnEvent.ts"
import type { PastTurn } from "./TurnLog.ts"
import type { TurnStep } from "./TurnStep.ts"

/** Who asks, reduced to what the store compares. */
export interface Asker {
  readonly tenant: TenantId
  readonly principal: PrincipalId
  /** May see sessions of other principals of the tenant. */
  readonly any: boolean
}

export interface Acceptance {
  readonly id: TurnId
  readonly key: SessionKey
  readonly asker: Asker
  readonly scopes: ReadonlyArray<Scope>
  readonly content: string
  readonly idempotencyKey: IdempotencyKey | undefined
  readonly maxTokens: number | undefined
  /** Taken with the turn, or refused. */
  readonly slot?: Slot | undefined
  /** Turns that may be open (on the lane, before it, or waiting for somebody) in one session. */
  readonly waitingLimit: number
  /** Unix time in milliseconds. */
  readonly at: number
}

export type Accepted =
  | { readonly _tag: "accepted"; readonly turnId: TurnId; readonly session: string }
  | { readonly _tag: "repeated"; readonly turnId: TurnId; readonly session: string }
  | { readonly _tag: "busy"; readonly waiting: number }
  | { readonly _tag: "not_yours" }
  | { readonly _tag: "key_reused" }
  | { readonly _tag: "slot_refused"; readonly why: SlotRefusal; readonly turnId: TurnId | undefined }

/** A turn as it stands in the store. */
export interface StoredTurn {
  readonly id: TurnId
  /** Storage form of the session key. */
  readonly sessionId: string
  readonly session: SessionKey
  readonly tenant: TenantId
  readonly principal: PrincipalId
  readonly scopes: ReadonlyArray<Scope>
  readonly content: string
  readonly maxTokens: number | undefined
  readonly status: TurnStatus
  readonly stopReason: StopReason | null
  readonly error: { readonly code: number; readonly message: string; readonly data?: unknown } | undefined
  readonly receipt: Receipt | null
  /** What it said in the current attempt. */
  readonly text: string
  readonly lastSeq: number
  /** `seq` after which the current attempt began. */
  readonly attemptAfter: number
  readonly acceptedAt: number
  readonly steps: ReadonlyArray<TurnStep>
  readonly events: ReadonlyArray<TurnEvent>
}

/** What a lane finds when it asks for work. */
export type Next =
  | { readonly _tag: "turn"; readonly turn: StoredTurn }
  /** Nothing to do; the lease is given back. */
  | { readonly _tag: "idle" }
  /** Another living process holds the session. */
  | { readonly _tag: "elsewhere" }

/** An entry of the audit log, written with what it tells of. */
export interface Recorded {
  readonly event: AuditEvent
  /** Unix time in milliseconds. */
  readonly at: number
}

export interface Finish {
  readonly status: TurnStatus
  readonly stopReason: StopReason
  readonly receipt: Receipt | null
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown } | undefined
  /** Its entry in the audit log. One that cannot be written does not keep the turn from ending. */
  readonly record?: AuditEvent | undefined
  readonly at: number
}

type Journalled<A> = Effect.Effect<A, JournalUnavailable>

export class SessionStore extends Context.Service<
  SessionStore,
  {
    /** Journals a message with its `accepted` event, or says why not. */
    readonly accept: (acceptance: Acceptance) => Journalled<Accepted>
    /**
     * Leases the session and claims its oldest open turn. Turns of a dead process are recovered first: they go on, or
     * are ended as `interrupted`. The lease and the facts that tell whether its holder lives are one transaction.
     */
    readonly next: (sessionId: string, instance: InstanceFacts, at: number) => Journalled<Next>
    /** Gives all leases of the instance back, for whoever comes first. */
    readonly release: (instance: InstanceId) => Journalled<void>
    /**
     * Appends events, and a step in the same transaction. Says whether the writer is to stop: somebody asked for it, or
     * the turn does not run any more; then nothing is written but the audit log's entry, where there is one. With it all
     * of it survives the loss of power.
     */
    readonly append: (
      turn: TurnId,
      events: ReadonlyArray<EventBody>,
      step?: (events: ReadonlyArray<TurnEvent>) => TurnStep,
      record?: Recorded
    ) => Journalled<{
      readonly events: ReadonlyArray<TurnEvent>
      readonly step: TurnStep | undefined
      readonly cancel: boolean
    }>
    /** Ends a turn (with its `done` event, and an `error` event before it where it failed). False when it had ended. */
    readonly finish: (turn: TurnId, finish: Finish) => Journalled<boolean>
    /**
     * A running turn leaves its lane and waits, with all its steps; at its end it says nothing. Where somebody let it
     * proceed meanwhile it is accepted again at once, and where somebody asked to stop it, it is cancelled.
     */
    readonly suspend: (turn: TurnId, at: number) => Journalled<TurnStatus | undefined>
    /** A waiting turn is accepted again and goes on from its last step; a running one does not wait the next time. */
    readonly proceed: (turn: TurnId) => Journalled<boolean>
    /** Turns that wait. */
    readonly waiting: Journalled<ReadonlyArray<TurnId>>
    readonly load: (turn: TurnId) => Journalled<StoredTurn | undefined>
    /** Status and owner only; cheap. */
    readonly peek: (turn: TurnId) => Journalled<
      | {
          readonly sessionId: string
          readonly tenant: TenantId
          readonly principal: PrincipalId
          readonly shared: boolean
          readonly status: TurnStatus
          readonly lastSeq: number
        }
      | undefined
    >
    readonly events: (turn: TurnId, after: number, limit: number) => Journalled<ReadonlyArray<TurnEvent>>
    readonly findByKey: (asker: Asker, key: IdempotencyKey) => Journalled<TurnId | undefined>
    /** Asks whoever runs the turn to stop it; one that is on no lane is ended at once. */
    readonly requestCancel: (turn: TurnId, at: number) => Journalled<"ended" | "requested" | "over">
    /** Turns leased to the instance that somebody asked to stop. */
    readonly cancelRequests: (instance: InstanceId) => Journalled<ReadonlyArray<TurnId>>
    /**
     * Puts an interrupted, parked or failed turn back as accepted; what it said before is not part of its text any
     * more, and its earlier `done` becomes a notice, so that `done` stays the last of its events.
     */
    readonly reopen: (turn: TurnId) => Journalled<boolean>
    /** Sessions with open turns that no other living process holds. */
    readonly orphans: (instance: InstanceId) => Journalled<ReadonlyArray<string>>
    readonly recent: (turn: TurnId, limit: number) => Journalled<ReadonlyArray<PastTurn>>
    /** Where the text of these turns came from; a turn that is not there any more has no entry. */
    readonly origins: (turns: ReadonlyArray<TurnId>) => Journalled<ReadonlyMap<TurnId, ReadonlyArray<Origin>>>
    readonly list: (asker: Asker, limit: number, before: number | undefined) => Journalled<ReadonlyArray<SessionInfo>>
    /** The session of that shown key, if the asker may see it. */
    readonly find: (asker: Asker, shown: string) => Journalled<(SessionInfo & { readonly id: string }) | undefined>
    readonly history: (
      sessionId: string,
      limit: number,
      before: TurnId | undefined
    ) => Journalled<ReadonlyArray<HistoryTurn>>
    /** Deletes what is over, in the name of somebody; open turns stay. Gives the number of deleted turns. */
    readonly clear: (sessionId: string, by: Pick<Asker, "tenant" | "principal">, at: number) => Journalled<number>
  }
>()("exoclaw/session/SessionStore") {}
