/** The commands: their names, flags and words. What they do stands in a file each, loaded when it is needed. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { Scope } from "../../src/identity/Scope.ts"
import { audit } from "./auditCommands.ts"
import { bus } from "./busCommands.ts"
import { casil } from "./casilCommands.ts"
import { gatewayFlagsOf, json, lazily, optional, optionalArgument, root, target } from "./flags.ts"
import { memory } from "./memoryCommands.ts"
import { plugin } from "./pluginCommands.ts"
import { schedule } from "./scheduleCommands.ts"
import { secret } from "./secretCommands.ts"
import { backup, restore } from "./stateCommands.ts"

const gateway = Command.make("gateway", gatewayFlagsOf(), (given) =>
  lazily(
    () => import("./gateway.ts"),
    ({ runGateway }, where) => runGateway({ ...where, ...given })
  )
).pipe(
  Command.withDescription("Runs the gateway until it is stopped. Without configuration and key it is an offline one."),
  Command.withExamples([
    { command: "exoclaw gateway", description: "Listen on 127.0.0.1:7200" },
    { command: "exoclaw gateway --port 8080 --config ./config.toml", description: "Another port, another file" }
  ])
)

const chat = Command.make(
  "chat",
  {
    message: Argument.String("message").pipe(
      Argument.withDescription("What to say; without it, lines are read one by one."),
      Argument.variadic()
    ),
    peer: optional("peer", "NAME", 'Name of the conversation; else "main".').pipe(Flag.withAlias("session")),
    agent: optional("agent", "ID", "Ask this agent instead of the routed one."),
    json,
    ...target
  },
  (input) =>
    lazily(
      () => import("./chat.ts"),
      (module, where) => module.chat({ ...where, ...input })
    )
).pipe(
  Command.withDescription("Talks to an agent. Ctrl-C stops the answer, twice ends the program."),
  Command.withExamples([
    { command: "exoclaw chat", description: "A conversation" },
    { command: 'exoclaw chat "use echo to say hi"', description: "One message" }
  ])
)

const status = Command.make("status", { json, ...target }, (input) =>
  lazily(
    () => import("./status.ts"),
    (module, where) => module.status({ ...where, ...input })
  )
).pipe(Command.withDescription("Shows whether the gateway runs, since when, and where its state is."))

const doctor = Command.make("doctor", { json }, (input) =>
  lazily(
    () => import("./doctor.ts"),
    (module, where) => module.doctor({ ...where, ...input })
  )
).pipe(Command.withDescription("Checks this machine, the configuration and the state; says what to do about each."))

const onboard = Command.make("onboard", {}, () =>
  lazily(
    () => import("./onboard.ts"),
    (module, where) => module.onboard(where)
  )
).pipe(Command.withDescription("Asks for a provider and its key, and writes both where the gateway finds them."))

const configCheck = Command.make("check", {}, () =>
  lazily(
    () => import("./config.ts"),
    (module, where) => module.check(where)
  )
).pipe(Command.withDescription("Checks file and environment; names every mistake with its place."))

const configPrint = Command.make("print", { json }, (input) =>
  lazily(
    () => import("./config.ts"),
    (module, where) => module.print({ ...where, ...input })
  )
).pipe(Command.withDescription("Prints every value in force and where it comes from. Secrets are not shown."))

const configSchema = Command.make("schema", {}, () =>
  lazily(
    () => import("./config.ts"),
    (module) => module.schema
  )
).pipe(Command.withDescription("Prints the JSON Schema of the configuration file."))

const configReload = Command.make("reload", { json, ...target }, (input) =>
  lazily(
    () => import("./config.ts"),
    (module, where) => module.reload({ ...where, ...input })
  )
).pipe(
  Command.withDescription(
    "Has the gateway read its configuration again: limits of budgets hold at once, the rest is named."
  )
)

const config = Command.make("config").pipe(
  Command.withDescription("The configuration."),
  Command.withSubcommands([configCheck, configPrint, configSchema, configReload])
)

const name = Argument.String("name").pipe(Argument.withDescription("The token's name."))

const tokenCreate = Command.make(
  "create",
  {
    name,
    scope: Flag.Literals("scope", Scope.literals).pipe(
      Flag.withDescription("What it may do; may be given several times. Else everything but the operator's scopes."),
      Flag.atLeast(0)
    ),
    tenant: optional("tenant", "ID", "Whom it belongs to."),
    budget: Flag.String("budget").pipe(
      Flag.withDescription("What its holder may spend: daily=20000, usd.monthly=5; may be given several times."),
      Flag.withMetavar("NAME=AMOUNT"),
      Flag.atLeast(0)
    ),
    expires: optional("expires", "TIME", "A date, or a number of days or hours such as 30d or 12h. Else never."),
    json,
    ...target
  },
  (input) =>
    lazily(
      () => import("./token.ts"),
      (module, where) => module.create({ ...where, ...input })
    )
).pipe(Command.withDescription("Makes a token and prints it, this once."))

const tokenRotate = Command.make(
  "rotate",
  {
    name,
    overlap: Flag.String("overlap").pipe(
      Flag.withDescription("For how long the old one stays valid: 30m, 1h, 7d; 0m ends it at once."),
      Flag.withMetavar("SPAN"),
      Flag.withDefault("1h")
    ),
    json,
    ...target
  },
  (input) =>
    lazily(
      () => import("./token.ts"),
      (module, where) => module.rotate({ ...where, ...input })
    )
).pipe(Command.withDescription("Makes a token's successor and prints it, this once."))

const tokenList = Command.make("list", { json, ...target }, (input) =>
  lazily(
    () => import("./token.ts"),
    (module, where) => module.list({ ...where, ...input })
  )
).pipe(Command.withDescription("Lists the tokens, without their secrets."))

const tokenRevoke = Command.make("revoke", { name, ...target }, (input) =>
  lazily(
    () => import("./token.ts"),
    (module, where) => module.revoke({ ...where, ...input })
  )
).pipe(Command.withDescription("Revokes a token; its connections are closed."))

const tokens = Command.make("token").pipe(
  Command.withDescription("Access tokens."),
  Command.withSubcommands([tokenCreate, tokenRotate, tokenList, tokenRevoke])
)

const budget = Command.make(
  "budget",
  { agent: optional("agent", "ID", "With this agent's account."), json, ...target },
  (input) =>
    lazily(
      () => import("./budget.ts"),
      (module, where) => module.budget({ ...where, ...input })
    )
).pipe(Command.withDescription("Shows what the accounts have spent, hold and may still spend."))

const usage = Command.make(
  "usage",
  {
    by: Flag.Literals("by", ["agent", "session", "day", "model", "tool"]).pipe(
      Flag.withDescription("One line per what."),
      Flag.withDefault("day")
    ),
    from: optional("from", "DATE", "From this time on; 30d is the last 30 days."),
    to: optional("to", "DATE", "Until before this time; 1d is until a day ago."),
    csv: Flag.Boolean("csv").pipe(Flag.withDescription("Print CSV, for spreadsheets."), Flag.withDefault(false)),
    json,
    ...target
  },
  (input) =>
    lazily(
      () => import("./usage.ts"),
      (module, where) => module.usage({ ...where, ...input })
    )
).pipe(Command.withDescription("Shows what all turns used: calls, tokens, dollars."))

const approve = Command.make(
  "approve",
  {
    id: optionalArgument("approval", "Which one to show and answer; without it, or with list: all that wait."),
    deny: Flag.Boolean("deny").pipe(Flag.withDescription("Deny it, without asking."), Flag.withDefault(false)),
    yes: Flag.Boolean("yes").pipe(Flag.withDescription("Approve it, without asking."), Flag.withDefault(false)),
    reason: optional("reason", "TEXT", "Why; the agent is told."),
    json,
    ...target
  },
  (input) =>
    lazily(
      () => import("./approve.ts"),
      (module, where) => module.approve({ ...where, ...input })
    )
).pipe(
  Command.withDescription("Lists what waits for an approval; shows one with all its arguments, and answers it."),
  Command.withExamples([
    { command: "exoclaw approve", description: "What waits" },
    { command: "exoclaw approve appr_01k...", description: "Show one in full, then approve or deny it" }
  ])
)

export const commands = root.pipe(
  Command.withSubcommands([
    gateway,
    chat,
    status,
    doctor,
    onboard,
    config,
    tokens,
    secret,
    plugin,
    schedule,
    memory,
    casil,
    bus,
    budget,
    usage,
    approve,
    audit,
    backup,
    restore
  ])
)
