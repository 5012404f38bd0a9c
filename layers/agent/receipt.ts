/** A turn's receipt out of the ledger's charges, the prompt's blocks and the journal. */
import * as Effect from "effect/Effect"
import type { Charge } from "../../src/budget/Charge.ts"
import { totalTokens } from "../../src/budget/Usage.ts"
import type { Block } from "../../src/memory/ContextCompiler.ts"
import { estimateTokens } from "../../src/model/TokenEstimate.ts"
import type { Receipt, ReceiptTool } from "../../src/session/Receipt.ts"
import type { TurnEvent } from "../../src/session/TurnEvent.ts"
import type { Services } from "./services.ts"
import type { TurnId } from "../../src/domain/Ids.ts"

const toolsOf = (events: ReadonlyArray<TurnEvent>): ReadonlyArray<ReceiptTool> => {
  const tools = new Map<string, ReceiptTool>()
  for (const { body } of events) {
    if (body.type !== "tool_result") continue
    const { content, isError, name } = body.data
    const known = tools.get(name) ?? { name, calls: 0, errors: 0, tokens: 0 }
    tools.set(name, {
      name,
      calls: known.calls + 1,
      errors: known.errors + (isError ? 1 : 0),
      tokens: known.tokens + estimateTokens(content)
    })
  }
  return [...tools.values()]
}

/** Pure part: sums and shapes. */
export const assemble = (
  blocks: ReadonlyArray<Block>,
  charges: ReadonlyArray<Charge>,
  events: ReadonlyArray<TurnEvent>
): Receipt => ({
  blocks,
  calls: charges.map(({ basis, costMicros, holdId, model, provider, usage }) => ({
    provider,
    model,
    inputTokens: usage.input,
    outputTokens: usage.output,
    cacheRead: usage.cacheRead,
    cacheWrite: usage.cacheWrite,
    costMicros,
    holdId,
    basis
  })),
  tools: toolsOf(events),
  totalTokens: charges.reduce((sum, { usage }) => sum + totalTokens(usage), 0),
  totalMicros: charges.reduce((sum, { costMicros }) => sum + costMicros, 0),
  priceVersion: charges.at(-1)?.priceVersion ?? null
})

/** Waits for what is still being settled. A ledger that cannot be read gives a receipt without calls, and a log line. */
export const make = Effect.fnUntraced(function* (
  services: Services,
  turn: TurnId,
  blocks: ReadonlyArray<Block>,
  events: ReadonlyArray<TurnEvent>
) {
  yield* services.ledger.settled(turn)
  const charges = yield* services.ledger
    .charges(turn)
    .pipe(Effect.catch((error) => Effect.as(Effect.logError(error.message, error.reason), [] as ReadonlyArray<Charge>)))
  return assemble(blocks, charges, events)
})
