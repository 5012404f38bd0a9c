/** Why the schedule could not be read or changed. Audience: the operator. */
import * as Schema from "effect/Schema"
import { quote } from "../config/KeyPath.ts"
import { nearest } from "../config/Nearest.ts"

/** No job of that name is configured. */
export class JobUnknown extends Schema.TaggedError<JobUnknown>()("JobUnknown", {
  id: Schema.String,
  known: Schema.Array(Schema.String)
}) {
  override get message(): string {
    if (this.known.length === 0) return "There are no jobs. Add [[schedule]] to the configuration."
    const meant = nearest(this.id, this.known)
    const hint = meant === undefined ? "." : `; did you mean ${quote(meant)}?`
    return `There is no job of that name${hint} Configured: ${this.known.join(", ")}.`
  }
}

/** The store refused. The cause is for the operator's log. */
export class ScheduleUnavailable extends Schema.TaggedError<ScheduleUnavailable>()("ScheduleUnavailable", {
  cause: Schema.Defect()
}) {
  override get message(): string {
    return "The schedule is not available. See the gateway's log."
  }
}

/** The one public error of the schedule. */
export class ScheduleError extends Schema.TaggedError<ScheduleError>()("ScheduleError", {
  reason: Schema.Union([JobUnknown, ScheduleUnavailable])
}) {
  override get message(): string {
    return this.reason.message
  }
}
