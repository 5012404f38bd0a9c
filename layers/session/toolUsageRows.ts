/** The use of tools, counted in the transaction that writes a turn's events. */
import type { TurnId } from "../../src/domain/Ids.ts"
import type { ToolUsageQuery, ToolUsageRow } from "../../src/session/ToolUsage.ts"
import type { EventBody } from "../../src/session/TurnEvent.ts"
import type { Database } from "../store/Store.ts"
import * as rows from "./rows.ts"

interface More {
  readonly calls?: number
  readonly errors?: number
  readonly ms?: number
  readonly promptTokens?: number
  readonly costMicros?: number
}

const add = (db: Database, turn: TurnId, tool: string, more: More): void => {
  db.run(
    `INSERT INTO tool_usage (turn, tool, tenant, principal, at, calls, errors, ms, prompt_tokens, cost_micros)
     SELECT id, ?2, tenant, principal, accepted_at, ?3, ?4, ?5, ?6, ?7 FROM turns WHERE id = ?1
     ON CONFLICT (turn, tool) DO UPDATE SET calls = calls + excluded.calls, errors = errors + excluded.errors,
       ms = ms + excluded.ms, prompt_tokens = prompt_tokens + excluded.prompt_tokens,
       cost_micros = cost_micros + excluded.cost_micros`,
    turn,
    tool,
    more.calls ?? 0,
    more.errors ?? 0,
    more.ms ?? 0,
    more.promptTokens ?? 0,
    more.costMicros ?? 0
  )
}

/** Counts what an event says of tools. */
export const count = (db: Database, turn: TurnId, { data, type }: EventBody): void => {
  if (type === "tool_result") add(db, turn, data.name, { calls: 1, errors: data.isError ? 1 : 0, ms: data.ms ?? 0 })
  if (type !== "usage") return
  for (const { micros, tokens, tool } of data.blocks ?? []) {
    if (tool !== undefined) add(db, turn, tool, { promptTokens: tokens, costMicros: micros })
  }
}

/** See `Pages.reach`. */
export const reach = (db: Database, from: number, count: number): number | undefined => {
  const row = db.get("SELECT at FROM tool_usage WHERE at >= ? ORDER BY at LIMIT 1 OFFSET ?", from, count)
  return row === undefined ? undefined : rows.int(row, "at")
}

export const query = (db: Database, { from, principal, tenant, to }: ToolUsageQuery): ReadonlyArray<ToolUsageRow> =>
  db
    .all(
      `SELECT tool, sum(calls) AS calls, sum(errors) AS errors, sum(ms) AS ms, sum(prompt_tokens) AS prompt_tokens,
         sum(cost_micros) AS cost_micros
       FROM tool_usage
       WHERE at >= ?1 AND at < ?2 AND tenant = coalesce(?3, tenant) AND principal = coalesce(?4, principal)
       GROUP BY tool`,
      from ?? 0,
      to ?? Number.MAX_SAFE_INTEGER,
      tenant ?? null,
      principal ?? null
    )
    .map((row) => ({
      tool: rows.text(row, "tool"),
      calls: rows.int(row, "calls"),
      errors: rows.int(row, "errors"),
      ms: rows.int(row, "ms"),
      promptTokens: rows.int(row, "prompt_tokens"),
      costMicros: rows.int(row, "cost_micros")
    }))
