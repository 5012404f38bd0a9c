import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { History } from "../../src/bus/History.ts"
import * as MemoryHistory from "../../layers/bus/MemoryHistory.ts"
import * as NodeEntropy from "../../layers/platform/NodeEntropy.ts"
import { channelOf, draftOf, tenantB } from "./fixtures.ts"
import { historyContract } from "./historyContract.ts"

const layer = (options: Partial<MemoryHistory.Options> = {}) =>
  MemoryHistory.layer(options).pipe(Layer.provide(NodeEntropy.layer))

historyContract("memory", { layer: layer(), runs: 300 })

const forever = { messages: 1_000_000, millis: Infinity }
const all = { after: undefined, limit: 1_000_000, end: "oldest" } as const

it.effect("messages in memory leave when they are too old, and whoever had them all has still missed nothing", () =>
  Effect.gen(function* () {
    const history = yield* History
    const retention = { messages: 100, millis: 60_000 }
    const { position } = yield* history.append(channelOf(), draftOf("one", { at: 0 }), { dedupe: undefined, retention })
    yield* TestClock.adjust("1 minute")
    const range = yield* history.read(channelOf(), { ...all, after: position })
    assert.deepStrictEqual(range, { epoch: position.epoch, top: 1, first: 2, entries: [] })
  }).pipe(Effect.provide(layer()))
)

it.effect("a key is known for the window and not longer, and no more keys than the window has", () =>
  Effect.gen(function* () {
    const history = yield* History
    const publish = (key: string) =>
      Effect.map(
        history.append(channelOf(), draftOf(key), { dedupe: key, retention: forever }),
        ({ duplicate }) => duplicate
      )
    assert.isFalse(yield* publish("a"))
    yield* TestClock.adjust("9 seconds")
    assert.isTrue(yield* publish("a"))
    yield* TestClock.adjust("1 second")
    assert.isFalse(yield* publish("a"))
    for (const key of ["b", "c", "d"]) assert.isFalse(yield* publish(key))
    assert.deepStrictEqual([yield* publish("d"), yield* publish("a")], [true, false])
  }).pipe(Effect.provide(layer({ window: { millis: 10_000, keys: 3 } })))
)

it.effect("one tenant's channels together hold no more than its share, and take nothing from another's", () =>
  Effect.gen(function* () {
    const history = yield* History
    const big = "x".repeat(10_000)
    const append = (name: string, tenant = tenantB) =>
      history.append(channelOf(name, tenant), draftOf(big), { dedupe: undefined, retention: forever })
    yield* history.append(channelOf(), draftOf("mine"), { dedupe: undefined, retention: forever })
    let kept = 0
    for (let n = 0; n < 200; n++) yield* append(`c${n % 5}`)
    for (let n = 0; n < 5; n++) kept += (yield* history.read(channelOf(`c${n}`, tenantB), all)).entries.length
    assert.isAbove(kept, 40)
    assert.isAtMost(kept, 100)
    assert.lengthOf((yield* history.read(channelOf(), all)).entries, 1)
  }).pipe(Effect.provide(layer({ maxTenantBytes: 1_048_576 })))
)

it.effect("keys alone do not grow without bound either", () =>
  Effect.gen(function* () {
    const history = yield* History
    const nothing = { messages: 0, millis: Infinity }
    const publish = (key: string) => history.append(channelOf(), draftOf(""), { dedupe: key, retention: nothing })
    for (let n = 0; n < 200; n++) yield* publish(`${n}`)
    assert.isTrue((yield* publish("199")).duplicate)
    assert.isFalse((yield* publish("0")).duplicate)
  }).pipe(Effect.provide(layer({ maxTenantBytes: 10_000 })))
)
