/** From the rooms' errors to what a peer may read. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { ApprovalError } from "../../src/approval/ApprovalError.ts"
import type { AuditUnavailable } from "../../src/audit/Audit.ts"
import type { BudgetError } from "../../src/budget/BudgetError.ts"
import { toldRefusal } from "../../src/budget/Disclosure.ts"
import type { Blocked } from "../../src/casil/Casil.ts"
import {
  Cancelled,
  ContentBlocked,
  Forbidden,
  GatewayError,
  InvalidParams,
  Missing,
  OverBudget,
  Overloaded,
  Unavailable
} from "../../src/gateway/GatewayError.ts"
import type { MemoryError } from "../../src/memory/MemoryError.ts"
import type { SessionError } from "../../src/session/SessionError.ts"
import type { TurnResult } from "../../src/session/Turn.ts"
import { FULL_DISK, isFullDisk } from "../store/FullDisk.ts"

/** What cannot be done now. Of its cause the peer learns that the disk is full, and nothing else. */
const unavailable = (message: string, cause: unknown): Unavailable =>
  new Unavailable({ message: isFullDisk(cause) ? `${message} Its cause: ${FULL_DISK}` : message })

/** The cause goes to the operator's log, the sentence to the peer. */
export const logged = (message: string, cause: unknown): Effect.Effect<never, Unavailable> =>
  Effect.andThen(Effect.logError(message, cause), Effect.fail(unavailable(message, cause)))

export const ofSession = ({ message, reason }: SessionError): Effect.Effect<never, GatewayError> => {
  switch (reason._tag) {
    case "Busy":
    case "Draining":
    case "SlotRefused":
      return Effect.fail(new Overloaded({ message }))
    case "NotFound":
      return Effect.fail(new Missing({ message }))
    case "NotYours":
      return Effect.fail(new Forbidden({ message, scope: "session:any" }))
    case "KeyReused":
      return Effect.fail(new InvalidParams({ message }))
    case "JournalUnavailable":
      return logged(message, reason.cause)
    // its lane has said why, once
    case "Stalled":
      return Effect.fail(unavailable(message, reason.cause))
  }
}

export const ofBudget = ({ message, reason }: BudgetError): Effect.Effect<never, GatewayError> => {
  switch (reason._tag) {
    case "BudgetExceeded":
      return Effect.fail(new OverBudget(toldRefusal(reason)))
    case "PauseForApproval":
    case "Unpriced":
      return Effect.fail(new Unavailable({ message }))
    case "LedgerUnavailable":
      return logged(message, reason.cause)
  }
}

export const ofApproval = ({ message, reason }: ApprovalError): Effect.Effect<never, GatewayError> => {
  switch (reason._tag) {
    case "ApprovalMissing":
      return Effect.fail(new Missing({ message }))
    case "NotAnApprover":
      return Effect.fail(new Forbidden({ message, scope: "approve" }))
    case "HashMismatch":
    case "NotOpen":
      return Effect.fail(new InvalidParams({ message }))
    case "ApprovalsUnavailable":
      return logged(message, reason.cause)
  }
}

export const ofMemory = ({ message, reason }: MemoryError): Effect.Effect<never, GatewayError> =>
  reason._tag === "MemoryRefused" ? Effect.fail(new InvalidParams({ message })) : logged(message, reason.cause)

export const ofAudit = (error: AuditUnavailable): Effect.Effect<never, GatewayError> =>
  logged(error.message, error.cause)

export const ofBlocked = ({ message, reason, rules }: Blocked): ContentBlocked =>
  new ContentBlocked({ message, reason, rules })

const decode = Schema.decodeUnknownOption(GatewayError)

/** The error of a turn that did not end well; undefined for one that did. */
export const ofResult = (result: TurnResult): GatewayError | undefined => {
  if (result.stopReason === "cancelled") return new Cancelled({ message: "The turn was cancelled." })
  if (result.error === undefined) return undefined
  const { data, message } = result.error
  // what the turn stored is one of these errors in its encoded form; anything else is told without data
  return Option.getOrElse(decode(data), () => new Unavailable({ message }))
}
