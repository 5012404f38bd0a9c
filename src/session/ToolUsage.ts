/**
 * What tools cost: how often and how long they ran, and what their calls and results made of the prompts. Counted with
 * the journal, in its transactions, and kept when a session is cleared.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { PrincipalId, TenantId } from "../domain/Ids.ts"
import type { JournalUnavailable } from "./SessionError.ts"

export interface ToolUsageQuery {
  readonly tenant?: TenantId | undefined
  readonly principal?: PrincipalId | undefined
  /** Unix milliseconds at which the turn was accepted; `from` included, `to` excluded. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

/** Sums of one tool. */
export interface ToolUsageRow {
  readonly tool: string
  readonly calls: number
  readonly errors: number
  readonly ms: number
  /** Input tokens of model calls, a share of what those were charged. */
  readonly promptTokens: number
  readonly costMicros: number
}

/** Tools that were summed up in several parts as one row each, the dearest first. */
export const mergedToolUsage = (parts: Iterable<ToolUsageRow>): ReadonlyArray<ToolUsageRow> => {
  const tools = new Map<string, ToolUsageRow>()
  for (const part of parts) {
    const known = tools.get(part.tool)
    tools.set(
      part.tool,
      known === undefined
        ? part
        : {
            tool: part.tool,
            calls: known.calls + part.calls,
            errors: known.errors + part.errors,
            ms: known.ms + part.ms,
            promptTokens: known.promptTokens + part.promptTokens,
            costMicros: known.costMicros + part.costMicros
          }
    )
  }
  return [...tools.values()].sort(
    (a, b) => b.costMicros - a.costMicros || b.promptTokens - a.promptTokens || (a.tool < b.tool ? -1 : 1)
  )
}

export class ToolUsage extends Context.Service<
  ToolUsage,
  {
    /** The dearest first. */
    readonly query: (query: ToolUsageQuery) => Effect.Effect<ReadonlyArray<ToolUsageRow>, JournalUnavailable>
  }
>()("exoclaw/session/ToolUsage") {}
