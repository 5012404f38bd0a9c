/**
 * From what the ledger charged and what stood in the prompts to the receipt. A call's parts are journalled with its
 * `usage` event; for calls that ended without one their process still knows the prompt. Pure.
 */
import type { Charge } from "../budget/Charge.ts"
import type { PriceClass } from "../budget/Price.ts"
import { sharesOf } from "../budget/PromptShare.ts"
import { totalTokens } from "../budget/Usage.ts"
import { estimateTokens } from "../model/TokenEstimate.ts"
import type { Receipt, ReceiptBlock, ReceiptRetry, ReceiptTool } from "../session/Receipt.ts"
import type { EventBody, TurnEvent, UsageBlock } from "../session/TurnEvent.ts"

type UsageData = Extract<EventBody, { readonly type: "usage" }>["data"]

/** A part of a prompt with our estimate of it. */
export type Part = Omit<UsageBlock, "micros">

const inputOf = ({ usage }: Charge): number => usage.input + usage.cacheRead + usage.cacheWrite

/** Parts of one kind and tool as one; nothing is left of those that cost nothing. */
const merged = (parts: ReadonlyArray<UsageBlock>): ReadonlyArray<UsageBlock> => {
  const sums = new Map<string, UsageBlock>()
  for (const part of parts) {
    const key = `${part.kind} ${part.tool ?? ""}`
    const sum = sums.get(key)
    sums.set(
      key,
      sum === undefined ? part : { ...part, tokens: sum.tokens + part.tokens, micros: sum.micros + part.micros }
    )
  }
  return [...sums.values()].filter(({ micros, tokens }) => tokens > 0 || micros > 0)
}

/** What a call was charged for each part of its prompt. Without parts, all of it is `other`. */
const divided = (
  charge: Charge,
  price: PriceClass | undefined,
  prompt: ReadonlyArray<Part> = [{ kind: "other", tokens: 1 }]
): ReadonlyArray<UsageBlock> => {
  const estimates = prompt.map(({ tokens }) => tokens)
  const shares = sharesOf(charge.usage, charge.inputMicros, price, estimates)
  return merged(prompt.map((part, n) => ({ ...part, ...(shares[n] ?? { tokens: 0, micros: 0 }) })))
}

/** What followers are told of an answer that was charged, with the attempts before it. */
export const usageOf = (
  charge: Charge,
  price: PriceClass | undefined,
  prompt: ReadonlyArray<Part>,
  retries: ReadonlyArray<ReceiptRetry>
): UsageData => ({
  inputTokens: inputOf(charge),
  outputTokens: charge.usage.output,
  costMicros: charge.costMicros,
  provider: charge.provider,
  model: charge.model,
  holdId: charge.holdId,
  cacheRead: charge.usage.cacheRead,
  cacheWrite: charge.usage.cacheWrite,
  savedMicros: charge.savedMicros,
  blocks: divided(charge, price, prompt),
  ...(retries.length === 0 ? {} : { retries })
})

/** What a process still knows of a turn, besides the journal. */
export interface Unsaid {
  /** The prompt of each call, by its hold. */
  readonly prompts: ReadonlyMap<string, ReadonlyArray<Part>>
  /** Attempts since the last answer that were followed by another one. */
  readonly retries: ReadonlyArray<ReceiptRetry>
}

const partsOf = (charge: Charge, told: ReadonlyArray<UsageData>, unsaid: Unsaid): ReadonlyArray<UsageBlock> => {
  const own = told.find(({ holdId }) => holdId === charge.holdId)?.blocks
  if (own !== undefined) return own
  // an attempt before an answer had the same prompt
  const answer = told.find(({ retries }) => retries?.some(({ holdId }) => holdId === charge.holdId) === true)
  return divided(charge, undefined, unsaid.prompts.get(charge.holdId) ?? answer?.blocks)
}

const toolsOf = (events: ReadonlyArray<TurnEvent>, parts: ReadonlyArray<UsageBlock>): ReadonlyArray<ReceiptTool> => {
  const tools = new Map<string, ReceiptTool>()
  const add = (name: string, more: Partial<Record<Exclude<keyof ReceiptTool, "name">, number>>) => {
    const known = tools.get(name)
    const plus = (key: Exclude<keyof ReceiptTool, "name">) => (known?.[key] ?? 0) + (more[key] ?? 0)
    tools.set(name, {
      name,
      calls: plus("calls"),
      errors: plus("errors"),
      ms: plus("ms"),
      tokens: plus("tokens"),
      promptTokens: plus("promptTokens"),
      costMicros: plus("costMicros")
    })
  }
  for (const { body } of events) {
    if (body.type !== "tool_result") continue
    const { content, isError, ms, name } = body.data
    add(name, { calls: 1, errors: isError ? 1 : 0, ms: ms ?? 0, tokens: estimateTokens(content) })
  }
  for (const { micros, tokens, tool } of parts) {
    if (tool !== undefined) add(tool, { promptTokens: tokens, costMicros: micros })
  }
  return [...tools.values()]
}

const withoutTools = (parts: ReadonlyArray<UsageBlock>): ReadonlyArray<ReceiptBlock> =>
  merged(parts.map(({ kind, micros, tokens }) => ({ kind, micros, tokens })))

const sum = (numbers: ReadonlyArray<number>): number => numbers.reduce((all, one) => all + one, 0)

/** `events` are those of all attempts: what an earlier one used is paid for, too. */
export const receiptOf = (
  charges: ReadonlyArray<Charge>,
  events: ReadonlyArray<TurnEvent>,
  unsaid: Unsaid
): Receipt => {
  const told = events.flatMap(({ body }) => (body.type === "usage" ? [body.data] : []))
  const calls = charges.map((charge) => ({ charge, parts: partsOf(charge, told, unsaid) }))
  const parts = calls.flatMap((call) => call.parts)
  return {
    blocks: withoutTools(parts),
    calls: calls.map(({ charge, parts: own }) => ({
      provider: charge.provider,
      model: charge.model,
      inputTokens: charge.usage.input,
      outputTokens: charge.usage.output,
      cacheRead: charge.usage.cacheRead,
      cacheWrite: charge.usage.cacheWrite,
      costMicros: charge.costMicros,
      savedMicros: charge.savedMicros,
      holdId: charge.holdId,
      basis: charge.basis,
      blocks: withoutTools(own)
    })),
    tools: toolsOf(events, parts),
    retries: [...told.flatMap(({ retries }) => retries ?? []), ...unsaid.retries],
    outputTokens: sum(charges.map(({ usage }) => usage.output)),
    outputMicros: sum(charges.map(({ costMicros, inputMicros }) => costMicros - inputMicros)),
    totalTokens: sum(charges.map(({ usage }) => totalTokens(usage))),
    totalMicros: sum(charges.map(({ costMicros }) => costMicros)),
    savedMicros: sum(charges.map(({ savedMicros }) => savedMicros)),
    priceVersion: charges.at(-1)?.priceVersion ?? null
  }
}
