/** `[memory]`: how much of the past a model is shown. */
import * as Schema from "effect/Schema"
import * as Section from "../config/Section.ts"
import { int } from "../config/Values.ts"

export const MemorySettings = Schema.Struct({
  ceiling: Section.key(int(256, 1_000_000), {
    doc: "Most that exoclaw adds to a request: soul, tool schemas, recent turns.",
    allowed: "an integer from 256 to 1000000",
    unit: "tokens",
    default: 4000
  }),
  request_ceiling: Section.key(int(256, 10_000_000), {
    doc: "Most of a whole request, the user's message and tool results included.",
    allowed: "an integer from 256 to 10000000",
    unit: "tokens",
    default: 16_000
  }),
  episodic_window: Section.key(int(0, 1000), {
    doc: "Recent turns shown to the model, as far as they fit.",
    allowed: "an integer from 0 to 1000",
    unit: "turns",
    default: 5
  }),
  semantic_enabled: Section.key(Schema.Literal(false), {
    doc: "Whether facts are learned and recalled. This version cannot, so only false is taken.",
    allowed: "false, because semantic memory is not part of this version",
    default: false as const
  })
})
export type MemorySettings = typeof MemorySettings.Type
