/** `exoclaw audit`: names, flags and words. */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Option from "effect/Option"
import { json, lazily, optional, optionalArgument, target } from "./flags.ts"

const after = Flag.Int("after").pipe(
  Flag.withDescription("Entries after this position."),
  Flag.optional,
  Flag.map(Option.getOrUndefined)
)

const auditQuery = Command.make(
  "query",
  {
    after,
    limit: Flag.Int("limit").pipe(Flag.withDescription("At most this many, 1 to 1000."), Flag.withDefault(100)),
    kind: optional("kind", "KIND", "Only of this kind, such as budget.settled."),
    tenant: optional("tenant", "ID", "Only of this tenant."),
    json,
    ...target
  },
  (input) =>
    lazily(
      () => import("./audit.ts"),
      (module, where) => module.query({ ...where, ...input })
    )
).pipe(Command.withDescription("Lists entries of the audit log, oldest first."))

const database = optionalArgument("file", "The database; else the one in the state folder.")

const auditVerify = Command.make(
  "verify",
  {
    file: database,
    key: Flag.String("key").pipe(
      Flag.withDescription("The public key that must have signed, or a file with it; may be given several times."),
      Flag.withMetavar("KEY|FILE"),
      Flag.atLeast(0)
    ),
    anchor: optional("anchor", "POSITION:HASH", "An entry that was noted earlier and must still be there."),
    json
  },
  (input) =>
    lazily(
      () => import("./audit.ts"),
      (module, where) => module.verify({ ...where, ...input })
    )
).pipe(Command.withDescription("Checks the audit log's chain and its signatures in the file itself; needs no gateway."))

const auditExport = Command.make(
  "export",
  {
    file: database,
    after,
    kind: optional("kind", "KIND", "Only of this kind, such as budget.settled."),
    out: optional("out", "FILE", "Write a new file instead of standard output.")
  },
  (input) =>
    lazily(
      () => import("./auditExport.ts"),
      (module, where) => module.exportLog({ ...where, ...input })
    )
).pipe(Command.withDescription("Writes the audit log as JSON Lines, oldest first; needs no gateway."))

const auditKey = Command.make("key", {}, () =>
  lazily(
    () => import("./audit.ts"),
    (module) => module.key
  )
).pipe(Command.withDescription("Prints the public key that this user's gateways sign their audit logs with."))

export const audit = Command.make("audit").pipe(
  Command.withDescription("The audit log."),
  Command.withSubcommands([auditQuery, auditVerify, auditExport, auditKey])
)
