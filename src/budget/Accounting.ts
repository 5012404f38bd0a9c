/** The accounts of a spender by the limits in force, and what it may be told of them. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { tokenOfPrincipal } from "../domain/Ids.ts"
import type { OwnLimits } from "../domain/Limit.ts"
import { type Account, type AccountOwner, accountsOf } from "./Account.ts"
import type { LedgerUnavailable } from "./BudgetError.ts"
import { concealed, concealedWarning, isTold, type Viewer } from "./Disclosure.ts"
import type { BudgetWarning, Refused } from "./HoldDecision.ts"
import type { LedgerOptions } from "./LedgerOptions.ts"
import type { HoldRequest, LedgerStore } from "./LedgerStore.ts"
import type { BudgetLimits } from "./Limits.ts"
import type { Spender } from "./Spender.ts"
import { calendar, type Periods } from "./Period.ts"
import { WarningLog } from "./WarningLog.ts"

/** What applies to a spender at one instant. */
export interface Applying {
  readonly limits: BudgetLimits
  readonly periods: Periods
  /** Widest first. */
  readonly accounts: ReadonlyArray<Account>
}

export class Accounting {
  readonly #store: LedgerStore["Service"]
  readonly #options: LedgerOptions
  readonly #log = new WarningLog()
  #known: { readonly limits: BudgetLimits; readonly periods: (at: number) => Periods } | undefined
  constructor(store: LedgerStore["Service"], options: LedgerOptions) {
    this.#store = store
    this.#options = options
  }

  /** `at` in Unix milliseconds. */
  of(owner: AccountOwner, at: number): Effect.Effect<Applying, LedgerUnavailable> {
    return Effect.gen({ self: this }, function* () {
      const limits = yield* this.#options.limits
      const periods = this.#periods(limits, at)
      return { limits, periods, accounts: accountsOf(limits, owner, periods, yield* this.#ofToken(owner)) }
    })
  }

  /** Who asks for a hold, and when. To be asked anew each time: whoever waits may wait over a midnight, or over a reload. */
  request(spender: Spender) {
    return Effect.gen({ self: this }, function* () {
      const at = yield* Clock.currentTimeMillis
      const { accounts, limits, periods } = yield* this.of(spender, at)
      const { pause, warn } = limits
      return { spender, at, day: periods.day.key, accounts, warn, pause } satisfies Partial<HoldRequest>
    })
  }

  /** Whether it may see the totals of accounts that all tenants pay into. */
  tells(viewer: Viewer): Effect.Effect<boolean, LedgerUnavailable> {
    return viewer.seesTotals === true
      ? Effect.succeed(true)
      : Effect.map(this.#store.others(viewer.tenant), (others) => isTold(viewer, others))
  }

  /** A refusal as it may be told. */
  refusal(viewer: Viewer, reason: Refused["reason"]): Effect.Effect<Refused["reason"]> {
    return Effect.map(this.#surely(viewer), (told) => (told ? reason : concealed(reason)))
  }

  /** Warnings as they may be told; the log has them as they are. */
  warnings(viewer: Viewer, warnings: ReadonlyArray<BudgetWarning>): Effect.Effect<ReadonlyArray<BudgetWarning>> {
    if (warnings.length === 0) return Effect.succeed(warnings)
    const shown = Effect.map(this.#surely(viewer), (told) => (told ? warnings : warnings.map(concealedWarning)))
    return Effect.andThen(
      Effect.forEach(warnings, (one) => this.#log.tell(one), { discard: true }),
      shown
    )
  }

  /** What cannot be looked up is not told. */
  #surely(viewer: Viewer): Effect.Effect<boolean> {
    return Effect.orElseSucceed(this.tells(viewer), () => false)
  }

  #ofToken({ principal, tenant }: AccountOwner): Effect.Effect<OwnLimits | undefined, LedgerUnavailable> {
    const name = principal === undefined ? undefined : tokenOfPrincipal(principal)
    return name === undefined ? Effect.undefined : (this.#options.ofToken?.(tenant, name) ?? Effect.undefined)
  }

  #periods(limits: BudgetLimits, at: number): Periods {
    if (this.#known?.limits !== limits) this.#known = { limits, periods: calendar(limits.timeZone, limits.monthStart) }
    return this.#known.periods(at)
  }
}
