/** Handlers of the operator listener's methods. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { Audit } from "../../src/audit/Audit.ts"
import { Casil } from "../../src/casil/Casil.ts"
import { secretsIn } from "../../src/casil/PublicNames.ts"
import { defaultTenant, PrincipalId, TenantId } from "../../src/domain/Ids.ts"
import { closeCodes, Connections, summary } from "../../src/gateway/Connection.ts"
import { InvalidParams, Missing, PluginFailed, Unavailable } from "../../src/gateway/GatewayError.ts"
import { GatewayStatus } from "../../src/gateway/GatewayStatus.ts"
import { OperatorRpcs } from "../../src/gateway/OperatorRpcs.ts"
import { PluginAdmin } from "../../src/gateway/PluginAdmin.ts"
import { Reload } from "../../src/gateway/Reload.ts"
import { currentPrincipal } from "../../src/identity/Principal.ts"
import type { IdentityError } from "../../src/identity/IdentityError.ts"
import { TokenName, type TokenRecord } from "../../src/identity/Token.ts"
import { type IssuedToken, TokenStore } from "../../src/identity/TokenStore.ts"
import { conditioned } from "../../src/sandbox/Capability.ts"
import { type PluginInfo, Sandbox } from "../../src/sandbox/Sandbox.ts"
import { Inbox } from "../../src/session/Inbox.ts"
import * as CasilHandlers from "./CasilHandlers.ts"
import * as errors from "./errors.ts"
import * as ScheduleHandlers from "./ScheduleHandlers.ts"
import { StateReport } from "./StateReport.ts"
import * as Usage from "./usage.ts"

const tokenInfo = (record: TokenRecord) => ({
  name: record.name,
  tenant: record.tenant,
  scopes: record.scopes,
  budget: record.budget,
  createdAt: record.createdAt,
  expiresAt: record.expiresAt ?? null,
  revokedAt: record.revokedAt ?? null,
  lastUsedAt: record.lastUsedAt ?? null
})

const tokenMade = ({ record, token }: IssuedToken) => ({ token: Redacted.value(token), info: tokenInfo(record) })

const detailsOf = ({ capabilities, ...plugin }: PluginInfo) => ({
  ...plugin,
  conditions: capabilities.map(conditioned)
})

const ofIdentity = (error: IdentityError): Effect.Effect<never, InvalidParams | Unavailable> =>
  error.reason._tag === "TokenNameTaken" || error.reason._tag === "TokenUnknown"
    ? Effect.fail(new InvalidParams({ message: error.message }))
    : Effect.andThen(
        Effect.logError(error.message, error.reason),
        Effect.fail(new Unavailable({ message: "Tokens are not available. See the gateway's log." }))
      )

const optional = <A>(decoded: { readonly _tag: "Some"; readonly value: A } | { readonly _tag: "None" }, what: string) =>
  decoded._tag === "Some"
    ? Effect.succeed(decoded.value)
    : Effect.fail(new InvalidParams({ message: `That is not a ${what}.` }))

/** What is wrong with a token that could be made and would open nothing, or not what was meant. */
const uselessToken = (scopes: ReadonlyArray<string>, expiresAt: number | undefined, now: number) => {
  if (scopes.length === 0) return "A token needs at least one scope: without any it opens nothing."
  const twice = scopes.find((scope, at) => scopes.indexOf(scope) !== at)
  if (twice !== undefined) return `The scope "${twice}" is named twice.`
  return expiresAt === undefined || expiresAt > now
    ? undefined
    : "expiresAt is in the past: a time in milliseconds since 1970 that is still to come is needed."
}

