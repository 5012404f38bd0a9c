import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { PluginName } from "../../src/domain/Ids.ts"
import type { Capability } from "../../src/sandbox/Capability.ts"
import {
  Capabilities,
  capabilities,
  type Grant,
  GrantDenied,
  openGrant,
  type SealedCapabilities
} from "../../src/sandbox/Grant.ts"

const notes = PluginName.make("notes")
const other = PluginName.make("other")
const store: Capability = { kind: "store", name: "notes" }
const clock: Capability = { kind: "clock" }
const table = capabilities([
  [notes, [store, clock]],
  [other, []]
])
const given = Effect.provideService(Capabilities, table)
const names = Effect.map(openGrant("store"), ({ plugin, granted }) => [plugin, ...granted.map((one) => one.name)])

const dies = Effect.fnUntraced(function* (effect: Effect.Effect<unknown, unknown>, message: RegExp) {
  const exit = yield* Effect.exit(effect)
  assert(Exit.isFailure(exit) && Cause.hasDies(exit.cause), "it did not die")
  assert.match(String(Cause.squash(exit.cause)), message)
})

describe("grants", () => {
  it.effect("opening one gives what was granted, and to whom", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* names.pipe(Capabilities.withGrants(notes, "store"), given), ["notes", "notes"])
    })
  )

  it.effect("T19: what was not granted is denied, with the plugin and the kind", () =>
    Effect.gen(function* () {
      for (const plugin of [other, PluginName.make("stranger")]) {
        const denied = yield* Effect.flip(names.pipe(Capabilities.withGrants(plugin, "store"), given))
        assert.deepStrictEqual(denied, new GrantDenied({ plugin, denied: "store" }))
        assert.strictEqual(denied.message, `plugin "${plugin}" is not granted store`)
      }
    })
  )

  it.effect("T19: nothing is granted while a plugin describes itself", () =>
    Effect.gen(function* () {
      const denied = yield* Effect.flip(
        names.pipe(Capabilities.withGrants(notes, "store"), Effect.provideService(Capabilities, capabilities([])))
      )
      assert.strictEqual(denied._tag, "GrantDenied")
    })
  )

  it.effect("grants of several kinds stand side by side, and end with the effect they were given to", () =>
    Effect.gen(function* () {
      const both = yield* Effect.all([names, openGrant("clock")]).pipe(
        Capabilities.withGrants(notes, "store"),
        Capabilities.withGrants(notes, "clock"),
        given
      )
      assert.deepStrictEqual(both[1], { plugin: notes, granted: [clock] })
      yield* Effect.void.pipe(Capabilities.withGrants(notes, "store"), given)
      yield* dies(names as Effect.Effect<unknown>, /no genuine grant for store/)
    })
  )

  it.effect("the inner plugin's grant counts, not the outer one's", () =>
    Effect.gen(function* () {
      const inner = capabilities([
        [notes, [store]],
        [other, [{ kind: "store", name: "theirs" }]]
      ])
      const opened = yield* names.pipe(
        Capabilities.withGrants(other, "store"),
        (effect) => Effect.andThen(names, effect),
        Capabilities.withGrants(notes, "store"),
        Effect.provideService(Capabilities, inner)
      )
      assert.deepStrictEqual(opened, ["other", "theirs"])
    })
  )

  it("the table is frozen: what was granted cannot be widened later", () => {
    const mine = { kind: "store" as const, name: "notes" }
    const granted = [mine]
    const copy = capabilities([[notes, granted]])
    mine.name = "theirs"
    granted.push({ kind: "store", name: "more" })
    assert.deepStrictEqual(copy.of(notes), [store])
    assert.isTrue(Object.isFrozen(copy.of(notes)) && Object.isFrozen(copy.of(notes)[0]))
  })
})

describe("the seal", () => {
  it.effect("an effect that is cast to need nothing dies", () =>
    dies(names as Effect.Effect<unknown>, /no genuine grant for store/)
  )

  it.effect("a look-alike under the same key dies", () =>
    Effect.gen(function* () {
      const key = Context.Service<Grant<"store">, object>("exoclaw/sandbox/Grant")
      for (const fake of [{}, { held: new Map() }, new Map([["store", { granted: [store] }]]), Object.create(null)]) {
        yield* dies(Effect.provideService(names, key, fake), /no genuine grant/)
      }
      yield* dies(Effect.provideContext(names, Context.makeUnsafe<Grant<"store">>(new Map())), /no genuine grant/)
    })
  )

  it.effect("a look-alike around a genuine grant neither helps nor harms", () =>
    Effect.gen(function* () {
      const key = Context.Service<Grant<"store">, object>("exoclaw/sandbox/Grant")
      const opened = yield* names.pipe(
        Capabilities.withGrants(notes, "store"),
        given,
        Effect.provideService(key, { theft: true })
      )
      assert.deepStrictEqual(opened, ["notes", "notes"])
    })
  )

  it.effect("a clone or a proxy of a genuine grant dies", () =>
    Effect.gen(function* () {
      const key = Context.Service<Grant<"store">, object>("exoclaw/sandbox/Grant")
      const stolen = yield* Effect.map(key, (set) => set).pipe(Capabilities.withGrants(notes, "store"), given)
      yield* dies(Effect.provideService(names, key, { ...stolen }), /no genuine grant/)
      yield* dies(Effect.provideService(names, key, new Proxy(stolen, {})), /no genuine grant/)
      yield* dies(Effect.provideService(names, key, Object.create(stolen)), /no genuine grant/)
    })
  )

  it.effect("a constructor reached through an instance makes nothing without the seal", () =>
    Effect.gen(function* () {
      const key = Context.Service<Grant<"store">, object>("exoclaw/sandbox/Grant")
      const stolen = yield* Effect.map(key, (set) => set).pipe(Capabilities.withGrants(notes, "store"), given)
      const make = stolen.constructor as new (...parts: ReadonlyArray<unknown>) => object
      assert.throws(() => new make(Symbol("exoclaw/sandbox/Grant/seal"), new Map()), /by Capabilities only/)
      const copy = table.constructor as new (...parts: ReadonlyArray<unknown>) => object
      assert.throws(() => new copy(Symbol(), [[other, [store]]]), /configuration only/)
    })
  )

  it.effect("a forged table dies", () =>
    Effect.gen(function* () {
      const forged = { of: () => [store] } as unknown as SealedCapabilities
      for (const fake of [forged, new Proxy(table, {}), Object.create(table) as SealedCapabilities]) {
        yield* dies(
          names.pipe(Capabilities.withGrants(other, "store"), Effect.provideService(Capabilities, fake)),
          /forged Capabilities/
        )
      }
    })
  )
})
