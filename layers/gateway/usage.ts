/** `usage.query` of both listeners: the ledger's charges by group, or what tools cost, with their total. */
import * as Effect from "effect/Effect"
import { BudgetLedger } from "../../src/budget/BudgetLedger.ts"
import type { UsageQuery, UsageRow } from "../../src/budget/Charge.ts"
import type { ToolUsageRow } from "../../src/session/ToolUsage.ts"
import { ToolUsage } from "../../src/session/ToolUsage.ts"
import { SessionError } from "../../src/session/SessionError.ts"
import * as errors from "./errors.ts"

interface Row {
  readonly group: string
  readonly calls: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cacheRead: number
  readonly cacheWrite: number
  readonly costMicros: number
  readonly savedMicros: number
  readonly errors?: number
  readonly ms?: number
}

const nothing: Row = {
  group: "total",
  calls: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheRead: 0,
  cacheWrite: 0,
  costMicros: 0,
  savedMicros: 0
}

const ofCharges = ({ firstAt: _, input, output, ...row }: UsageRow): Row => ({
  ...row,
  inputTokens: input,
  outputTokens: output
})

/** A tool's part of prompts; what a cache saved belongs to whole calls. */
const ofTool = ({ calls, costMicros, errors: failed, ms, promptTokens, tool }: ToolUsageRow): Row => ({
  ...nothing,
  group: tool,
  calls,
  inputTokens: promptTokens,
  costMicros,
  errors: failed,
  ms
})

const sum = (rows: ReadonlyArray<Row>, key: Exclude<keyof Row, "group">): number =>
  rows.reduce((all, row) => all + (row[key] ?? 0), 0)

const summed = (group: string, rows: ReadonlyArray<Row>): Row => ({
  group,
  calls: sum(rows, "calls"),
  inputTokens: sum(rows, "inputTokens"),
  outputTokens: sum(rows, "outputTokens"),
  cacheRead: sum(rows, "cacheRead"),
  cacheWrite: sum(rows, "cacheWrite"),
  costMicros: sum(rows, "costMicros"),
  savedMicros: sum(rows, "savedMicros"),
  ...(rows.some(({ ms }) => ms !== undefined) ? { errors: sum(rows, "errors"), ms: sum(rows, "ms") } : {})
})

/** Groups in an answer; there may be a session for everybody who ever wrote. */
const mostRows = 1_000

/** The rows, as they come, with their total; those beyond the most are one. */
export const report = (rows: ReadonlyArray<Row>): { readonly rows: ReadonlyArray<Row>; readonly total: Row } => {
  const rest = rows.slice(mostRows)
  return {
    // no agent, session, model, tool or day is called so
    rows: rest.length === 0 ? rows : [...rows.slice(0, mostRows), summed("(others)", rest)],
    total: summed("total", rows)
  }
}

type Query = Omit<UsageQuery, "by" | "session"> & { readonly by: UsageQuery["by"] | "tool" | undefined }

export const make = Effect.gen(function* () {
  const ledger = yield* BudgetLedger
  const tools = yield* ToolUsage
  return ({ by, ...where }: Query) =>
    by === "tool"
      ? tools.query(where).pipe(
          Effect.map((rows) => report(rows.map(ofTool))),
          Effect.catchTag("JournalUnavailable", (reason) => errors.ofSession(new SessionError({ reason })))
        )
      : ledger.usage({ by: by ?? "day", ...where }).pipe(
          Effect.map((rows) => report(rows.map(ofCharges))),
          Effect.catchTag("BudgetError", errors.ofBudget)
        )
})
