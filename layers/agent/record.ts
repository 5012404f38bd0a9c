/** A turn's entries in the audit log. One that cannot be written does not end the turn: the operator's log has it. */
import * as Effect from "effect/Effect"
import type { AuditEvent } from "../../src/audit/AuditEvent.ts"
import type { Blocked } from "../../src/casil/Casil.ts"
import type { Progress } from "./Progress.ts"
import type { Services } from "./services.ts"

type What = Pick<AuditEvent, "kind" | "outcome" | "data">

/** An event in the name of the turn's spender. */
export const eventOf = ({ spender }: Progress, what: What): AuditEvent => {
  const { agent, principal, session, tenant, turn } = spender
  return { ...what, tenant, principal, agent, session, turn }
}

/** Appends an event that nothing else is journalled with. */
export const record = (services: Services, progress: Progress, what: What): Effect.Effect<void> =>
  services.audit
    .append(eventOf(progress, what))
    .pipe(Effect.catch((error) => Effect.logError(error.message, error.cause)))

/** Content that did not pass: where it was, why, and by which rules. */
export const recordBlocked = (
  services: Services,
  progress: Progress,
  { reason, rules, surface }: Blocked
): Effect.Effect<void> =>
  record(services, progress, { kind: "casil.blocked", outcome: reason, data: { surface, rules: rules.join(" ") } })
