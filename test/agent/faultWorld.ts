/** A conversation that can be hurt at any place, with a vendor that keeps books of its own. */
import { assert } from "@effect/vitest"
import { Clock } from "effect/Clock"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { Scheduler } from "effect/Scheduler"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { LedgerUnavailable } from "../../src/budget/BudgetError.ts"
import { BudgetLedger } from "../../src/budget/BudgetLedger.ts"
import type { LedgerStore } from "../../src/budget/LedgerStore.ts"
import { totalTokens, type Usage } from "../../src/budget/Usage.ts"
import { defaultTenant, type TurnId } from "../../src/domain/Ids.ts"
import type { ModelPart } from "../../src/model/ModelRequest.ts"
import { encodeUsage, partialUsage } from "../../src/model/ModelUsage.ts"
import { JournalUnavailable, type SessionError } from "../../src/session/SessionError.ts"
import type { SessionStore } from "../../src/session/SessionStore.ts"
import { failure, fake } from "../model/fixtures.ts"
import { resultOf, send } from "../session/world.ts"
import { FaultScheduler } from "../support/FaultScheduler.ts"
import { ManualClock } from "../support/ManualClock.ts"
import { call, chargesOf, heldNow, type Options, text, type World, world } from "./world.ts"

/** The vendor's books. It bills a whole answer as soon as it takes a request, whoever is still there to read it. */
class Vendor {
  readonly bills: Array<Usage> = []
  /** Called with the number of each part before it goes out. */
  readonly #before: (part: number) => Effect.Effect<void, ReturnType<typeof failure>>
  #parts = 0
  #refusals: number
  constructor(refusals: number, before: (part: number) => Effect.Effect<void, ReturnType<typeof failure>>) {
    this.#refusals = refusals
    this.#before = before
  }

