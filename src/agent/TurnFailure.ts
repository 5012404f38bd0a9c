/** Why a turn failed, as it is stored with the turn and told to the peer. Causes and vendor texts stay out. */
import type { Approval } from "../approval/Approval.ts"
import type { ApprovalError } from "../approval/ApprovalError.ts"
import type { BudgetError } from "../budget/BudgetError.ts"
import { toldRefusal } from "../budget/Disclosure.ts"
import type { Blocked } from "../casil/Casil.ts"
import { errorCode } from "../domain/ErrorCode.ts"
import type { SoulError } from "../memory/Soul.ts"
import type { TooLong } from "../memory/ContextCompiler.ts"
import type { ModelError } from "../model/ModelError.ts"
import type { SessionError } from "../session/SessionError.ts"
import type { PluginError } from "../sandbox/PluginError.ts"

export interface TurnFailure {
  readonly code: number
  readonly message: string
  readonly data?: unknown
}

export const ofBudget = ({ message, reason }: BudgetError): TurnFailure => {
  switch (reason._tag) {
    case "BudgetExceeded":
      return { code: errorCode.budgetExceeded, message, data: { _tag: "OverBudget", ...toldRefusal(reason) } }
    // where nobody can be asked: a plugin's own call of a model
    case "PauseForApproval":
      return { code: errorCode.unavailable, message, data: { _tag: "Unavailable", message } }
    case "Unpriced":
      return ofProvider(message, "invalid_request", false)
    case "LedgerUnavailable":
      return { code: errorCode.unavailable, message, data: { _tag: "Unavailable", message } }
  }
}

const ofProvider = (message: string, kind: ModelError["kind"], retryable: boolean): TurnFailure => ({
  code: errorCode.providerError,
  message,
  data: { _tag: "ProviderFailed", message, kind, retryable }
})

export const ofModel = ({ kind, message, retryable }: ModelError): TurnFailure =>
  // a circuit that is open closes again: what stopped here need not be said once more
  ofProvider(
    kind === "circuit_open" ? `${message} Then chat.resume with retry: true runs the turn anew.` : message,
    kind,
    retryable
  )

export const ofBlocked = ({ message, reason, rules }: Blocked): TurnFailure => ({
  code: errorCode.blocked,
  message,
  data: { _tag: "ContentBlocked", message, reason, rules }
})

export const ofPlugin = ({ message, reason }: PluginError): TurnFailure => ({
  code: errorCode.pluginError,
  message,
  data: { _tag: "PluginFailed", message, plugin: reason.plugin }
})

export const ofTooLong = ({ limit, wanted, what }: TooLong): TurnFailure => {
  const message =
    what === "soul"
      ? `The agent's soul has about ${wanted} tokens and may have ${limit}. Its operator can shorten it, or raise memory.ceiling.`
      : `The request would have about ${wanted} tokens and may have ${limit}. Shorten the message, or raise memory.request_ceiling.`
  return { code: errorCode.tooLarge, message, data: { _tag: "TooLarge", message, limit } }
}

/** The operator's file is broken; the peer is told no path. */
export const ofSoul = (_: SoulError): TurnFailure => {
  const message = "The agent's soul cannot be loaded. The gateway's log says why."
  return { code: errorCode.unavailable, message, data: { _tag: "Unavailable", message } }
}

/** The store refused in the middle of the turn; what was journalled stays. */
export const ofJournal = ({ message }: SessionError): TurnFailure => ({
  code: errorCode.unavailable,
  message,
  data: { _tag: "Unavailable", message }
})

/** The turn cannot go on without what an approver denied, or did not allow in time. */
export const ofDenied = ({ id, reason, status, what }: Approval): TurnFailure => {
  const said = reason === null ? "" : ` The approver said: ${reason}`
  const message = `The turn needs an approval to spend more, and ${status === "denied" ? "it was denied" : "nobody gave it in time"}.${said}`
  return {
    code: errorCode.approvalDenied,
    message,
    data: { _tag: "ApprovalDenied", message, approval: id, what, status }
  }
}

/** Nothing that needs an approval is done without one. */
export const ofApprovals = ({ message }: ApprovalError): TurnFailure => ({
  code: errorCode.unavailable,
  message,
  data: { _tag: "Unavailable", message }
})

export const noAgent = (agent: string): TurnFailure => {
  const message = `There is no agent "${agent}" any more.`
  return { code: errorCode.noAgent, message, data: { _tag: "NoAgent", message } }
}
