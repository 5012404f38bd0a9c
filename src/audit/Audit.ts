/** The append-only, hash-chained record. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { AuditEntry, AuditEvent } from "./AuditEvent.ts"

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

/** The first broken entry, or none. */
export interface AuditVerdict {
  readonly entries: number
  readonly head: string
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