  /** Of the provider `name`; the first calls of all are refused, where there are refusals. */
  adapter(name: string, part: object = {}) {
    return {
      ...fake(({ messages }) =>
        Stream.suspend(() => {
          if (this.#refusals > 0) {
            this.#refusals -= 1
            return Stream.fail(failure({ kind: "overloaded", retryable: true, unused: true }))
          }
          // each call has a bill of its own, so that it can be told from the others
          const bill: Usage = { input: 30 + this.bills.length, output: 20, cacheRead: 1, cacheWrite: 2 }
          this.bills.push(bill)
          const first = !messages.some(({ role }) => role === "tool")
          const said: ReadonlyArray<ModelPart> = first
            ? [text("Let me see. "), call("echo", { text: "a" })]
            : [text("It is "), text("done.")]
          const parts: ReadonlyArray<ModelPart> = [
            { type: "response-metadata", metadata: partialUsage({ ...bill, output: 1 }) },
            ...said,
            { type: "finish", reason: first ? "tool-calls" : "stop", usage: encodeUsage(bill) }
          ]
          return Stream.mapEffect(Stream.fromIterable(parts), (one) =>
            Effect.as(
              Effect.suspend(() => this.#before(++this.#parts)),
              one
            )
          )
        })
      ),
      ...part,
      provider: name
    }
  }

  get truth(): number {
    return this.bills.reduce((sum, bill) => sum + totalTokens(bill), 0)
  }
}

/** What the stores and the vendor do at their k-th call. */
interface Hurt {
  readonly at: number
  /** `lost`: it does what it was asked, and its answer does not arrive. */
  readonly how: "refused" | "lost"
}
const unhurt: Hurt = { at: 0, how: "refused" }

/** Counts what goes through it, and hurts one. */
const counter = <E>({ at, how }: Hurt, error: E) => {
  let calls = 0
  return {
    calls: () => calls,
    pass: <A, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
      Effect.suspend(() => {
        calls += 1
        if (calls !== at) return effect
        return how === "refused" ? Effect.fail(error) : Effect.andThen(effect, Effect.fail(error))
      })
  }
}

export interface Scenario extends Partial<Options> {
  readonly refusals?: number
  /** What the vendor's tokenizer counts, where it has one. */
  readonly count?: number
}

/** Both rounds of the turn fit; the first provider is refused; or only an exact count makes the calls fit. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  "a tool call and an answer": {},
  "a refusal, a second attempt and a fallback": {
    refusals: 4,
    agent: {
      targets: [
        { provider: "fake", model: "fake-1", maxOutputTokens: 100 },
        { provider: "other", model: "fake-1", maxOutputTokens: 100 }
      ]
    }
  },
  "a budget that only an exact count fits": { count: 40, limits: { day: { tokens: 150 } } }
}

interface Run extends Scenario {
  readonly ledger?: Hurt
  readonly sessions?: Hurt
  readonly vendor?: number
  readonly path?: string
}

export const setting = (run: Run) => {
  const { count, ledger = unhurt, refusals = 0, sessions = unhurt, ...options } = run
  const ledgerCalls = counter(ledger, new LedgerUnavailable({ cause: "hurt" }))
  const sessionCalls = counter(sessions, new JournalUnavailable({ cause: "hurt" }))
  /** Calls whose final usage the journal has. */
  const journalled = new Set<number>()
  let parts = 0
  const vendor = new Vendor(refusals, (part) => {
    parts = part
    return part === run.vendor ? Effect.fail(failure({ kind: "stream", unused: false })) : Effect.void
  })
  const wrapLedger = (store: LedgerStore["Service"]): LedgerStore["Service"] => ({
    ...store,
    hold: (request) => ledgerCalls.pass(store.hold(request)),
    journal: (id, evidence, at) =>
      ledgerCalls.pass(
        Effect.tap(store.journal(id, evidence, at), () =>
          Effect.sync(() => evidence.final && evidence.usage !== undefined && journalled.add(evidence.usage.input))
        )
      ),
    settle: (id, evidence, at) => ledgerCalls.pass(store.settle(id, evidence, at)),
    charges: (turn) => ledgerCalls.pass(store.charges(turn)),
    others: (tenant) => ledgerCalls.pass(store.others(tenant))
  })
  const wrapStore = (store: SessionStore["Service"]): SessionStore["Service"] => ({
    ...store,
    append: (...args) => sessionCalls.pass(store.append(...args)),
    finish: (...args) => sessionCalls.pass(store.finish(...args))
  })
  const exact =
    count === undefined
      ? {}
      : { count: () => Effect.succeed(count), bound: () => Effect.succeed({ upper: 200, estimate: 10 }) }
  const layer = (part: Partial<Options> = {}) =>
    Layer.fresh(
      world({
        tools: [{ name: "echo", idempotent: true, run: ({ text: said }) => Effect.succeed(`${String(said)}!`) }],
        ...options,
        adapters: [vendor.adapter("fake", exact), vendor.adapter("other", exact)],
        wrapLedger,
        wrapStore,
        ...part
      })
    )
  return {
    vendor,
    layer,
    journalled,
    counts: () => ({ ledger: ledgerCalls.calls(), sessions: sessionCalls.calls(), vendor: parts })
  }
}
export type Setting = ReturnType<typeof setting>

export const installation = Effect.gen(function* () {
  const rows = yield* (yield* BudgetLedger).status({ tenant: defaultTenant })
  const row = rows.find(({ scope, unit }) => scope === "installation" && unit === "tokens")
  if (row === undefined) throw new Error("no account")
  return row
})

const breathe = Effect.callback<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})

/** Lets the event loop and the world's clock go on until it is so. */
const until = Effect.fnUntraced(function* <E, R>(clock: ManualClock, what: string, isSo: Effect.Effect<boolean, E, R>) {
  for (let i = 0; i < 5_000; i++) {
    if (yield* isSo) return
    clock.advance(100)
    yield* breathe
  }
  throw new Error(`it did not come to pass: ${what}`)
})

