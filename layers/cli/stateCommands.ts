/** `exoclaw backup` and `exoclaw restore`: names, flags and words. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { json, lazily } from "./flags.ts"

export const backup = Command.make(
  "backup",
  {
    target: Argument.String("target").pipe(
      Argument.withDescription("A new folder; one file where the name ends in .tar.")
    ),
    json
  },
  (input) =>
    lazily(
      () => import("./backup.ts"),
      (module, where) => module.backup({ ...where, ...input })
    )
).pipe(
  Command.withDescription("Copies all state, also while a gateway runs, and reads the copy back."),
  Command.withExamples([{ command: "exoclaw backup exoclaw-2026-01-31.tar", description: "One file" }])
)

export const restore = Command.make(
  "restore",
  {
    source: Argument.String("backup").pipe(Argument.withDescription("What `exoclaw backup` wrote.")),
    force: Flag.Boolean("force").pipe(
      Flag.withDescription("Move what is in the state folder aside, into a folder in it."),
      Flag.withDefault(false)
    ),
    json
  },
  (input) =>
    lazily(
      () => import("./backup.ts"),
      (module, where) => module.restore({ ...where, ...input })
    )
).pipe(Command.withDescription("Puts a backup into an empty state folder. The gateway must be stopped."))
