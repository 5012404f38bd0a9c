import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as fc from "fast-check"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { layer } from "../../layers/model/SqliteTokenFactors.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { Store } from "../../layers/store/Store.ts"
import { BudgetLedger, withPermit } from "../../src/budget/BudgetLedger.ts"
import { Model } from "../../src/model/Model.ts"
import { learn, reserveOf, type TokenFactor, unlearned } from "../../src/model/TokenFactor.ts"
import { TokenFactors } from "../../src/model/TokenFactors.ts"
import { content, fake, finish, spender, target, text, world } from "./fixtures.ts"

const after = (samples: ReadonlyArray<readonly [number, number]>): TokenFactor =>
  samples.reduce((known, [estimate, counted]) => learn(known, estimate, counted), unlearned)

describe("the factor of a model", () => {
  it("comes to what its vendor counts, and goes with it when that changes", () => {
    const claude = Array.from({ length: 20 }, () => [1_000, 1_550] as const)
    assert.approximately(after(claude).factor, 1.55, 0.001)
    const changed = after([...claude, ...Array.from({ length: 60 }, () => [1_000, 1_200] as const)])
    assert.approximately(changed.factor, 1.2, 0.01)
    assert.strictEqual(changed.samples, 80)
  })

  it("T15: never leaves its bounds, whatever vendors say", () => {
    const number = fc.oneof(fc.nat(), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }))
    fc.assert(
      fc.property(fc.array(fc.tuple(number, number)), (samples) => {
        const { factor } = after(samples)
        assert.isTrue(factor >= 0.5 && factor <= 8)
        assert.isAtLeast(reserveOf(after(samples), 1.3), 1.1)
      })
    )
  })

  it("T15: learns nothing of a number that is taken as faulty, nor of a request that is too short", () => {
    const known: TokenFactor = { factor: 1.2, samples: 4 }
    assert.strictEqual(learn(known, 1_000, 599), known)
    assert.strictEqual(learn(known, 99, 200), known)
    assert.notStrictEqual(learn(known, 1_000, 600), known)
  })

  it("is relied on after a few calls only, and then with room for single texts", () => {
    assert.strictEqual(reserveOf({ factor: 2, samples: 2 }, 1.3), 1.3)
    assert.approximately(reserveOf({ factor: 2, samples: 3 }, 1.3), 2.3, 0.001)
    assert.strictEqual(reserveOf({ factor: 0.6, samples: 50 }, 1.3), 1.1)
  })
})

/** A database that outlives what is built over it. */
const databaseFile = () => {
  const folder = mkdtempSync(join(tmpdir(), "exoclaw-factors-"))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, "state.db")
}
const over = (path: string) => Layer.provideMerge(layer, Layer.orDie(SqliteStore.layer(path)))

describe("what is known of models", () => {
  it.effect("survives a restart, apart for each provider and model", () =>
    Effect.gen(function* () {
      const path = databaseFile()
      yield* Effect.gen(function* () {
        const factors = yield* TokenFactors
        for (let n = 0; n < 5; n++) yield* factors.learn("anthropic", "claude-x", 1_000, 1_500)
        yield* factors.learn("openai", "claude-x", 1_000, 800)
        assert.deepStrictEqual(factors.of("anthropic", "claude-x"), { factor: 1.5, samples: 5 })
        // the writer takes commands in order: what was sent before this is committed with it
        yield* (yield* Store).write(() => undefined)
      }).pipe(Effect.provide(over(path), { local: true }))
      yield* Effect.gen(function* () {
        const factors = yield* TokenFactors
        assert.strictEqual(factors.of("anthropic", "claude-x").factor, 1.5)
        assert.strictEqual(factors.of("openai", "claude-x").factor, 0.8)
        assert.strictEqual(factors.of("openai", "other"), unlearned)
      }).pipe(Effect.provide(over(path), { local: true }))
    })
  )

  it.effect("is nothing without a layer", () =>
    Effect.gen(function* () {
      const factors = yield* TokenFactors
      yield* factors.learn("openai", "m", 1_000, 1_500)
      assert.strictEqual(factors.of("openai", "m"), unlearned)
    })
  )
})

describe("a call", () => {
  const estimate = 1_000
  const adapter = (counted: number) =>
    fake(() => Stream.fromIterable([text("hi"), finish(counted, 1)]), {
      bound: () => Effect.succeed({ upper: 4_000, estimate })
    })
  const called = Effect.gen(function* () {
    const model = yield* Model
    const quote = yield* model.quote(target, content("x"))
    yield* model.stream(quote).pipe(Stream.runDrain, withPermit(quote, spender))
    yield* (yield* BudgetLedger).settled(spender.turn)
    return quote.numbers.inputEstimate
  })
  const with_ = (counted: number) => Layer.provideMerge(Layer.fresh(world([adapter(counted)])), over(":memory:"))

  it.effect("teaches what its vendor counted", () =>
    Effect.gen(function* () {
      yield* called
      assert.deepStrictEqual((yield* TokenFactors).of("fake", "fake-1"), { factor: 1.4, samples: 1 })
    }).pipe(Effect.provide(with_(1_400)))
  )

  it.effect("T15: a vendor that teaches a low factor is still compared with the whole estimate", () =>
    Effect.gen(function* () {
      const factors = yield* TokenFactors
      for (let n = 0; n < 30; n++) yield* factors.learn("fake", "fake-1", estimate, 600)
      assert.approximately(factors.of("fake", "fake-1").factor, 0.6, 0.01)
      assert.strictEqual(yield* called, estimate)
      const [charge] = yield* (yield* BudgetLedger).charges(spender.turn)
      assert.deepInclude(charge, { basis: "estimate", flagged: true })
      assert.strictEqual(charge?.usage.input, estimate)
    }).pipe(Effect.provide(with_(599)))
  )
})
