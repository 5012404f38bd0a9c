import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { layer, layerMemory, layerReloadable } from "../../layers/budget/Ledger.ts"
import { Books, layerBooks } from "../../layers/budget/MemoryLedgerStore.ts"
import {
  BudgetLedger,
  openPermit,
  permitWarnings,
  withPermit,
  withPermitStream
} from "../../src/budget/BudgetLedger.ts"
import { LedgerUnavailable } from "../../src/budget/BudgetError.ts"
import { LedgerStore } from "../../src/budget/LedgerStore.ts"
import type { BudgetLimits } from "../../src/budget/Limits.ts"
import type { Quote } from "../../src/budget/Quote.ts"
import { facts, holdId, quote, spender, support, unlimited, usageOf } from "./fixtures.ts"

const over = (limits: BudgetLimits = unlimited) => Layer.provide(layerMemory(limits), support)

const account = (scope: string, unit: "tokens" | "micros" = "tokens") =>
  Effect.gen(function* () {
    const rows = yield* (yield* BudgetLedger).status(spender)
    const row = rows.find((one) => one.scope === scope && one.unit === unit)
    if (row === undefined) throw new Error(`no account ${scope}`)
    return row
  })

const charge = Effect.gen(function* () {
  const charges = yield* (yield* BudgetLedger).charges(spender.turn)
  assert.strictEqual(charges.length, 1)
  const [only] = charges
  if (only === undefined) throw new Error("no charge")
  return only
})

/** One call that says it used `input` and `output`. */
const call = (q: Quote, input: number, output: number) =>
  Effect.gen(function* () {
    const meter = yield* openPermit(q)
    yield* meter.began
    yield* meter.usage(usageOf(input, output), "final")
    return meter
  })

