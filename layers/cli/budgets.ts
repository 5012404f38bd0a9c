/** Limits as people write them on a command line: `daily=20000`, `usd.monthly=5`. */
import * as Effect from "effect/Effect"
import type { Limit, OwnLimits } from "../../src/domain/Limit.ts"
import { exitCode } from "./ExitCode.ts"
import { type CliFailure, failure } from "./Failure.ts"
import { dollars } from "./text.ts"

const periods = { turn: "turn", session: "session", daily: "day", monthly: "month", total: "total" } as const
type Name = keyof typeof periods
const isName = (name: string): name is Name => Object.hasOwn(periods, name)

const advice = `A budget is NAME=AMOUNT: ${Object.keys(periods).join(", ")} in tokens, usd.NAME in dollars, as in daily=20000 or usd.monthly=5.`

const tokensOf = (text: string): number => (/^\d{1,15}$/.test(text) ? Number(text) : Number.NaN)

/** Dollars with at most six decimals as micro-dollars, without a detour over fractions. */
const microsOf = (text: string): number => {
  const [, whole, decimals = ""] = /^(\d{1,7})(?:\.(\d{1,6}))?$/.exec(text) ?? []
  return whole === undefined ? Number.NaN : Number(`${whole}${decimals.padEnd(6, "0")}`)
}

/** One limit each, in the order given; of a limit that is named twice nobody knows which was meant. */
export const readBudgets = (texts: ReadonlyArray<string>): Effect.Effect<OwnLimits, CliFailure> =>
  Effect.gen(function* () {
    const limits: { -readonly [P in keyof OwnLimits]: Limit | undefined } = {}
    for (const text of texts) {
      const [, usd, name = "", amount = ""] = /^(usd\.)?([a-z]+)=(.+)$/.exec(text) ?? []
      const unit = usd === undefined ? "tokens" : "micros"
      const value = unit === "tokens" ? tokensOf(amount) : microsOf(amount)
      if (!isName(name) || !Number.isFinite(value)) return yield* failure(`--budget ${text}: ${advice}`, exitCode.usage)
      const period = periods[name]
      if (limits[period]?.[unit] !== undefined) {
        return yield* failure(`--budget names ${usd ?? ""}${name} twice.`, exitCode.usage)
      }
      limits[period] = { ...limits[period], [unit]: value }
    }
    return limits
  })

/** The same as it is shown. */
export const showBudgets = (limits: OwnLimits): string =>
  Object.entries(periods)
    .flatMap(([name, period]) => {
      const { micros, tokens } = limits[period] ?? {}
      return [
        ...(tokens === undefined ? [] : [`${name}=${tokens}`]),
        ...(micros === undefined ? [] : [`${name}=${dollars(micros)}`])
      ]
    })
    .join(" ")
