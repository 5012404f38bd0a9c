/** `[casil]`: content inspection. A change needs a restart. */
import * as Schema from "effect/Schema"
import * as Section from "../config/Section.ts"
import { int, text } from "../config/Values.ts"
import { PRIVATE } from "./personal/address.ts"
import { piiIds } from "./rules/pii.ts"

const globs = Schema.Array(text(256))

export const CasilScope = Schema.Struct({
  include: Section.key(globs, {
    doc: "Rooms and channels of the bus that are inspected, as room:channel, where * stands for anything. None: none.",
    allowed: "an array of texts",
    default: []
  }),
  exclude: Section.key(globs, {
    doc: "Rooms and channels of the bus that are not inspected, whatever is included.",
    allowed: "an array of texts",
    default: []
  })
})

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
  max_policies: Section.key(int(0, 32), {
    doc: "Most classifiers that a program may add.",
    allowed: "an integer from 0 to 32",
    default: 32
  }),
  max_patterns: Section.key(int(0, 64), {
    doc: "Most patterns and rules of one's own.",
    allowed: "an integer from 0 to 64",
    default: 64
  }),
  oversize: Section.key(Schema.Literals(["inspect_prefix", "block", "allow"]), {
    doc: "What happens to a block that is longer than max_inspect_bytes.",
    allowed: '"inspect_prefix", "block" or "allow"',
    default: "inspect_prefix"
  })
})

export const CasilRedaction = Schema.Struct({
  paths: Section.key(Schema.Array(text(128)), {
    doc: "Names of fields whose text is redacted, whatever it is. Case, blanks, - and _ do not matter.",
    allowed: "an array of texts",
    default: ["password", "token", "secret", "api_key", "authorization"]
  }),
  patterns: Section.key(Schema.Array(text(1024)), {
    doc: "Expressions of what else is redacted; only such as can be matched in linear time.",
    allowed: "an array of expressions without back references and look-around",
    default: []
  })
})

export const CasilPersonal = Schema.Struct({
  ignore: Section.key(Schema.Array(Schema.Literals(piiIds)), {
    doc: "Kinds of personal data that are not looked for. Addresses of networks of one's own are none by default.",
    allowed: `an array of ${piiIds.map((id) => `"${id}"`).join(", ")}`,
    default: [PRIVATE]
  })
})

const actions = Schema.Literals(["monitor", "redact", "block"])
const examples = Schema.Array(Schema.String.pipe(Schema.check(Schema.isMaxLength(4096))))

export const CasilRule = Schema.Struct({
  id: Section.required(text(64), {
    doc: "Name of the rule in verdicts and redactions.",
    allowed: "small letters, digits and dashes",
    example: "employee-number"
  }),
  pattern: Section.required(text(1024), {
    doc: "What it finds; only what can be matched in linear time.",
    allowed: "an expression without back references and look-around",
    example: "EMP-[0-9]{6}"
  }),
  keywords: Section.key(Schema.Array(text(64)), {
    doc: "One of these, in any case, must stand in the 128 characters before what it finds, or in it. None: they need not.",
    allowed: "an array of texts",
    default: []
  }),
  placeholders: Section.key(Schema.Array(text(1024)), {
    doc: "What the pattern matches but is nobody's, such as the sample of a manual: whole, in any case.",
    allowed: "an array of texts that the pattern matches",
    default: []
  }),
  action: Section.key(actions, {
    doc: "What happens to what it finds.",
    allowed: '"monitor", "redact" or "block"',
    default: "redact"
  }),
  matches: Section.required(examples, {
    doc: "Texts in which it must find something, or the gateway does not start.",
    allowed: "an array of texts, at least one",
    example: ["my number is EMP-123456"]
  }),
  ignores: Section.key(examples, {
    doc: "Texts in which it must find nothing, or the gateway does not start.",
    allowed: "an array of texts",
    default: []
  })
})

const modes = Schema.Literals(["enforce", "monitor"])
const decisions = Schema.Literals(["allow", "block"])

