/** `exoclaw bus serve`: the message bus alone, with the gateway's store, identities and listeners, and no agents. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as HttpRouter from "effect/http/HttpRouter"
import { dirname, join, resolve } from "node:path"
import * as InspectionThread from "../casil/InspectionThread.ts"
import { Casil } from "../../src/casil/Casil.ts"
import type { ConfigError } from "../../src/config/ConfigError.ts"
import { GatewayStatus } from "../../src/gateway/GatewayStatus.ts"
import type { ListenError } from "../../src/gateway/ListenError.ts"
import { Authenticator } from "../../src/identity/Authenticator.ts"
import type { IdentityError } from "../../src/identity/IdentityError.ts"
import { casilPolicy } from "../../src/settings/options/casil.ts"
import * as listeners from "../../src/settings/options/gateway.ts"
import { telemetry } from "../../src/settings/options/telemetry.ts"
import type { SettingsShape } from "../../src/settings/Settings.ts"
import { defaultKeyFile } from "../audit/AuditKey.ts"
import { trustOf } from "../audit/CheckpointNote.ts"
import * as SqliteAudit from "../audit/SqliteAudit.ts"
import { type Flags, load } from "../config/ConfigFile.ts"
import { processSurroundings } from "../config/Surroundings.ts"
import * as AuthBackoff from "../http/AuthBackoff.ts"
import * as Connections from "../http/Connections.ts"
import * as WebSocketListener from "../http/WebSocketListener.ts"
import * as SqliteTokens from "../identity/SqliteTokens.ts"
import * as TokenAuthenticator from "../identity/TokenAuthenticator.ts"
import * as NodeEntropy from "../platform/NodeEntropy.ts"
import * as NodeInstance from "../platform/NodeInstance.ts"
import * as SqliteStore from "../store/SqliteStore.ts"
import type { StoreError } from "../store/Store.ts"
import * as ProcessGauges from "../telemetry/ProcessGauges.ts"
import * as Telemetry from "../telemetry/Telemetry.ts"
import { authenticate, busPath } from "./authenticate.ts"
import * as Exposure from "./Exposure.ts"
import * as HttpRoutes from "./HttpRoutes.ts"
import * as Revocation from "./Revocation.ts"
import * as SignedTokens from "./SignedTokens.ts"
import * as Spine from "./Spine.ts"
import * as StateReport from "./StateReport.ts"
import * as Status from "./Status.ts"

export type StartError = ConfigError | StoreError | IdentityError | ListenError | Exposure.TokenRequired

/** Everything under the listeners. */
const services = ({ configFile, environment, stateDir, values }: SettingsShape) => {
  const inState = (name: string) => join(stateDir, name)
  const inFolder = (path: string) => resolve(configFile === undefined ? stateDir : dirname(configFile), path)
  const Platform = NodeInstance.layer.pipe(Layer.provideMerge(NodeEntropy.layer))
  const Record = Layer.unwrap(
    Effect.map(processSurroundings, ({ home, variables }) =>
      SqliteAudit.layerTrusting(trustOf(defaultKeyFile(variables, home), inState("exoclaw.db")))
    )
  )
  const Identity = TokenAuthenticator.layer({
    envToken: environment.token,
    configTokens: values.tokens,
    operatorTokenFile: inState("operator.token")
  }).pipe(Layer.provide(SignedTokens.layer(values.gateway.jwt, inFolder)))
  const none = Effect.succeed({ running: 0, idle: 0 })
  return Layer.mergeAll(
    Spine.layer({ stateDir, values: { ...values, bus: { ...values.bus, enabled: true } } }),
    Revocation.layer,
    ProcessGauges.layer({
      slots: none,
      every: values.telemetry.otlp_endpoint === undefined ? undefined : "8 seconds"
    }),
    StateReport.layer(stateDir)
  ).pipe(
    Layer.provideMerge(
      Layer.mergeAll(
        Identity,
        Casil.layer(casilPolicy(values)).pipe(Layer.provide(InspectionThread.layer())),
        Connections.layer
      )
    ),
    Layer.provideMerge(SqliteTokens.layer(values.tokens.map(({ name }) => name))),
    Layer.provideMerge(Record),
    Layer.provideMerge(SqliteStore.layer(inState("exoclaw.db"))),
    Layer.provideMerge(Layer.mergeAll(Platform, Status.layer)),
    Layer.provideMerge(Telemetry.layer(telemetry(values)))
  )
}

const ownLock = Layer.build(Layer.fresh(AuthBackoff.layer))

/** Opens both listeners in the scope at hand. */
const open = Effect.fnUntraced(function* (settings: SettingsShape) {
  const { configFile, stateDir, values } = settings
  const inFolder = (path: string) => resolve(configFile === undefined ? stateDir : dirname(configFile), path)
  yield* Exposure.check(settings)
  const authenticator = yield* Authenticator
  const [clientLock, operatorLock] = yield* Effect.all([ownLock, ownLock])
  const limits = listeners.listenerLimits(values)
  const client = yield* WebSocketListener.serve({
    name: "client",
    host: values.gateway.bind,
    port: values.gateway.port,
    tls: yield* Exposure.readTls(values, inFolder),
    http: yield* HttpRouter.toHttpEffect(HttpRoutes.bus.client),
    paths: yield* Effect.provide(busPath("client"), clientLock),
    authenticate: authenticate(authenticator, "client"),
    limits,
    guard: { allowedHosts: values.gateway.hosts, allowedOrigins: values.gateway.origins },
    trustedProxies: values.gateway.trusted_proxy
  }).pipe(Effect.provide(clientLock))
  yield* WebSocketListener.serve({
    name: "operator",
    host: "127.0.0.1",
    port: values.gateway.operator_port,
    http: yield* HttpRouter.toHttpEffect(HttpRoutes.bus.operator),
    paths: yield* Effect.provide(busPath("operator"), operatorLock),
    authenticate: authenticate(authenticator, "operator"),
    limits
  }).pipe(Effect.provide(operatorLock))
  return client
})

/** Runs until somebody stops it; says where it listens, and then does what `opened` says. */
export const busServer = (flags: Flags, opened: Effect.Effect<void> = Effect.void): Effect.Effect<void, StartError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const settings = yield* Effect.flatMap(processSurroundings, (surroundings) => load(flags, surroundings))
      const context = yield* Layer.build(services(settings))
      yield* Effect.gen(function* () {
        const status = yield* GatewayStatus
        const { url } = yield* open(settings)
        status.setClientUrl(url)
        status.setReady(true)
        process.stdout.write(`exoclaw bus listening on ${url.replace("http", "ws")}/bus\n`)
        yield* opened
        yield* status.awaitStop
      }).pipe(Effect.provide(context))
    })
  )
