/**
 * Which part of a prompt made which part of a call's input, and of its cost. The parts are estimates of ours; what is
 * divided is what was charged, to the last token and micro-dollar. Pure.
 */
import { type PriceClass, ratesFor } from "./Price.ts"
import type { Usage } from "./Usage.ts"

export interface Share {
  readonly tokens: number
  readonly micros: number
}

/** Divides a whole number by weights; what rounding leaves goes to the largest remainders, the first of equal ones. */
export const apportion = (total: number, weights: ReadonlyArray<number>): ReadonlyArray<number> => {
  const sum = weights.reduce((all, weight) => all + BigInt(weight), 0n)
  if (sum === 0n) return weights.map((_, n) => (n === 0 ? total : 0))
  const exact = weights.map((weight) => BigInt(total) * BigInt(weight))
  const shares = exact.map((share) => Number(share / sum))
  const left = total - shares.reduce((all, share) => all + share, 0)
  const byRemainder = exact
    .map((share, n) => ({ n, remainder: share % sum }))
    .sort((a, b) => (a.remainder === b.remainder ? a.n - b.n : a.remainder > b.remainder ? -1 : 1))
  for (const { n } of byRemainder.slice(0, left)) shares[n] = (shares[n] ?? 0) + 1
  return shares
}

/**
 * Divides what a call was charged for its input by the estimates of its prompt's parts, which are in the order in which
 * the vendor sees them: what it read from its cache is the beginning, and what it wrote to it comes next.
 */
export const sharesOf = (
  usage: Usage,
  inputMicros: number,
  price: PriceClass | undefined,
  estimates: ReadonlyArray<number>
): ReadonlyArray<Share> => {
  const input = usage.input + usage.cacheRead + usage.cacheWrite
  const tokens = apportion(input, estimates)
  const rates = price === undefined ? undefined : ratesFor(price, input)
  let read = usage.cacheRead
  let write = usage.cacheWrite
  const weights = tokens.map((count) => {
    if (rates === undefined) return count
    const fromCache = Math.min(read, count)
    const toCache = Math.min(write, count - fromCache)
    read -= fromCache
    write -= toCache
    return fromCache * rates.cacheRead + toCache * rates.cacheWrite + (count - fromCache - toCache) * rates.input
  })
  const micros = apportion(inputMicros, weights)
  return tokens.map((count, n) => ({ tokens: count, micros: micros[n] ?? 0 }))
}
