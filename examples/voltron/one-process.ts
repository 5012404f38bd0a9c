// The four parts as Layers in one process: the Shield is an `Authenticator`, the Spine the bus behind a listener, the
// Brain the same as in the program, Storage the history in memory. Another Storage is another `History`, no more.
import * as Console from "effect/Console"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as MemoryAudit from "../../layers/audit/MemoryAudit.ts"
import * as Bus from "../../layers/bus/Bus.ts"
import * as MemoryHistory from "../../layers/bus/MemoryHistory.ts"
import { type BusOptions, connectBus, type PrivateMessage } from "../../layers/client/bus/index.ts"
import * as AuthBackoff from "../../layers/http/AuthBackoff.ts"
import * as Connections from "../../layers/http/Connections.ts"
import * as RateLimit from "../../layers/http/RateLimit.ts"
import * as WebSocketListener from "../../layers/http/WebSocketListener.ts"
import * as TokenAuthenticator from "../../layers/identity/TokenAuthenticator.ts"
import * as NodeEntropy from "../../layers/platform/NodeEntropy.ts"
import * as NodeInstance from "../../layers/platform/NodeInstance.ts"
import { Casil } from "../../src/casil/Casil.ts"
import { PrincipalId, TenantId } from "../../src/domain/Ids.ts"
import { BusDoor } from "../../src/gateway/BusDoor.ts"
import { Authenticator } from "../../src/identity/Authenticator.ts"
import { presence } from "./roster.ts"

const person = (name: string) => ({
  id: PrincipalId.make(`token:${name}`),
  tenant: TenantId.make("acme"),
  scopes: ["bus:join", "bus:publish"] as const
})

/** Who may come in, and as whom. A real one is `TokenAuthenticator.layer`, or one of your own. */
const Shield = TokenAuthenticator.layerTest({ ann: person("ann"), presence: person("presence") })

const limits = { maxFrameBytes: 262_144, maxQueueBytes: 1_048_576 }
const Spine = Bus.layer({
  broker: {
    maxChannels: 1_000,
    maxJoins: 100,
    maxPresence: 1_000,
    maxRecovered: 1_000,
    showNotes: false,
    settings: { overflow: "cut", keepMessages: 1_000, keepSeconds: 3_600 }
  },
  memory: MemoryHistory.defaults,
  inspection: { scope: { include: [], exclude: [] }, notes: false },
  transport: {
    ...limits,
    allowJson: false,
    helloMillis: 5_000,
    maxInFlight: 1_024,
    maxConnectionsPerTenant: 1_000,
    maxConnectionsPerPrincipal: 100,
    limits: { ...limits, maxJoins: 100, publishesPerSecond: 1_000, heartbeatMillis: 30_000 }
  }
}).pipe(Layer.provide([Casil.layer(), RateLimit.layerWith({})]))

/** Where the bus is reached. */
class Address extends Context.Service<Address, { readonly url: string }>()("voltron/Address") {}

const Door = Layer.effect(
  Address,
  Effect.gen(function* () {
    const authenticator = yield* Authenticator
    const bus = (yield* BusDoor).open((token, { remoteAddress }) =>
      authenticator.authenticate({ token, remoteAddress, loopback: true, listener: "client" })
    )
    const { url } = yield* WebSocketListener.serve({
      name: "client",
      host: "127.0.0.1",
      port: 0,
      http: Effect.succeed(HttpServerResponse.text("voltron")),
      paths: bus === undefined ? {} : { "/bus": bus },
      authenticate: () => Effect.succeed(undefined)
    })
    return { url }
  })
).pipe(Layer.provide([AuthBackoff.layer, Connections.layer]))

const client = (options: BusOptions) =>
  Effect.acquireRelease(
    Effect.promise(() => connectBus(options)),
    (bus) => Effect.promise(() => bus.close())
  )

/** Ready when it answers. */
const Brain = Layer.effectDiscard(
  Effect.gen(function* () {
    const bus = yield* client({ ...(yield* Address), token: "presence" })
    yield* Effect.promise(() => new Promise<void>((ready) => void presence(bus, ready)))
  })
)

const Live = Brain.pipe(
  Layer.provideMerge(Door),
  Layer.provide([Shield, Spine]),
  Layer.provide([MemoryAudit.layerMemory, NodeInstance.layer]),
  Layer.provide(NodeEntropy.layer)
)

/** Ann asks who is in her channel. */
export const program = Effect.gen(function* () {
  const ann = yield* client({ ...(yield* Address), token: "ann" })
  const answer = yield* Effect.promise(async () => {
    await ann.join("lobby", "main")
    await ann.join("presence", "ask", { mute: true })
    await ann.publish("presence", "ask", "lobby:main")
    for await (const event of ann.events) if (event.type === "private") return event satisfies PrivateMessage
    return undefined
  })
  yield* Console.log(answer?.body)
}).pipe(Effect.scoped, Effect.provide(Live))

if (import.meta.main) await Effect.runPromise(program)
