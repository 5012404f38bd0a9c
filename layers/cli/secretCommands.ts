/** `exoclaw secret ...`: names, flags and words. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { json, lazily } from "./flags.ts"

const secretName = Argument.String("name").pipe(Argument.withDescription("The secret's name."))

const secretSet = Command.make("set", { name: secretName }, (input) =>
  lazily(
    () => import("./secret.ts"),
    (module, where) => module.set({ ...where, ...input })
  )
).pipe(
  Command.withDescription("Keeps a secret, encrypted. Asks for its value, or reads it from standard input."),
  Command.withExamples([
    { command: "exoclaw secret set WEATHER_KEY", description: "Type the value; it is not shown" },
    { command: "exoclaw secret set WEATHER_KEY < key.txt", description: "From a file" }
  ])
)

const secretList = Command.make("list", { json }, (input) =>
  lazily(
    () => import("./secret.ts"),
    (module, where) => module.list({ ...where, ...input })
  )
).pipe(Command.withDescription("Lists the names of the secrets."))

const secretRemove = Command.make("remove", { name: secretName }, (input) =>
  lazily(
    () => import("./secret.ts"),
    (module, where) => module.remove({ ...where, ...input })
  )
).pipe(Command.withDescription("Forgets a secret."))

const secretRekey = Command.make(
  "rekey",
  {
    keyFile: Flag.Boolean("key-file").pipe(
      Flag.withDescription("Make a new key file, instead of a key for EXOCLAW_SECRET_KEY."),
      Flag.withDefault(false)
    )
  },
  (input) =>
    lazily(
      () => import("./secret.ts"),
      (module, where) => module.rekey({ ...where, ...input })
    )
).pipe(
  Command.withDescription(
    "Encrypts every secret anew. Asks for the new key or passphrase, or reads it from standard input."
  ),
  Command.withExamples([
    { command: "exoclaw secret rekey --key-file", description: "A new random key, in a file" },
    { command: "exoclaw secret rekey < key.txt", description: "32 bytes in hex or base64, or a passphrase" }
  ])
)

export const secret = Command.make("secret").pipe(
  Command.withDescription("Secrets that plugins use by name and never see."),
  Command.withSubcommands([secretSet, secretList, secretRemove, secretRekey])
)
