/** On whose accounts a call is charged. */
import type { AgentId, PrincipalId, TenantId, TurnId } from "../domain/Ids.ts"
import type { Work } from "./Account.ts"

export interface Spender {
  readonly tenant: TenantId
  readonly principal: PrincipalId
  readonly agent: AgentId
  /** Storage form of the session key. */
  readonly session: string
  readonly turn: TurnId
  /** Tells apart the attempts at the turn: each may spend as much as a turn may. */
  readonly attempt?: number | undefined
  /** What it is for, where no session asked for it: it has an account of its own, and `session` is its name. */
  readonly work?: Work | undefined
  /** Whether it may see the totals of all tenants where it is refused. */
  readonly seesTotals?: boolean | undefined
  /** Ids of accounts past whose pause mark an approver let the turn go. */
  readonly passed?: ReadonlyArray<string> | undefined
}
