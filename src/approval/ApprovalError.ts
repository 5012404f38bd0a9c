/** Why an approval could not be given or used. */
import * as Schema from "effect/Schema"
import { ApprovalStatus } from "./Approval.ts"

/** No such approval for this principal; the same answer whether others have it or not. Audience: peer. */
export class ApprovalMissing extends Schema.TaggedError<ApprovalMissing>()("ApprovalMissing", {}) {
  override get message(): string {
    return "There is no such approval."
  }
}

/** The principal has no scope `approve`. Audience: peer. */
export class NotAnApprover extends Schema.TaggedError<NotAnApprover>()("NotAnApprover", {}) {
  override get message(): string {
    return 'Answering approvals needs the scope "approve".'
  }
}

/** What was shown, or what is about to run, is not what was asked. Audience: peer and model. */
export class HashMismatch extends Schema.TaggedError<HashMismatch>()("HashMismatch", {}) {
  override get message(): string {
    return "The hash is not that of what was asked: it is not the same call. Nothing was done."
  }
}

/** It has its answer already, or was used, or ran out. Audience: peer and model. */
export class NotOpen extends Schema.TaggedError<NotOpen>()("NotOpen", { status: ApprovalStatus }) {
  override get message(): string {
    switch (this.status) {
      case "pending":
        return "It was not answered yet."
      case "approved":
        return "It was approved already."
      case "denied":
        return "It was denied."
      case "expired":
        return "It has expired, which is a denial."
      case "used":
        return "It was approved and used already; an approval is good for one use."
    }
  }
}

/** The store refused; nothing is approved. The cause is for the operator's log. */
export class ApprovalsUnavailable extends Schema.TaggedError<ApprovalsUnavailable>()("ApprovalsUnavailable", {
  cause: Schema.Defect()
}) {
  override get message(): string {
    return "Approvals are not available, so nothing that needs one is done. See the gateway's log."
  }
}

/** The one public error of approvals. */
export class ApprovalError extends Schema.TaggedError<ApprovalError>()("ApprovalError", {
  reason: Schema.Union([ApprovalMissing, NotAnApprover, HashMismatch, NotOpen, ApprovalsUnavailable])
}) {
  override get message(): string {
    return this.reason.message
  }
}
