/** What lies instead of forgetting: casts, forged keys, replays. Each dies, and no money moves. */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import { layerMemory } from "../../layers/budget/Ledger.ts"
import * as Module from "../../src/budget/BudgetLedger.ts"
import {
  BudgetLedger,
  type BudgetPermit,
  openPermit,
  permitWarnings,
  withPermit
} from "../../src/budget/BudgetLedger.ts"
import { Quote } from "../../src/budget/Quote.ts"
import { numbers, quote, spender, support, unlimited, usageOf } from "./fixtures.ts"

const ledger = Layer.provide(layerMemory(unlimited), support)

/** A cast, as a liar would write it. */
const lie = <A>(value: unknown): A => value as A

const dies = <A, E, R>(effect: Effect.Effect<A, E, R>, message: RegExp): Effect.Effect<void, never, R> =>
  Effect.map(Effect.exit(effect), (exit) => {
    assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
    assert.match(Exit.isFailure(exit) ? Cause.pretty(exit.cause) : "", message)
  })

/** The live permit of the surrounding call, read out of its context. */
const stolen = Effect.map(Effect.context<never>(), (context) => context.mapUnsafe.get("exoclaw/budget/BudgetPermit"))

const moved = Effect.gen(function* () {
  const rows = yield* (yield* BudgetLedger).status(spender)
  return rows.reduce((sum, row) => sum + row.spent + row.held, 0)
})

const forgedKey = Context.Service<BudgetPermit, object>("exoclaw/budget/BudgetPermit")

describe("T12: a permit cannot be forged", () => {
  it("its key, its class and the seal do not leave their module", () => {
    assert.deepStrictEqual(Object.keys(Module).sort(), [
      "BudgetLedger",
      "make",
      "openPermit",
      "permitWarnings",
      "withPermit",
      "withPermitStream"
    ])
  })

  it.effect("a key of the same name gives nothing", () =>
    Effect.gen(function* () {
      const q = quote()
      for (const fake of [{}, { hold: "hold_1", held: { maxOutputTokens: 9 } }, null, "permit"]) {
        yield* dies(openPermit(q).pipe(Effect.provideService(forgedKey, lie<object>(fake))), /forged BudgetPermit/)
        yield* dies(permitWarnings.pipe(Effect.provideService(forgedKey, lie<object>(fake))), /forged BudgetPermit/)
      }
      assert.strictEqual(yield* moved, 0)
    }).pipe(Effect.provide(ledger))
  )

  it.effect("a cast away requirement dies", () =>
    dies(lie<Effect.Effect<unknown>>(openPermit(quote())), /BudgetPermit/)
  )

  it.effect("neither a clone nor a proxy of a real one is one", () =>
    Effect.gen(function* () {
      const q = quote()
      yield* Effect.gen(function* () {
        const permit = lie<object>(yield* stolen)
        for (const fake of [
          Object.assign(Object.create(Object.getPrototypeOf(permit)), permit),
          new Proxy(permit, {}),
          structuredClone({ ...permit, journal: undefined })
        ]) {
          yield* dies(openPermit(q).pipe(Effect.provideService(forgedKey, fake)), /forged BudgetPermit/)
        }
      }).pipe(withPermit(q, spender))
    }).pipe(Effect.provide(ledger))
  )

  it.effect("its constructor and its methods demand the seal", () =>
    Effect.gen(function* () {
      const q = quote()
      yield* Effect.gen(function* () {
        const permit = lie<Record<string, (...args: ReadonlyArray<unknown>) => unknown>>(yield* stolen)
        const Made = lie<new (...args: ReadonlyArray<unknown>) => object>(permit.constructor)
        assert.throws(() => new Made(Symbol("seal"), q, "hold_1", "turn_1", {}), /made by the BudgetLedger module/)
        for (const method of ["open", "call", "close", "journal"]) {
          assert.throws(() => permit[method]?.(Symbol("seal"), q), /made by the BudgetLedger module/)
        }
        assert.throws(() => Object.assign(permit, { held: { maxOutputTokens: 1e9 } }))
      }).pipe(withPermit(q, spender))
    }).pipe(Effect.provide(ledger))
  )
})

