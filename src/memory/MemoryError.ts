/** Why memory could not be read or written. */
import * as Schema from "effect/Schema"

/** The store refused or is damaged; nothing was changed. The cause is for the operator's log. Audience: peer. */
export class MemoryUnavailable extends Schema.TaggedError<MemoryUnavailable>()("MemoryUnavailable", {
  cause: Schema.Defect()
}) {
  override get message(): string {
    return "Memory is not available. See the gateway's log."
  }
}

/** A field is longer than memory takes, or an id is none. Audience: peer. */
export class MemoryRefused extends Schema.TaggedError<MemoryRefused>()("MemoryRefused", {
  field: Schema.String,
  limit: Schema.Int
}) {
  override get message(): string {
    return `"${this.field}" must have 1 to ${this.limit} characters.`
  }
}

/** The one public error of memory. */
export class MemoryError extends Schema.TaggedError<MemoryError>()("MemoryError", {
  reason: Schema.Union([MemoryUnavailable, MemoryRefused])
}) {
  override get message(): string {
    return this.reason.message
  }
}
