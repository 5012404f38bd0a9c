/** The append-only, hash-chained record. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { AuditEntry, AuditEvent } from "./AuditEvent.ts"
import type { Signed } from "./Checkpoint.ts"

/** The audit log could not be written or read. What depends on it refuses. */
export class AuditUnavailable extends Schema.TaggedError<AuditUnavailable>()("AuditUnavailable", {
  cause: Schema.Defect()
}) {
  override get message(): string {
    return "The audit log is not available. See the gateway's log."
  }
}

export interface AuditQuery {
  /** Entries after this position. */
  readonly after?: number | undefined
  /** At most this many, 1 to 1,000. */
  readonly limit: number
  readonly kind?: string | undefined
  readonly tenant?: string | undefined
}

/** The key that signs checkpoints, or what is kept beside it, cannot be used. `message` says what to do. */
export class AuditKeyUnusable extends Schema.TaggedError<AuditKeyUnusable>()("AuditKeyUnusable", {
  path: Schema.String,
  why: Schema.String
}) {
  override get message(): string {
    return `The audit log's ${this.path} cannot be used: ${this.why}.`
  }
}

/** The first broken entry, or none. */
export interface AuditVerdict {
  /** How many entries there are. */
  readonly entries: number
  /** Position of the first: 1, or behind what was taken out when it was old enough. */
  readonly first: number
  /** Hash of the last. */
  readonly head: string
  readonly signed: Signed
  readonly broken: { readonly seq: number; readonly why: string } | undefined
}

export class Audit extends Context.Service<
  Audit,
  {
    /** Appends one event; durable (power loss) when it returns. */
    readonly append: (event: AuditEvent) => Effect.Effect<void, AuditUnavailable>
    readonly query: (query: AuditQuery) => Effect.Effect<ReadonlyArray<AuditEntry>, AuditUnavailable>
    readonly verify: Effect.Effect<AuditVerdict, AuditUnavailable>
  }
>()("exoclaw/audit/Audit") {}