describe("T12: a permit is for one call", () => {
  it.effect("a second call on it dies, and the first is settled as ever", () =>
    Effect.gen(function* () {
      const q = quote()
      yield* Effect.gen(function* () {
        const meter = yield* openPermit(q)
        yield* dies(openPermit(q), /permit is open; take one per call|BudgetPermit is open/)
        yield* meter.usage(usageOf(70, 20), "final")
      }).pipe(withPermit(q, spender))
      const [charge] = yield* (yield* BudgetLedger).charges(spender.turn)
      assert.strictEqual(charge?.basis, "usage")
    }).pipe(Effect.provide(ledger))
  )

  it.effect("it is for its own quote, not for an equal one", () =>
    Effect.gen(function* () {
      const q = quote()
      yield* dies(openPermit(quote()), /taken for another quote/).pipe(withPermit(q, spender))
      yield* dies(openPermit(lie<Quote>(new Proxy(q, {}))), /taken for another quote/).pipe(withPermit(q, spender))
      const charges = yield* (yield* BudgetLedger).charges(spender.turn)
      assert.deepStrictEqual(
        charges.map((one) => one.basis),
        ["none", "none"]
      )
    }).pipe(Effect.provide(ledger))
  )

  it.effect("kept beyond its call it opens nothing", () =>
    Effect.gen(function* () {
      const q = quote()
      const permit = lie<object>(yield* stolen.pipe(withPermit(q, spender)))
      yield* dies(openPermit(q).pipe(Effect.provideService(forgedKey, permit)), /BudgetPermit is closed/)
      assert.strictEqual(yield* moved, 0)
    }).pipe(Effect.provide(ledger))
  )

  it.effect("of two that open it at once, one dies", () =>
    Effect.gen(function* () {
      const q = quote()
      const gate = yield* Deferred.make<void>()
      const open = Effect.exit(Effect.andThen(Deferred.await(gate), openPermit(q)))
      const exits = yield* Effect.all([open, open, Deferred.succeed(gate, undefined)], {
        concurrency: "unbounded"
      }).pipe(withPermit(q, spender))
      assert.deepStrictEqual([exits[0]._tag, exits[1]._tag].sort(), ["Failure", "Success"])
    }).pipe(Effect.provide(ledger))
  )
})

describe("T12: a ledger and a quote cannot be forged", () => {
  it.effect("a look-alike ledger dies", () =>
    Effect.gen(function* () {
      const real = yield* BudgetLedger
      const q = quote()
      const fakes = [
        { reserve: () => Effect.succeed({}), release: () => Effect.void },
        Object.create(Object.getPrototypeOf(real) as object) as object,
        new Proxy(real, {})
      ]
      for (const fake of fakes) {
        const call = openPermit(q).pipe(withPermit(q, spender))
        yield* dies(Effect.provideService(call, BudgetLedger, lie<Module.Ledger>(fake)), /forged BudgetLedger/)
      }
    }).pipe(Effect.provide(ledger))
  )

  it.effect("a ledger's constructor and its money methods demand the seal", () =>
    Effect.gen(function* () {
      const real = yield* BudgetLedger
      const Made = lie<new (...args: ReadonlyArray<unknown>) => object>(real.constructor)
      assert.throws(() => new Made(Symbol("seal"), {}), /made by the BudgetLedger module/)
      const seal = lie<never>(Symbol("seal"))
      yield* dies(real.reserve(seal, quote(), spender, "final"), /made by the BudgetLedger module/)
      yield* dies(real.release(seal, lie<never>({})), /made by the BudgetLedger module/)
      assert.throws(() => Object.assign(real, { overran: () => Effect.succeed(false) }))
    }).pipe(Effect.provide(ledger))
  )

  it.effect("a look-alike quote dies, and no money moves", () =>
    Effect.gen(function* () {
      for (const fake of [{ numbers }, new Proxy(quote(), {}), Object.create(Quote.prototype)]) {
        yield* dies(Effect.void.pipe(withPermit(lie<Quote>(fake), spender)), /forged Quote/)
      }
      assert.strictEqual(yield* moved, 0)
    }).pipe(Effect.provide(ledger))
  )

  it("a quote takes no numbers that are none, and keeps those it has", () => {
    for (const bad of [
      { inputBound: -1 },
      { inputBound: Number.NaN },
      { inputEstimate: 0.5 },
      { outputCeiling: 0 },
      { outputCeiling: Infinity },
      { outputMinimum: 0 }
    ]) {
      assert.throws(() => quote(bad), RangeError)
    }
    const given = { ...numbers }
    const q = new Quote(given)
    Object.assign(given, { inputBound: 1 })
    assert.strictEqual(q.numbers.inputBound, 100)
    assert.throws(() => Object.assign(q.numbers, { inputBound: 1 }))
  })
})
