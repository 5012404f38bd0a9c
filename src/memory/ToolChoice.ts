/** Which tool schemas a request carries: as many as fit, the most relevant to the message first. Pure. */
import type { ToolSchema } from "../model/ModelRequest.ts"
import { estimateTokens } from "../model/TokenEstimate.ts"

export interface ToolChoice {
  /** In their configured order. */
  readonly tools: ReadonlyArray<ToolSchema>
  readonly tokens: number
  readonly omitted: number
}

const words = (text: string): ReadonlySet<string> => new Set(text.toLowerCase().match(/[\p{L}\p{N}]{3,64}/gu) ?? [])

const relevance = (tool: ToolSchema, wanted: ReadonlySet<string>): number => {
  let hits = 0
  for (const word of words(tool.name)) if (wanted.has(word)) hits += 4
  for (const word of words(tool.description)) if (wanted.has(word)) hits += 1
  return hits
}

/** What a tool's schema costs in a request. */
export const toolTokens = (tool: ToolSchema): number =>
  estimateTokens(tool.name) + estimateTokens(tool.description) + estimateTokens(JSON.stringify(tool.inputSchema)) + 8

/** `used` names tools that the turn has called already: a vendor wants to see their schemas again. */
export const choose = (
  tools: ReadonlyArray<ToolSchema>,
  message: string,
  limit: number,
  used: ReadonlySet<string> = new Set()
): ToolChoice => {
  const wanted = words(message)
  const rank = (tool: ToolSchema) => (used.has(tool.name) ? Number.MAX_SAFE_INTEGER : relevance(tool, wanted))
  const ranked = tools
    .map((tool, order) => ({ tool, order, tokens: toolTokens(tool), hits: rank(tool) }))
    .sort((a, b) => b.hits - a.hits || a.order - b.order)
  const kept: Array<(typeof ranked)[number]> = []
  let tokens = 0
  for (const candidate of ranked) {
    if (tokens + candidate.tokens > limit) continue
    kept.push(candidate)
    tokens += candidate.tokens
  }
  kept.sort((a, b) => a.order - b.order)
  return { tools: kept.map(({ tool }) => tool), tokens, omitted: tools.length - kept.length }
}
