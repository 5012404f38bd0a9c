/** `exoclaw bus ...`: names, flags and words. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import { gatewayFlagsOf, json, lazily, optional, target } from "./flags.ts"

const serve = Command.make("serve", gatewayFlagsOf(), (given) =>
  lazily(
    () => import("./bus.ts"),
    (module, where) => module.serve({ ...where, ...given })
  )
).pipe(
  Command.withDescription("Runs the message bus alone until it is stopped: no agents, the same configuration."),
  Command.withExamples([{ command: "exoclaw bus serve --port 7300", description: "Beside a gateway" }])
)

const place = (doc: string) => Argument.String("ROOM:CHANNEL").pipe(Argument.withDescription(doc))

const tail = Command.make(
  "tail",
  {
    place: place("What to listen to: ROOM:CHANNEL, ROOM for all of it, or * for everything."),
    since: optional("since", "EPOCH:OFFSET", "Begin behind this position of the channel."),
    presence: Flag.Boolean("presence").pipe(
      Flag.withDescription("Also show who comes and goes."),
      Flag.withDefault(false)
    ),
    json,
    ...target
  },
  (input) =>
    lazily(
      () => import("./busTalk.ts"),
      (module, where) => module.tail({ ...where, ...input })
    )
).pipe(
  Command.withDescription("Shows what is said on the bus, and comes back where the connection is lost."),
  Command.withExamples([{ command: "exoclaw bus tail exoclaw", description: "The turns of this gateway" }])
)

const send = Command.make(
  "send",
  {
    place: place("Where to."),
    text: Argument.String("text").pipe(
      Argument.withDescription("What to say; without it, each line of standard input is a message."),
      Argument.variadic()
    ),
    id: optional("id", "ID", "The message's id: the same one again is the same message."),
    json,
    ...target
  },
  (input) =>
    lazily(
      () => import("./busTalk.ts"),
      (module, where) => module.send({ ...where, ...input })
    )
).pipe(
  Command.withDescription("Publishes on the bus."),
  Command.withExamples([{ command: 'exoclaw bus send ops:lobby "hello"', description: "One message" }])
)

export const bus = Command.make("bus").pipe(
  Command.withDescription("The message bus."),
  Command.withSubcommands([serve, tail, send])
)
