/** Who came in and who did not, in the audit log. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Audit, AuditUnavailable } from "../../src/audit/Audit.ts"
import { defaultTenant } from "../../src/domain/Ids.ts"
import type { Credential } from "../../src/identity/Authenticator.ts"
import type { Claims } from "../../src/identity/Principal.ts"

/** A guesser must not be able to fill the disk: refusals beyond this many in a minute are counted, not listed. */
const refusalsPerMinute = 60

export interface AuthAudit {
  /** Once for each connection. Fails where it cannot be recorded: then nobody is let in. */
  readonly accepted: (credential: Credential, claims: Claims) => Effect.Effect<void, AuditUnavailable>
  readonly refused: (credential: Credential, why: string) => Effect.Effect<void>
}

export const makeAuthAudit = (audit: Audit["Service"]): AuthAudit => {
  const seen = new WeakSet<object>()
  let minute = -1
  let listed = 0
  let omitted = 0

  const where = (credential: Credential) => ({ remote: credential.remoteAddress, listener: credential.listener })

  return {
    accepted: Effect.fnUntraced(function* (credential, claims) {
      const { connection } = credential
      if (connection !== undefined && seen.has(connection)) return
      yield* audit.append({
        kind: "auth.accepted",
        tenant: claims.tenant,
        principal: claims.id,
        outcome: "ok",
        data: where(credential)
      })
      if (connection !== undefined) seen.add(connection)
    }),
    refused: Effect.fnUntraced(
      function* (credential, why) {
        const now = Math.floor((yield* Clock.currentTimeMillis) / 60_000)
        if (now !== minute) listed = 0
        minute = now
        if (listed >= refusalsPerMinute) {
          omitted++
          return
        }
        listed++
        const data = omitted === 0 ? where(credential) : { ...where(credential), omittedBefore: omitted }
        omitted = 0
        yield* audit.append({
          kind: "auth.refused",
          tenant: defaultTenant,
          principal: "anonymous",
          outcome: why,
          data
        })
      },
      // The door stays shut either way.
      Effect.catch((error) => Effect.logWarning("A refused connection could not be recorded.", error.cause))
    )
  }
}
