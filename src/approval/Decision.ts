/**
 * What may happen to an approval. Pure; the store decides with it inside its transaction.
 *
 * Who answers: any principal of the same tenant with the scope `approve`, also the one in whose name the thing would be
 * done. An installation of one person could otherwise approve nothing; where two pairs of eyes are wanted, the tokens
 * that chat are made without that scope.
 */
import * as Result from "effect/Result"
import { canonicalJson } from "../domain/CanonicalJson.ts"
import type { PrincipalId, TenantId } from "../domain/Ids.ts"
import type { Json } from "../domain/Json.ts"
import type { Approval, ApprovalStatus, Question } from "./Approval.ts"
import { ApprovalMissing, HashMismatch, NotAnApprover, NotOpen } from "./ApprovalError.ts"

/** A question as the one text that is stored and hashed. */
export const questionText = (question: Question): string => {
  const { agent, key, principal, session, subject, tenant, turn, what } = question
  // subjects are structs of JSON values
  return canonicalJson({ agent, key, principal, session, subject: subject as Json, tenant, turn, what })
}

/** What the hash of a question is taken of. */
export const hashInput = (text: string): string => `exoclaw.approval.v1\n${text}`

type Standing = Pick<Approval, "status" | "createdAt" | "expiresAt" | "resolvedAt">

/** When it stops being good: unanswered at `expiresAt`; approved and not used, as long again after the answer. */
export const deadline = ({ createdAt, expiresAt, resolvedAt, status }: Standing): number =>
  status === "approved" && resolvedAt !== null ? resolvedAt + (expiresAt - createdAt) : expiresAt

/** Its status at a time: what nobody answered or used by its deadline is expired, whether or not that was noted. */
export const statusAt = (approval: Standing, at: number): ApprovalStatus =>
  (approval.status === "pending" || approval.status === "approved") && at >= deadline(approval)
    ? "expired"
    : approval.status

export interface Approver {
  readonly tenant: TenantId
  readonly id: PrincipalId
  /** Has the scope `approve`. */
  readonly mayApprove: boolean
  /** May also say what a plugin is given: has the scope `plugin:admin` or `admin`. */
  readonly mayGrant: boolean
}

export type Answer = "approve" | "deny"

type Stored = Standing & Pick<Approval, "tenant" | "hash" | "what">

export const notAnApprover = new NotAnApprover({})

/** It, where there is one. */
export const present = <A>(approval: A | undefined): Result.Result<A, ApprovalMissing> =>
  approval === undefined ? Result.fail(new ApprovalMissing({})) : Result.succeed(approval)

/** Whether a question is one for the approver: plugins are the operators' business. */
export const isFor = ({ tenant, what }: Pick<Approval, "tenant" | "what">, by: Approver): boolean =>
  tenant === by.tenant && (what !== "grant" || by.mayGrant)

/** Whether the approver may see it at all. What is for others only is as if it were not there. */
export const visible = (
  approval: Pick<Approval, "tenant" | "what"> | undefined,
  by: Approver
): Result.Result<void, ApprovalMissing | NotAnApprover> => {
  if (!by.mayApprove) return Result.fail(notAnApprover)
  return approval === undefined || !isFor(approval, by) ? Result.fail(new ApprovalMissing({})) : Result.void
}

/** The status after an answer by somebody who saw `hash`. */
export const resolve = (
  approval: Stored | undefined,
  by: Approver,
  answer: Answer,
  hash: string,
  at: number
): Result.Result<"approved" | "denied", ApprovalMissing | NotAnApprover | HashMismatch | NotOpen> => {
  const seen = visible(approval, by)
  if (Result.isFailure(seen)) return Result.fail(seen.failure)
  if (approval === undefined) return Result.fail(new ApprovalMissing({}))
  if (approval.hash !== hash) return Result.fail(new HashMismatch({}))
  const status = statusAt(approval, at)
  if (status !== "pending") return Result.fail(new NotOpen({ status }))
  return Result.succeed(answer === "approve" ? "approved" : "denied")
}

/** Whether what has `hash` may be done now, this once. */
export const consume = (
  approval: Stored | undefined,
  hash: string,
  at: number
): Result.Result<"used", ApprovalMissing | HashMismatch | NotOpen> => {
  if (approval === undefined) return Result.fail(new ApprovalMissing({}))
  if (approval.hash !== hash) return Result.fail(new HashMismatch({}))
  const status = statusAt(approval, at)
  return status === "approved" ? Result.succeed("used") : Result.fail(new NotOpen({ status }))
}
