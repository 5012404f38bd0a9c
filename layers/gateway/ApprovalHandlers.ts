/**
 * `approval.list` and `approval.resolve`. That the turn goes on is the business of whoever watches the approvals; a plugin
 * that waited is loaded before the answer is.
 */
import * as Effect from "effect/Effect"
import type { Approval, ApprovalStatus } from "../../src/approval/Approval.ts"
import { Approvals } from "../../src/approval/Approvals.ts"
import type { Answer } from "../../src/approval/Decision.ts"
import { Casil } from "../../src/casil/Casil.ts"
import { open } from "../../src/casil/Inspected.ts"
import type { ApprovalId } from "../../src/domain/Ids.ts"
import type { GatewayError } from "../../src/gateway/GatewayError.ts"
import { PluginAdmin } from "../../src/gateway/PluginAdmin.ts"
import type { Principal } from "../../src/identity/Principal.ts"
import * as errors from "./errors.ts"

/** Questions in one page, unless asked otherwise. */
const defaultPage = 100

export const make = Effect.gen(function* () {
  const approvals = yield* Approvals
  const casil = yield* Casil
  const plugins = yield* PluginAdmin
  /** What an approver says about it is kept, and read by a model. */
  const inspect = (reason: string) =>
    casil.text("prompt", reason).pipe(
      Effect.map(open),
      Effect.mapError((blocked) => errors.ofBlocked(blocked))
    )
  return {
    list: ({
      id,
      limit = defaultPage,
      status = "pending"
    }: {
      readonly id?: ApprovalId
      readonly status?: ApprovalStatus | "all"
      readonly limit?: number
    }): Effect.Effect<{ readonly approvals: ReadonlyArray<Approval> }, GatewayError, Principal> =>
      (id === undefined
        ? approvals.list({ limit, status: status === "all" ? undefined : status })
        : Effect.map(approvals.find(id), (found) => [found])
      ).pipe(
        Effect.map((found) => ({ approvals: found })),
        Effect.catchTag("ApprovalError", errors.ofApproval)
      ),
    resolve: Effect.fn("Gateway.approval.resolve")(function* ({
      decision,
      hash,
      id,
      reason
    }: {
      readonly id: ApprovalId
      readonly hash: string
      readonly decision: Answer
      readonly reason?: string
    }): Effect.fn.Return<Approval, GatewayError, Principal> {
      const said = reason === undefined ? undefined : yield* inspect(reason)
      const resolved = yield* approvals
        .resolve(id, { decision, hash, reason: said })
        .pipe(Effect.catchTag("ApprovalError", errors.ofApproval))
      if (resolved.what !== "grant" || resolved.status !== "approved") return resolved
      yield* plugins.approved(resolved)
      return { ...resolved, status: "used" as const }
    }, Effect.uninterruptible)
  }
})
