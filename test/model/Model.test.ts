import { assert, describe, it } from "@effect/vitest"
import { Clock } from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { TestClock } from "effect/testing"
import { adapter as offline } from "../../layers/model/Offline.ts"
import { BudgetLedger, withPermit, withPermitStream } from "../../src/budget/BudgetLedger.ts"
import { Quote } from "../../src/budget/Quote.ts"
import type { Inspected } from "../../src/casil/Inspected.ts"
import { Model } from "../../src/model/Model.ts"
import type { ModelContent, ModelPart, ModelRequest } from "../../src/model/ModelRequest.ts"
import { unlimited } from "../budget/fixtures.ts"
import * as SetClock from "../support/SetClock.ts"
import { content, failure, fake, finish, spender, target, text, world } from "./fixtures.ts"

const call = (said = "hello") =>
  Effect.gen(function* () {
    const model = yield* Model
    const quote = yield* model.quote(target, content(said))
    return yield* model.stream(quote).pipe(Stream.runCollect, withPermit(quote, spender))
  })

const charged = Effect.gen(function* () {
  const ledger = yield* BudgetLedger
  yield* ledger.settled(spender.turn)
  return yield* ledger.charges(spender.turn)
})

const held = Effect.gen(function* () {
  const accounts = yield* (yield* BudgetLedger).status(spender)
  return accounts.reduce((sum, account) => sum + account.held, 0)
})

