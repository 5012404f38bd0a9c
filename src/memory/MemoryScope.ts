/**
 * Whose memory it is: tenant, agent and principal together. Every key and every query of memory carries one, so nothing
 * is ever found across two of them (threats row 26).
 */
import * as Schema from "effect/Schema"
import { AgentId, PrincipalId, TenantId } from "../domain/Ids.ts"
import type { SealedPrincipal } from "../identity/Principal.ts"

export const MemoryScope = Schema.Struct({ tenant: TenantId, agent: AgentId, principal: PrincipalId }).pipe(
  Schema.brand("MemoryScope")
)
export type MemoryScope = typeof MemoryScope.Type

/** The memory that an agent has of whom it serves. */
export const scopeOf = (principal: SealedPrincipal, agent: AgentId): MemoryScope =>
  MemoryScope.make({ tenant: principal.tenant, agent, principal: principal.id })

/** One text for one scope: no two scopes share it, since neither a tenant's nor an agent's id may contain a blank. */
export const scopeKey = ({ agent, principal, tenant }: MemoryScope): string => `${tenant} ${agent} ${principal}`