export const layer = OperatorRpcs.toLayer(
  Effect.gen(function* () {
    const audit = yield* Audit
    const casil = yield* Casil
    const casilMethods = yield* CasilHandlers.make
    const connections = yield* Connections
    const inbox = yield* Inbox
    const plugins = yield* PluginAdmin
    const reload = yield* Reload
    const sandbox = yield* Sandbox
    const schedule = yield* ScheduleHandlers.make
    const state = yield* StateReport
    const status = yield* GatewayStatus
    const tokens = yield* TokenStore
    const usage = yield* Usage.make

    const drain = Effect.gen(function* () {
      status.setReady(false)
      const { running } = yield* inbox.load
      yield* inbox.drain
      return { running }
    })

    /** A name stays in the audit log for ever: a secret pasted in its place has none there. */
    const refuseSecretName = Effect.fnUntraced(function* (name: string) {
      if ((yield* secretsIn(casil, "prompt", [name])).length === 0) return
      return yield* new InvalidParams({ message: "That name looks like a secret. Give the token another one." })
    })

    return OperatorRpcs.of({
      "plugin.inspect": Effect.fn("Gateway.plugin.inspect")(function* ({ name }) {
        const plugin = sandbox.plugins.find((loaded) => loaded.name === name)
        if (plugin === undefined) {
          const refused = sandbox.leftOut.find((one) => one.plugin === name)
          if (refused !== undefined) return yield* new PluginFailed({ message: refused.message, plugin: name })
          const known = sandbox.plugins.map((loaded) => loaded.name).join(", ")
          return yield* new Missing({ message: `There is no plugin of that name. Loaded: ${known}.` })
        }
        return detailsOf(plugin)
      }),
      "plugin.load": ({ consent, name }) => Effect.map(plugins.load(name, consent), detailsOf),
      "plugin.unload": ({ name }) => Effect.map(plugins.unload(name), (unloaded) => ({ unloaded })),
      "audit.query": ({ after, kind, limit, tenant }) =>
        audit.query({ after, kind, tenant, limit: limit ?? 100 }).pipe(
          Effect.map((entries) => ({ entries })),
          Effect.catchTag("AuditUnavailable", errors.ofAudit)
        ),
      "audit.verify": () =>
        audit.verify.pipe(
          Effect.map(({ broken, signed, ...chain }) => ({
            ...chain,
            signed: { ...signed, last: signed.last ?? null },
            broken: broken ?? null
          })),
          Effect.catchTag("AuditUnavailable", errors.ofAudit)
        ),
      ...casilMethods,
      "usage.query": Effect.fn("Gateway.usage.query")(function* ({ from, groupBy, principal, tenant, to }) {
        return yield* usage({
          by: groupBy,
          tenant: tenant === undefined ? undefined : yield* optional(TenantId.makeOption(tenant), "tenant"),
          principal:
            principal === undefined ? undefined : yield* optional(PrincipalId.makeOption(principal), "principal"),
          from,
          to
        })
      }),
      "gateway.connections": () => Effect.sync(() => ({ connections: connections.list().map(summary) })),
      "gateway.disconnect": ({ id }) =>
        Effect.map(connections.disconnect(Number(id), closeCodes.disconnected, "closed by an operator"), (closed) => ({
          closed
        })),
      "gateway.drain": () => drain,
      "gateway.reload": Effect.fn("Gateway.reload")(function* () {
        const { id, tenant } = yield* currentPrincipal
        const changed = yield* Effect.catchTag(reload.run, "ConfigError", ({ message }) =>
          Effect.fail(new InvalidParams({ message }))
        )
        const data = { applied: changed.applied.join(" "), restart: changed.restart.join(" ") }
        yield* audit
          .append({ kind: "config.loaded", tenant, principal: id, outcome: "ok", data })
          .pipe(Effect.catchTag("AuditUnavailable", errors.ofAudit))
        return changed
      }),
      "gateway.shutdown": () =>
        // the answer goes out first; the program drains again while it ends
        Effect.as(Effect.forkDetach(Effect.andThen(drain, status.stop)), { stopping: true as const }),
      "schedule.list": schedule.list,
      "schedule.run": schedule.run,
      "schedule.pause": ({ id }) => schedule.setPaused(id, true),
      "schedule.resume": ({ id }) => schedule.setPaused(id, false),
      "state.describe": () =>
        state.describe.pipe(Effect.catchTag("StoreError", ({ message }) => Effect.fail(new Unavailable({ message })))),
      "token.create": Effect.fn("Gateway.token.create")(function* ({ budget, expiresAt, name, scopes, tenant }) {
        const useless = uselessToken(scopes, expiresAt, yield* Clock.currentTimeMillis)
        if (useless !== undefined) return yield* new InvalidParams({ message: useless })
        yield* refuseSecretName(name)
        const issued = yield* tokens
          .create({
            name: TokenName.make(name),
            tenant: tenant === undefined ? defaultTenant : yield* optional(TenantId.makeOption(tenant), "tenant"),
            scopes,
            budget,
            expiresAt
          })
          .pipe(Effect.catchTag("IdentityError", ofIdentity))
        return tokenMade(issued)
      }),
      "token.rotate": ({ name, overlapMs }) =>
        Effect.andThen(refuseSecretName(name), tokens.rotate(TokenName.make(name), overlapMs ?? 0)).pipe(
          Effect.map(tokenMade),
          Effect.catchTag("IdentityError", ofIdentity)
        ),
      "token.list": () =>
        tokens.list.pipe(
          Effect.map((records) => ({ tokens: records.map(tokenInfo) })),
          Effect.catchTag("IdentityError", ofIdentity)
        ),
      "token.revoke": ({ name }) =>
        tokens.revoke(TokenName.make(name)).pipe(
          Effect.map((revoked) => ({ revoked })),
          Effect.catchTag("IdentityError", ofIdentity)
        )
    })
  })
)
