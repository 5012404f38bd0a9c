/** Cutting a text to a number of tokens, at a code point's boundary. Pure. */
import { estimateTokens } from "../model/TokenEstimate.ts"

/** What was kept, and the estimated tokens of what was left out. */
export interface Clipped {
  readonly text: string
  readonly omitted: number
}

const headEnd = (text: string, end: number): number => {
  const code = text.charCodeAt(end - 1)
  return code >= 0xd800 && code <= 0xdbff ? end - 1 : end
}

/** Keeps the beginning of `text`, at most `limit` tokens by the estimator; none where `limit` is not positive. */
export const clip = (text: string, limit: number): Clipped => {
  const total = estimateTokens(text)
  if (total <= limit) return { text, omitted: 0 }
  // first a piece that is just too long, so that the search does not read a long text again and again
  let high = Math.min(text.length, Math.max(16, limit * 4))
  while (high < text.length && estimateTokens(text.slice(0, high)) <= limit) high = Math.min(text.length, high * 2)
  let low = 0
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (estimateTokens(text.slice(0, headEnd(text, middle))) <= limit) low = middle
    else high = middle - 1
  }
  const kept = text.slice(0, headEnd(text, low))
  return { text: kept, omitted: total - estimateTokens(kept) }
}
