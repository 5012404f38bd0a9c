/** What the memory tests share: scopes, utterances and both stores. */
import * as Layer from "effect/Layer"
import * as MemoryMemory from "../../layers/memory/MemoryMemory.ts"
import * as SqliteMemory from "../../layers/memory/SqliteMemory.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { AgentId, PrincipalId, TenantId } from "../../src/domain/Ids.ts"
import { MemoryScope } from "../../src/memory/MemoryScope.ts"
import type { AnalysedTurn } from "../../src/memory/MemoryTurn.ts"

export const scopeFor = (principal: string, agent = "main", tenant = "default"): MemoryScope =>
  MemoryScope.make({
    tenant: TenantId.make(tenant),
    agent: AgentId.make(agent),
    principal: PrincipalId.make(principal)
  })

export const said = (id: string, text: string, part: Partial<AnalysedTurn> = {}): AnalysedTurn => ({
  id,
  conversation: "talk",
  at: 1_700_000_000_000,
  role: "user",
  speaker: undefined,
  text,
  turn: undefined,
  tokens: text.length,
  embedder: "none",
  features: new TextEncoder().encode(text),
  ...part
})

export const stores = {
  SqliteMemory: SqliteMemory.layer.pipe(Layer.provide(Layer.orDie(SqliteStore.layerMemory))),
  MemoryMemory: MemoryMemory.layer
}
