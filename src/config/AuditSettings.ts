/** `[audit]`: how long the audit log is kept. A change needs a restart. */
import * as Schema from "effect/Schema"
import * as Section from "./Section.ts"
import { int } from "./Values.ts"

export const AuditSettings = Schema.Struct({
  retention_days: Section.optional(int(1, 36_500), {
    doc: "Entries older than this are taken out, behind a signed mark. Without it they are kept for ever.",
    allowed: "an integer from 1 to 36500",
    unit: "days",
    example: 365
  })
})
export type AuditSettings = typeof AuditSettings.Type
