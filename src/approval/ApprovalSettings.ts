/** `[approvals]`: how long a person has to answer. */
import * as Schema from "effect/Schema"
import * as Section from "../config/Section.ts"
import { int } from "../config/Values.ts"

export const ApprovalSettings = Schema.Struct({
  expiry: Section.key(int(1, 604_800), {
    doc: "How long a question waits for its answer; then it is denied.",
    allowed: "an integer from 1 to 604800",
    unit: "seconds",
    default: 900
  })
})
export type ApprovalSettings = typeof ApprovalSettings.Type
