/** The port behind the ledger. Every method is one atomic step; a store that cannot do it fails and nothing is spent. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import { type HoldId, jobOfPrincipal, type TenantId, type TurnId } from "../domain/Ids.ts"
import type { InstanceFacts } from "../domain/Instance.ts"
import type { Account, Balance } from "./Account.ts"
import type { LedgerUnavailable } from "./BudgetError.ts"
import type { Charge, UsageQuery, UsageRow } from "./Charge.ts"
import type { Attempt, Held, HoldDecision, Refused } from "./HoldDecision.ts"
import type { QuoteNumbers } from "./Quote.ts"
import type { Evidence } from "./Settlement.ts"
import type { Spender } from "./Spender.ts"

export interface HoldRequest {
  readonly id: HoldId
  readonly instance: InstanceFacts
  /** Unix time in milliseconds. */
  readonly at: number
  /** Local date of the hold, for reports. */
  readonly day: string
  readonly spender: Spender
  readonly quote: QuoteNumbers
  readonly accounts: ReadonlyArray<Account>
  /** Part of a limit at which a warning is given. */
  readonly warn: number
  /** Part of a limit from which on the call waits for an approval. */
  readonly pause?: number | undefined
  /** The caller would wait for what is set aside: such a refusal is not the last word, and not recorded. */
  readonly patient?: boolean | undefined
  /** `final` where left out. That the accounts do not cover a tentative one is not recorded. */
  readonly attempt?: Attempt | undefined
}

/** Whether a refusal is the last word on its request, to be recorded. */
export const isFinal = ({ attempt, patient }: HoldRequest, { reason, waitFor }: Refused): boolean =>
  reason._tag !== "BudgetExceeded" || (attempt !== "tentative" && !(patient === true && waitFor !== undefined))

/** The warnings of a hold that nobody needs to be given again. A job is warned too, but nobody reads that. */
export const heard = ({ spender }: Pick<HoldRequest, "spender">, held: Held): Held["warnings"] =>
  jobOfPrincipal(spender.principal) === undefined ? held.warnings : []

export class LedgerStore extends Context.Service<
  LedgerStore,
  {
    /** Decides over the balances as they are now and, where they cover it, sets the sum aside in every account. Durable. */
    readonly hold: (request: HoldRequest) => Effect.Effect<HoldDecision, LedgerUnavailable>
    /**
     * Notes what is known so far about a call under way, and sets aside what that shows to be missing, whatever the
     * limits. Nothing happens where it is settled already.
     */
    readonly journal: (id: HoldId, evidence: Evidence, at: number) => Effect.Effect<void, LedgerUnavailable>
    /** Releases the hold and charges what the evidence says, in the accounts the hold was taken from. Repeating it changes nothing. */
    readonly settle: (id: HoldId, evidence: Evidence, at: number) => Effect.Effect<Charge, LedgerUnavailable>
    /** Releases holds whose taking was not confirmed, as unused; nothing happens to those that never were. */
    readonly abandon: (ids: ReadonlyArray<HoldId>, at: number) => Effect.Effect<void, LedgerUnavailable>
    /** Settles, by their journal, the holds of instances that live no more. */
    readonly recover: (
      lives: (instance: InstanceFacts) => boolean,
      at: number
    ) => Effect.Effect<ReadonlyArray<Charge>, LedgerUnavailable>
    /** Balances of the accounts, in their order. */
    readonly balances: (accounts: ReadonlyArray<Account>) => Effect.Effect<ReadonlyArray<Balance>, LedgerUnavailable>
    /** True where another tenant than this one has ever spent or held anything. */
    readonly others: (tenant: TenantId) => Effect.Effect<boolean, LedgerUnavailable>
    /** Settled charges of a turn, oldest first. */
    readonly charges: (turn: TurnId) => Effect.Effect<ReadonlyArray<Charge>, LedgerUnavailable>
    /** Settled charges summed by group, largest first. */
    readonly usage: (query: UsageQuery) => Effect.Effect<ReadonlyArray<UsageRow>, LedgerUnavailable>
    /** Models, as `provider/model`, that once used more than was held. */
    readonly overran: Effect.Effect<ReadonlyArray<string>, LedgerUnavailable>
  }
>()("exoclaw/budget/LedgerStore") {}
