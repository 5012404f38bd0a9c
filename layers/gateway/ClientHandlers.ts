/** Handlers of the client listener's methods. */
import * as Effect from "effect/Effect"
import { Agents } from "../../src/agent/Agent.ts"
import { BudgetLedger } from "../../src/budget/BudgetLedger.ts"
import { seesTotals } from "../../src/budget/Disclosure.ts"
import { outlook } from "../../src/budget/Outlook.ts"
import { AgentId } from "../../src/domain/Ids.ts"
import * as SessionKey from "../../src/domain/SessionKey.ts"
import { ClientRpcs } from "../../src/gateway/ClientRpcs.ts"
import { NoAgent } from "../../src/gateway/GatewayError.ts"
import { currentPrincipal } from "../../src/identity/Principal.ts"
import { Router } from "../../src/router/Router.ts"
import { Sandbox } from "../../src/sandbox/Sandbox.ts"
import { Sessions } from "../../src/session/Sessions.ts"
import * as ApprovalHandlers from "./ApprovalHandlers.ts"
import * as ChatHandlers from "./ChatHandlers.ts"
import * as errors from "./errors.ts"
import * as MemoryHandlers from "./MemoryHandlers.ts"
import * as Usage from "./usage.ts"

/** Turns and sessions in one page, unless asked otherwise. */
const defaultPage = 50

export const layer = ClientRpcs.toLayer(
  Effect.gen(function* () {
    const agents = yield* Agents
    const approvals = yield* ApprovalHandlers.make
    const chat = yield* ChatHandlers.make
    const ledger = yield* BudgetLedger
    const memory = yield* MemoryHandlers.make
    const router = yield* Router
    const sandbox = yield* Sandbox
    const sessions = yield* Sessions
    const usage = yield* Usage.make

    /** The caller's own conversation over the WebSocket, where none is named. */
    const mainSession = Effect.map(currentPrincipal, (principal) => {
      const address = ChatHandlers.addressOf(principal, {})
      return SessionKey.show(ChatHandlers.sessionOf(principal, router.resolve(address), address))
    })

    const agentOf = Effect.fnUntraced(function* (name: string | undefined) {
      if (name === undefined) return undefined
      const agent = AgentId.makeOption(name)
      if (agent._tag === "Some" && agents.get(agent.value) !== undefined) return agent.value
      return yield* new NoAgent({ message: `There is no agent of that name.` })
    })

    return ClientRpcs.of({
      "memory.search": memory.search,
      "memory.facts": memory.facts,
      "memory.forget": memory.forget,
      "memory.export": memory.export,
      "memory.import": memory.import,
      "approval.list": approvals.list,
      "approval.resolve": approvals.resolve,
      "chat.send": chat.send,
      "chat.resume": chat.resume,
      "chat.cancel": chat.cancel,
      "chat.history": Effect.fn("Gateway.chat.history")(function* ({ before, limit, sessionKey }) {
        const key = sessionKey ?? (yield* mainSession)
        const turns = yield* Effect.catchTag(
          sessions.history(key, { limit: limit ?? defaultPage, before }),
          "SessionError",
          (error) =>
            // one's own conversation that has not begun yet is empty, not missing
            sessionKey === undefined && error.reason._tag === "NotFound" ? Effect.succeed([]) : errors.ofSession(error)
        )
        return { sessionKey: key, turns }
      }),
      "session.list": ({ before, limit }) =>
        sessions.list({ limit: limit ?? defaultPage, before }).pipe(
          Effect.map((found) => ({ sessions: found })),
          Effect.catchTag("SessionError", errors.ofSession)
        ),
      "session.get": ({ sessionKey }) =>
        sessions.get(sessionKey).pipe(Effect.catchTag("SessionError", errors.ofSession)),
      "session.clear": ({ sessionKey }) =>
        sessions.clear(sessionKey).pipe(Effect.catchTag("SessionError", errors.ofSession)),
      "agent.list": () =>
        Effect.succeed({
          agents: agents.all.map((agent) => ({
            id: agent.id,
            provider: agent.skill === undefined ? agent.targets[0].provider : "skill",
            model: agent.skill ?? agent.targets[0].model,
            tools: sandbox.tools
              .map(({ name }) => name)
              .filter((name) => agent.tools === undefined || agent.tools.includes(name)),
            isDefault: agent.id === router.fallback
          }))
        }),
      "plugin.list": () =>
        Effect.succeed({
          plugins: sandbox.plugins.map((plugin) => ({
            name: plugin.name,
            sha256: plugin.sha256,
            tools: plugin.tools.map(({ description, name }) => ({ name, description })),
            grants: plugin.grants
          })),
          leftOut: sandbox.leftOut.map(({ plugin }) => plugin)
        }),
      "budget.status": Effect.fn("Gateway.budget.status")(function* ({ agent, sessionKey }) {
        const principal = yield* currentPrincipal
        const { id, tenant } = principal
        const owner = yield* agentOf(agent)
        const session =
          sessionKey === undefined
            ? undefined
            : yield* Effect.catchTag(sessions.get(sessionKey), "SessionError", errors.ofSession)
        const accounts = yield* outlook(ledger, {
          tenant,
          principal: id,
          seesTotals: seesTotals(principal),
          agent: owner ?? (yield* agentOf(session?.agent)),
          session: session === undefined ? undefined : SessionKey.storageKeyOf(tenant, session.sessionKey),
          work: "extraction"
        }).pipe(Effect.catchTag("BudgetError", errors.ofBudget))
        // what nobody uses is no news
        return { accounts: accounts.filter(({ scope, spent }) => scope !== "extraction" || spent > 0) }
      }),
      "usage.query": Effect.fn("Gateway.usage.query")(function* ({ from, groupBy, to }) {
        const { id, tenant } = yield* currentPrincipal
        return yield* usage({ by: groupBy, tenant, principal: id, from, to })
      })
    })
  })
)