describe("a permit", () => {
  it.effect("holds while the call runs, charges the vendor's final usage and releases the rest", () =>
    Effect.gen(function* () {
      const q = quote()
      yield* Effect.gen(function* () {
        const meter = yield* openPermit(q)
        assert.strictEqual(meter.maxOutputTokens, 50)
        assert.strictEqual((yield* account("day")).held, 150)
        yield* meter.began
        yield* meter.delivered(20)
        yield* meter.usage(usageOf(70, 20), "final")
      }).pipe(withPermit(q, spender))
      assert.deepInclude(yield* account("day"), { spent: 90, held: 0 })
      assert.deepInclude(yield* charge, { basis: "usage", costMicros: 70 * 3 + 20 * 15 })
      const [row] = yield* (yield* BudgetLedger).usage({ by: "model" })
      assert.deepInclude(row, { group: "anthropic/claude-test", calls: 1, input: 70, output: 20 })
    }).pipe(Effect.provide(over()))
  )

  it.effect("is clamped to what the accounts cover", () =>
    Effect.gen(function* () {
      const q = quote()
      const meter = yield* call(q, 60, 10).pipe(withPermit(q, spender))
      assert.strictEqual(meter.maxOutputTokens, 23)
    }).pipe(Effect.provide(over({ ...unlimited, session: { tokens: 123 } })))
  )

  it.effect("is all or nothing where it is tentative, and waits for nobody", () =>
    Effect.gen(function* () {
      const q = quote()
      const error = yield* Effect.flip(withPermit(q, spender, "tentative")(call(q, 60, 10)))
      assert.strictEqual(error.reason._tag, "BudgetExceeded")
      assert.deepInclude(yield* account("session"), { spent: 0, held: 0 })
      const small = quote({ outputCeiling: 23 })
      const meter = yield* withPermit(small, spender, "tentative")(call(small, 60, 10))
      assert.strictEqual(meter.maxOutputTokens, 23)
    }).pipe(Effect.provide(over({ ...unlimited, session: { tokens: 123 } })))
  )

  it.effect("is refused with true numbers, and the call does not run", () =>
    Effect.gen(function* () {
      const q = quote()
      const error = yield* Effect.flip(
        Effect.sync((): void => assert.fail("the call ran")).pipe(withPermit(q, spender))
      )
      assert.strictEqual(
        error.message,
        "The day budget is used up: limit 109 tokens, spent 0, held 0, wanted 110. It resets at 1970-01-02T00:00:00.000Z."
      )
    }).pipe(Effect.provide(over({ ...unlimited, day: { tokens: 109 } })))
  )

  it.effect("T14: is refused where a money limit applies and the model has no price", () =>
    Effect.gen(function* () {
      const q = quote({ price: undefined })
      const error = yield* Effect.flip(call(q, 1, 1).pipe(withPermit(q, spender)))
      assert.strictEqual(error.reason._tag, "Unpriced")
    }).pipe(Effect.provide(over({ ...unlimited, month: { micros: 1_000_000 } })))
  )

  it.effect("charges nothing where the call was never made", () =>
    Effect.gen(function* () {
      yield* Effect.void.pipe(withPermit(quote(), spender))
      assert.deepInclude(yield* charge, { basis: "none", costMicros: 0 })
      assert.deepInclude(yield* account("day"), { spent: 0, held: 0 })
    }).pipe(Effect.provide(over()))
  )

  it.effect("charges nothing on a definite refusal before the stream", () =>
    Effect.gen(function* () {
      const q = quote()
      yield* Effect.flatMap(openPermit(q), (meter) => meter.refusedUnused).pipe(withPermit(q, spender))
      assert.deepInclude(yield* charge, { basis: "none", costMicros: 0 })
    }).pipe(Effect.provide(over()))
  )

  it.effect("T13: charges the bound where the vendor began and then said nothing, whatever is claimed afterwards", () =>
    Effect.gen(function* () {
      const q = quote()
      yield* Effect.gen(function* () {
        const meter = yield* openPermit(q)
        yield* meter.began
        yield* meter.refusedUnused
        return yield* Effect.fail("reset" as const)
      }).pipe(withPermit(q, spender), Effect.flip)
      assert.deepInclude(yield* charge, { basis: "bound", costMicros: 1125 })
      assert.deepInclude(yield* account("day"), { spent: 150, held: 0 })
    }).pipe(Effect.provide(over()))
  )

  it.effect("T15: charges our own estimate where the vendor says less than 60 % of it", () =>
    Effect.gen(function* () {
      const q = quote()
      yield* Effect.gen(function* () {
        const meter = yield* openPermit(q)
        yield* meter.delivered(12)
        yield* meter.delivered(40)
        yield* meter.usage(usageOf(60, 3), "final")
      }).pipe(withPermit(q, spender))
      const settled = yield* charge
      assert.deepInclude(settled, { basis: "estimate", flagged: true })
      assert.deepStrictEqual(settled.usage, usageOf(60, 40))
      assert.deepStrictEqual(settled.reported, usageOf(60, 3))
    }).pipe(Effect.provide(over()))
  )

  it.effect("remembers a model that used more than was held", () =>
    Effect.gen(function* () {
      const q = quote()
      const ledger = yield* BudgetLedger
      assert.isFalse(yield* ledger.overran("anthropic", "claude-test"))
      yield* call(q, 200, 10).pipe(withPermit(q, spender))
      assert.isTrue(yield* ledger.overran("anthropic", "claude-test"))
      assert.deepInclude(yield* account("day"), { spent: 210, held: 0 })
    }).pipe(Effect.provide(over()))
  )

  it.effect("warns once per period, past three quarters of a limit", () =>
    Effect.gen(function* () {
      const warned: Array<ReadonlyArray<string>> = []
      for (let n = 0; n < 4; n++) {
        const q = quote()
        const meter = yield* call(q, 80, 50).pipe(withPermit(q, spender))
        warned.push(meter.warnings.map((one) => one.scope))
      }
      assert.deepStrictEqual(warned, [[], [], [], ["day"]])
      const q = quote()
      assert.deepStrictEqual((yield* call(q, 1, 1).pipe(withPermit(q, spender))).warnings, [])
    }).pipe(Effect.provide(over({ ...unlimited, day: { tokens: 520 + 120 }, warn: 0.6 })))
  )

  it.effect("can be asked for its warnings and is not used by it", () =>
    Effect.gen(function* () {
      const first = quote()
      yield* call(first, 80, 50).pipe(withPermit(first, spender))
      const q = quote()
      const [warnings, meter] = yield* Effect.all([permitWarnings, call(q, 80, 50)]).pipe(withPermit(q, spender))
      assert.deepStrictEqual(
        warnings.map((one) => [one.scope, one.spent]),
        [["day", 130]]
      )
      assert.strictEqual(warnings, meter.warnings)
    }).pipe(Effect.provide(over({ ...unlimited, day: { tokens: 1_000 }, warn: 0.1 })))
  )

  it.effect("is charged to the day it was taken in, and a new day begins empty", () =>
    Effect.gen(function* () {
      const q = quote()
      yield* call(q, 70, 20).pipe(Effect.tap(TestClock.adjust("25 hours")), withPermit(q, spender))
      assert.deepInclude(yield* account("day"), { key: "1970-01-02", spent: 0, held: 0 })
      assert.deepInclude(yield* account("month"), { key: "1970-01-01", spent: 90, held: 0 })
    }).pipe(Effect.provide(over()))
  )

  it.effect("T13: leaves nothing held after a thousand interrupted calls", () =>
    Effect.gen(function* () {
      const fibers = yield* Effect.forEach(
        Array.from({ length: 1_000 }, () => quote()),
        (q) =>
          Effect.gen(function* () {
            const started = yield* Deferred.make<void>()
            const run = Effect.andThen(
              openPermit(q),
              Effect.andThen(Deferred.succeed(started, undefined), Effect.never)
            )
            const fiber = yield* Effect.forkChild(run.pipe(withPermit(q, spender)))
            yield* Deferred.await(started)
            return fiber
          })
      )
      assert.deepInclude(yield* account("day"), { held: 150_000, spent: 0 })
      yield* Fiber.interruptAll(fibers)
      assert.deepInclude(yield* account("day"), { held: 0, spent: 150_000 })
    }).pipe(Effect.provide(over()))
  )

  it.effect("T12: lets exactly ten of a thousand parallel calls pass a budget for ten", () =>
    Effect.gen(function* () {
      const gate = yield* Deferred.make<void>()
      const one = Effect.suspend(() => {
        const q = quote({ outputMinimum: 50 })
        return call(q, 100, 50).pipe(Effect.tap(Deferred.await(gate)), withPermit(q, spender), Effect.exit)
      })
      const fiber = yield* Effect.forkChild(
        Effect.all(
          Array.from({ length: 1_000 }, () => one),
          { concurrency: "unbounded" }
        )
      )
      yield* Effect.yieldNow
      yield* Deferred.succeed(gate, undefined)
      const exits = yield* Fiber.join(fiber)
      assert.strictEqual(exits.filter(Exit.isSuccess).length, 10)
      assert.deepInclude(yield* account("day"), { spent: 1_500, held: 0 })
    }).pipe(Effect.provide(over({ ...unlimited, day: { tokens: 1_509 } })))
  )

  it.effect("reads its limits anew at each hold", () =>
    Effect.gen(function* () {
      const limits = yield* Ref.make<BudgetLimits>(unlimited)
      const ledger = layerReloadable(Ref.get(limits)).pipe(Layer.provide([layerBooks(new Books()), support]))
      yield* Effect.gen(function* () {
        const q = quote()
        yield* call(q, 1, 1).pipe(withPermit(q, spender))
        yield* Ref.set(limits, { ...unlimited, timeZone: "Europe/Berlin", session: { tokens: 1 } })
        const error = yield* Effect.flip(call(q, 1, 1).pipe(withPermit(q, spender)))
        assert.strictEqual(error.reason._tag === "BudgetExceeded" && error.reason.scope, "session")
      }).pipe(Effect.provide(ledger))
    })
  )
})

