/** Settles calls, whatever the store says: what it refuses stays journalled and is tried again. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { HoldId, TurnId } from "../domain/Ids.ts"
import type { LedgerUnavailable } from "./BudgetError.ts"
import type { Drain } from "./CallProgress.ts"
import type { Charge } from "./Charge.ts"
import type { LedgerOptions } from "./LedgerOptions.ts"
import type { LedgerStore } from "./LedgerStore.ts"
import { Pending } from "./Pending.ts"
import type { Evidence } from "./Settlement.ts"

/** Waits 100 ms after the first failure, doubling up to 30 s. */
const patience = Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("30 seconds")])

/** More of them than any gateway has calls under way. */
const mostUnconfirmed = 10_000

export class Settler {
  readonly #store: LedgerStore["Service"]
  readonly #scope: Scope.Scope
  readonly #pending = new Pending()
  /** Holds that the store did not confirm: it may have taken them all the same. */
  readonly #unconfirmed = new Set<HoldId>()
  #abandoning = false
  /** Models, as `provider/model`, that once used more than was held. */
  readonly overran = new Set<string>()
  constructor(store: LedgerStore["Service"], scope: Scope.Scope) {
    this.#store = store
    this.#scope = scope
  }

  /** Never fails and never waits for a store that does not answer. */
  settle(hold: HoldId, evidence: Evidence): Effect.Effect<void> {
    const once = Effect.flatMap(Clock.currentTimeMillis, (at) => this.#store.settle(hold, evidence, at)).pipe(
      Effect.flatMap((charge) => this.#alarm(charge))
    )
    return Effect.catchTag(once, "LedgerUnavailable", (error) =>
      Effect.andThen(
        Effect.logError("a model call could not be settled; its hold stays until the store answers", error.cause),
        Effect.asVoid(Effect.forkIn(Effect.retry(once, patience), this.#scope))
      )
    )
  }

  /** Releases, as soon as the store answers again, a hold that may have been taken although it said nothing. */
  abandon(hold: HoldId): Effect.Effect<void> {
    return Effect.suspend(() => {
      // those beyond are released when this process ends
      if (this.#unconfirmed.size < mostUnconfirmed) this.#unconfirmed.add(hold)
      if (this.#abandoning) return Effect.void
      this.#abandoning = true
      return Effect.asVoid(Effect.forkIn(this.#abandonAll, this.#scope))
    })
  }

  get #abandonAll(): Effect.Effect<void, LedgerUnavailable> {
    const once = Effect.gen({ self: this }, function* () {
      const ids = [...this.#unconfirmed]
      yield* this.#store.abandon(ids, yield* Clock.currentTimeMillis)
      for (const id of ids) this.#unconfirmed.delete(id)
    })
    return Effect.gen({ self: this }, function* () {
      while (this.#unconfirmed.size > 0) yield* Effect.retry(once, patience)
      this.#abandoning = false
    })
  }

  /** Settles what dead instances left behind. */
  recover(lives: LedgerOptions["lives"]): Effect.Effect<ReadonlyArray<Charge>, LedgerUnavailable> {
    return Effect.gen({ self: this }, function* () {
      const charges = yield* this.#store.recover(lives, yield* Clock.currentTimeMillis)
      for (const name of yield* this.#store.overran) this.overran.add(name)
      if (charges.length > 0) yield* Effect.logInfo(`${charges.length} model calls of a stopped gateway were settled`)
      return charges
    })
  }

  /** Drains behind the caller's back, then runs `finish`. The drain is cut when the ledger closes; `finish` is not. */
  behind(turn: TurnId, drain: Drain, finish: Effect.Effect<void>): Effect.Effect<void> {
    const drained = Effect.exit(Effect.interruptible(Effect.timeoutOption(drain.effect, drain.within)))
    const options = { startImmediately: true, uninterruptible: true }
    return Effect.map(Effect.forkIn(Effect.andThen(drained, finish), this.#scope, options), (fiber) =>
      this.#pending.add(turn, fiber)
    )
  }

  /** Waits until no call of the turn is being drained. */
  settled(turn: TurnId): Effect.Effect<void> {
    return this.#pending.await(turn)
  }

  /** Notes what is known of a call under way. Its settlement will know the same: only a crash before it charges the bound. */
  journal(hold: HoldId, evidence: Evidence): Effect.Effect<void> {
    const noted = Effect.flatMap(Clock.currentTimeMillis, (at) => this.#store.journal(hold, evidence, at))
    return Effect.catchTag(noted, "LedgerUnavailable", (error) =>
      Effect.logWarning("the usage of a model call could not be journalled", error.cause)
    )
  }

  #alarm(charge: Charge): Effect.Effect<void> {
    if (!charge.alarm) return Effect.void
    const name = `${charge.provider}/${charge.model}`
    this.overran.add(name)
    return Effect.logError(`a call of ${name} used more than was held for it: ${charge.holdId}`)
  }
}
