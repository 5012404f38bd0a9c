/** `exoclaw memory ...`: names, flags and words. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Option from "effect/Option"
import { json, lazily, optional, target } from "./flags.ts"

const agent = optional("agent", "ID", "The agent whose memory is meant; else the one that answers by default.")
const flag = (name: string, doc: string) => Flag.Boolean(name).pipe(Flag.withDescription(doc), Flag.withDefault(false))

const search = Command.make(
  "search",
  {
    query: Argument.String("query").pipe(Argument.withDescription("What to look for, in words or as a question.")),
    limit: Flag.Int("limit").pipe(
      Flag.withDescription("Most facts, and most turns; 20 unless told."),
      Flag.optional,
      Flag.map(Option.getOrUndefined)
    ),
    agent,
    json,
    ...target
  },
  (input) =>
    lazily(
      () => import("./memory.ts"),
      (module, where) => module.search({ ...where, ...input })
    )
).pipe(
  Command.withDescription("Finds what an agent remembers of you, each with its score and why it was found."),
  Command.withExamples([{ command: 'exoclaw memory search "what is my dog called?"', description: "Facts and turns" }])
)

const show = Command.make("show", { agent, json, ...target }, (input) =>
  lazily(
    () => import("./memory.ts"),
    (module, where) => module.show({ ...where, ...input })
  )
).pipe(
  Command.withDescription(
    "Lists the facts an agent knows of you, with what became of each and who found it: rules, a model, or an import."
  )
)

const forget = Command.make(
  "forget",
  {
    turn: Flag.String("turn").pipe(
      Flag.withDescription("A turn, by its id; may be given several times."),
      Flag.withMetavar("ID"),
      Flag.atLeast(0)
    ),
    fact: Flag.Int("fact").pipe(
      Flag.withDescription("A fact, by its number, with the turns that say it; may be given several times."),
      Flag.withMetavar("N"),
      Flag.atLeast(0)
    ),
    text: optional("text", "WORDS", "Whatever says these words, in any case of letters."),
    all: flag("all", "Everything."),
    rehearse: flag("dry-run", "Only count what would be deleted."),
    yes: flag("yes", "Delete without asking."),
    agent,
    json,
    ...target
  },
  (input) =>
    lazily(
      () => import("./memory.ts"),
      (module, where) => module.forget({ ...where, ...input })
    )
).pipe(
  Command.withDescription(
    "Deletes for good what an agent remembers of you, with the turns of your sessions that say it."
  ),
  Command.withExamples([{ command: "exoclaw memory forget --text Luna --yes", description: "All that names Luna" }])
)

const exported = Command.make(
  "export",
  { out: optional("out", "FILE", "A new file; else standard output."), agent, ...target },
  (input) =>
    lazily(
      () => import("./memory.ts"),
      (module, where) => module.exported({ ...where, ...input })
    )
).pipe(Command.withDescription("Writes what an agent remembers of you as JSON Lines."))

const imported = Command.make(
  "import",
  {
    file: Argument.String("file").pipe(Argument.withDescription("A file that `memory export` wrote.")),
    agent,
    json,
    ...target
  },
  (input) =>
    lazily(
      () => import("./memory.ts"),
      (module, where) => module.imported({ ...where, ...input })
    )
).pipe(Command.withDescription("Takes an export into an agent's memory of you, each record once."))

export const memory = Command.make("memory").pipe(
  Command.withDescription("What agents remember of you."),
  Command.withSubcommands([search, show, forget, exported, imported])
)
