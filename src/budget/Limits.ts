/** What the accounts may spend. A plain value, so that the ledger needs no configuration file. */
import type { AgentId, JobId } from "../domain/Ids.ts"
import type { Limit, OwnLimits } from "../domain/Limit.ts"

export interface BudgetLimits {
  /** All the installation may ever spend. */
  readonly installation: Limit
  /** All that each tenant may ever spend. */
  readonly tenant: Limit
  /** All that each agent may ever spend. */
  readonly agent: Limit
  /** All that each session may ever spend. */
  readonly session: Limit
  /** What each turn may spend, with all its model calls. */
  readonly turn: Limit
  /** What the installation may spend in one day. */
  readonly day: Limit
  /** What the installation may spend in one month. */
  readonly month: Limit
  readonly agents: ReadonlyMap<AgentId, OwnLimits>
  readonly schedules: ReadonlyMap<JobId, OwnLimits>
  /** Each sender of each channel. */
  readonly sender: OwnLimits
  /** Facts that a model finds in what users say. */
  readonly extraction: OwnLimits
  /** Named tokens, by name. */
  readonly tokens: ReadonlyMap<string, OwnLimits>
  /** IANA name of the zone in which days and months begin. */
  readonly timeZone: string
  /** Day of the month on which a month begins, 1 to 28. */
  readonly monthStart: number
  /** Part of a limit, 0 to 1, at which a warning is given. */
  readonly warn: number
  /** Part of a limit, 0 to 1, from which on a call waits for an approval; without it none does. */
  readonly pause?: number | undefined
}

const none: Limit = {}

/** What holds where nobody configured anything: two million tokens a day for the installation. */
export const defaultLimits: BudgetLimits = {
  installation: none,
  tenant: none,
  agent: none,
  session: none,
  turn: none,
  day: { tokens: 2_000_000 },
  month: none,
  agents: new Map(),
  schedules: new Map(),
  sender: {},
  extraction: {},
  tokens: new Map(),
  timeZone: "UTC",
  monthStart: 1,
  warn: 0.75
}

const least = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined ? b : b === undefined ? a : Math.min(a, b)

/** The stricter of two limits, unit by unit. */
export const stricter = (a: Limit, b: Limit | undefined): Limit =>
  b === undefined ? a : { tokens: least(a.tokens, b.tokens), micros: least(a.micros, b.micros) }
