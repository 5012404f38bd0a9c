/** `exoclaw usage`. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { exitCode } from "./ExitCode.ts"
import { failure } from "./Failure.ts"
import { Io } from "./Io.ts"
import { operator, type Target } from "./reach.ts"
import { csv, dollars, json, table } from "./text.ts"
import { readTime } from "./times.ts"

interface Usage extends Target {
  readonly by: "agent" | "session" | "day" | "model" | "tool"
  readonly from: string | undefined
  readonly to: string | undefined
  readonly csv: boolean
  readonly json: boolean
}

interface Column {
  readonly key:
    | "calls"
    | "errors"
    | "ms"
    | "inputTokens"
    | "outputTokens"
    | "cacheRead"
    | "cacheWrite"
    | "costMicros"
    | "savedMicros"
  readonly heading: string
  readonly money?: true
}

const cost: Column = { key: "costMicros", heading: "COST", money: true }
const ofCalls: ReadonlyArray<Column> = [
  { key: "calls", heading: "CALLS" },
  { key: "inputTokens", heading: "INPUT" },
  { key: "outputTokens", heading: "OUTPUT" },
  { key: "cacheRead", heading: "CACHE READ" },
  { key: "cacheWrite", heading: "CACHE WRITE" },
  cost,
  { key: "savedMicros", heading: "SAVED", money: true }
]
/** A tool has parts of prompts, and nothing of what whole calls have. */
const ofTools: ReadonlyArray<Column> = [
  { key: "calls", heading: "CALLS" },
  { key: "errors", heading: "ERRORS" },
  { key: "ms", heading: "MS" },
  { key: "inputTokens", heading: "IN PROMPTS" },
  cost
]

export const usage = Effect.fnUntraced(function* (input: Usage) {
  const io = yield* Io
  if (input.csv && input.json) return yield* failure("Choose one of --csv and --json.", exitCode.usage)
  const now = yield* Clock.currentTimeMillis
  const from = yield* readTime("--from", input.from, now, "ago")
  const to = yield* readTime("--to", input.to, now, "ago")
  if (from !== undefined && to !== undefined && from >= to) {
    return yield* failure("--from must be before --to: there is no time between them.", exitCode.usage)
  }
  const { use } = yield* operator(input)
  const report = yield* use(({ call }) =>
    call("usage.query", {
      groupBy: input.by,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to })
    })
  )
  if (input.json) return io.out(json(report))
  const columns = input.by === "tool" ? ofTools : ofCalls
  if (input.csv) {
    return io.out(
      csv(
        [input.by, ...columns.map(({ key }) => key)],
        report.rows.map((row) => [row.group, ...columns.map(({ key }) => row[key] ?? 0)])
      )
    )
  }
  io.out(
    table(
      [input.by.toUpperCase(), ...columns.map(({ heading }) => heading)],
      [...report.rows, report.total].map((row) => [
        row.group,
        ...columns.map(({ key, money }) => (money === true ? dollars(row[key] ?? 0) : (row[key] ?? 0)))
      ])
    )
  )
}, Effect.scoped)
