/** The methods of the client listener. One contract: handlers, typed client, OpenRPC document and docs come from it. */
import * as Rpc from "effect/rpc/Rpc"
import * as RpcGroup from "effect/rpc/RpcGroup"
import * as Schema from "effect/Schema"
import { Approval, ApprovalStatus } from "../approval/Approval.ts"
import { AccountScope } from "../budget/BudgetError.ts"
import { ApprovalId, IdempotencyKey, TurnId } from "../domain/Ids.ts"
import { Scope } from "../identity/Scope.ts"
import { Receipt } from "../session/Receipt.ts"
import { StopReason } from "../session/TurnEvent.ts"
import { ChatElement, ChatSend, Name } from "./Chat.ts"
import { GatewayError, RateLimited, Unauthorized, Unavailable } from "./GatewayError.ts"
import { memoryRpcs } from "./MemoryRpcs.ts"
import { scoped, scopedGroup, Summary } from "./ScopedRpc.ts"

const count = Schema.Int
const text = Schema.String
const limit = (maximum: number) =>
  Schema.optionalKey(Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 1, maximum }))))

/** What the acting principal may do. */
export const Identity = Schema.Struct({ id: text, tenant: text, scopes: Schema.Array(Scope) })

/** Methods that need no principal. */
export class OpenRpcs extends RpcGroup.make(
  Rpc.make("auth.login", {
    payload: { token: Schema.String.pipe(Schema.check(Schema.isBetweenLength(1, 4096))) },
    success: Identity,
    error: Schema.Union([Unauthorized, RateLimited, Unavailable])
  }).annotate(Summary, "Authenticates the connection with a token; the first frame where no header can be set."),
  Rpc.make("auth.prove", {
    payload: { challenge: Schema.String.pipe(Schema.check(Schema.isPattern(/^[0-9a-f]{64}$/))) },
    success: Schema.Struct({ proof: text }),
    error: Unauthorized
  }).annotate(Summary, "Shows a peer on this machine that the gateway knows the operator's token, before it is sent."),
  Rpc.make("ping", { success: Schema.Struct({ pong: Schema.Literal(true), at: count }) }).annotate(
    Summary,
    "Answers at once with the gateway's time, Unix milliseconds."
  ),
  Rpc.make("status", {
    success: Schema.Struct({
      version: text,
      ready: Schema.Boolean,
      uptimeMs: count,
      authenticated: Schema.NullOr(Identity),
      /** Address of the client listener, told on the operator's. */
      client: Schema.optionalKey(text)
    })
  }).annotate(Summary, "Version, readiness and who the connection acts as."),
  Rpc.make("rpc.discover", { success: Schema.Unknown }).annotate(Summary, "The OpenRPC document of this listener.")
) {}

export const SessionInfo = Schema.Struct({
  sessionKey: text,
  agent: text,
  channel: text,
  account: text,
  peer: text,
  principal: text,
  turns: count,
  createdAt: count,
  updatedAt: count
})

export const HistoryTurn = Schema.Struct({
  turnId: TurnId,
  at: count,
  status: Schema.Literals(["accepted", "running", "waiting", "parked", "done", "failed", "cancelled", "interrupted"]),
  user: text,
  assistant: text,
  tools: Schema.Array(Schema.Struct({ name: text, input: Schema.Unknown, content: text, isError: Schema.Boolean })),
  stopReason: Schema.NullOr(StopReason),
  receipt: Schema.NullOr(Receipt)
})

export const Account = Schema.Struct({
  scope: AccountScope,
  key: text,
  unit: Schema.Literals(["tokens", "micros"]),
  limit: Schema.NullOr(count),
  spent: count,
  held: count,
  /** Amounts at which it warns, and at which turns wait for an approval. */
  warnAt: Schema.NullOr(count),
  pauseAt: Schema.NullOr(count),
  /** Beginning of its period, Unix milliseconds, and its end; null where it has none. */
  since: Schema.NullOr(count),
  resetsAt: Schema.NullOr(text),
  /** What will be spent by then, and when the limit will be reached if that is earlier, Unix milliseconds. */
  forecast: Schema.NullOr(Schema.Struct({ expected: count, exhaustsAt: Schema.NullOr(count) }))
})

export const UsageQuery = {
  groupBy: Schema.optionalKey(Schema.Literals(["agent", "session", "day", "model", "tool"])),
  /** Unix times in milliseconds: from inclusive, to exclusive. */
  from: Schema.optionalKey(count),
  to: Schema.optionalKey(count)
}
export const UsageRow = Schema.Struct({
  group: text,
  calls: count,
  inputTokens: count,
  outputTokens: count,
  cacheRead: count,
  cacheWrite: count,
  costMicros: count,
  /** What the vendor's cache saved; negative where writing to it cost more. */
  savedMicros: count,
  /** By tool only: failed calls, and how long all of them ran in milliseconds. */
  errors: Schema.optionalKey(count),
  ms: Schema.optionalKey(count)
})

const sessionKey = Schema.String.pipe(Schema.check(Schema.isBetweenLength(1, 4096)))

