/** Settled calls, one by one and in sums. */
import type { AgentId, HoldId, PrincipalId, TenantId, TurnId } from "../domain/Ids.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { AccountScope } from "./BudgetError.ts"
import type { Basis } from "./Settlement.ts"
import type { Usage } from "./Usage.ts"

/** One model call as it was charged. */
export interface Charge {
  readonly holdId: HoldId
  readonly tenant: TenantId
  readonly principal: PrincipalId
  readonly agent: AgentId
  readonly session: string
  readonly turn: TurnId
  readonly provider: string
  readonly model: string
  /** What was charged, in tokens; its details are in `reported`. */
  readonly usage: Usage
  /** What the vendor said; null where it said nothing. */
  readonly reported: Usage | null
  /** The same with all its fields, known or not, where it said it in words of its own. */
  readonly raw: JsonObject | null
  readonly costMicros: number
  /** The part of the cost that the input makes; the output makes the rest. */
  readonly inputMicros: number
  /** What the vendor's cache saved against the price without one; negative where writing to it cost more. */
  readonly savedMicros: number
  /** Where the price comes from; null where the model has none. */
  readonly priceVersion: string | null
  readonly basis: Basis
  /** True where the vendor's usage was not believed. */
  readonly flagged: boolean
  /** True where more was used than was held. */
  readonly alarm: boolean
  readonly heldTokens: number
  readonly heldMicros: number
  /** Unix milliseconds. */
  readonly heldAt: number
  readonly settledAt: number
}

export interface UsageQuery {
  readonly by: "agent" | "session" | "day" | "model"
  readonly tenant?: TenantId | undefined
  readonly principal?: PrincipalId | undefined
  readonly agent?: AgentId | undefined
  readonly session?: string | undefined
  /** Unix milliseconds at which the hold was taken; `from` included, `to` excluded. */
  readonly from?: number | undefined
  readonly to?: number | undefined
  /** Looks at so many charges at most, the newest: for what must not take long. */
  readonly newest?: number | undefined
}

/** Sums of one group. */
export interface UsageRow {
  /** The agent, the session's storage key, the ISO date, or `provider/model`. */
  readonly group: string
  readonly calls: number
  /** When the hold of the first was taken, Unix milliseconds. */
  readonly firstAt: number
  readonly input: number
  readonly output: number
  readonly cacheRead: number
  readonly cacheWrite: number
  readonly costMicros: number
  /** What the vendor's cache saved; negative where writing to it cost more. */
  readonly savedMicros: number
}

/** All the tokens of a group. */
const sizeOf = ({ cacheRead, cacheWrite, input, output }: UsageRow): number => input + output + cacheRead + cacheWrite

/** Groups that were summed up in several parts as one each, largest first. */
export const mergedUsage = (parts: Iterable<UsageRow>): ReadonlyArray<UsageRow> => {
  const rows = new Map<string, UsageRow>()
  for (const part of parts) {
    const row = rows.get(part.group)
    rows.set(
      part.group,
      row === undefined
        ? part
        : {
            group: part.group,
            calls: row.calls + part.calls,
            firstAt: Math.min(row.firstAt, part.firstAt),
            input: row.input + part.input,
            output: row.output + part.output,
            cacheRead: row.cacheRead + part.cacheRead,
            cacheWrite: row.cacheWrite + part.cacheWrite,
            costMicros: row.costMicros + part.costMicros,
            savedMicros: row.savedMicros + part.savedMicros
          }
    )
  }
  return [...rows.values()].sort((a, b) => sizeOf(b) - sizeOf(a) || (a.group < b.group ? -1 : 1))
}

/** One account in one unit, as `budget.status` shows it. */
export interface AccountStatus {
  readonly scope: AccountScope
  readonly key: string
  readonly unit: "tokens" | "micros"
  readonly limit: number | null
  readonly spent: number
  readonly held: number
  /** The first amounts at which it warns, and at which calls wait for an approval; null where they never do. */
  readonly warnAt: number | null
  readonly pauseAt: number | null
  /** Beginning of its period, Unix milliseconds; null where it never ends. */
  readonly since: number | null
  readonly resetsAt: string | null
}