export const CasilOverride = Schema.Struct({
  tenant: Section.optional(text(128), { doc: "For this tenant only.", allowed: "a text", example: "default" }),
  agent: Section.optional(text(128), {
    doc: "For this agent only.",
    allowed: "the id of an agent",
    example: "default"
  }),
  mode: Section.optional(modes, {
    doc: "Instead of casil.mode.",
    allowed: '"enforce" or "monitor"',
    example: "monitor"
  }),
  on_secret: Section.optional(Schema.Literals(["redact", "block"]), {
    doc: "Instead of casil.on_secret.",
    allowed: '"redact" or "block"',
    example: "block"
  }),
  on_probable: Section.optional(actions, {
    doc: "Instead of casil.on_probable.",
    allowed: '"monitor", "redact" or "block"',
    example: "redact"
  }),
  on_personal: Section.optional(actions, {
    doc: "Instead of casil.on_personal.",
    allowed: '"monitor", "redact" or "block"',
    example: "redact"
  }),
  default_decision: Section.optional(decisions, {
    doc: "Instead of casil.default_decision.",
    allowed: '"allow" or "block"',
    example: "allow"
  })
})

export const CasilSettings = Schema.Struct({
  enabled: Section.key(Schema.Boolean, {
    doc: "Whether content is inspected.",
    allowed: "true or false",
    default: true
  }),
  mode: Section.key(modes, {
    doc: "enforce redacts or blocks; monitor only records the verdict.",
    allowed: '"enforce" or "monitor"',
    default: "enforce"
  }),
  default_decision: Section.optional(decisions, {
    doc: "What happens to content when the inspection itself fails. Without it, the bus lets it pass and all else blocks it.",
    allowed: '"allow" or "block"',
    example: "block"
  }),
  on_secret: Section.key(Schema.Literals(["redact", "block"]), {
    doc: "What happens to a secret of a known format.",
    allowed: '"redact" or "block"',
    default: "redact"
  }),
  on_probable: Section.key(actions, {
    doc: "What happens to a likely secret.",
    allowed: '"monitor", "redact" or "block"',
    default: "monitor"
  }),
  on_personal: Section.key(actions, {
    doc: "What happens to personal data: e-mail and IP addresses, phone numbers, cards, accounts, numbers of persons.",
    allowed: '"monitor", "redact" or "block"',
    default: "monitor"
  }),
  never_log_payload_for: Section.key(globs, {
    doc: "Rooms and channels of the bus, as room:channel, whose payloads are never logged, whatever the logs are set to.",
    allowed: "an array of texts",
    default: []
  }),
  persist_metadata_in_history: Section.key(Schema.Boolean, {
    doc: "Whether the bus's history keeps the verdict beside a message.",
    allowed: "true or false",
    default: true
  }),
  expose_metadata_to_clients: Section.key(Schema.Boolean, {
    doc: "Whether clients of the bus are shown the verdict on a message.",
    allowed: "true or false",
    default: false
  }),
  metadata_to_logs: Section.key(Schema.Boolean, {
    doc: "Whether verdicts that found something are logged: rules and counts, never the value.",
    allowed: "true or false",
    default: true
  }),
  metadata_to_telemetry: Section.key(Schema.Boolean, {
    doc: "Whether verdicts stand on the spans of traces: rules and counts, never the value.",
    allowed: "true or false",
    default: true
  }),
  scope: Section.table(CasilScope, "Which rooms and channels of the bus are inspected."),
  limits: Section.table(CasilLimits, "How much is inspected."),
  personal: Section.table(CasilPersonal, "What counts as personal data."),
  redaction: Section.table(CasilRedaction, "What else is redacted."),
  rules: Section.list(CasilRule, "Rules of one's own, each held to its own examples when the gateway starts."),
  overrides: Section.list(CasilOverride, "What a tenant or an agent has otherwise; later ones over earlier ones.")
})
export type CasilSettings = typeof CasilSettings.Type
