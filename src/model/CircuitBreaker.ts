/**
 * A circuit per provider, as a pure state machine: after some failures in a row it opens and calls fail at once; when
 * its time is over one probe goes through, which closes it or opens it for twice as long.
 */
import type { ModelError, ModelErrorKind } from "./ModelError.ts"

export interface CircuitPolicy {
  /** Failures in a row that open it. */
  readonly failures: number
  /** How long it stays open at first, in milliseconds. */
  readonly openMs: number
  readonly maxOpenMs: number
}

export const defaultCircuitPolicy: CircuitPolicy = { failures: 5, openMs: 15_000, maxOpenMs: 300_000 }

export type Circuit =
  | { readonly _tag: "Closed"; readonly failures: number }
  | { readonly _tag: "Open"; readonly until: number; readonly forMs: number }
  /** One probe runs; should it never report, another may go at `until`. */
  | { readonly _tag: "HalfOpen"; readonly until: number; readonly forMs: number }

export const closed: Circuit = { _tag: "Closed", failures: 0 }

/** Milliseconds until a call may be tried; 0 where it may now. Changes nothing. A clock that was set back adds nothing. */
export const waitMs = (circuit: Circuit, now: number): number =>
  circuit._tag === "Closed" ? 0 : Math.min(circuit.forMs, Math.max(0, circuit.until - now))

/** Lets a call through, or says in how many milliseconds one may. */
export const admit = (
  circuit: Circuit,
  now: number
): { readonly circuit: Circuit; readonly refusedForMs: number | undefined } => {
  if (circuit._tag === "Closed") return { circuit, refusedForMs: undefined }
  const wait = waitMs(circuit, now)
  if (wait > 0) return { circuit, refusedForMs: wait }
  return {
    circuit: { _tag: "HalfOpen", until: now + circuit.forMs, forMs: circuit.forMs },
    refusedForMs: undefined
  }
}

export const succeeded: Circuit = closed

export const failed = (circuit: Circuit, now: number, policy: CircuitPolicy = defaultCircuitPolicy): Circuit => {
  switch (circuit._tag) {
    case "Closed": {
      const failures = circuit.failures + 1
      return failures < policy.failures
        ? { _tag: "Closed", failures }
        : { _tag: "Open", until: now + policy.openMs, forMs: policy.openMs }
    }
    case "HalfOpen": {
      const forMs = Math.min(policy.maxOpenMs, circuit.forMs * 2)
      return { _tag: "Open", until: now + forMs, forMs }
    }
    case "Open":
      // a call that was let through before the circuit opened
      return circuit
  }
}

const ill = new Set<ModelErrorKind>(["overloaded", "unreachable", "timeout", "stream", "protocol"])

/**
 * True where an error says something about the provider's health: not about the request or the key, and nothing that
 * another attempt would meet again, such as what a model makes of one conversation.
 */
export const isIllness = ({ kind, retryable }: Pick<ModelError, "kind" | "retryable">): boolean =>
  retryable && ill.has(kind)
