/** The audit entry of a hop. */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type { Audit } from "../../src/audit/Audit.ts"
import { type EgressReason, EgressUnavailable, outcomeOf } from "../../src/egress/EgressError.ts"
import { currentPrincipal, type Principal } from "../../src/identity/Principal.ts"
import type { Draft, Note } from "./send.ts"

const outcome = <A>(exit: Exit.Exit<A, EgressReason>): string => {
  if (Exit.isSuccess(exit)) return "ok"
  const reason = Cause.findErrorOption(exit.cause)
  if (Option.isSome(reason)) return outcomeOf(reason.value)
  return Cause.hasInterruptsOnly(exit.cause) ? "interrupted" : "failed"
}

/**
 * Runs a hop and records it, however it ends: host, numbers and outcome, no path, query, header or body. An answer
 * that could not be recorded is withheld.
 */
export const audited = <A>(
  audit: Audit["Service"],
  caller: string,
  draft: Draft,
  run: (note: Note) => Effect.Effect<A, EgressReason>
): Effect.Effect<A, EgressReason, Principal> =>
  Effect.gen(function* () {
    const { id, tenant } = yield* currentPrincipal
    const began = yield* Clock.currentTimeMillis
    const note: Note = { target: undefined, address: undefined, status: undefined, bytes: 0 }
    const record = Effect.fnUntraced(function* (exit: Exit.Exit<A, EgressReason>) {
      const ms = (yield* Clock.currentTimeMillis) - began
      const { address, bytes, status, target } = note
      yield* audit
        .append({
          kind: "egress.request",
          tenant,
          principal: id,
          outcome: outcome(exit),
          data: {
            caller,
            hop: draft.number,
            method: draft.method,
            scheme: target?.scheme ?? null,
            host: target?.host ?? null,
            port: target?.port ?? null,
            address: address ?? null,
            status: status ?? null,
            sent: draft.body?.length ?? 0,
            bytes,
            ms
          }
        })
        .pipe(Effect.mapError((cause) => new EgressUnavailable({ cause })))
    })
    return yield* Effect.onExit(run(note), record)
  })
