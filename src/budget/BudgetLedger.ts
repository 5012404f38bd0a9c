/**
 * The budget ledger: the only place a `BudgetPermit` can come from. Neither the context key nor the permit class leaves
 * this file, and their constructors demand a seal that only this file has.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { Entropy } from "../domain/Entropy.ts"
import { HoldId, type TurnId } from "../domain/Ids.ts"
import { Instance, type InstanceFacts } from "../domain/Instance.ts"
import type { AccountOwner } from "./Account.ts"
import { Accounting } from "./Accounting.ts"
import { BudgetError, type LedgerUnavailable } from "./BudgetError.ts"
import { CallProgress } from "./CallProgress.ts"
import type { AccountStatus, Charge, UsageQuery, UsageRow } from "./Charge.ts"
import { isShared, type Viewer } from "./Disclosure.ts"
import { askedIn, type Attempt, type Held } from "./HoldDecision.ts"
import { HoldQueue } from "./HoldQueue.ts"
import { LedgerStore } from "./LedgerStore.ts"
import type { LedgerOptions } from "./LedgerOptions.ts"
import type { Meter } from "./Meter.ts"
import { Quote } from "./Quote.ts"
import type { Evidence } from "./Settlement.ts"
import { Settler } from "./Settler.ts"
import type { Spender } from "./Spender.ts"
import { statusOf } from "./Status.ts"

declare const PermitId: unique symbol
/** Evidence, in `R`, that the call at hand is covered. */
export interface BudgetPermit {
  readonly [PermitId]: typeof PermitId
}

const seal: unique symbol = Symbol("exoclaw/budget/seal")
const sealed = (token: unknown): void => {
  if (token !== seal) throw new TypeError("exoclaw: permits and ledgers are made by the BudgetLedger module only")
}

