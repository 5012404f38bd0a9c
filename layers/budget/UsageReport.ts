/** Sums of settled charges, straight from the rows. */
import type { UsageQuery, UsageRow } from "../../src/budget/Charge.ts"
import type { Database } from "../store/Store.ts"

const groups: Readonly<Record<UsageQuery["by"], string>> = {
  agent: "agent",
  session: "session",
  day: "day",
  model: "provider || '/' || model"
}

/** When the n-th newest call was held; undefined where there are fewer. */
const nthNewest = (db: Database, n: number): number | undefined => {
  const row = db.get("SELECT held_at FROM charges ORDER BY held_at DESC LIMIT 1 OFFSET ?", n - 1)
  return row === undefined ? undefined : Number(row.held_at)
}

/** See `Pages.reach`. */
export const reachOf =
  ({ principal }: Pick<UsageQuery, "principal">) =>
  (db: Database, from: number, rows: number): number | undefined => {
    // by what an index has, and nothing else: it walks along it
    const own = principal === undefined || principal === "local" ? "" : "AND principal = ?3 AND principal <> 'local'"
    const row = db.get(
      `SELECT held_at FROM charges WHERE held_at >= ?1 ${own} ORDER BY held_at LIMIT 1 OFFSET ?2`,
      from,
      rows,
      ...(own === "" ? [] : [principal ?? ""])
    )
    return row === undefined ? undefined : Number(row.held_at)
  }

/** Which of the charges, by the order in which they were settled: behind `after`, and up to `through`. */
export interface Settled {
  readonly after?: number
  readonly through?: number
}

/** All at once: for few, or within a transaction. */
export const usageReport = (db: Database, query: UsageQuery, settled: Settled = {}): ReadonlyArray<UsageRow> => {
  // of the latest few, the other indexes would be the longer way
  const plain = settled.after === undefined ? "" : "+"
  const where: Array<string> = []
  const params: Array<string | number> = []
  const filter = (condition: string, value: string | number | undefined): void => {
    if (value === undefined) return
    where.push(condition)
    params.push(value)
  }
  // a walk along the index of that column, and no further
  const oldest = query.newest === undefined ? undefined : nthNewest(db, query.newest)
  filter(`${plain}held_at >= ?`, oldest === undefined ? query.from : Math.max(oldest, query.from ?? 0))
  filter(`${plain}held_at < ?`, query.to)
  filter("n > ?", settled.after)
  filter("n <= ?", settled.through)
  filter("tenant = ?", query.tenant)
  // The second condition, where it holds, opens the partial index.
  const isIndexed = plain === "" && query.principal !== "local"
  filter(isIndexed ? "principal = ? AND principal <> 'local'" : `${plain}principal = ?`, query.principal)
  filter("agent = ?", query.agent)
  filter("session = ?", query.session)
  return db
    .all(
      `SELECT ${groups[query.by]} AS name, count(*) AS calls, min(held_at) AS first_at, sum(input) AS input, sum(output) AS output,
         sum(cache_read) AS cache_read, sum(cache_write) AS cache_write, sum(cost_micros) AS cost_micros,
         sum(saved_micros) AS saved_micros
       FROM charges ${where.length === 0 ? "" : `WHERE ${where.join(" AND ")}`}
       GROUP BY name ORDER BY sum(input + output + cache_read + cache_write) DESC, name`,
      ...params
    )
    .map((row) => ({
      group: String(row.name),
      calls: Number(row.calls),
      firstAt: Number(row.first_at),
      input: Number(row.input),
      output: Number(row.output),
      cacheRead: Number(row.cache_read),
      cacheWrite: Number(row.cache_write),
      costMicros: Number(row.cost_micros),
      savedMicros: Number(row.saved_micros)
    }))
}
