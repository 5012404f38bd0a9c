/** What must not compile. An `@ts-expect-error` with nothing to suppress is itself an error. */
// @effect-diagnostics missingEffectContext:off missingEffectError:off
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as ledgerModule from "../../src/budget/BudgetLedger.ts"
import {
  BudgetLedger,
  type BudgetPermit,
  type Ledger,
  openPermit,
  withPermit,
  withPermitStream
} from "../../src/budget/BudgetLedger.ts"
import type { BudgetError } from "../../src/budget/BudgetError.ts"
import type { Meter } from "../../src/budget/Meter.ts"
import type { Quote } from "../../src/budget/Quote.ts"
import type { Spender } from "../../src/budget/Spender.ts"

declare const quote: Quote
declare const spender: Spender
declare const ledger: Ledger

const run = <A, E>(_effect: Effect.Effect<A, E>): void => undefined

const call: Effect.Effect<Meter, never, BudgetPermit> = openPermit(quote)
const streamed: Stream.Stream<Meter, never, BudgetPermit> = Stream.fromEffect(call)

export const aCallNeedsAPermit = (): void => {
  // @ts-expect-error Type 'BudgetPermit' is not assignable to type 'never'
  run(call)
  // @ts-expect-error Type 'BudgetPermit' is not assignable to type 'never'
  void Effect.runPromise(call)
  // @ts-expect-error Type 'BudgetPermit' is not assignable to type 'never'
  run(Stream.runDrain(streamed))
}

export const withPermitTradesItForTheLedger = (): void => {
  const paid: Effect.Effect<Meter, BudgetError, BudgetLedger> = call.pipe(withPermit(quote, spender))
  const paidStream: Stream.Stream<Meter, BudgetError, BudgetLedger> = streamed.pipe(withPermitStream(quote, spender))
  // @ts-expect-error Type 'BudgetLedger' is not assignable to type 'never'
  run(paid)
  // @ts-expect-error Type 'BudgetLedger' is not assignable to type 'never'
  run(Stream.runDrain(paidStream))
  // @ts-expect-error the refusal has to be handled: 'BudgetError' is not assignable to type 'never'
  const unhandled: Effect.Effect<Meter, never, BudgetLedger> = paid
  void unhandled
}

export const aPermitNeedsAQuoteAndASpender = (): void => {
  // @ts-expect-error Argument of type 'number' is not assignable to parameter of type 'Quote'
  withPermit(1_000, spender)
  // @ts-expect-error Property '#numbers' is missing: numbers alone are no quote
  withPermit({ numbers: quote.numbers }, spender)
  // @ts-expect-error Expected 2 arguments
  withPermit(quote)
  // @ts-expect-error Type 'string' is not assignable to type 'TenantId'
  withPermit(quote, { ...spender, tenant: "default" })
  // @ts-expect-error Argument of type 'QuoteNumbers' is not assignable to parameter of type 'Quote'
  void openPermit(quote.numbers)
}

export const nothingElseGivesAPermit = (): void => {
  // @ts-expect-error Property 'PermitKey' does not exist
  void ledgerModule.PermitKey
  // @ts-expect-error Property 'Permit' does not exist
  void ledgerModule.Permit
  // @ts-expect-error Property 'seal' does not exist
  void ledgerModule.seal
  // @ts-expect-error Property '[PermitId]' is missing
  const look: BudgetPermit = {}
  void look
}

export const aLookAlikeLedgerIsNone = (): void => {
  // @ts-expect-error Property '#parts' is missing
  Layer.succeed(BudgetLedger, { status: () => Effect.succeed([]), charges: () => Effect.succeed([]) })
  // @ts-expect-error Property 'Ledger' does not exist: it is a type only
  void ledgerModule.Ledger
  // @ts-expect-error Argument of type 'symbol' is not assignable to parameter of type 'unique symbol'
  void ledger.reserve(Symbol("seal"), quote, spender, "final")
}

export const aMeterSaysWhetherAUsageIsFinal = (meter: Meter): void => {
  // @ts-expect-error Expected 2 arguments
  void meter.usage({ input: 1, output: 1, cacheRead: 0, cacheWrite: 0 })
  // @ts-expect-error the clamp is not the door's to change
  meter.maxOutputTokens = 1_000_000
}
