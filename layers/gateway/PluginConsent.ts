/** The question that a changed file of a plugin waits for: may exactly this file have exactly these grants? */
import type { Question } from "../../src/approval/Approval.ts"
import { type PluginName, PrincipalId, type TenantId } from "../../src/domain/Ids.ts"
import type { Review } from "../sandbox/PluginTrust.ts"

/** Nobody's turn waits for it; the gateway itself would do it. */
const gateway = PrincipalId.make("gateway")

/** What is asked about a file that was looked at. One question for each file, grants and tenant of the operator. */
export const questionOf = (
  plugin: PluginName,
  { candidate, difference }: Review,
  tenant: TenantId,
  hashOf: (question: Question) => string
): Question => {
  const { grants, imports, path, sha256, signature } = candidate
  const question: Question = {
    tenant,
    principal: gateway,
    agent: null,
    session: null,
    turn: null,
    key: "",
    what: "grant",
    subject: {
      plugin,
      path,
      sha256,
      grants,
      imports,
      publisher: signature.kind === "publisher" ? signature.name : null,
      changes: difference ?? []
    }
  }
  return { ...question, key: `grant:${plugin}:${hashOf(question)}` }
}
