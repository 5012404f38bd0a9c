/** The methods of the operator listener. They are not reachable from the client listener, whatever the token. */
import * as Rpc from "effect/rpc/Rpc"
import * as Schema from "effect/Schema"
import { AuditEntry } from "../audit/AuditEvent.ts"
import { OwnLimits } from "../domain/Limit.ts"
import { Scope } from "../identity/Scope.ts"
import { casilGet } from "./CasilRpcs.ts"
import { ChatResult } from "./Chat.ts"
import { Account, UsageQuery, UsageRow } from "./ClientRpcs.ts"
import { GatewayError } from "./GatewayError.ts"
import { scoped, scopedGroup } from "./ScopedRpc.ts"

const count = Schema.Int
const text = Schema.String
const tokenName = Schema.String.pipe(Schema.check(Schema.isPattern(/^[A-Za-z0-9_.-]{1,64}$/)))
/** At most thirty days: two tokens for longer are two tokens. */
const overlap = Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 30 * 24 * 3_600_000 })))

/** A token without its secret. Times are Unix milliseconds. */
export const TokenInfo = Schema.Struct({
  name: text,
  tenant: text,
  scopes: Schema.Array(Scope),
  /** What its holder may spend; money in micro-dollars. */
  budget: OwnLimits,
  createdAt: count,
  expiresAt: Schema.NullOr(count),
  revokedAt: Schema.NullOr(count),
  lastUsedAt: Schema.NullOr(count)
})

export const ConnectionInfo = Schema.Struct({
  id: text,
  listener: Schema.Literals(["client", "operator"]),
  remoteAddress: text,
  principal: Schema.NullOr(text),
  openedAt: count,
  queuedBytes: count
})

/** A loaded plugin: its file, what it asks for, what it may do, and what it offers. */
export const PluginDetails = Schema.Struct({
  name: text,
  path: text,
  sha256: text,
  bytes: count,
  kinds: Schema.Array(text),
  imports: Schema.Array(text),
  grants: Schema.Array(text),
  /** The same, each with the conditions that hold for it. */
  conditions: Schema.Array(
    Schema.Struct({
      grant: text,
      /** Methods of requests; every one where it is left out. */
      methods: Schema.optionalKey(Schema.Array(text)),
      /** Whether a call runs once untrusted text is in context; `approve`: a person is asked. */
      untrusted: Schema.Union([Schema.Boolean, Schema.Literal("approve")])
    })
  ),
  publisher: Schema.optionalKey(text),
  tools: Schema.Array(
    Schema.Struct({ name: text, description: text, inputSchema: Schema.Unknown, idempotent: Schema.Boolean })
  )
})

/** A job of the schedule. Times are Unix milliseconds. */
export const JobInfo = Schema.Struct({
  id: text,
  /** The plan as it is configured, with its time zone. */
  when: text,
  agent: text,
  tools: Schema.Array(text),
  history: Schema.Boolean,
  missed: Schema.Literals(["skip", "run_once"]),
  paused: Schema.Boolean,
  /** Null where it is paused. */
  nextAt: Schema.NullOr(count),
  last: Schema.NullOr(
    Schema.Struct({
      /** Null where somebody asked for the run. */
      due: Schema.NullOr(count),
      at: count,
      /** `run`, `overlap` (the run before was not over), `missed` (no gateway ran) or `refused`. */
      outcome: Schema.Literals(["run", "overlap", "missed", "refused"]),
      turnId: Schema.NullOr(text),
      status: Schema.NullOr(text)
    })
  ),
  /** The job's own accounts. */
  accounts: Schema.Array(Account)
})

