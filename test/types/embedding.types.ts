/**
 * What a program that embeds exoclaw cannot do by the package's own names. Each line is an attempt to get around a
 * proof; an `@ts-expect-error` with nothing to suppress is itself an error.
 */
// @effect-diagnostics missingEffectContext:off missingEffectError:off
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type Gateway, layer, Live, type StartError } from "exoclaw/layers/Exoclaw.ts"
import type { Own } from "exoclaw/layers/gateway/Own.ts"
import { LedgerStore } from "exoclaw/src/budget/LedgerStore.ts"
import { Casil } from "exoclaw/src/casil/Casil.ts"
import type { PrincipalId, TenantId } from "exoclaw/src/domain/Ids.ts"
import { Authenticator } from "exoclaw/src/identity/Authenticator.ts"
import * as PrincipalModule from "exoclaw/src/identity/Principal.ts"
import { Inbox } from "exoclaw/src/session/Inbox.ts"
import { Model } from "exoclaw/src/model/Model.ts"
import { type ModelAdapter, ModelAdapters } from "exoclaw/src/model/ModelAdapter.ts"
import { openGrant } from "exoclaw/src/sandbox/Grant.ts"
import { granted } from "exoclaw/src/sandbox/HostFunction.ts"
import { Sandbox } from "exoclaw/src/sandbox/Sandbox.ts"
import * as Schema from "effect/Schema"
// @ts-expect-error what seals an inspected value is no export of the package
import { sealInspected } from "exoclaw/src/casil/SealedInspected.ts"
// @ts-expect-error nor is what seals a principal
import { sealClaims } from "exoclaw/src/identity/SealedPrincipal.ts"
import * as InspectedModule from "exoclaw/src/casil/Inspected.ts"

// @ts-expect-error nor does the public module have it
export const seal = InspectedModule.sealInspected
// @ts-expect-error nor that of principals
export const sealOfClaims = PrincipalModule.sealClaims
export const sealed = [sealInspected, sealClaims]

declare const live: Layer.Layer<Gateway, StartError>
declare const own: Own
declare const id: PrincipalId
declare const tenant: TenantId
declare const adapter: ModelAdapter

const runs = (_program: Effect.Effect<unknown, StartError>): void => undefined

/** With parts of one's own the graph has no open requirement, and offers no more than without. */
export const whole: Layer.Layer<Gateway, StartError> = Live({}, own)
// @ts-expect-error the whole graph is not for taking parts out of
export const opened: ReturnType<typeof layer> = live

export const aGatewayGivesNoWayAroundItsDoors = (): void => {
  runs(Effect.provide(Effect.asVoid(Inbox), live))
  // @ts-expect-error an adapter alone asks its vendor without a hold
  runs(Effect.provide(Effect.asVoid(ModelAdapters), live))
  // @ts-expect-error the ledger's store moves money without a decision
  runs(Effect.provide(Effect.asVoid(LedgerStore), live))
  // @ts-expect-error an authenticator makes principals for work that starts inside
  runs(Effect.provide(Effect.asVoid(Authenticator), live))
  // @ts-expect-error the sandbox runs tools without the agent's limits and approvals
  runs(Effect.provide(Effect.asVoid(Sandbox), live))
}

export const ownPartsKeepTheProofs = (): void => {
  // @ts-expect-error Property '#verify' is missing: claims are sealed by the service itself
  void ({ authenticator: Layer.succeed(Authenticator, { authenticate: () => Effect.succeed(id) }) } satisfies Own)
  // @ts-expect-error `free: "yes"` is no way around the price
  void ({ adapters: [{ ...adapter, free: "yes" }] } satisfies Own)
  // @ts-expect-error an adapter without a bound cannot be held for
  void ({ adapters: [{ provider: "mine", free: false, minimumOutput: 1, stream: adapter.stream }] } satisfies Own)
  // @ts-expect-error an agent without a model
  void ({ agents: (all) => all.map((agent) => ({ ...agent, targets: [] })) } satisfies Own)
  // @ts-expect-error a limit cannot be taken away
  void ({ agents: (all) => all.map((agent) => ({ ...agent, limits: undefined })) } satisfies Own)
  // @ts-expect-error the ledger and the model door have no second implementation
  void ({ models: Model.layer } satisfies Own)
  // @ts-expect-error nor has inspection: links add to it, and only ever refuse more
  void ({ inspection: Casil.layerOff } satisfies Own)
}

export const aFunctionForPluginsOpensWhatItDeclares = granted({
  name: "reach",
  capability: "host_function",
  argument: Schema.String,
  // @ts-expect-error the program's own function cannot open the network that a plugin was granted
  run: () => Effect.as(openGrant("http"), null)
})

// @ts-expect-error claims are no principal
export const claimed: PrincipalModule.SealedPrincipal = { id, tenant, scopes: ["admin"], credential: undefined }
