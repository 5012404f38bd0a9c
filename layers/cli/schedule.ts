/** `exoclaw schedule list|run|pause|resume`. */
import * as Effect from "effect/Effect"
import { Io } from "./Io.ts"
import { operator, type Target } from "./reach.ts"
import { dollars, json, printable, table, time } from "./text.ts"

interface OfJob extends Target {
  readonly id: string
}

interface Last {
  readonly at: number
  readonly outcome: string
  readonly status: string | null
}

const lastly = (last: Last | null): string =>
  last === null ? "-" : `${last.outcome === "run" ? (last.status ?? "run") : last.outcome} ${time(last.at)}`

export const list = Effect.fnUntraced(function* (input: Target & { readonly json: boolean }) {
  const io = yield* Io
  const { use } = yield* operator(input)
  const { jobs } = yield* use(({ call }) => call("schedule.list"))
  if (input.json) return io.out(json(jobs))
  if (jobs.length === 0) return io.err("There are no jobs. Add [[schedule]] to the configuration.\n")
  io.out(
    table(
      ["JOB", "WHEN", "AGENT", "TOOLS", "NEXT", "LAST", "TOKENS", "COST"],
      jobs.map((job) => {
        // the first account in each unit is that of all its runs
        const spent = (unit: "tokens" | "micros") => job.accounts.find((account) => account.unit === unit)?.spent ?? 0
        return [
          job.id,
          job.when,
          job.agent,
          job.tools.join(" ") || "none",
          job.paused ? "paused" : time(job.nextAt),
          lastly(job.last),
          spent("tokens"),
          dollars(spent("micros"))
        ]
      })
    )
  )
}, Effect.scoped)

export const run = Effect.fnUntraced(function* (input: OfJob & { readonly json: boolean }) {
  const io = yield* Io
  const { use } = yield* operator(input)
  const run = yield* use(({ call }) => call("schedule.run", { id: input.id, wait: true }))
  if (input.json) return io.out(json(run))
  const { receipt, text = "" } = run.result ?? {}
  io.out(printable(text.endsWith("\n") ? text : `${text}\n`))
  const used = receipt === undefined || receipt === null ? 0 : receipt.totalTokens
  io.err(`${run.turnId} in ${run.sessionKey}: ${used} tokens.\n`)
}, Effect.scoped)

export const pause = Effect.fnUntraced(function* (input: OfJob) {
  const io = yield* Io
  const { use } = yield* operator(input)
  yield* use(({ call }) => call("schedule.pause", { id: input.id }))
  io.err(`The job "${input.id}" is paused. \`exoclaw schedule resume ${input.id}\` lets it go on.\n`)
}, Effect.scoped)

export const resume = Effect.fnUntraced(function* (input: OfJob) {
  const io = yield* Io
  const { use } = yield* operator(input)
  const job = yield* use(({ call }) => call("schedule.resume", { id: input.id }))
  io.err(`The job "${input.id}" goes on; it is due next at ${time(job.nextAt)}.\n`)
}, Effect.scoped)
