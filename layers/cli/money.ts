/** `exoclaw budget` and `exoclaw usage`. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { exitCode } from "./ExitCode.ts"
import { failure } from "./Failure.ts"
import { Io } from "./Io.ts"
import { clientAsOperator, operator, type Target } from "./reach.ts"
import { csv, dollars, json, table } from "./text.ts"
import { readTime } from "./times.ts"

interface Budget extends Target {
  readonly agent: string | undefined
  readonly json: boolean
}

export const budget = Effect.fnUntraced(function* (input: Budget) {
  const io = yield* Io
  const { use } = yield* clientAsOperator(input)
  const params = input.agent === undefined ? {} : { agent: input.agent }
  const { accounts } = yield* use(({ call }) => call("budget.status", params))
  if (input.json) return io.out(json(accounts))
  const telling = accounts.filter(({ held, limit, spent }) => limit !== null || spent > 0 || held > 0)
  if (telling.length === 0) return io.err("Nothing is spent, and no account has a limit: set one in [budgets].\n")
  io.out(
    table(
      ["ACCOUNT", "OF", "SPENT", "HELD", "LIMIT", "LEFT", "RESETS AT"],
      telling.map(({ held, key, limit, resetsAt, scope, spent, unit }) => {
        const amount = (value: number): string | number => (unit === "micros" ? dollars(value) : value)
        const left = limit === null ? null : Math.max(0, limit - spent - held)
        return [
          scope,
          key,
          amount(spent),
          amount(held),
          limit === null ? "unlimited" : amount(limit),
          left === null ? "unlimited" : amount(left),
          resetsAt
        ]
      })
    )
  )
}, Effect.scoped)

interface Usage extends Target {
  readonly by: "agent" | "session" | "day" | "model"
  readonly from: string | undefined
  readonly to: string | undefined
  readonly csv: boolean
  readonly json: boolean
}

const headings = ["calls", "inputTokens", "outputTokens", "cacheRead", "cacheWrite", "costMicros"] as const

export const usage = Effect.fnUntraced(function* (input: Usage) {
  const io = yield* Io
  if (input.csv && input.json) return yield* failure("Choose one of --csv and --json.", exitCode.usage)
  const now = yield* Clock.currentTimeMillis
  const from = yield* readTime("--from", input.from, now, "ago")
  const to = yield* readTime("--to", input.to, now, "ago")
  const { use } = yield* operator(input)
  const report = yield* use(({ call }) =>
    call("usage.query", {
      groupBy: input.by,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to })
    })
  )
  if (input.json) return io.out(json(report))
  if (input.csv) {
    return io.out(
      csv(
        [input.by, ...headings],
        report.rows.map((row) => [row.group, ...headings.map((name) => row[name])])
      )
    )
  }
  io.out(
    table(
      [input.by.toUpperCase(), "CALLS", "INPUT", "OUTPUT", "CACHE READ", "CACHE WRITE", "COST"],
      [...report.rows, report.total].map((row) => [
        row.group,
        row.calls,
        row.inputTokens,
        row.outputTokens,
        row.cacheRead,
        row.cacheWrite,
        dollars(row.costMicros)
      ])
    )
  )
}, Effect.scoped)
