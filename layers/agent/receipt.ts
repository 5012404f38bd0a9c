/** A turn's receipt out of the ledger's charges, the journal, and what its process still knows. */
import * as Effect from "effect/Effect"
import { receiptOf, type Unsaid } from "../../src/agent/Billing.ts"
import type { Charge } from "../../src/budget/Charge.ts"
import type { TurnId } from "../../src/domain/Ids.ts"
import type { TurnEvent } from "../../src/session/TurnEvent.ts"
import type { Services } from "./services.ts"

/** Waits for what is still being settled. A ledger that cannot be read gives a receipt without calls, and a log line. */
export const make = Effect.fnUntraced(function* (
  services: Services,
  turn: TurnId,
  events: ReadonlyArray<TurnEvent>,
  unsaid: Unsaid
) {
  yield* services.ledger.settled(turn)
  const charges = yield* services.ledger
    .charges(turn)
    .pipe(Effect.catch((error) => Effect.as(Effect.logError(error.message, error.reason), [] as ReadonlyArray<Charge>)))
  return receiptOf(charges, events, unsaid)
})
