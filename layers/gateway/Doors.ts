/**
 * The two listeners. Each has its own routes, methods, handlers and lock against guessing; what they share
 * (connections, rates) is provided once, from outside.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as HttpRouter from "effect/http/HttpRouter"
import { Audit } from "../../src/audit/Audit.ts"
import type { AuditEvent } from "../../src/audit/AuditEvent.ts"
import { defaultTenant } from "../../src/domain/Ids.ts"
import { isChatResult } from "../../src/gateway/Chat.ts"
import * as ClientAddress from "../../src/gateway/ClientAddress.ts"
import { ClientRpcs, OpenRpcs } from "../../src/gateway/ClientRpcs.ts"
import type { ConnectionInfo } from "../../src/gateway/Connection.ts"
import { GatewayStatus } from "../../src/gateway/GatewayStatus.ts"
import { OperatorRpcs } from "../../src/gateway/OperatorRpcs.ts"
import { RateLimit } from "../../src/gateway/RateLimit.ts"
import type { SocketAccept } from "../../src/gateway/SocketProtocol.ts"
import { Authenticator } from "../../src/identity/Authenticator.ts"
import * as AuthBackoff from "../http/AuthBackoff.ts"
import * as JsonRpcProtocol from "../http/JsonRpcProtocol.ts"
import type { Limits } from "../http/Limits.ts"
import * as WebSocketListener from "../http/WebSocketListener.ts"
import { authenticate, busPath } from "./authenticate.ts"
import * as ClientHandlers from "./ClientHandlers.ts"
import * as Guarded from "./Guarded.ts"
import * as HttpRoutes from "./HttpRoutes.ts"
import * as OpenHandlers from "./OpenHandlers.ts"
import * as OperatorHandlers from "./OperatorHandlers.ts"

export interface Options {
  readonly host: string
  /** 0 takes a free one; the same for `operatorPort`. */
  readonly port: number
  readonly operatorPort: number
  readonly tls: WebSocketListener.Tls | undefined
  readonly limits: Partial<Limits>
  readonly allowedHosts: ReadonlyArray<string>
  readonly allowedOrigins: ReadonlyArray<string>
  readonly trustedProxies: ReadonlyArray<string>
  /** What the audit log is told of the configuration once the doors are open. */
  readonly loaded: () => AuditEvent
}

type Session = Effect.Success<ReturnType<typeof JsonRpcProtocol.make>> extends infer Open ? Open : never

/** A protocol's sessions as the listener's `/ws`. */
const accept =
  (open: Session, rates: RateLimit["Service"]): SocketAccept =>
  (connection, peer) => {
    const session = open(peer, connection)
    return {
      onText: session.onText,
      onClose: () => {
        rates.release(String(connection.id))
        session.close()
      }
    }
  }

const ownLock = Layer.build(Layer.fresh(AuthBackoff.layer))

/** Opens both listeners in the scope at hand. */
const open = Effect.fnUntraced(function* (options: Options) {
  const authenticator = yield* Authenticator
  const rates = yield* RateLimit
  const admit = ({ id, remoteAddress }: ConnectionInfo) =>
    rates.take({
      address: ClientAddress.isLoopback(remoteAddress) ? undefined : ClientAddress.accountingKey(remoteAddress),
      connection: String(id)
    })
  // who guesses at one listener shuts nobody out of the other: a client that lost its token must not deny the operator
  const [clientLock, operatorLock] = yield* Effect.all([ownLock, ownLock])
  const guard = { allowedHosts: options.allowedHosts, allowedOrigins: options.allowedOrigins }

  const clientSessions = yield* JsonRpcProtocol.make(OpenRpcs.merge(ClientRpcs), {
    streams: {
      "chat.send": { notification: "chat.event", isResult: isChatResult },
      "chat.resume": { notification: "chat.event", isResult: isChatResult }
    },
    limits: options.limits,
    admit
  }).pipe(Effect.provide([ClientHandlers.layer, OpenHandlers.layer, Guarded.layer]), Effect.provide(clientLock))
  const client = yield* WebSocketListener.serve({
    name: "client",
    host: options.host,
    port: options.port,
    tls: options.tls,
    http: yield* HttpRouter.toHttpEffect(HttpRoutes.client),
    paths: { "/ws": accept(clientSessions, rates), ...(yield* Effect.provide(busPath("client"), clientLock)) },
    authenticate: authenticate(authenticator, "client"),
    limits: options.limits,
    guard,
    trustedProxies: options.trustedProxies
  }).pipe(Effect.provide(clientLock))

  const operatorSessions = yield* JsonRpcProtocol.make(OpenRpcs.merge(OperatorRpcs), {
    streams: {},
    limits: options.limits,
    admit
  }).pipe(Effect.provide([OperatorHandlers.layer, OpenHandlers.layer, Guarded.layer]), Effect.provide(operatorLock))
  const operator = yield* WebSocketListener.serve({
    name: "operator",
    host: "127.0.0.1",
    port: options.operatorPort,
    http: yield* HttpRouter.toHttpEffect(HttpRoutes.operator),
    paths: { "/ws": accept(operatorSessions, rates), ...(yield* Effect.provide(busPath("operator"), operatorLock)) },
    authenticate: authenticate(authenticator, "operator"),
    limits: options.limits
  }).pipe(Effect.provide(operatorLock))
  return { client, operator }
})

export class Doors extends Context.Service<
  Doors,
  { readonly client: WebSocketListener.Listener; readonly operator: WebSocketListener.Listener }
>()("exoclaw/gateway/Doors") {}

/** The life of this process, in the audit log. A log that cannot be written is said by whatever needs it. */
const recorded = (audit: Audit["Service"], event: AuditEvent) =>
  audit.append(event).pipe(
    Effect.catch((error) => Effect.logError(error.message, error.cause)),
    // a gateway that is stopped at once has been there, too
    Effect.uninterruptible
  )

const lived = (kind: "gateway.start" | "gateway.stop", version: string): AuditEvent => ({
  kind,
  tenant: defaultTenant,
  principal: "gateway",
  outcome: "ok",
  data: { version }
})

/** Opens the doors and then says that the gateway is ready. */
export const layer = (options: Options) =>
  Layer.effect(
    Doors,
    Effect.gen(function* () {
      const status = yield* GatewayStatus
      const audit = yield* Audit
      yield* Effect.addFinalizer(() => recorded(audit, lived("gateway.stop", status.version)))
      const opened = yield* open(options)
      status.setClientUrl(opened.client.url)
      status.setReady(true)
      // nobody waits for them: they share a commit behind the first connections
      for (const event of [options.loaded(), lived("gateway.start", status.version)]) {
        yield* Effect.forkScoped(recorded(audit, event), { startImmediately: true })
      }
      yield* Effect.addFinalizer(() => Effect.sync(() => status.setReady(false)))
      return opened
    })
  )

/** Says a line, where there is one. */
export const say = (line: string | undefined): Effect.Effect<void> =>
  Effect.sync(() => void (line === undefined || process.stdout.write(`${line}\n`)))

/** The line that people and scripts wait for. */
export const announce: Effect.Effect<void, never, Doors> = Effect.flatMap(Doors, ({ client }) =>
  say(`exoclaw gateway listening on ${client.url}`)
)