describe("a permit for a stream", () => {
  const counted = (q: Quote) =>
    Stream.unwrap(
      Effect.map(openPermit(q), (meter) =>
        Stream.make(1, 2, 3).pipe(
          Stream.tap((n) => meter.delivered(n)),
          Stream.onEnd(meter.usage(usageOf(70, 3), "final"))
        )
      )
    )

  it.effect("lives as long as the stream", () =>
    Effect.gen(function* () {
      const q = quote()
      const seen = yield* counted(q).pipe(
        withPermitStream(q, spender),
        Stream.mapEffect(() => Effect.map(account("day"), (day) => day.held)),
        Stream.runCollect
      )
      assert.deepStrictEqual(seen, [150, 150, 150])
      assert.deepInclude(yield* account("day"), { spent: 73, held: 0 })
    }).pipe(Effect.provide(over()))
  )

  it.effect("charges the bound where the reader leaves early", () =>
    Effect.gen(function* () {
      const q = quote()
      yield* counted(q).pipe(withPermitStream(q, spender), Stream.take(1), Stream.runDrain)
      assert.deepInclude(yield* account("day"), { spent: 150, held: 0 })
    }).pipe(Effect.provide(over()))
  )
})

describe("a call that is cut", () => {
  const cut = (q: Quote, drain: (usage: Effect.Effect<void>) => Effect.Effect<unknown>) =>
    Effect.gen(function* () {
      const open = yield* Deferred.make<void>()
      const fiber = yield* Effect.forkChild(
        Effect.gen(function* () {
          const meter = yield* openPermit(q)
          yield* meter.began
          yield* meter.usage(usageOf(70, 1), "partial")
          yield* meter.drained(drain(meter.usage(usageOf(70, 9), "final")), "2 seconds")
          yield* Deferred.succeed(open, undefined)
          return yield* Effect.never
        }).pipe(withPermit(q, spender))
      )
      yield* Deferred.await(open)
      yield* Fiber.interrupt(fiber)
    })

  it.effect("is settled by the usage that draining its stream gives, without the caller waiting", () =>
    Effect.gen(function* () {
      const ledger = yield* BudgetLedger
      const vendor = yield* Deferred.make<void>()
      yield* cut(quote(), (usage) => Effect.andThen(Deferred.await(vendor), usage))
      assert.deepInclude(yield* account("day"), { spent: 0, held: 150 })
      yield* Deferred.succeed(vendor, undefined)
      yield* ledger.settled(spender.turn)
      assert.deepInclude(yield* account("day"), { spent: 79, held: 0 })
      yield* ledger.settled(spender.turn)
    }).pipe(Effect.provide(over()))
  )

  it.effect("is settled at the bound where draining takes too long, by the input the vendor named", () =>
    Effect.gen(function* () {
      yield* cut(quote(), () => Effect.never)
      yield* TestClock.adjust("1 second")
      assert.deepInclude(yield* account("day"), { held: 150 })
      yield* TestClock.adjust("1 second")
      yield* (yield* BudgetLedger).settled(spender.turn)
      assert.deepInclude(yield* account("day"), { spent: 120, held: 0 })
      assert.deepInclude(yield* charge, { basis: "bound", costMicros: 70 * 3 + 50 * 15 })
    }).pipe(Effect.provide(over()))
  )

  it.effect("is settled where draining dies or is interrupted", () =>
    Effect.gen(function* () {
      yield* cut(quote(), () => Effect.die("broken"))
      yield* cut(quote(), () => Effect.interrupt)
      yield* (yield* BudgetLedger).settled(spender.turn)
      assert.deepInclude(yield* account("day"), { spent: 240, held: 0 })
    }).pipe(Effect.provide(over()))
  )

  it.effect("is settled at once where the ledger closes", () =>
    Effect.gen(function* () {
      const books = new Books()
      const ledger = layer(unlimited).pipe(Layer.provide([layerBooks(books), support]))
      yield* cut(quote(), () => Effect.never).pipe(Effect.provide(ledger))
      assert.strictEqual(books.holds.size, 0)
      assert.strictEqual(books.charges[0]?.basis, "bound")
    })
  )

  it.effect("is not heard any more once it is settled", () =>
    Effect.gen(function* () {
      const q = quote()
      const meter = yield* call(q, 70, 20).pipe(withPermit(q, spender))
      yield* meter.usage(usageOf(1, 1), "final")
      yield* meter.began
      assert.deepInclude(yield* account("day"), { spent: 90 })
    }).pipe(Effect.provide(over()))
  )
})