describe("the model door", () => {
  it.effect("streams a quoted call and settles the vendor's usage", () =>
    Effect.gen(function* () {
      const parts = yield* call()
      assert.deepStrictEqual(
        parts.map((part) => part.type),
        ["text-delta", "finish"]
      )
      const [charge] = yield* charged
      assert.strictEqual(charge?.basis, "usage")
      assert.strictEqual(charge?.usage.input, 12)
      assert.strictEqual(charge?.usage.output, 3)
    }).pipe(Effect.provide(world([fake(() => Stream.make(text("hi there friend"), finish(12, 3)))])))
  )

  it.effect("writes the clamp of the hold into the request, not what was asked for", () => {
    const seen: Array<ModelRequest> = []
    const adapter = fake((request) => {
      seen.push(request)
      return Stream.make(finish(10, 1))
    })
    return Effect.gen(function* () {
      yield* call()
      assert.strictEqual(seen[0]?.maxOutputTokens, 30)
      assert.isTrue(Object.isFrozen(seen[0]))
    }).pipe(Effect.provide(world([adapter], {}, { ...unlimited, day: { tokens: 80 } })))
  })

  it.effect("never asks the vendor when the budget does not cover the least useful call", () => {
    let asked = 0
    const adapter = fake(
      () => {
        asked += 1
        return Stream.make(finish(10, 1))
      },
      { minimumOutput: 16 }
    )
    return Effect.gen(function* () {
      const exit = yield* Effect.exit(call())
      assert.isTrue(Exit.isFailure(exit))
      assert.strictEqual(asked, 0)
    }).pipe(Effect.provide(world([adapter], {}, { ...unlimited, day: { tokens: 60 } })))
  })

  it.effect("settles a definite refusal at zero", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(call())
      assert.strictEqual(error._tag, "ModelError")
      const [charge] = yield* charged
      assert.strictEqual(charge?.basis, "none")
    }).pipe(Effect.provide(world([fake(() => Stream.fail(failure({ kind: "rate_limited" })))])))
  )

  it.effect("does not believe a refusal after the vendor began", () =>
    Effect.gen(function* () {
      yield* Effect.flip(call())
      const [charge] = yield* charged
      assert.strictEqual(charge?.basis, "bound")
    }).pipe(Effect.provide(world([fake(() => Stream.make(text("x")).pipe(Stream.concat(Stream.fail(failure()))))])))
  )

  it.effect("fails a stream that ends without its finish, and settles it at the bound", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(call())
      assert.isTrue(error._tag === "ModelError" && error.kind === "stream" && !error.unused)
      const [charge] = yield* charged
      assert.strictEqual(charge?.basis, "bound")
    }).pipe(Effect.provide(world([fake(() => Stream.make(text("half an ans")))])))
  )

  for (const bad of [-1, Number.NaN, 0.5, Number.POSITIVE_INFINITY, undefined, null])
    it.effect(`T15: takes a usage of ${bad} as none and shows it to nobody`, () => {
      const lie = { inputTokens: { total: bad }, outputTokens: { total: 1 } }
      // a vendor's decoder may let anything through; the door is the one that checks
      const part = { type: "finish", reason: "stop", usage: lie } as ModelPart
      return Effect.gen(function* () {
        const parts = yield* call()
        const last = parts.at(-1)
        assert.deepStrictEqual(last?.type === "finish" ? last.usage : undefined, { inputTokens: {}, outputTokens: {} })
        const [charge] = yield* charged
        assert.strictEqual(charge?.basis, "bound")
      }).pipe(Effect.provide(world([fake(() => Stream.make(part))])))
    })

  it.effect("T15: charges our estimate where the vendor under-reports, and flags it", () =>
    Effect.gen(function* () {
      yield* call()
      const [charge] = yield* charged
      assert.strictEqual(charge?.basis, "estimate")
      assert.isAbove(charge?.usage.output ?? 0, 20)
    }).pipe(Effect.provide(world([fake(() => Stream.make(text("one two three four ".repeat(10)), finish(10, 1)))])))
  )

  it.effect("T15: cuts off a vendor that never stops, and does not ask it again", () => {
    let closed = false
    const endless = Stream.ensuring(
      Stream.forever(Stream.make(text("lorem ipsum dolor sit amet ".repeat(200)))),
      Effect.sync(() => {
        closed = true
      })
    )
    return Effect.gen(function* () {
      const error = yield* Effect.flip(call())
      assert.isTrue(error._tag === "ModelError" && error.kind === "protocol" && !error.retryable && !error.unused)
      assert.isTrue(closed)
      const [charge] = yield* charged
      assert.strictEqual(charge?.basis, "bound")
      assert.isBelow(charge?.usage.output ?? Number.POSITIVE_INFINITY, 20_000)
    }).pipe(Effect.provide(world([fake(() => endless)])))
  })

  it.effect("T15: cuts it off also where it is only listened to for its usage", () =>
    Effect.gen(function* () {
      const model = yield* Model
      const quote = yield* model.quote(target, content("hello"))
      yield* model.stream(quote).pipe(Stream.take(1), Stream.runDrain, withPermit(quote, spender))
      const [charge] = yield* charged
      assert.strictEqual(charge?.basis, "bound")
      assert.isBelow(charge?.usage.output ?? Number.POSITIVE_INFINITY, 20_000)
    }).pipe(
      Effect.provide(world([fake(() => Stream.forever(Stream.make(text("lorem ipsum dolor sit amet ".repeat(200)))))]))
    )
  )

  it.effect("listens on behind a reader that went away and settles at the vendor's usage", () =>
    Effect.gen(function* () {
      const started = yield* Deferred.make<void>()
      const release = yield* Deferred.make<void>()
      const adapter = fake(() =>
        Stream.make(text("a")).pipe(
          Stream.concat(
            Stream.fromEffect(Effect.andThen(Deferred.succeed(started, void 0), Deferred.await(release))).pipe(
              Stream.drain
            )
          ),
          Stream.concat(Stream.make(text("b"), finish(11, 2)))
        )
      )
      yield* Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(call())
        yield* Deferred.await(started)
        yield* Fiber.interrupt(fiber)
        assert.deepStrictEqual(yield* (yield* BudgetLedger).charges(spender.turn), [])
        yield* Deferred.succeed(release, void 0)
        const [charge] = yield* charged
        assert.strictEqual(charge?.basis, "usage")
        assert.strictEqual(charge?.usage.input, 11)
        assert.strictEqual(yield* held, 0)
      }).pipe(Effect.provide(world([adapter])))
    })
  )

  it.effect("gives up listening after its time and settles at the bound", () =>
    Effect.gen(function* () {
      const started = yield* Deferred.make<void>()
      const stopped = yield* Deferred.make<void>()
      const adapter = fake(() =>
        Stream.fromEffect(Effect.andThen(Deferred.succeed(started, void 0), Effect.never)).pipe(
          Stream.ensuring(Deferred.succeed(stopped, void 0))
        )
      )
      yield* Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(call())
        yield* Deferred.await(started)
        yield* Fiber.interrupt(fiber)
        yield* TestClock.adjust("5 seconds")
        const [charge] = yield* charged
        assert.strictEqual(charge?.basis, "bound")
        yield* Deferred.await(stopped)
        assert.strictEqual(yield* held, 0)
      }).pipe(Effect.provide(world([adapter])))
    })
  )

  it.effect("T15: charges what a vendor says behind its last word, of which its usage knows nothing", () =>
    Effect.gen(function* () {
      yield* call()
      const [charge] = yield* charged
      assert.deepInclude(charge, { basis: "estimate", flagged: true })
      assert.deepInclude(charge?.reported, { output: 1 })
      assert.isAbove(charge?.usage.output ?? 0, 15)
    }).pipe(Effect.provide(world([fake(() => Stream.make(text("a"), finish(12, 1), text("and so on ".repeat(8))))])))
  )

  it.effect("cuts a vendor that falls silent", () =>
    Effect.gen(function* () {
      const started = yield* Deferred.make<void>()
      const adapter = fake(() =>
        Stream.make(text("a")).pipe(
          Stream.concat(Stream.fromEffect(Effect.andThen(Deferred.succeed(started, void 0), Effect.never)))
        )
      )
      yield* Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(Effect.flip(call()))
        yield* Deferred.await(started)
        yield* TestClock.adjust("3 minutes")
        const error = yield* Fiber.join(fiber)
        assert.isTrue(error._tag === "ModelError" && error.kind === "timeout" && !error.unused)
        yield* TestClock.adjust("5 seconds")
        assert.strictEqual((yield* charged)[0]?.basis, "bound")
      }).pipe(Effect.provide(world([adapter])))
    })
  )

  it.effect("T17: takes a vendor for silent that sends parts and says nothing by them", () =>
    Effect.gen(function* () {
      const empty = Stream.tick("30 seconds").pipe(Stream.map(() => text("")))
      yield* Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(Effect.flip(call()))
        yield* TestClock.adjust("3 minutes")
        const error = yield* Fiber.join(fiber)
        assert.isTrue(error._tag === "ModelError" && error.kind === "timeout")
        assert.match(error.message, /was silent for 180 seconds/)
      }).pipe(Effect.provide(world([fake(() => Stream.concat(Stream.make(text("a")), empty))])))
    })
  )

  it.effect("T17: cuts a vendor whose parts never end and say nothing, and does not ask it again", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(call())
      assert.isTrue(error._tag === "ModelError" && error.kind === "protocol" && !error.retryable)
      assert.match(error.message, /went on without saying anything/)
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* charged)[0]?.basis, "bound")
    }).pipe(
      Effect.provide(world([fake(() => Stream.concat(Stream.make(text("a")), Stream.forever(Stream.make(text("")))))]))
    )
  )

  it.effect("cuts a vendor that never ends", () =>
    Effect.gen(function* () {
      const adapter = fake(() => Stream.tick("1 minute").pipe(Stream.map(() => text("a"))))
      yield* Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(Effect.flip(call()))
        yield* TestClock.adjust("10 minutes")
        const error = yield* Fiber.join(fiber)
        assert.isTrue(error._tag === "ModelError" && error.kind === "timeout")
      }).pipe(Effect.provide(world([adapter])))
    })
  )

  it.effect("cuts a vendor that never ends at its time, whatever the clock of the wall shows", () =>
    Effect.gen(function* () {
      const adapter = fake(() => Stream.tick("1 minute").pipe(Stream.map(() => text("a"))))
      for (const offset of [-3_600_000, 3_600_000]) {
        const { clock, set } = yield* SetClock.make
        yield* Effect.gen(function* () {
          const fiber = yield* Effect.forkChild(Effect.provideService(Effect.flip(call()), Clock, clock))
          yield* TestClock.adjust("4 minutes")
          set(offset)
          yield* TestClock.adjust("5 minutes")
          assert.isUndefined(fiber.pollUnsafe())
          yield* TestClock.adjust("1 minute")
          const exit = fiber.pollUnsafe()
          assert.isTrue(exit?._tag === "Success" && exit.value._tag === "ModelError" && exit.value.kind === "timeout")
        }).pipe(Effect.provide(world([adapter]), { local: true }))
      }
    })
  )

  it.effect("T13: settles a call whose adapter cannot be interrupted, and keeps nobody waiting for it", () =>
    Effect.gen(function* () {
      const started = yield* Deferred.make<void>()
      const end = yield* Deferred.make<void>()
      const stuck = Effect.uninterruptible(Effect.andThen(Deferred.succeed(started, void 0), Deferred.await(end)))
      yield* Effect.gen(function* () {
        const fiber = yield* Effect.forkChild(call())
        yield* Deferred.await(started)
        yield* Fiber.interrupt(fiber)
        const settled = yield* Effect.forkChild(charged)
        yield* TestClock.adjust("10 seconds")
        const exit = settled.pollUnsafe()
        yield* Deferred.succeed(end, void 0)
        assert.isTrue(exit !== undefined && Exit.isSuccess(exit) && exit.value[0]?.basis === "bound")
        assert.strictEqual(yield* held, 0)
      }).pipe(Effect.provide(world([fake(() => Stream.drain(Stream.fromEffect(stuck)))])))
    })
  )

  it.effect("does not take a slow reader for a silent vendor", () =>
    Effect.gen(function* () {
      const many = Array.from({ length: 200 }, () => text("a"))
      const adapter = fake(() => Stream.fromIterable([...many, finish(10, 200)]))
      yield* Effect.gen(function* () {
        const model = yield* Model
        const quote = yield* model.quote(target, content("x"))
        const fiber = yield* Effect.forkChild(
          model.stream(quote).pipe(
            Stream.tap((part) => (part.type === "finish" ? Effect.void : Effect.sleep("2 seconds"))),
            Stream.runCollect,
            withPermit(quote, spender)
          )
        )
        for (let i = 0; i < 300; i++) yield* TestClock.adjust("2 seconds")
        assert.strictEqual((yield* Fiber.join(fiber)).length, 201)
      }).pipe(Effect.provide(world([adapter], { idle: "1 second" })))
    })
  )

  it.effect("leaves nothing held after a thousand aborted calls", () =>
    Effect.gen(function* () {
      const model = yield* Model
      const quote = yield* model.quote(target, content("x"))
      yield* Effect.forEach(
        Array.from({ length: 1_000 }),
        () => model.stream(quote).pipe(Stream.take(1), Stream.runDrain, withPermit(quote, spender)),
        { concurrency: "unbounded" }
      )
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* charged).length, 1_000)
      assert.strictEqual(yield* held, 0)
    }).pipe(Effect.provide(world([fake(() => Stream.make(text("a"), text("b"), finish(10, 2)))])))
  )

  it.effect("opens the circuit of an ill provider and closes it after a good probe", () => {
    let ill = true
    let asked = 0
    const adapter = fake(() => {
      asked += 1
      return ill ? Stream.fail(failure()) : Stream.make(finish(10, 1))
    })
    return Effect.gen(function* () {
      for (let i = 0; i < 5; i++) yield* Effect.flip(call())
      const error = yield* Effect.flip(call())
      assert.isTrue(error._tag === "ModelError" && error.kind === "circuit_open" && error.unused)
      assert.strictEqual(asked, 5)
      ill = false
      yield* TestClock.adjust("15 seconds")
      yield* call()
      yield* call()
      assert.strictEqual(asked, 7)
    }).pipe(Effect.provide(world([adapter])))
  })

  it.effect("names the known providers when asked for another", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip((yield* Model).quote({ ...target, provider: "opnai" }, content("x")))
      assert.strictEqual(error.kind, "no_adapter")
      assert.include(error.message, "offline")
    }).pipe(Effect.provide(world([offline])))
  )
})

