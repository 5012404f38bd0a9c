/** What inspection does with what it finds. Read at start; its hash stands on every verdict. */
import type { Surface } from "./Surface.ts"

export interface CasilPolicy {
  /** Off: everything passes, with a verdict that says so. */
  readonly enabled: boolean
  /** `monitor` records verdicts and leaves content alone. */
  readonly mode: "enforce" | "monitor"
  /** When inspection itself fails; without it, `allow` on the bus and `block` elsewhere. */
  readonly defaultDecision?: "allow" | "block"
  /** Where content is inspected at all. */
  readonly surfaces: ReadonlyArray<Surface>
  readonly limits: {
    /** UTF-8 bytes of a block that are inspected. */
    readonly maxInspectBytes: number
    /** UTF-8 bytes of a block that may pass, inspected or not. */
    readonly maxPayloadBytes: number
    /**
     * A block beyond `maxInspectBytes`: `inspect_prefix` lets the rest pass up to `maxPayloadBytes`, `block` none of
     * it, `allow` all of it, however long.
     */
    readonly oversize: "inspect_prefix" | "block" | "allow"
  }
  /** What a secret of the structural tier does. */
  readonly onSecret: "redact" | "block"
  /** Names of fields whose text is redacted, whatever it is. Case, `-` and `_` do not matter. */
  readonly redactionPaths: ReadonlyArray<string>
}

export const defaultPolicy: CasilPolicy = {
  enabled: true,
  mode: "enforce",
  surfaces: ["prompt", "answer", "tool_input", "tool_output", "channel_in", "channel_out"],
  limits: { maxInspectBytes: 65_536, maxPayloadBytes: 262_144, oversize: "inspect_prefix" },
  onSecret: "redact",
  redactionPaths: ["password", "token", "secret", "api_key", "authorization"]
}

/** What to do with content that could not be inspected. */
export const onInternalError = (policy: CasilPolicy, surface: Surface): "allow" | "block" =>
  policy.defaultDecision ?? (surface === "bus" ? "allow" : "block")

/** Changes whenever a rule or the engine changes what it finds. */
const REVISION = "1"

/** Sixteen hexadecimal digits that are the same for the same policy and rules (FNV-1a, 64 bits). */
export const policyHash = (policy: CasilPolicy, rules: ReadonlyArray<string>): string => {
  const { limits } = policy
  const text = [
    REVISION,
    policy.enabled,
    policy.mode,
    policy.defaultDecision ?? "",
    [...policy.surfaces].sort().join(),
    limits.maxInspectBytes,
    limits.maxPayloadBytes,
    limits.oversize,
    policy.onSecret,
    [...policy.redactionPaths].sort().join(),
    rules.join()
  ].join("\n")
  let hash = 0xcbf29ce484222325n
  for (let i = 0; i < text.length; i++) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n)
  }
  return hash.toString(16).padStart(16, "0")
}