describe("a ledger whose store fails", () => {
  const broken = new LedgerUnavailable({ cause: new Error("disk") })
  /** Books whose store refuses while `down` says so. */
  const flaky = (books: Books, down: () => ReadonlyArray<"hold" | "settle" | "journal" | "balances" | "recover">) =>
    Layer.effect(
      LedgerStore,
      Effect.map(LedgerStore, (store) => {
        const unless = <A>(what: ReturnType<typeof down>[number], effect: Effect.Effect<A, LedgerUnavailable>) =>
          Effect.suspend(() => (down().includes(what) ? Effect.fail(broken) : effect))
        return LedgerStore.of({
          ...store,
          hold: (request) => unless("hold", store.hold(request)),
          settle: (id, evidence, at) => unless("settle", store.settle(id, evidence, at)),
          journal: (id, evidence, at) => unless("journal", store.journal(id, evidence, at)),
          balances: (accounts) => unless("balances", store.balances(accounts)),
          recover: (lives, at) => unless("recover", store.recover(lives, at))
        })
      })
    ).pipe(Layer.provide(layerBooks(books)))

  it.effect("T14: refuses the call", () =>
    Effect.gen(function* () {
      const q = quote()
      const error = yield* Effect.flip(call(q, 1, 1).pipe(withPermit(q, spender)))
      assert.strictEqual(error.reason._tag, "LedgerUnavailable")
      assert.strictEqual((yield* Effect.flip(account("day")))._tag, "BudgetError")
    }).pipe(
      Effect.provide(layer(unlimited).pipe(Layer.provide([flaky(new Books(), () => ["hold", "balances"]), support])))
    )
  )

  it.effect("T13: never fails to settle: the hold stays, and is settled once the store answers", () => {
    const books = new Books()
    let down = true
    return Effect.gen(function* () {
      const q = quote()
      yield* call(q, 70, 20).pipe(withPermit(q, spender))
      assert.strictEqual(books.holds.size, 1)
      yield* TestClock.adjust("300 millis")
      assert.strictEqual(books.holds.size, 1)
      down = false
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(books.holds.size, 0)
      assert.strictEqual(books.charges[0]?.costMicros, 510)
    }).pipe(
      Effect.provide(
        layer(unlimited).pipe(
          Layer.provide([flaky(books, () => (down ? ["settle", "journal", "recover"] : [])), support])
        )
      )
    )
  })
})

describe("a ledger that starts", () => {
  it.effect("T13: settles what a dead instance left behind, and not what a live one holds", () => {
    const books = new Books()
    const ledger = layer(unlimited).pipe(Layer.provide([layerBooks(books), support]))
    return Effect.gen(function* () {
      const q = quote()
      yield* call(q, 70, 20).pipe(
        Effect.andThen(
          Effect.sync(() => {
            const [held] = books.holds.values()
            if (held === undefined) throw new Error("no hold")
            const dead = { ...facts, pid: 2 ** 22 + 1 }
            books.holds.set(holdId(99), { ...held, id: holdId(99), instance: dead })
          })
        ),
        withPermit(q, spender),
        Effect.provide(ledger)
      )
      assert.strictEqual(books.holds.size, 1)
      yield* Effect.void.pipe(Effect.provide(ledger))
      assert.strictEqual(books.holds.size, 0)
    })
  })
})
