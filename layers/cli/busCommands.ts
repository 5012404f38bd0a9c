/** `exoclaw bus ...`: names, flags and words. */
import * as Command from "effect/cli/Command"
import { gatewayFlagsOf, lazily } from "./flags.ts"

const serve = Command.make("serve", gatewayFlagsOf(), (given) =>
  lazily(
    () => import("./bus.ts"),
    (module, where) => module.serve({ ...where, ...given })
  )
).pipe(
  Command.withDescription("Runs the message bus alone until it is stopped: no agents, the same configuration."),
  Command.withExamples([{ command: "exoclaw bus serve --port 7300", description: "Beside a gateway" }])
)

export const bus = Command.make("bus").pipe(
  Command.withDescription("The message bus."),
  Command.withSubcommands([serve])
)
