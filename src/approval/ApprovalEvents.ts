/** What happens to an approval as an audit event: names, ids and the hash, never arguments. Pure. */
import type { AuditEvent } from "../audit/AuditEvent.ts"
import * as SessionKey from "../domain/SessionKey.ts"
import type { Approval } from "./Approval.ts"

const named = (approval: Approval): AuditEvent["data"] => {
  switch (approval.what) {
    case "tool_call":
      return { tool: approval.subject.tool, plugin: approval.subject.plugin, why: approval.subject.why }
    case "budget":
      return { account: approval.subject.account, unit: approval.subject.unit }
    case "grant":
      return { plugin: approval.subject.plugin, sha256: approval.subject.sha256 }
  }
}

/** `by` is who did it: the asking principal, the approver, or `gateway` for what ran out. */
export const approvalEvent = (
  what: "requested" | "approved" | "denied" | "expired" | "used",
  approval: Approval,
  by: string
): AuditEvent => ({
  kind: `approval.${what}`,
  tenant: approval.tenant,
  principal: by,
  ...(approval.agent === null ? {} : { agent: approval.agent }),
  ...(approval.session === null ? {} : { session: SessionKey.storageKeyOf(approval.tenant, approval.session) }),
  ...(approval.turn === null ? {} : { turn: approval.turn }),
  outcome: "ok",
  data: { approval: approval.id, what: approval.what, hash: approval.hash, ...named(approval) }
})
