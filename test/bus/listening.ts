/** A real listener on a free port that serves the bus alone. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import type { BusClient } from "./clients.ts"
import * as MemoryAudit from "../../layers/audit/MemoryAudit.ts"
import * as Bus from "../../layers/bus/Bus.ts"
import * as AuthBackoff from "../../layers/http/AuthBackoff.ts"
import * as Connections from "../../layers/http/Connections.ts"
import type { Limits } from "../../layers/http/Limits.ts"
import * as RateLimit from "../../layers/http/RateLimit.ts"
import * as WebSocketListener from "../../layers/http/WebSocketListener.ts"
import * as TokenAuthenticator from "../../layers/identity/TokenAuthenticator.ts"
import * as NodeEntropy from "../../layers/platform/NodeEntropy.ts"
import { Audit } from "../../src/audit/Audit.ts"
import { Broker } from "../../src/bus/routing/Broker.ts"
import { Casil } from "../../src/casil/Casil.ts"
import { InstanceId, PrincipalId, TenantId } from "../../src/domain/Ids.ts"
import { Instance } from "../../src/domain/Instance.ts"
import { type Authenticate, BusDoor } from "../../src/gateway/BusDoor.ts"
import type { RatePolicy, RateScope } from "../../src/gateway/RateLimit.ts"
import { Authenticator } from "../../src/identity/Authenticator.ts"
import type { Scope as PrincipalScope } from "../../src/identity/Scope.ts"
import { memoryOptions } from "./options.ts"

const claims = (name: string, tenant: string, scopes: ReadonlyArray<PrincipalScope>) => ({
  id: PrincipalId.make(`token:${name}`),
  tenant: TenantId.make(tenant),
  scopes
})

const user: ReadonlyArray<PrincipalScope> = ["bus:join", "bus:publish"]

/** Tokens by what their holders may do: `ann` and `bob` of tenant a, `eve` of tenant b, and so on. */
export const tokens = {
  ann: claims("ann", "tenant-a", user),
  bob: claims("bob", "tenant-a", user),
  guest: claims("guest", "tenant-a", ["bus:join"]),
  keeper: claims("keeper", "tenant-a", [...user, "bus:moderate"]),
  admin: claims("admin", "tenant-a", [...user, "admin"]),
  eve: claims("eve", "tenant-b", user),
  keeperB: claims("keeper", "tenant-b", [...user, "bus:moderate", "admin"]),
  carol: claims("carol", "tenant-c", [...user, "bus:moderate", "admin"]),
  nobody: claims("nobody", "tenant-a", ["chat:send"])
}
export type Token = keyof typeof tokens

export interface Options {
  readonly bus?: Partial<Bus.Options["broker"]>
  readonly transport?: Partial<Bus.Options["transport"]>
  readonly memory?: Partial<Bus.Options["memory"]>
  readonly inspection?: Bus.Options["inspection"]
  readonly redis?: Bus.Options["redis"]
  readonly nats?: Bus.Options["nats"]
  readonly rates?: { readonly [S in RateScope]?: RatePolicy }
  readonly limits?: Partial<Limits>
  /** Whoever comes without a token is `local`. */
  readonly local?: boolean
  /** Decides about a hello's token instead of what `tokens` say. */
  readonly authenticate?: Authenticate
}

/** Opens it in the scope at hand. */
export const listening = (options: Options = {}) =>
  Effect.gen(function* () {
    const basis = Layer.mergeAll(
      NodeEntropy.layer,
      MemoryAudit.layerMemory,
      Casil.layer(options.inspection === undefined ? {} : { scope: options.inspection.scope }),
      TokenAuthenticator.layerTest(tokens),
      Connections.layer,
      AuthBackoff.layer,
      RateLimit.layerWith({ policies: options.rates }),
      Layer.succeed(Instance, { id: InstanceId.make("inst_0000000000000000"), pid: 1, startTicks: "1" })
    )
    const defaults = memoryOptions()
    const bus = Bus.layer({
      broker: { ...defaults.broker, ...options.bus },
      memory: { ...defaults.memory, ...options.memory },
      redis: options.redis,
      nats: options.nats,
      inspection: options.inspection ?? { scope: { include: [], exclude: [] }, notes: false },
      transport: { ...defaults.transport, ...options.transport }
    })
    const context = yield* Layer.build(Layer.provideMerge(bus, basis))
    return yield* Effect.gen(function* () {
      const authenticator = yield* Authenticator
      const door = (yield* BusDoor).open(
        options.authenticate ??
          ((token, { remoteAddress }) =>
            authenticator.authenticate({ token, remoteAddress, loopback: true, listener: "client" }))
      )
      const listener = yield* WebSocketListener.serve({
        name: "client",
        host: "127.0.0.1",
        port: 0,
        http: Effect.succeed(HttpServerResponse.text("bus")),
        paths: door === undefined ? {} : { "/bus": door },
        authenticate: ({ remoteAddress }) =>
          options.local === true
            ? authenticator.authenticate({ remoteAddress, loopback: true, listener: "client" })
            : Effect.succeed(undefined),
        limits: options.limits
      })
      return {
        listener,
        url: `${listener.url.replace("http", "ws")}/bus`,
        broker: yield* Broker,
        audit: yield* Audit
      }
    }).pipe(Effect.provideContext(context))
  }) satisfies Effect.Effect<unknown, unknown, Scope.Scope>

/** Says hello with somebody's token. */
export const as = async (client: BusClient, token: Token, type = 4): Promise<BusClient> => {
  await client.hello({ token, type })
  return client
}
