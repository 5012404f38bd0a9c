/** `exoclaw budget`. */
import * as Effect from "effect/Effect"
import type { Account } from "../../src/gateway/ClientRpcs.ts"
import { bar, type Light, lightOf, percent } from "./budgetBar.ts"
import { Io } from "./Io.ts"
import { clientAsOperator, type Target } from "./reach.ts"
import { dollars, json, table, time } from "./text.ts"

interface Budget extends Target {
  readonly agent: string | undefined
  readonly json: boolean
}

const paint: Readonly<Record<Light, readonly [string, string]>> = {
  ok: ["", ""],
  warned: ["\u001b[33m", "\u001b[39m"],
  paused: ["\u001b[33;1m", "\u001b[39;22m"],
  full: ["\u001b[31;1m", "\u001b[39;22m"]
}

/** A line for each account, its bar with the marks, in the colour of what happens to the next call. */
export const shown = (accounts: ReadonlyArray<typeof Account.Type>, colors: boolean): string => {
  const lights: Array<Light> = ["ok"]
  const lines = table(
    ["ACCOUNT", "OF", "SPENT", "HELD", "LIMIT", "LEFT", "USED", "FORECAST", "RESETS AT"],
    accounts.map(({ forecast, held, key, limit, pauseAt, resetsAt, scope, spent, unit, warnAt }) => {
      const amount = (value: number): string | number => (unit === "micros" ? dollars(value) : value)
      const standing = limit === null ? undefined : { limit, spent, held, warnAt, pauseAt }
      lights.push(standing === undefined ? "ok" : lightOf(standing))
      const full = forecast?.exhaustsAt ?? null
      return [
        scope,
        key,
        amount(spent),
        amount(held),
        limit === null ? "unlimited" : amount(limit),
        limit === null ? "unlimited" : amount(Math.max(0, limit - spent - held)),
        standing === undefined ? "-" : `${bar(standing)} ${percent(standing)}`,
        forecast === null ? "-" : `${amount(forecast.expected)}${full === null ? "" : `, full ${time(full)}`}`,
        resetsAt
      ]
    })
  )
    .trimEnd()
    .split("\n")
  return lines
    .map((line, n) => {
      const [on, off] = colors ? paint[lights[n] ?? "ok"] : paint.ok
      return `${on}${line}${off}\n`
    })
    .join("")
}

export const budget = Effect.fnUntraced(function* (input: Budget) {
  const io = yield* Io
  const { use } = yield* clientAsOperator(input)
  const params = input.agent === undefined ? {} : { agent: input.agent }
  const { accounts } = yield* use(({ call }) => call("budget.status", params))
  if (input.json) return io.out(json(accounts))
  const telling = accounts.filter(({ held, limit, spent }) => limit !== null || spent > 0 || held > 0)
  if (telling.length === 0) return io.err("Nothing is spent, and no account has a limit: set one in [budgets].\n")
  io.out(shown(telling, io.colors && io.terminal.stdout))
}, Effect.scoped)
