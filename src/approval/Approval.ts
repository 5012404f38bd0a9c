/** A question to a person: may exactly this be done? Bound by a hash to what was shown, good for one use. */
import * as Schema from "effect/Schema"
import { AccountScope } from "../budget/BudgetError.ts"
import { AgentId, ApprovalId, PluginName, PrincipalId, TenantId, TurnId } from "../domain/Ids.ts"

const text = Schema.String
const count = Schema.Int

/** A tool call as it will run: the plugin by the hash of its file, the arguments in full. */
export const ToolCallSubject = Schema.Struct({
  tool: text,
  plugin: PluginName,
  /** SHA-256 of the plugin's file, lower-case hex. */
  sha256: text,
  /** As the tool gets them, after inspection. */
  arguments: Schema.Record(text, Schema.Json),
  /** Why it asks: the operator listed the tool, or untrusted text is in context. */
  why: Schema.Literals(["listed", "untrusted"]),
  /** Where the untrusted text came from, such as `tool:fetch`. */
  origins: Schema.Array(text)
})

/** An account that reached its pause mark. Amounts are in `unit`, null where other tenants pay into it too. */
export const BudgetSubject = Schema.Struct({
  account: text,
  scope: AccountScope,
  unit: Schema.Literals(["tokens", "micros"]),
  limit: Schema.NullOr(count),
  /** Settled when it was asked. */
  spent: Schema.NullOr(count),
  resetsAt: Schema.NullOr(text)
})

/** What a plugin's file, which is another one than before, is to be given. */
export const GrantSubject = Schema.Struct({
  plugin: PluginName,
  path: text,
  /** Of the file, lower-case hex. */
  sha256: text,
  grants: Schema.Array(text),
  /** `namespace/name` of what it imports. */
  imports: Schema.Array(text),
  /** Who signed it, of the publishers that the configuration names. */
  publisher: Schema.NullOr(text),
  /** What is different from the file before, in words; nothing where only its code is. */
  changes: Schema.Array(text)
})

/** `pending` waits; the others are final, but that an approved one becomes `used`, or `expired` where nobody used it. */
export const ApprovalStatus = Schema.Literals(["pending", "approved", "denied", "expired", "used"])
export type ApprovalStatus = typeof ApprovalStatus.Type

/** What the hash covers besides the subject: for whom, and at which place of which turn. */
const bound = {
  tenant: TenantId,
  /** In whose name it would be done. */
  principal: PrincipalId,
  agent: Schema.NullOr(AgentId),
  /** As it is shown to people. */
  session: Schema.NullOr(text),
  turn: Schema.NullOr(TurnId),
  /** What tells the questions of one attempt of a turn apart: a tool call's place, an account. */
  key: text
}

const answer = {
  id: ApprovalId,
  /** SHA-256 of the canonical form of everything that is asked, lower-case hex. */
  hash: text,
  /** Unix times in milliseconds. */
  createdAt: count,
  /** From then on a pending one is denied. */
  expiresAt: count,
  status: ApprovalStatus,
  resolvedBy: Schema.NullOr(PrincipalId),
  resolvedAt: Schema.NullOr(count),
  /** What the approver said about it. */
  reason: Schema.NullOr(text),
  /** Why it is asked, in a sentence for people, and how it would not be asked again. No part of the hash. */
  because: text,
  unasked: Schema.NullOr(text)
}

const of = <const W extends string, S extends Schema.Top>(what: W, subject: S) => ({
  what: Schema.Literal(what),
  subject
})
const toolCall = of("tool_call", ToolCallSubject)
const budget = of("budget", BudgetSubject)
const grant = of("grant", GrantSubject)

/** What is asked, before it has an id. Plain JSON: its canonical form is what is hashed. */
export const Question = Schema.Union([
  Schema.Struct({ ...bound, ...toolCall }),
  Schema.Struct({ ...bound, ...budget }),
  Schema.Struct({ ...bound, ...grant })
])
export type Question = typeof Question.Type

export const Approval = Schema.Union([
  Schema.Struct({ ...answer, ...bound, ...toolCall }),
  Schema.Struct({ ...answer, ...bound, ...budget }),
  Schema.Struct({ ...answer, ...bound, ...grant })
])
export type Approval = typeof Approval.Type