/** What must hold of the books once nothing is under way any more. */
const isRight = Effect.fnUntraced(function* (clock: ManualClock, at: Setting, turn: TurnId, what: string) {
  const isFree = Effect.map(
    Effect.orElseSucceed(heldNow, () => 1),
    (held) => held === 0
  )
  yield* until(clock, `${what}: nothing is held`, isFree)
  const charges = yield* chargesOf(turn)
  const { spent } = yield* installation
  const charged = charges.reduce((sum, { usage }) => sum + totalTokens(usage), 0)
  assert.strictEqual(spent, charged, what)
  assert.isAtLeast(spent, at.vendor.truth, what)
  for (const bill of at.vendor.bills) {
    if (!at.journalled.has(bill.input)) continue
    const charge = charges.find(({ reported }) => reported?.input === bill.input)
    assert.deepInclude(charge, { basis: "usage", usage: bill }, what)
  }
})

const readAgain = (reason: SessionError["reason"]): boolean =>
  reason._tag === "Stalled" || reason._tag === "JournalUnavailable"

/** One life of the conversation, by a clock and under a scheduler of its own. */
export class Life {
  readonly at: Setting
  readonly clock: ManualClock
  readonly scheduler: FaultScheduler
  readonly #context: Context.Context<World>
  readonly #scope: Scope.Closeable
  constructor(
    at: Setting,
    clock: ManualClock,
    scheduler: FaultScheduler,
    context: Context.Context<World>,
    scope: Scope.Closeable
  ) {
    this.at = at
    this.clock = clock
    this.scheduler = scheduler
    this.#context = context
    this.#scope = scope
  }

  /** Does something in it, from outside: its fibers may be dead, and are nobody's children. */
  in<A, E>(effect: Effect.Effect<A, E, World>): Effect.Effect<A, E> {
    return Effect.provide(effect, this.#context)
  }

  until(what: string, isSo: Effect.Effect<boolean, unknown, World>): Effect.Effect<void, unknown> {
    return until(this.clock, what, this.in(isSo))
  }

  /** The turn's result; where its store did not answer for a while, when it does again. */
  result(turn: TurnId) {
    return Effect.gen({ self: this }, function* () {
      const result = Effect.retry(resultOf(turn), { while: ({ reason }) => readAgain(reason) })
      const fiber = yield* Effect.forkDetach(this.in(result))
      yield* this.until(
        "the turn is over",
        Effect.sync(() => fiber.pollUnsafe() !== undefined)
      )
      return yield* Fiber.join(fiber)
    })
  }

  isRight(turn: TurnId, what: string): Effect.Effect<void, unknown> {
    return this.in(isRight(this.clock, this.at, turn, what))
  }

  /** Stops what still runs of it. A dead one is never closed: nobody closes anything where a process dies. */
  get close(): Effect.Effect<void> {
    return Scope.close(this.#scope, Exit.void)
  }
}

/** Before which of the operations that follow the acceptance of the message something happens, and what. */
export interface Strike {
  readonly at: number
  readonly strike: (turn: TurnId, life: Life) => void
}

/** Builds a world; sends a message, if asked to. */
export const launch = Effect.fnUntraced(function* (at: Setting, part: Partial<Options> = {}, strike?: Strike) {
  const clock = new ManualClock(Date.parse("2026-11-20T12:00:00Z"))
  const scheduler = new FaultScheduler()
  const scope = yield* Scope.make()
  let life: Life | undefined
  let turn: TurnId | undefined
  const failed = yield* Effect.gen(function* () {
    const born = new Life(at, clock, scheduler, yield* Layer.buildWithScope(at.layer(part), scope), scope)
    if (strike !== undefined) {
      const id = yield* born.in(send("hi"))
      scheduler.arm(strike.at, () => strike.strike(id, born))
      turn = id
    }
    life = born
  }).pipe(
    Effect.provideService(Scheduler, scheduler),
    Effect.provideService(Clock, clock),
    Effect.forkDetach({ startImmediately: true })
  )
  yield* until(
    clock,
    "the world is there",
    Effect.sync(() => life !== undefined || failed.pollUnsafe() !== undefined)
  )
  if (life === undefined) return yield* Effect.die(failed.pollUnsafe())
  return { life: life as Life, turn: turn as TurnId | undefined }
})
