/** `bus_publish`, as a plugin asks for it. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Casil } from "../../src/casil/Casil.ts"
import { open } from "../../src/casil/Inspected.ts"
import { PluginName } from "../../src/domain/Ids.ts"
import type { Json } from "../../src/domain/Json.ts"
import { currentPrincipal } from "../../src/identity/Principal.ts"
import { BusPublisher, BusRefused } from "../../src/sandbox/BusPublisher.ts"
import type { Capability } from "../../src/sandbox/Capability.ts"
import { Capabilities, capabilities } from "../../src/sandbox/Grant.ts"
import { busPublish } from "../../layers/sandbox/host/BusPublish.ts"
import { as, ask, context } from "./support.ts"

const plugin = PluginName.make("tried")
const news: Capability = { kind: "bus", room: "news" }
const sport: Capability = { kind: "bus", room: "clubs", channel: "sport" }

interface Heard {
  readonly room: string
  readonly channel: string
  readonly payload: Json
  readonly id: string | undefined
  readonly by: string
}

/** What the plugin is told, and what the bus heard. */
const publish = (argument: unknown, held: ReadonlyArray<Capability>, refusal?: BusRefused) =>
  Effect.gen(function* () {
    const heard: Array<Heard> = []
    const bus: BusPublisher["Service"] = {
      publish: ({ channel, id, payload, room }) =>
        Effect.flatMap(currentPrincipal, (by) => {
          if (refusal !== undefined) return Effect.fail(refusal)
          heard.push({ room, channel, id, payload: open(payload), by: `${by.tenant}/${by.id}` })
          return Effect.succeed({ epoch: "e1", offset: heard.length, delivered: 2, durability: "process" })
        })
    }
    const host = busPublish(bus, yield* Casil)
    const reply = yield* ask(host, JSON.stringify(argument), { plugin, ...context }).pipe(
      Effect.provideService(Capabilities, capabilities([[plugin, held]])),
      as("alice", "acme")
    )
    const told: { readonly ok?: unknown; readonly error?: string } = JSON.parse(reply)
    return { ...told, heard }
  }).pipe(Effect.provide(Casil.layer()))

it.effect("publishes in the caller's name and tells where the message stands", () =>
  Effect.gen(function* () {
    const payload = { text: "é 漢", list: [1, null, true] }
    const { heard, ok } = yield* publish({ room: "news", channel: "today", payload, id: "m1" }, [news])
    assert.deepStrictEqual(ok, { epoch: "e1", offset: 1, delivered: 2, durability: "process" })
    assert.deepStrictEqual(heard, [{ room: "news", channel: "today", payload, id: "m1", by: "acme/alice" }])
  })
)

it.effect("what the grants leave no choice in may be left out", () =>
  Effect.gen(function* () {
    const target = ({ heard: [one] }: { readonly heard: ReadonlyArray<Heard> }) => `${one?.room}:${one?.channel}`
    assert.strictEqual(target(yield* publish({ payload: 1 }, [sport])), "clubs:sport")
    assert.strictEqual(target(yield* publish({ channel: "today", payload: 1 }, [news])), "news:today")
    assert.strictEqual(target(yield* publish({ room: "clubs", payload: 1 }, [news, sport])), "clubs:sport")
    assert.match((yield* publish({ payload: 1 }, [news])).error ?? "", /name a channel of the room news/)
    assert.match((yield* publish({ payload: 1 }, [news, sport])).error ?? "", /name one of the rooms news, clubs/)
    const both = [sport, { ...sport, channel: "chess" }]
    assert.match((yield* publish({ payload: 1 }, both)).error ?? "", /name a channel of the room clubs/)
    assert.strictEqual(target(yield* publish({ channel: "chess", payload: 1 }, both)), "clubs:chess")
  })
)

it.effect("T19: another room, another channel, another grant: refused by name, and nothing is published", () =>
  Effect.gen(function* () {
    for (const [asked, pattern] of [
      [{ room: "secret", channel: "x" }, /"bus:secret:x" is not granted; granted: bus:news, bus:clubs:sport/],
      [{ room: "clubs", channel: "chess" }, /"bus:clubs:chess" is not granted/],
      [{ room: "clubs:sport", channel: "x" }, /is not granted/],
      [{ room: "clubs", channel: "sport:chess" }, /is not granted/]
    ] as const) {
      const { error, heard } = yield* publish({ ...asked, payload: 1 }, [news, sport])
      assert.match(error ?? "", pattern)
      assert.deepStrictEqual(heard, [])
    }
    assert.match((yield* publish({ payload: 1 }, [{ kind: "clock" }])).error ?? "", /not granted bus/)
  })
)

it.effect("an argument that is none is refused with what is wrong", () =>
  Effect.gen(function* () {
    for (const argument of [
      {},
      { room: "" },
      { channel: 1, payload: 1 },
      { payload: 1, id: "x".repeat(129) },
      7,
      null
    ]) {
      const { error, heard } = yield* publish(argument, [sport])
      assert.match(error ?? "", /^bus_publish: /, JSON.stringify(argument))
      assert.deepStrictEqual(heard, [])
    }
  })
)

it.effect("T30: a secret in the payload is redacted before the bus sees it", () =>
  Effect.gen(function* () {
    const key = `ghp_${"16C7e42F292c6912E7710c838347Ae178B4a"}`
    const { heard } = yield* publish({ channel: "today", payload: { deep: [`the key is ${key}`] } }, [news])
    assert.lengthOf(heard, 1)
    assert.notInclude(JSON.stringify(heard), key)
  })
)

it.effect("the plugin reads why the bus would not, and without a bus that there is none", () =>
  Effect.gen(function* () {
    const refusal = new BusRefused({ reason: "forbidden", message: "You may not publish there." })
    assert.strictEqual((yield* publish({ payload: 1 }, [sport], refusal)).error, "You may not publish there.")
    const off = busPublish(yield* BusPublisher, yield* Casil)
    const reply = yield* ask(off, '{"payload":1}', { plugin, ...context }).pipe(
      Effect.provideService(Capabilities, capabilities([[plugin, [sport]]])),
      as("alice")
    )
    assert.strictEqual(reply, '{"error":"The bus is off in this gateway."}')
  }).pipe(Effect.provide([BusPublisher.layerOff, Casil.layer()]))
)
