/** Reading and clearing of sessions, for those they belong to. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { TurnId } from "../domain/Ids.ts"
import type { Principal } from "../identity/Principal.ts"
import type { SessionError } from "./SessionError.ts"
import type { Receipt } from "./Receipt.ts"
import type { TurnStatus } from "./Turn.ts"
import type { StopReason } from "./TurnEvent.ts"

export interface SessionInfo {
  /** Shown form of the session key. */
  readonly sessionKey: string
  readonly agent: string
  readonly channel: string
  readonly account: string
  readonly peer: string
  readonly principal: string
  readonly turns: number
  /** Unix times in milliseconds. */
  readonly createdAt: number
  readonly updatedAt: number
}

export interface HistoryTurn {
  readonly turnId: TurnId
  readonly at: number
  readonly status: TurnStatus
  readonly user: string
  readonly assistant: string
  readonly tools: ReadonlyArray<{
    readonly name: string
    readonly input: unknown
    readonly content: string
    readonly isError: boolean
  }>
  readonly stopReason: StopReason | null
  readonly receipt: Receipt | null
}

export class Sessions extends Context.Service<
  Sessions,
  {
    readonly list: (page: {
      readonly limit: number
      readonly before?: number | undefined
    }) => Effect.Effect<ReadonlyArray<SessionInfo>, SessionError, Principal>
    readonly get: (sessionKey: string) => Effect.Effect<SessionInfo, SessionError, Principal>
    /** Newest last; fewer than `limit` where they are long. `before` is a turn id of an earlier page. */
    readonly history: (
      sessionKey: string,
      page: { readonly limit: number; readonly before?: TurnId | undefined }
    ) => Effect.Effect<ReadonlyArray<HistoryTurn>, SessionError, Principal>
    /** Deletes the session's turns, events and steps. The ledger and the audit keep their numbers. */
    readonly clear: (sessionKey: string) => Effect.Effect<{ readonly turns: number }, SessionError, Principal>
  }
>()("exoclaw/session/Sessions") {}
