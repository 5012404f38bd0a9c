import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { PluginName } from "../../src/domain/Ids.ts"
import { Capabilities, capabilities } from "../../src/sandbox/Grant.ts"
import type { HostFunction } from "../../src/sandbox/HostFunction.ts"
import { beyond } from "../../src/sandbox/JsonBounds.ts"
import { busPublish } from "../../layers/sandbox/host/BusPublish.ts"
import { now } from "../../layers/sandbox/host/Clock.ts"
import { kv } from "../../layers/sandbox/host/Kv.ts"
import { log } from "../../layers/sandbox/host/Log.ts"
import { modelComplete } from "../../layers/sandbox/host/ModelComplete.ts"
import { secretExists } from "../../layers/sandbox/host/Secret.ts"
import { BusPublisher } from "../../src/sandbox/BusPublisher.ts"
import { Casil } from "../../src/casil/Casil.ts"
import { Secrets } from "../../src/secret/Secrets.ts"
import * as MemorySecrets from "../../layers/secret/MemorySecrets.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { Store } from "../../layers/store/Store.ts"
import { as, ask, casil, context } from "./support.ts"

const free = { characters: 1_000_000, depth: 1_000_000, values: 1_000_000 }

/** An empty list or object counts as one that has something. */
const weight = (value: unknown): number =>
  typeof value === "object" && value !== null
    ? 1 +
      Math.max(
        1,
        Object.values(value).reduce((sum: number, child) => sum + weight(child), 0)
      )
    : 1
const depthOf = (value: unknown): number =>
  typeof value === "object" && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0

describe("how much JSON it is", () => {
  it("counts values and depth as they will be parsed, whatever stands in the texts", () => {
    const text = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom('"', "\\\\", '[{,\\"', "\\u0022["))
    const value = fc.letrec((tie) => ({
      any: fc.oneof({ maxDepth: 4 }, text, fc.double(), fc.boolean(), fc.constant(null), tie("list"), tie("object")),
      list: fc.array(tie("any"), { maxLength: 5 }),
      object: fc.dictionary(text, tie("any"), { maxKeys: 5 })
    })).any
    fc.assert(
      fc.property(value, fc.boolean(), (any, spaced) => {
        const json = JSON.stringify(any, undefined, spaced ? 2 : 0)
        const [values, depth] = [weight(any), depthOf(any)]
        assert.isUndefined(beyond(json, { ...free, values, depth, characters: json.length }))
        if (values > 1)
          assert.strictEqual(beyond(json, { ...free, values: values - 1 }), `more than ${values - 1} values`)
        assert.strictEqual(
          beyond(json, { ...free, characters: json.length - 1 }),
          `more than ${json.length - 1} characters`
        )
        if (depth > 0) assert.match(beyond(json, { ...free, depth: depth - 1 }) ?? "", /lists and objects within one/)
      })
    )
  })

  it("leaves to the parser what is no JSON, and ends", () => {
    for (const text of ["", '"', '"\\', "]]]]", '{"a', "\\\\\\"]) assert.isUndefined(beyond(text, free))
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), (any) => beyond(any, free) === undefined))
  })
})

describe("what a plugin says to the gateway", () => {
  const plugin = PluginName.make("p")
  const table = capabilities([
    [
      plugin,
      [
        { kind: "bus", room: "r" },
        { kind: "store", name: "s" },
        { kind: "clock" },
        { kind: "model", agent: "a" },
        { kind: "secret", name: "S" }
      ]
    ]
  ])
  const deep = "[".repeat(200_000) + "]".repeat(200_000)
  const wide = `{${Array.from({ length: 30_000 }, (_, index) => `"k${index}":1`).join()}}`

  it.effect("T20: is refused before it is parsed where that alone would keep everybody waiting", () =>
    Effect.gen(function* () {
      let published = 0
      const bus = {
        publish: () => Effect.sync(() => ({ epoch: "e", offset: ++published, delivered: 0, durability: "none" }))
      }
      const functions: ReadonlyArray<HostFunction> = [
        log(yield* Casil),
        now,
        ...kv(yield* Store),
        busPublish(bus, yield* Casil),
        modelComplete(() => Effect.succeed("asked")),
        secretExists(yield* Secrets)
      ]
      for (const one of functions) {
        for (const junk of [
          deep,
          wide,
          `{"key":"k","value":"v","payload":${deep}}`,
          `{"channel":"c","payload":${wide}}`
        ]) {
          const said = yield* ask(one, junk, { plugin, ...context }).pipe(
            Effect.provideService(Capabilities, table),
            as("local")
          )
          assert.match(
            said,
            /^\{"error":"\w+: the argument has more than \d+ (characters|values|lists and objects)/,
            one.name
          )
        }
      }
      assert.strictEqual(published, 0)
    }).pipe(Effect.provide([casil, SqliteStore.layerMemory, MemorySecrets.layerMemory, BusPublisher.layerOff]))
  )
})
