/** What is worth remembering for ever: payload-free. */
import * as Schema from "effect/Schema"

const text = Schema.String
const count = Schema.Int

/** Everything that is recorded. */
export const AuditKind = Schema.Literals([
  "gateway.start",
  "gateway.stop",
  "config.loaded",
  "auth.accepted",
  "auth.refused",
  "token.created",
  "token.revoked",
  "turn.finished",
  "casil.blocked",
  "budget.hold",
  "budget.extended",
  "budget.refused",
  "budget.settled",
  "budget.alarm",
  "plugin.loaded",
  "plugin.unloaded",
  "plugin.consented",
  "tool.call",
  "approval.requested",
  "approval.approved",
  "approval.denied",
  "approval.expired",
  "approval.used",
  "egress.request",
  "secret.set",
  "secret.removed",
  "secret.rekeyed",
  "schedule.run",
  "schedule.paused",
  "schedule.resumed",
  "audit.pruned",
  "bus.refused",
  "bus.blocked",
  "state.backup",
  "state.restored"
])
export type AuditKind = typeof AuditKind.Type

/** One event by kind; `data` holds names, ids and numbers, never content. */
export const AuditEvent = Schema.Struct({
  kind: AuditKind,
  tenant: text,
  principal: text,
  agent: Schema.optionalKey(text),
  session: Schema.optionalKey(text),
  turn: Schema.optionalKey(text),
  /** `ok`, or a short word for what went wrong. */
  outcome: text,
  data: Schema.Record(text, Schema.Union([text, count, Schema.Boolean, Schema.Null]))
})
export type AuditEvent = typeof AuditEvent.Type

/** An event as it stands in the chain. */
export const AuditEntry = Schema.Struct({
  /** Position in the chain, from 1, without holes. */
  seq: count,
  /** Unix time in milliseconds. */
  at: count,
  event: AuditEvent,
  /** SHA-256 over the previous entry's hash and this entry's canonical form, lower-case hex. */
  hash: text
})
export type AuditEntry = typeof AuditEntry.Type
