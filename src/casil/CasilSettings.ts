/** `[casil]`: content inspection. A change needs a restart. */
import * as Schema from "effect/Schema"
import * as Section from "../config/Section.ts"
import { int } from "../config/Values.ts"

export const CasilLimits = Schema.Struct({
  max_inspect_bytes: Section.key(int(1024, 262_144), {
    doc: "How much of one block is inspected.",
    allowed: "an integer from 1024 to 262144",
    unit: "bytes",
    default: 65_536
  }),
  max_payload_bytes: Section.key(int(1024, 16_777_216), {
    doc: "Largest block that may pass at all.",
    allowed: "an integer from 1024 to 16777216",
    unit: "bytes",
    default: 262_144
  }),
  oversize: Section.key(Schema.Literals(["inspect_prefix", "block", "allow"]), {
    doc: "What happens to a block that is longer than max_inspect_bytes.",
    allowed: '"inspect_prefix", "block" or "allow"',
    default: "inspect_prefix"
  })
})

export const CasilSettings = Schema.Struct({
  enabled: Section.key(Schema.Boolean, {
    doc: "Whether content is inspected.",
    allowed: "true or false",
    default: true
  }),
  mode: Section.key(Schema.Literals(["enforce", "monitor"]), {
    doc: "enforce redacts or blocks; monitor only records the verdict.",
    allowed: '"enforce" or "monitor"',
    default: "enforce"
  }),
  default_decision: Section.key(Schema.Literals(["allow", "block"]), {
    doc: "What happens to content when the inspection itself fails.",
    allowed: '"allow" or "block"',
    default: "block"
  }),
  on_secret: Section.key(Schema.Literals(["redact", "block"]), {
    doc: "What happens to a secret of a known format.",
    allowed: '"redact" or "block"',
    default: "redact"
  }),
  limits: Section.table(CasilLimits, "How much is inspected.")
})
export type CasilSettings = typeof CasilSettings.Type
