/**
 * What a turn needs and a start does not: the tables of inspection and the word vectors are made ready when the first
 * client connects, before its first message. A gateway that nobody talks to never has them.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { PolicyInForce } from "../../src/casil/PolicyInForce.ts"
import { AgentId, defaultTenant, PrincipalId } from "../../src/domain/Ids.ts"
import { Connections } from "../../src/gateway/Connection.ts"
import { Embedder } from "../../src/memory/Embedder.ts"
import { MemoryScope } from "../../src/memory/MemoryScope.ts"
import * as ConnectionsLayer from "../http/Connections.ts"

/** The answer to the handshake goes out first: what follows takes the processor for some milliseconds. */
const afterHandshake = "50 millis"

/** An embedder of our own does not ask whose texts they are. */
const nobody = MemoryScope.make({
  tenant: defaultTenant,
  agent: AgentId.make("none"),
  principal: PrincipalId.make("none")
})

/** The connections of this process, the first of which warms it. */
export const layer: Layer.Layer<Connections, never, Embedder | PolicyInForce> = Layer.effect(
  Connections,
  Effect.gen(function* () {
    const connections = yield* Connections
    const embedder = yield* Embedder
    const policy = yield* PolicyInForce
    const fork = Effect.runForkWith(yield* Effect.context<never>())
    const ready = Effect.gen(function* () {
      yield* Effect.sleep(afterHandshake)
      yield* Effect.sync(() => policy.hash)
      yield* Effect.yieldNow
      // one elsewhere has nothing to load, and takes money for being asked
      if (embedder.local) yield* Effect.ignore(embedder.embed([], nobody))
    })
    let isFirst = true
    return {
      ...connections,
      add: (connection) => {
        connections.add(connection)
        if (!isFirst) return
        isFirst = false
        fork(ready)
      }
    }
  })
).pipe(Layer.provide(ConnectionsLayer.layer))
