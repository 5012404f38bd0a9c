/** `exoclaw casil ...`: names, flags and words. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import { json, lazily, optional, optionalArgument } from "./flags.ts"

const of = {
  policy: optional("policy", "FILE", "Take [casil] from this configuration file."),
  tenant: optional("tenant", "ID", "As it is for this tenant."),
  agent: optional("agent", "ID", "As it is for this agent."),
  json
}

const check = Command.make(
  "check",
  {
    paths: Argument.String("file").pipe(
      Argument.withDescription("Files, and folders with all that is in them but .git and node_modules; - is stdin."),
      Argument.atLeast(1)
    ),
    ...of
  },
  (input) =>
    lazily(
      () => import("./casil/check.ts"),
      (module, where) => module.check({ ...where, ...input })
    )
).pipe(
  Command.withDescription(
    "Lists what content inspection finds, with its place and never its text. Ends with 8 where something would be blocked, 9 where redacted."
  ),
  Command.withExamples([
    { command: "exoclaw casil check notes.md src", description: "A file and a folder" },
    { command: "git diff --cached | exoclaw casil check -", description: "What is about to be committed" }
  ])
)

const explain = Command.make(
  "explain",
  {
    what: optionalArgument("what", "A rule, a place as FILE:LINE, a file, or - for stdin; without it, all rules."),
    ...of
  },
  (input) =>
    lazily(
      () => import("./casil/explain.ts"),
      (module, where) => module.explain({ ...where, ...input })
    )
).pipe(
  Command.withDescription("Says what a rule looks for, or why a line is judged as it is: keyword, format, score."),
  Command.withExamples([
    { command: "exoclaw casil explain github-token", description: "A rule" },
    { command: "exoclaw casil explain config.yml:12", description: "A line" }
  ])
)

export const casil = Command.make("casil").pipe(
  Command.withDescription("Content inspection: works without a gateway, under the policy of the configuration."),
  Command.withSubcommands([check, explain])
)