const dies = <A, E, R>(effect: Effect.Effect<A, E, R>, says: string) =>
  Effect.map(Effect.exit(effect), (exit) => {
    assert.isTrue(Exit.hasDies(exit))
    if (Exit.isFailure(exit)) assert.include(String(exit.cause), says)
  })

describe("the seal of the model door", () => {
  const good = fake(() => Stream.make(finish(10, 1)))

  it.effect("dies on content that Casil did not make", () =>
    Effect.gen(function* () {
      const model = yield* Model
      const forged = {
        value: { system: [], messages: [], tools: [] },
        verdicts: []
      } as unknown as Inspected<ModelContent>
      yield* dies(model.quote(target, forged), "forged Inspected")
      yield* dies(model.quote(target, Object.create(content("x")) as Inspected<ModelContent>), "forged Inspected")
      yield* dies(model.quote(target, new Proxy(content("x"), {})), "forged Inspected")
    }).pipe(Effect.provide(world([good])))
  )

  it.effect("dies on a quote it did not make", () =>
    Effect.gen(function* () {
      const model = yield* Model
      const quote = yield* model.quote(target, content("x"))
      const copy = new Quote(quote.numbers)
      const look = Object.create(Quote.prototype) as Quote
      for (const foreign of [copy, look, {} as Quote])
        yield* dies(
          model.stream(foreign).pipe(Stream.runDrain, withPermit(quote, spender)),
          "not made by this model door"
        )
    }).pipe(Effect.provide(world([good])))
  )

  it.effect("dies on a quote of another door", () =>
    Effect.gen(function* () {
      const other = yield* Effect.provide(Model, world([good]), { local: true })
      const quote = yield* other.quote(target, content("x"))
      yield* dies(
        (yield* Model).stream(quote).pipe(Stream.runDrain, withPermit(quote, spender)),
        "not made by this model door"
      )
    }).pipe(Effect.provide(world([good])))
  )

  it.effect("dies on the permit of another quote, and on one used before", () =>
    Effect.gen(function* () {
      const model = yield* Model
      const cheap = yield* model.quote(target, content("x"))
      const dear = yield* model.quote({ ...target, maxOutputTokens: 1_000 }, content("x"))
      yield* dies(model.stream(dear).pipe(Stream.runDrain, withPermit(cheap, spender)), "another quote")
      const once = Stream.runDrain(model.stream(cheap))
      yield* dies(Effect.andThen(once, once).pipe(withPermit(cheap, spender)), "one per call")
    }).pipe(Effect.provide(world([good])))
  )

  it.effect("cannot be built by hand", () =>
    Effect.gen(function* () {
      const make = Object.getPrototypeOf(yield* Model).constructor as new (...args: ReadonlyArray<unknown>) => unknown
      assert.throws(() => new make(Symbol("seal"), {}), /made by its own layer only/)
    }).pipe(Effect.provide(world([good])))
  )

  it.effect("works with a permit for the whole stream too", () =>
    Effect.gen(function* () {
      const model = yield* Model
      const quote = yield* model.quote(target, content("x"))
      const parts = yield* model.stream(quote).pipe(withPermitStream(quote, spender), Stream.runCollect)
      assert.strictEqual(parts.length, 1)
      assert.strictEqual((yield* charged)[0]?.basis, "usage")
    }).pipe(Effect.provide(world([good])))
  )
})