export class OperatorRpcs extends scopedGroup(
  scoped(
    "plugin:admin",
    "A plugin's file, hash, imports, grants and tools.",
    Rpc.make("plugin.inspect", { payload: { name: text }, success: PluginDetails, error: GatewayError })
  ),
  scoped(
    "plugin:admin",
    "Loads the plugin that the configuration, read again, has under a name; in the place of the one that runs.",
    Rpc.make("plugin.load", {
      payload: {
        name: text,
        /** SHA-256 of a changed file, which the acting operator agrees to. */
        consent: Schema.optionalKey(
          Schema.String.pipe(
            Schema.check(Schema.isPattern(/^[0-9a-f]{64}$/, { expected: "64 of 0-9 a-f, the whole SHA-256" }))
          )
        )
      },
      success: PluginDetails,
      error: GatewayError
    })
  ),
  scoped(
    "plugin:admin",
    "Takes a plugin out until it is loaded again or the gateway starts anew.",
    Rpc.make("plugin.unload", {
      payload: { name: text },
      success: Schema.Struct({ unloaded: Schema.Boolean }),
      error: GatewayError
    })
  ),
  scoped(
    "audit:read",
    "Audit entries after a position, oldest first.",
    Rpc.make("audit.query", {
      payload: {
        after: Schema.optionalKey(count),
        limit: Schema.optionalKey(Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 1, maximum: 1000 })))),
        kind: Schema.optionalKey(text),
        tenant: Schema.optionalKey(text)
      },
      success: Schema.Struct({ entries: Schema.Array(AuditEntry) }),
      error: GatewayError
    })
  ),
  scoped(
    "audit:read",
    "Checks the whole chain and its signed checkpoints; names the first broken entry.",
    Rpc.make("audit.verify", {
      success: Schema.Struct({
        entries: count,
        first: count,
        head: text,
        signed: Schema.Struct({
          checkpoints: count,
          last: Schema.NullOr(Schema.Struct({ seq: count, at: count, key: text }))
        }),
        broken: Schema.NullOr(Schema.Struct({ seq: count, why: text }))
      }),
      error: GatewayError
    })
  ),
  casilGet,
  scoped(
    "admin",
    "What all turns used.",
    Rpc.make("usage.query", {
      payload: { ...UsageQuery, tenant: Schema.optionalKey(text), principal: Schema.optionalKey(text) },
      success: Schema.Struct({ rows: Schema.Array(UsageRow), total: UsageRow }),
      error: GatewayError
    })
  ),
  scoped(
    "admin",
    "Open connections of both listeners.",
    Rpc.make("gateway.connections", {
      success: Schema.Struct({ connections: Schema.Array(ConnectionInfo) }),
      error: GatewayError
    })
  ),
  scoped(
    "admin",
    "Closes one connection.",
    Rpc.make("gateway.disconnect", {
      payload: { id: text },
      success: Schema.Struct({ closed: Schema.Boolean }),
      error: GatewayError
    })
  ),
  scoped(
    "admin",
    "Takes no new turns and answers when the running ones are over.",
    Rpc.make("gateway.drain", { success: Schema.Struct({ running: count }), error: GatewayError })
  ),
  scoped(
    "admin",
    "Reads the configuration again; what can change without a restart does, the rest is named.",
    Rpc.make("gateway.reload", {
      success: Schema.Struct({ applied: Schema.Array(text), restart: Schema.Array(text) }),
      error: GatewayError
    })
  ),
  scoped(
    "admin",
    "Drains, answers, and ends the process.",
    Rpc.make("gateway.shutdown", { success: Schema.Struct({ stopping: Schema.Literal(true) }), error: GatewayError })
  ),
  scoped(
    "admin",
    "The jobs of the schedule: when they are due, how the last run ended, what they spent.",
    Rpc.make("schedule.list", { success: Schema.Struct({ jobs: Schema.Array(JobInfo) }), error: GatewayError })
  ),
  scoped(
    "admin",
    "Runs a job now, beside its slots; with wait it answers when the run is over.",
    Rpc.make("schedule.run", {
      payload: { id: text, wait: Schema.optionalKey(Schema.Boolean) },
      success: Schema.Struct({ turnId: text, sessionKey: text, result: Schema.NullOr(ChatResult) }),
      error: GatewayError
    })
  ),
  scoped(
    "admin",
    "Pauses a job until it is resumed, also over restarts.",
    Rpc.make("schedule.pause", { payload: { id: text }, success: JobInfo, error: GatewayError })
  ),
  scoped(
    "admin",
    "Resumes a job; what it missed meanwhile is not made up for.",
    Rpc.make("schedule.resume", { payload: { id: text }, success: JobInfo, error: GatewayError })
  ),
  scoped(
    "admin",
    "Where each state lies, and how large it is.",
    Rpc.make("state.describe", {
      success: Schema.Struct({
        stateDir: text,
        database: Schema.Struct({ path: text, bytes: count, schema: count }),
        counts: Schema.Record(text, count)
      }),
      error: GatewayError
    })
  ),
  scoped(
    "admin",
    "Makes a token; its secret is in this answer and nowhere else.",
    Rpc.make("token.create", {
      payload: {
        name: tokenName,
        tenant: Schema.optionalKey(text),
        scopes: Schema.Array(Scope),
        expiresAt: Schema.optionalKey(count),
        budget: Schema.optionalKey(OwnLimits)
      },
      success: Schema.Struct({ token: text, info: TokenInfo }),
      error: GatewayError
    })
  ),
  scoped(
    "admin",
    "Makes a token's successor, with its name, tenant, scopes and budget; the old one ends after the overlap.",
    Rpc.make("token.rotate", {
      // milliseconds for which both are good; none where it is left out
      payload: { name: tokenName, overlapMs: Schema.optionalKey(overlap) },
      success: Schema.Struct({ token: text, info: TokenInfo }),
      error: GatewayError
    })
  ),
  scoped(
    "admin",
    "All tokens, without their secrets.",
    Rpc.make("token.list", { success: Schema.Struct({ tokens: Schema.Array(TokenInfo) }), error: GatewayError })
  ),
  scoped(
    "admin",
    "Revokes a token; its live connections are closed within a second.",
    Rpc.make("token.revoke", {
      payload: { name: tokenName },
      success: Schema.Struct({ revoked: Schema.Boolean }),
      error: GatewayError
    })
  )
) {}