class Permit {
  readonly #quote: Quote
  readonly #call = new CallProgress()
  #state: "held" | "open" | "closed" = "held"
  readonly hold: HoldId
  readonly turn: TurnId
  readonly held: Held
  readonly #journal: (evidence: Evidence) => Effect.Effect<void>
  constructor(
    token: typeof seal,
    quote: Quote,
    id: HoldId,
    turn: TurnId,
    held: Held,
    journal: (evidence: Evidence) => Effect.Effect<void>
  ) {
    sealed(token)
    this.#quote = quote
    this.hold = id
    this.turn = turn
    this.held = held
    this.#journal = journal
    Object.freeze(this)
  }
  /** A brand check that no cast, clone or proxy passes. */
  static genuine(u: unknown): u is Permit {
    return typeof u === "object" && u !== null && #state in u
  }
  /** One permit, one call, of the very quote it was taken for. */
  open(token: typeof seal, quote: Quote): void {
    sealed(token)
    if (quote !== this.#quote) throw new TypeError("exoclaw: this BudgetPermit was taken for another quote")
    if (this.#state !== "held") throw new TypeError(`exoclaw: this BudgetPermit is ${this.#state}; take one per call`)
    this.#state = "open"
    this.#call.opened()
  }
  call(token: typeof seal): CallProgress {
    sealed(token)
    return this.#call
  }
  journal(token: typeof seal): Effect.Effect<void> {
    sealed(token)
    return this.#journal(this.#call.evidence)
  }
  /** Shuts the permit; what the door says from now on is not heard. */
  close(token: typeof seal): Evidence {
    sealed(token)
    this.#state = "closed"
    return this.#call.evidence
  }
  get isOpen(): boolean {
    return this.#state === "open"
  }
}
const PermitKey = Context.Service<BudgetPermit, Permit>("exoclaw/budget/BudgetPermit")

interface Parts extends LedgerOptions {
  readonly store: LedgerStore["Service"]
  readonly entropy: Entropy["Service"]
  readonly instance: InstanceFacts
  readonly scope: Scope.Scope
}

const unavailable = (reason: LedgerUnavailable): BudgetError => new BudgetError({ reason })
class Ledger {
  readonly #parts: Parts
  readonly #settler: Settler
  readonly #accounting: Accounting
  readonly #queue = new HoldQueue()
  constructor(token: typeof seal, parts: Parts) {
    sealed(token)
    this.#parts = parts
    this.#settler = new Settler(parts.store, parts.scope)
    this.#accounting = new Accounting(parts.store, parts)
    Object.freeze(this)
  }
  static genuine(u: unknown): u is Ledger {
    return typeof u === "object" && u !== null && #parts in u
  }

  /** Balances of the accounts of `owner`, in tokens and in micro-dollars; those that it may see. */
  status(owner: AccountOwner & Viewer): Effect.Effect<ReadonlyArray<AccountStatus>, BudgetError> {
    return Effect.gen({ self: this }, function* () {
      const told = yield* this.#accounting.tells(owner)
      const { accounts: all, limits } = yield* this.#accounting.of(owner, yield* Clock.currentTimeMillis)
      const accounts = told ? all : all.filter(({ scope }) => !isShared(scope))
      return statusOf(accounts, yield* this.#parts.store.balances(accounts), limits)
    }).pipe(Effect.mapError(unavailable), Effect.withSpan("BudgetLedger.status"))
  }

  /** Settled charges of a turn, oldest first. */
  charges(turn: TurnId): Effect.Effect<ReadonlyArray<Charge>, BudgetError> {
    return Effect.mapError(this.#parts.store.charges(turn), unavailable)
  }

  /** Waits until no call of the turn is still being drained; bounded by what the model door asked for. */
  settled(turn: TurnId): Effect.Effect<void> {
    return this.#settler.settled(turn)
  }

  /** Settled charges summed by group. */
  usage(query: UsageQuery): Effect.Effect<ReadonlyArray<UsageRow>, BudgetError> {
    return Effect.mapError(this.#parts.store.usage(query), unavailable)
  }

  /** True where a call of this model once used more than was held: its input must be counted exactly. */
  overran(provider: string, model: string): Effect.Effect<boolean> {
    return Effect.sync(() => this.#settler.overran.has(`${provider}/${model}`))
  }

  /** Settles what dead instances left behind. */
  get recover(): Effect.Effect<ReadonlyArray<Charge>, BudgetError> {
    return this.#settler
      .recover(this.#parts.lives)
      .pipe(Effect.mapError(unavailable), Effect.withSpan("BudgetLedger.recover"))
  }

  reserve(token: typeof seal, quote: Quote, spender: Spender, attempt: Attempt): Effect.Effect<Permit, BudgetError> {
    return Effect.gen({ self: this }, function* () {
      sealed(token)
      if (!Quote.genuine(quote)) throw new TypeError("exoclaw: forged Quote")
      const { entropy, instance, store } = this.#parts
      const id = HoldId.make(yield* entropy.id("hold"))
      const asked = askedIn(attempt, quote.numbers)
      const hold = (patient: boolean) =>
        Effect.flatMap(this.#accounting.request(spender), (now) =>
          store.hold({ ...now, id, instance, quote: asked, patient, attempt })
        )
      const patience = attempt === "tentative" ? 0 : (this.#parts.patienceMs ?? 0)
      const decision = yield* this.#queue.ask(patience, hold).pipe(
        // nobody knows whether it was taken
        Effect.tapError(() => this.#settler.abandon(id)),
        Effect.mapError(unavailable)
      )
      if (decision._tag === "Refused") {
        return yield* new BudgetError({ reason: yield* this.#accounting.refusal(spender, decision.reason) })
      }
      const warnings = yield* this.#accounting.warnings(spender, decision.warnings)
      const journal = (evidence: Evidence) => this.#settler.journal(id, evidence)
      return new Permit(seal, quote, id, spender.turn, { ...decision, warnings }, journal)
    })
  }

  /** Drains where the door asked for it, behind the caller's back, and settles. Cannot fail. */
  release(token: typeof seal, permit: Permit): Effect.Effect<void> {
    return Effect.suspend(() => {
      sealed(token)
      const { drain } = permit.call(seal)
      const settle = Effect.suspend(() => this.#settler.settle(permit.hold, permit.close(seal)))
      const finish = Effect.andThen(
        settle,
        Effect.sync(() => this.#queue.released())
      )
      return drain === undefined ? finish : this.#settler.behind(permit.turn, drain, finish)
    })
  }
}
export type { Ledger, Meter }

/** What other subsystems see: they can read balances and charges; only `withPermit` can hold. */
export class BudgetLedger extends Context.Service<BudgetLedger, Ledger>()("exoclaw/budget/BudgetLedger") {}

/** A ledger over a store; settles what dead instances left, now and once a minute. */
export const make = (
  options: LedgerOptions
): Effect.Effect<Ledger, never, LedgerStore | Entropy | Instance | Scope.Scope> =>
  Effect.gen(function* () {
    const ledger = new Ledger(seal, {
      ...options,
      store: yield* LedgerStore,
      entropy: yield* Entropy,
      instance: yield* Instance,
      scope: yield* Effect.scope
    })
    const recover = Effect.catchTag(ledger.recover, "BudgetError", (error) =>
      Effect.logError(error.message, error.reason)
    )
    yield* recover
    yield* Effect.forkScoped(Effect.repeat(recover, Schedule.spaced("1 minute")).pipe(Effect.delay("1 minute")))
    return ledger
  })

const genuineLedger: Effect.Effect<Ledger, never, BudgetLedger> = Effect.map(BudgetLedger, (ledger) => {
  if (!Ledger.genuine(ledger)) throw new TypeError("exoclaw: forged BudgetLedger")
  return ledger
})

/**
 * Holds what `quote` can cost, runs `effect` with the permit, and settles however it ends. `tentative` does not wait for
 * what is set aside, cuts no output and records no refusal: whoever asks so asks again with a closer bound.
 */
export const withPermit =
  (quote: Quote, spender: Spender, attempt: Attempt = "final") =>
  <A, E, R>(
    effect: Effect.Effect<A, E, R>
  ): Effect.Effect<A, E | BudgetError, Exclude<R, BudgetPermit> | BudgetLedger> =>
    Effect.flatMap(genuineLedger, (ledger) =>
      Effect.acquireUseRelease(
        ledger.reserve(seal, quote, spender, attempt),
        (permit) => Effect.provideService(effect, PermitKey, permit),
        (permit) => ledger.release(seal, permit)
      )
    )

/** The same for a stream: the hold lives exactly as long as the stream. */
export const withPermitStream =
  (quote: Quote, spender: Spender, attempt: Attempt = "final") =>
  <A, E, R>(
    stream: Stream.Stream<A, E, R>
  ): Stream.Stream<A, E | BudgetError, Exclude<R, BudgetPermit> | BudgetLedger> =>
    Stream.unwrap(
      Effect.flatMap(genuineLedger, (ledger) =>
        Effect.map(
          Effect.acquireRelease(ledger.reserve(seal, quote, spender, attempt), (permit) =>
            ledger.release(seal, permit)
          ),
          (permit) => Stream.provideService(stream, PermitKey, permit)
        )
      )
    )

/** Accounts that the hold in context found past their warning mark, each once per period. Leaves the permit unused. */
export const permitWarnings: Effect.Effect<Meter["warnings"], never, BudgetPermit> = Effect.map(PermitKey, (permit) => {
  if (!Permit.genuine(permit)) throw new TypeError("exoclaw: forged BudgetPermit")
  return permit.held.warnings
})

/**
 * Opens the permit in context for the call of `quote`. Does not compile without one; dies on a forged, used or expired
 * one, and on the permit of another quote.
 */
export const openPermit = (quote: Quote): Effect.Effect<Meter, never, BudgetPermit> =>
  Effect.map(PermitKey, (permit): Meter => {
    if (!Permit.genuine(permit)) throw new TypeError("exoclaw: forged BudgetPermit")
    permit.open(seal, quote)
    const call = permit.call(seal)
    const note = (said: () => void) => Effect.sync(() => (permit.isOpen ? said() : undefined))
    return {
      holdId: permit.hold,
      maxOutputTokens: permit.held.maxOutputTokens,
      warnings: permit.held.warnings,
      began: note(() => call.began()),
      refusedUnused: note(() => call.refused()),
      usage: (usage, stage, raw) =>
        Effect.suspend(() => {
          if (!permit.isOpen) return Effect.void
          call.used(usage, stage === "final", raw)
          return permit.journal(seal)
        }),
      delivered: (tokens) =>
        Effect.suspend(() => {
          // more than was held: whoever holds next must know of it
          const beyond = permit.isOpen && call.delivered(tokens) && tokens > permit.held.maxOutputTokens
          return beyond ? permit.journal(seal) : Effect.void
        }),
      drained: (effect, within) => note(() => call.drained({ effect, within }))
    }
  })
