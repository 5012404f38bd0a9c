/** Usage rows as the protocol shows them, with their total. */
import type { UsageRow } from "../../src/budget/Charge.ts"

interface Row {
  readonly group: string
  readonly calls: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly cacheRead: number
  readonly cacheWrite: number
  readonly costMicros: number
  readonly savedMicros: number
}

const show = (row: UsageRow): Row => ({
  group: row.group,
  calls: row.calls,
  inputTokens: row.input,
  outputTokens: row.output,
  cacheRead: row.cacheRead,
  cacheWrite: row.cacheWrite,
  costMicros: row.costMicros,
  savedMicros: row.savedMicros
})

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

export const report = (rows: ReadonlyArray<UsageRow>): { readonly rows: ReadonlyArray<Row>; readonly total: Row } => {
  const shown = rows.map(show)
  const total = shown.reduce(
    (sum, row) => ({
      group: "total",
      calls: sum.calls + row.calls,
      inputTokens: sum.inputTokens + row.inputTokens,
      outputTokens: sum.outputTokens + row.outputTokens,
      cacheRead: sum.cacheRead + row.cacheRead,
      cacheWrite: sum.cacheWrite + row.cacheWrite,
      costMicros: sum.costMicros + row.costMicros,
      savedMicros: sum.savedMicros + row.savedMicros
    }),
    nothing
  )
  return { rows: shown, total }
}
