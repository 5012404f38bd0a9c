/** `[sandbox]`: the processes that plugins run in. */
import * as Schema from "effect/Schema"
import * as Section from "../config/Section.ts"
import { int, number, text } from "../config/Values.ts"

export const SlotSettings = Schema.Struct({
  min: Section.key(int(1, 64), {
    doc: "Slots kept ready.",
    allowed: "an integer from 1 to 64",
    unit: "processes",
    default: 2
  }),
  max: Section.key(int(1, 64), {
    doc: "Most slots at once; further calls wait. One caller has three quarters of them at most.",
    allowed: "an integer from 1 to 64",
    unit: "processes",
    default: 16
  })
})

export const SandboxSettings = Schema.Struct({
  slots: Section.table(SlotSettings, "How many plugins run at once."),
  memory: Section.key(int(64, 16_384), {
    doc: "Memory of a slot above which it is killed.",
    allowed: "an integer from 64 to 16384",
    unit: "MiB",
    default: 400
  }),
  deadline: Section.key(number(0.01, 3600), {
    doc: "How long one call may take before its slot is killed.",
    allowed: "a number from 0.01 to 3600",
    unit: "seconds",
    default: 5
  }),
  require_signature: Section.key(Schema.Boolean, {
    doc: "Whether only plugins that a publisher below signed are loaded.",
    allowed: "true or false",
    default: false
  }),
  publishers: Section.key(
    Schema.Record(text(64), Schema.String.pipe(Schema.check(Schema.isPattern(/^[A-Za-z0-9+/]{43}=$/)))),
    {
      doc: "Publishers whose signatures (NAME.wasm.sig) count, by name.",
      allowed: 'a table of Ed25519 public keys in base64, such as { acme = "..." }',
      default: {}
    }
  )
})
export type SandboxSettings = typeof SandboxSettings.Type