describe("the input of a quote", () => {
  const bounds = (count: number | undefined) =>
    Effect.gen(function* () {
      const model = yield* Model
      const numbers = yield* Effect.forEach(["bound", "exact", "larger"] as const, (precision) =>
        Effect.map(model.quote(target, content("x"), precision), (quote) => quote.numbers.inputBound)
      )
      return numbers
    }).pipe(Effect.provide(Layer.fresh(world([fake(() => Stream.empty, { count: () => Effect.succeed(count) })]))))

  it.effect("is its bytes, the smaller of bytes and count, or the larger", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* bounds(30), [50, 30, 50])
      assert.deepStrictEqual(yield* bounds(70), [50, 50, 70])
    })
  )

  it.effect("is its bytes where nobody counts", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* bounds(undefined), [50, 50, 50])
    })
  )
})

describe("the offline adapter", () => {
  it.effect("T12: counts exactly what it will charge, so that a budget is usable to its last token", () =>
    Effect.gen(function* () {
      const model = yield* Model
      const to = { provider: "offline", model: "offline", maxOutputTokens: 7 }
      const said = content("What can you do?", { system: ["Be brief."] })
      const wide = yield* model.quote(to, said)
      const quote = yield* model.quote(to, said, "exact")
      assert.isBelow(quote.numbers.inputBound, wide.numbers.inputBound)
      yield* model.stream(quote).pipe(Stream.runDrain, withPermit(quote, spender))
      assert.deepInclude((yield* charged)[0]?.usage, { input: quote.numbers.inputBound, output: 7 })
    }).pipe(Effect.provide(Layer.fresh(world([offline]))))
  )

  it.effect("answers in small pieces within its limit, and counts what it said", () =>
    Effect.gen(function* () {
      const model = yield* Model
      const to = { provider: "offline", model: "offline", maxOutputTokens: 20 }
      const quote = yield* model.quote(to, content("hello"))
      const parts = yield* model.stream(quote).pipe(Stream.runCollect, withPermit(quote, spender))
      const last = parts.at(-1)
      assert.isTrue(last?.type === "finish" && last.reason === "length")
      assert.isAbove(parts.filter((part) => part.type === "text-delta").length, 3)
      const [charge] = yield* charged
      assert.strictEqual(charge?.basis, "usage")
      assert.strictEqual(charge?.costMicros, 0)
      assert.isAtMost(charge?.usage.output ?? 99, 20)
    }).pipe(Effect.provide(Layer.fresh(world([offline]))))
  )
})
