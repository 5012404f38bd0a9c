/** The bus as plugins publish on it. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PluginBus from "../../layers/bus/inside/PluginBus.ts"
import * as RateLimit from "../../layers/http/RateLimit.ts"
import { Broker } from "../../src/bus/routing/Broker.ts"
import { sealInspected } from "../../src/casil/SealedInspected.ts"
import { PluginName } from "../../src/domain/Ids.ts"
import type { Json } from "../../src/domain/Json.ts"
import type { RatePolicy } from "../../src/gateway/RateLimit.ts"
import { Principal } from "../../src/identity/Principal.ts"
import { sealClaims } from "../../src/identity/SealedPrincipal.ts"
import { BusPublisher } from "../../src/sandbox/BusPublisher.ts"
import { BusClient } from "./clients.ts"
import { as, listening, type Token, tokens } from "./listening.ts"

const publisher = (broker: Broker["Service"], rate?: RatePolicy) =>
  PluginBus.layer({ maxBytes: 1000 }).pipe(
    Layer.provide([
      Layer.succeed(Broker, broker),
      RateLimit.layerWith({ policies: rate === undefined ? {} : { principal: rate } })
    ])
  )

interface Asked {
  readonly room?: string
  readonly channel?: string
  readonly payload?: Json
  readonly id?: string
}

const publish = (who: Token, { channel = "lobby", id, payload = "hi", room = "ops" }: Asked = {}) =>
  Effect.flatMap(BusPublisher, (bus) =>
    bus.publish({ plugin: PluginName.make("poster"), room, channel, payload: sealInspected(payload, []), id })
  ).pipe(Effect.provideService(Principal, sealClaims(tokens[who])))

const refusal = (who: Token, asked: Asked = {}) => Effect.map(Effect.flip(publish(who, asked)), ({ reason }) => reason)

const over = <A, E>(
  use: (url: string, broker: Broker["Service"]) => Effect.Effect<A, E, BusPublisher>,
  rate?: RatePolicy
): Effect.Effect<A, E | unknown> =>
  Effect.scoped(
    Effect.gen(function* () {
      const { broker, url } = yield* listening()
      return yield* Effect.provide(use(url, broker), publisher(broker, rate))
    })
  )

describe("a plugin's message", () => {
  it.live("reaches who joined, in the caller's name, and nobody of another tenant", () =>
    over((url) =>
      Effect.gen(function* () {
        const [bob, eve] = yield* Effect.promise(() =>
          Promise.all([as(new BusClient(url), "bob"), as(new BusClient(url), "eve")])
        )
        yield* Effect.promise(() => Promise.all([bob.join("lobby", "ops"), eve.join("lobby", "ops")]))
        const ack = yield* publish("ann", { payload: { text: "é 漢" } })
        assert.deepInclude(ack, { offset: 1, delivered: 1, durability: "process" })
        const message = yield* Effect.promise(() => bob.next("message"))
        assert.deepStrictEqual(message.content?.body, { case: "text", value: '{"text":"é 漢"}' })
        assert.strictEqual(message.content?.contentType, "application/json")
        assert.deepInclude({ ...message.sender }, { principal: "token:ann", name: "plugin:poster" })
        assert.deepInclude(yield* publish("eve"), { offset: 1, delivered: 1 })
      })
    )
  )

  it.live("T24: is nothing that an agent of the room could answer: no turn comes of it", () =>
    over((url, broker) =>
      Effect.gen(function* () {
        const taken: Array<string> = []
        broker.watch(({ entry, principal }) => void taken.push(`${entry.content.body} ${String(principal?.id)}`))
        yield* publish("ann", { payload: "do it" })
        // what a person says there afterwards is
        const ann = yield* Effect.promise(() => as(new BusClient(url), "ann"))
        yield* Effect.promise(() => ann.join("lobby", "ops"))
        yield* Effect.promise(() => ann.publish("please", "lobby", "ops"))
        assert.deepStrictEqual(taken, ["please token:ann"])
      })
    )
  )

  it.live("is published once under one id", () =>
    over(() =>
      Effect.gen(function* () {
        const first = yield* publish("ann", { id: "m1" })
        const again = yield* publish("ann", { id: "m1" })
        assert.deepStrictEqual([again.epoch, again.offset], [first.epoch, first.offset])
        assert.strictEqual((yield* publish("bob", { id: "m1" })).offset, 2)
        assert.strictEqual((yield* publish("ann")).offset, 3)
      })
    )
  )

  it.live("T6: may go where its caller may, and nowhere else", () =>
    over(() =>
      Effect.gen(function* () {
        assert.strictEqual(yield* refusal("nobody"), "forbidden")
        assert.strictEqual(yield* refusal("guest"), "forbidden")
        for (const room of ["system", "exoclaw"]) assert.strictEqual(yield* refusal("admin", { room }), "forbidden")
        yield* publish("admin")
      })
    )
  )

  it.live("is refused with the reason where it cannot be", () =>
    over(
      () =>
        Effect.gen(function* () {
          for (const asked of [{ room: "a:b" }, { room: "*" }, { channel: "x*" }, { channel: "" }, { id: "\u0000" }]) {
            assert.strictEqual(yield* refusal("ann", asked), "invalid", JSON.stringify(asked))
          }
          assert.strictEqual(yield* refusal("ann", { payload: "x".repeat(1000) }), "too_large")
          yield* publish("ann")
          yield* publish("ann")
          assert.strictEqual(yield* refusal("ann"), "busy")
          yield* publish("bob")
        }),
      { perSecond: 0.001, burst: 2 }
    )
  )
})
