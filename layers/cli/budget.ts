/** `exoclaw budget`. */
import * as Effect from "effect/Effect"
import { Io } from "./Io.ts"
import { clientAsOperator, type Target } from "./reach.ts"
import { dollars, json, table } from "./text.ts"

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
