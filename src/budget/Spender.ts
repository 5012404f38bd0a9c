/** On whose accounts a call is charged. */
import type { AgentId, PrincipalId, TenantId, TurnId } from "../domain/Ids.ts"

export interface Spender {
  readonly tenant: TenantId
  readonly principal: PrincipalId
  readonly agent: AgentId
  /** Storage form of the session key. */
  readonly session: string
  readonly turn: TurnId
  /** Ids of accounts past whose pause mark an approver let the turn go. */
  readonly passed?: ReadonlyArray<string> | undefined
}
