/** What is worth remembering for ever: payload-free. */
import * as Schema from "effect/Schema"
import { auditKinds } from "./AuditKinds.ts"

const text = Schema.String
const count = Schema.Int

/** Everything that is recorded, one kind for each thing that can happen; `AuditKinds.ts` says which. */
export const AuditKind = Schema.Literals(Object.keys(auditKinds) as ReadonlyArray<keyof typeof auditKinds>)
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
