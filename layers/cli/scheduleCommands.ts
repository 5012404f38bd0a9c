/** `exoclaw schedule ...`: names, flags and words. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import { json, lazily, target } from "./flags.ts"

const id = Argument.String("id").pipe(Argument.withDescription("The job's name in the configuration."))

const list = Command.make("list", { json, ...target }, (input) =>
  lazily(
    () => import("./schedule.ts"),
    (module, where) => module.list({ ...where, ...input })
  )
).pipe(Command.withDescription("Lists the jobs: when they are due, how the last run ended, what they spent."))

const run = Command.make("run", { id, json, ...target }, (input) =>
  lazily(
    () => import("./schedule.ts"),
    (module, where) => module.run({ ...where, ...input })
  )
).pipe(Command.withDescription("Runs a job now, beside its slots, and prints what it answered."))

const pause = Command.make("pause", { id, ...target }, (input) =>
  lazily(
    () => import("./schedule.ts"),
    (module, where) => module.pause({ ...where, ...input })
  )
).pipe(Command.withDescription("Pauses a job until it is resumed, also over restarts."))

const resume = Command.make("resume", { id, ...target }, (input) =>
  lazily(
    () => import("./schedule.ts"),
    (module, where) => module.resume({ ...where, ...input })
  )
).pipe(Command.withDescription("Resumes a job; what it missed meanwhile is not made up for."))

export const schedule = Command.make("schedule").pipe(
  Command.withDescription("Prompts that an agent gets by the clock."),
  Command.withSubcommands([list, run, pause, resume])
)
