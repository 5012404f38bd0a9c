/** What the approval tests share: questions, approvers, and the approvals over one database file or several of them. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqliteApprovals from "../../layers/approval/SqliteApprovals.ts"
import * as SqliteAudit from "../../layers/audit/SqliteAudit.ts"
import * as NodeEntropy from "../../layers/platform/NodeEntropy.ts"
import * as SqliteSessionStore from "../../layers/session/SqliteSessionStore.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import type { Store } from "../../layers/store/Store.ts"
import type { Question } from "../../src/approval/Approval.ts"
import type { Approvals } from "../../src/approval/Approvals.ts"
import type { Audit } from "../../src/audit/Audit.ts"
import { AgentId, defaultTenant, PluginName, PrincipalId, TenantId } from "../../src/domain/Ids.ts"
import { SessionStore } from "../../src/session/SessionStore.ts"
import { acceptance, as, turnId } from "../session/fixtures.ts"

export const expiryMs = 900_000

export const toolCall = (part: Partial<Extract<Question, { what: "tool_call" }>> = {}): Question => ({
  tenant: defaultTenant,
  principal: PrincipalId.make("alice"),
  agent: AgentId.make("main"),
  session: "main:websocket:alice:main",
  turn: turnId(1),
  key: "call_0_0@1",
  what: "tool_call",
  subject: {
    tool: "send_mail",
    plugin: PluginName.make("mail"),
    sha256: "0".repeat(64),
    arguments: { to: "bob@example.com", text: "hello", copies: [1, 2, { deep: null }] },
    why: "listed",
    origins: []
  },
  ...part
})

export const budget: Question = {
  ...toolCall(),
  key: "budget:day:2026-01-01:tokens",
  what: "budget",
  subject: { account: "day:2026-01-01", scope: "day", unit: "tokens", limit: 100, spent: 91, resetsAt: null }
}

export const grant: Question = {
  ...toolCall({ agent: null, session: null, turn: null, key: "grant:mail" }),
  what: "grant",
  subject: {
    plugin: PluginName.make("mail"),
    path: "/plugins/mail.wasm",
    sha256: "1".repeat(64),
    grants: ["http:mail.example.com"],
    imports: ["extism:host/env/http_request"],
    publisher: null,
    changes: ["new grants: http:mail.example.com"]
  }
}

export const otherTenant = TenantId.make("acme")
/** Acts as somebody who may approve. */
export const approver = as("bob", ["approve"])
/** Acts as an operator who may approve. */
export const operator = as("root", ["approve", "plugin:admin"])
export const stranger = as("eve", ["approve"], otherTenant)
export const unscoped = as("alice", ["chat:send", "session:any", "admin"])

export type World = Approvals | Audit | SessionStore | Store

/** A gateway's approvals at `path`; fresh at each use: two of them on one file are two gateways. */
export const approvalsAt = (path: string): Layer.Layer<World> =>
  Layer.fresh(
    Layer.mergeAll(
      SqliteApprovals.layer(expiryMs),
      SqliteAudit.layer,
      SqliteSessionStore.layerWith(() => true)
    ).pipe(Layer.provideMerge(Layer.orDie(SqliteStore.layer(path))), Layer.provide(NodeEntropy.layer))
  )

/** The turns 1 to `count`, so that there is something to ask for. */
export const turns = (count = 1) =>
  Effect.flatMap(SessionStore, (store) =>
    Effect.forEach(
      Array.from({ length: count }, (_, i) => i + 1),
      (n) => store.accept(acceptance(n)),
      { discard: true }
    )
  )
