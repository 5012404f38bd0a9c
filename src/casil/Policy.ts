/** What inspection does with what it finds. Read at start; its hash stands on every verdict. */
import type { Surface } from "./Surface.ts"

/** What happens to something that was found. */
export type Action = "monitor" | "redact" | "block"

/** A rule of the operator's own. */
export interface CustomRule {
  /** Lower-case words joined by dashes. */
  readonly id: string
  /** A linear-time expression (`expression/`). */
  readonly pattern: string
  /** One of these, in any case, must stand in the 128 characters before a match, or in it. None: they need not. */
  readonly keywords?: ReadonlyArray<string>
  /** What it matches but is nobody's: samples of a manual, whole and in any case. */
  readonly placeholders?: ReadonlyArray<string>
  readonly action: Action
  /** Texts in which it must find something, and texts in which it must not: else the policy is refused. */
  readonly matches: ReadonlyArray<string>
  readonly ignores: ReadonlyArray<string>
}

/** What a tenant or an agent does otherwise. */
export interface PolicyOverride {
  readonly tenant?: string
  readonly agent?: string
  readonly mode?: CasilPolicy["mode"]
  readonly onSecret?: CasilPolicy["onSecret"]
  readonly onProbable?: Action
  readonly onPersonal?: Action
  readonly defaultDecision?: "allow" | "block"
}

export interface CasilPolicy {
  /** Off: everything passes, with a verdict that says so. */
  readonly enabled: boolean
  /** `monitor` records verdicts and leaves content alone. */
  readonly mode: "enforce" | "monitor"
  /** When inspection itself fails; without it, `allow` on the bus and `block` elsewhere. */
  readonly defaultDecision?: "allow" | "block"
  /** Where content is inspected at all. The bus is, where its scope says so. */
  readonly surfaces: ReadonlyArray<Surface>
  /** Globs over `room:channel`. Nothing included: the bus is not inspected. What is excluded is not, whatever is included. */
  readonly scope: { readonly include: ReadonlyArray<string>; readonly exclude: ReadonlyArray<string> }
  readonly limits: {
    /** UTF-8 bytes of a block that are inspected. */
    readonly maxInspectBytes: number
    /** UTF-8 bytes of a block that may pass, inspected or not. */
    readonly maxPayloadBytes: number
    /** Classifiers and rules of one's own that a program may add. */
    readonly maxPolicies: number
    /** Expressions of one's own. */
    readonly maxPatterns: number
    /**
     * A block beyond `maxInspectBytes`: `inspect_prefix` lets the rest pass up to `maxPayloadBytes`, `block` none of
     * it, `allow` all of it, however long.
     */
    readonly oversize: "inspect_prefix" | "block" | "allow"
  }
  /** What a secret of the structural tier does. */
  readonly onSecret: "redact" | "block"
  /** What a likely secret does. */
  readonly onProbable: Action
  /** What personal data does. */
  readonly onPersonal: Action
  /** Ids of kinds of personal data that are not looked for. */
  readonly personalIgnore: ReadonlyArray<string>
  /** Names of fields whose text is redacted, whatever it is. Case, blanks, `-` and `_` do not matter. */
  readonly redactionPaths: ReadonlyArray<string>
  /** Linear-time expressions; what they find is redacted. */
  readonly redactionPatterns: ReadonlyArray<string>
  readonly rules: ReadonlyArray<CustomRule>
  /** Globs over `room:channel` of which no payload is ever logged, whatever the logs are set to. */
  readonly neverLogPayloadFor: ReadonlyArray<string>
  /** Who is told of verdicts. */
  readonly metadata: {
    readonly history: boolean
    readonly clients: boolean
    readonly logs: boolean
    readonly telemetry: boolean
  }
  readonly overrides: ReadonlyArray<PolicyOverride>
}

export const defaultPolicy: CasilPolicy = {
  enabled: true,
  mode: "enforce",
  surfaces: ["prompt", "answer", "tool_input", "tool_output", "channel_in", "channel_out"],
  scope: { include: [], exclude: [] },
  limits: {
    maxInspectBytes: 65_536,
    maxPayloadBytes: 262_144,
    maxPolicies: 32,
    maxPatterns: 64,
    oversize: "inspect_prefix"
  },
  onSecret: "redact",
  onProbable: "monitor",
  onPersonal: "monitor",
  personalIgnore: ["pii-ip-private"],
  redactionPaths: ["password", "token", "secret", "api_key", "authorization"],
  redactionPatterns: [],
  rules: [],
  neverLogPayloadFor: [],
  metadata: { history: true, clients: false, logs: true, telemetry: true },
  overrides: []
}

/** What to do with content that could not be inspected. */
export const onInternalError = (policy: CasilPolicy, surface: Surface): "allow" | "block" =>
  policy.defaultDecision ?? (surface === "bus" ? "allow" : "block")

/** The policy as it is for a tenant and an agent: the overrides that name nobody else, the later over the earlier. */
export const policyFor = (policy: CasilPolicy, tenant: string | undefined, agent: string | undefined): CasilPolicy => {
  let own = policy
  for (const override of policy.overrides) {
    const { agent: onlyAgent, tenant: onlyTenant, ...change } = override
    if (onlyTenant !== undefined && onlyTenant !== tenant) continue
    if (onlyAgent !== undefined && onlyAgent !== agent) continue
    own = { ...own, ...change }
  }
  return own
}

/** Version of the rules that come with the program: another one whenever a rule or the engine changes what it finds. */
export const REVISION = "5"

/** The same text for the same value, whatever the order of its keys. */
const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`
  if (typeof value !== "object" || value === null) return `${typeof value}:${String(value)}`
  const entries = Object.entries(value).filter(([, each]) => each !== undefined)
  return `{${entries
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, each]) => `${key}=${canonical(each)}`)
    .join()}}`
}

/** Sixteen hexadecimal digits that are the same for the same policy and rules (FNV-1a, 64 bits). */
export const policyHash = (policy: CasilPolicy, rules: ReadonlyArray<string>): string => {
  const { redactionPaths, surfaces, ...rest } = policy
  const ordered = { ...rest, surfaces: surfaces.toSorted(), redactionPaths: redactionPaths.toSorted() }
  const text = [REVISION, canonical(ordered), rules.join()].join("\n")
  let hash = 0xcbf29ce484222325n
  for (let i = 0; i < text.length; i++) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n)
  }
  return hash.toString(16).padStart(16, "0")
}
