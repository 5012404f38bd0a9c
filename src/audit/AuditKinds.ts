/**
 * Everything that is recorded: when, and with which fields. A field that does not stand here is not written, so that no
 * content gets into the log by accident; `docs/runbook.md` shows this table.
 */

export interface AuditKindDoc {
  /** When it is written. */
  readonly says: string
  /** Names of its data: names, ids and numbers, never what anybody said. */
  readonly data: ReadonlyArray<string>
}

const call = ["hold", "provider", "model"]
const settled = [
  ...call,
  "input",
  "output",
  "cacheRead",
  "cacheWrite",
  "micros",
  "priceVersion",
  "flagged",
  "heldTokens",
  "heldMicros"
]
const approval = ["approval", "what", "hash", "tool", "plugin", "why", "account", "unit", "sha256"]
const token = ["name", "id", "scopes"]
const where = ["remote", "listener"]

export const auditKinds = {
  "gateway.start": { says: "A gateway began to listen.", data: ["version"] },
  "gateway.stop": { says: "It stopped by itself or by a signal.", data: ["version"] },
  "config.loaded": {
    says: "A configuration came into force: at the start with its digest, at a reload with what changed.",
    data: ["file", "digest", "applied", "restart"]
  },
  "auth.accepted": { says: "A connection authenticated.", data: where },
  "auth.refused": {
    says: "Somebody did not get in; the outcome says why. More than 60 a minute are counted, not listed.",
    data: [...where, "omittedBefore"]
  },
  "token.created": {
    says: "A token was made, or succeeds another.",
    data: [...token, "rotated", "overlapMillis"]
  },
  "token.revoked": { says: "A token was revoked.", data: token },
  "session.cleared": { says: "The turns of a session were deleted.", data: ["turns"] },
  "memory.forgotten": {
    says: "Somebody let an agent forget what it remembered of them; the outcome is `partly` where a turn that is not over says it still.",
    data: ["turns", "utterances", "statements"]
  },
  "turn.finished": { says: "A turn ended; the outcome is its stop reason or error.", data: [] },
  "casil.blocked": { says: "Content did not pass inspection; the outcome says why.", data: ["surface", "rules"] },
  "budget.hold": {
    says: "The most that a model call can cost was set aside.",
    data: [...call, "inputBound", "maxOutput", "tokens", "micros"]
  },
  "budget.extended": { says: "A call used more than was set aside while it ran.", data: [...call, "tokens", "micros"] },
  "budget.refused": {
    says: "A model call was not made: over a limit, past a pause mark, or without a price.",
    data: ["provider", "model", "inputBound", "scope", "unit", "limit", "spent", "held", "wanted"]
  },
  "budget.settled": {
    says: "A model call was charged; the outcome says by what (`usage`, `estimate`, `bound`, `none`).",
    data: settled
  },
  "budget.alarm": { says: "A charge was over its hold: that model is counted exactly from now on.", data: settled },
  "plugin.loaded": {
    says: "A plugin was loaded with these grants: at the start where they or its file are new, or by an operator.",
    data: ["plugin", "sha256", "grants", "publisher"]
  },
  "plugin.unloaded": { says: "An operator unloaded a plugin.", data: ["plugin"] },
  "plugin.consented": { says: "An operator agreed to a changed file.", data: ["plugin", "sha256"] },
  "tool.call": { says: "A tool was called by a model.", data: ["tool", "call"] },
  "approval.requested": { says: "Something waits for a person.", data: approval },
  "approval.approved": { says: "An approver allowed it.", data: approval },
  "approval.denied": { says: "An approver denied it.", data: approval },
  "approval.expired": { says: "Nobody answered or used it in time.", data: approval },
  "approval.used": { says: "What was allowed began.", data: approval },
  "egress.request": {
    says: "A request left for a plugin or for the gateway itself, or was refused.",
    data: ["caller", "hop", "method", "scheme", "host", "port", "address", "status", "sent", "bytes", "ms"]
  },
  "secret.set": { says: "A secret was stored.", data: ["name"] },
  "secret.removed": { says: "A secret was removed.", data: ["name"] },
  "secret.rekeyed": { says: "All secrets were encrypted with another key.", data: ["secrets"] },
  "schedule.run": { says: "An operator ran a job beside its slots.", data: ["job"] },
  "schedule.paused": { says: "An operator paused a job.", data: ["job"] },
  "schedule.resumed": { says: "An operator resumed a job.", data: ["job"] },
  "audit.pruned": { says: "Entries older than the retention were taken out.", data: ["from", "to", "days"] },
  "bus.refused": {
    says: "A client of the bus may not do that there. Each refusal once in a while.",
    data: ["action", "room", "channel"]
  },
  "bus.blocked": {
    says: "A client of the bus is not heard for a while, after repeated mistakes, from that address or on that connection.",
    data: ["millis", "where"]
  },
  "state.backup": { says: "The state was copied.", data: ["files", "entries", "schema"] },
  "state.restored": { says: "This state came from a backup.", data: ["createdAt", "exoclaw", "schema"] }
} as const satisfies Readonly<Record<string, AuditKindDoc>>

/** The longest text of a field: names, digests, lists of grants. */
export const longestText = 65_536

/** What of an event must not be written, in words; undefined where all of it may. */
export const objection = (
  kind: keyof typeof auditKinds,
  data: Readonly<Record<string, unknown>>
): string | undefined => {
  const known: ReadonlyArray<string> = auditKinds[kind].data
  const unknown = Object.keys(data).find((name) => !known.includes(name))
  if (unknown !== undefined) return `the audit event ${kind} has no field "${unknown}"`
  const long = Object.entries(data).find(([, value]) => typeof value === "string" && value.length > longestText)
  return long === undefined ? undefined : `the field "${long[0]}" of the audit event ${kind} is too long`
}