/** Methods that need a principal and a scope. */
export class ClientRpcs extends scopedGroup(
  scoped(
    "chat:send",
    "Sends a message; streams the turn's events and answers with its result.",
    Rpc.make("chat.send", { payload: ChatSend, success: ChatElement, error: GatewayError, stream: true })
  ),
  scoped(
    "chat:send",
    "Replays a turn's events after `after`, then follows it; `retry` runs an interrupted or parked turn anew.",
    Rpc.make("chat.resume", {
      payload: {
        turnId: Schema.optionalKey(TurnId),
        idempotencyKey: Schema.optionalKey(IdempotencyKey),
        after: Schema.optionalKey(Schema.Int.pipe(Schema.check(Schema.isGreaterThanOrEqualTo(0)))),
        retry: Schema.optionalKey(Schema.Boolean)
      },
      success: ChatElement,
      error: GatewayError,
      stream: true
    })
  ),
  scoped(
    "chat:send",
    "Stops a turn and settles what it used. `cancelled` is false when it was over already.",
    Rpc.make("chat.cancel", {
      payload: { turnId: TurnId },
      success: Schema.Struct({ cancelled: Schema.Boolean }),
      error: GatewayError
    })
  ),
  scoped(
    "session:read",
    "Turns of a session, newest last; fewer than `limit` where they are long. `before` is a turn id of an earlier page.",
    Rpc.make("chat.history", {
      payload: { sessionKey: Schema.optionalKey(sessionKey), limit: limit(500), before: Schema.optionalKey(TurnId) },
      success: Schema.Struct({ sessionKey: text, turns: Schema.Array(HistoryTurn) }),
      error: GatewayError
    })
  ),
  scoped(
    "session:read",
    "Sessions, most recently used first. `before` is the `updatedAt` of an earlier page.",
    Rpc.make("session.list", {
      payload: { limit: limit(500), before: Schema.optionalKey(count) },
      success: Schema.Struct({ sessions: Schema.Array(SessionInfo) }),
      error: GatewayError
    })
  ),
  scoped(
    "session:read",
    "One session.",
    Rpc.make("session.get", { payload: { sessionKey }, success: SessionInfo, error: GatewayError })
  ),
  scoped(
    "session:write",
    "Deletes a session's turns, with what memory has of them. The ledger and the audit keep their numbers.",
    Rpc.make("session.clear", {
      payload: { sessionKey },
      success: Schema.Struct({ turns: count }),
      error: GatewayError
    })
  ),
  scoped(
    "chat:send",
    "The configured agents.",
    Rpc.make("agent.list", {
      success: Schema.Struct({
        agents: Schema.Array(
          Schema.Struct({
            id: text,
            provider: text,
            model: text,
            tools: Schema.Array(text),
            isDefault: Schema.Boolean
          })
        )
      }),
      error: GatewayError
    })
  ),
  scoped(
    "chat:send",
    "The loaded plugins and their tools.",
    Rpc.make("plugin.list", {
      success: Schema.Struct({
        plugins: Schema.Array(
          Schema.Struct({
            name: text,
            sha256: text,
            tools: Schema.Array(Schema.Struct({ name: text, description: text })),
            grants: Schema.Array(text)
          })
        ),
        /** Names of plugins that the start left out; `plugin.inspect` tells an operator why. */
        leftOut: Schema.Array(text)
      }),
      error: GatewayError
    })
  ),
  scoped(
    "budget:read",
    "Balances of the accounts that apply to the caller; with `session`, also that session's.",
    Rpc.make("budget.status", {
      payload: { agent: Schema.optionalKey(Name), sessionKey: Schema.optionalKey(sessionKey) },
      success: Schema.Struct({ accounts: Schema.Array(Account) }),
      error: GatewayError
    })
  ),
  scoped(
    "budget:read",
    "What the caller's own turns used; by tool, what its calls and results made of the prompts.",
    Rpc.make("usage.query", {
      payload: UsageQuery,
      success: Schema.Struct({ rows: Schema.Array(UsageRow), total: UsageRow }),
      error: GatewayError
    })
  ),
  scoped(
    "approve",
    "Questions of the caller's tenant, newest first, with all that would be done; `pending` ones unless asked otherwise.",
    Rpc.make("approval.list", {
      payload: {
        /** Only this one, whatever its status. */
        id: Schema.optionalKey(ApprovalId),
        status: Schema.optionalKey(Schema.Union([ApprovalStatus, Schema.Literal("all")])),
        limit: limit(500)
      },
      success: Schema.Struct({ approvals: Schema.Array(Approval) }),
      error: GatewayError
    })
  ),
  scoped(
    "approve",
    "Answers a question. `hash` is that of what the caller saw; the answer is final, and the turn goes on.",
    Rpc.make("approval.resolve", {
      payload: {
        id: ApprovalId,
        hash: Schema.String.pipe(Schema.check(Schema.isPattern(/^[0-9a-f]{64}$/, { expected: "64 of 0-9 a-f" }))),
        decision: Schema.Literals(["approve", "deny"]),
        reason: Schema.optionalKey(Schema.String.pipe(Schema.check(Schema.isBetweenLength(1, 500))))
      },
      success: Approval,
      error: GatewayError
    })
  ),
  ...memoryRpcs
) {}
