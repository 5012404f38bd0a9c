/** The command line: reads it, runs the command, and says in words what is wrong with it. */
import * as CliConfig from "effect/cli/CliConfig"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as GlobalFlag from "effect/cli/GlobalFlag"
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { version } from "../platform/Package.ts"
import { commands } from "./commands.ts"
import { exitCode, exitCodeHelp } from "./ExitCode.ts"
import { failure } from "./Failure.ts"
import { Io } from "./Io.ts"

/** Without the library's wizard and its log level, which the configuration sets. */
const builtIns = CliConfig.layer({ builtIns: [GlobalFlag.Help, GlobalFlag.Version, GlobalFlag.Completions] })

/** A mistake on one line, its parts as sentences. */
const sentence = (message: string): string => {
  const line = message.replace(/\s*\n\s*/g, " ").trim()
  // a command line is read by everybody on the machine, so only the gateway takes a token there
  if (/^Unrecognized flag: --token\b(?!-)/.test(line)) return `${line}. Set EXOCLAW_TOKEN, or use --token-file.`
  return line.replace(/(?<![.?!]) Did you mean this\?/, ". Did you mean this?")
}

/** Help to standard output; mistakes as sentences to standard error. */
const presenter = ({ colors, err, out, terminal }: Io["Service"]): CliOutput.Presenter => {
  const { formatHelpDoc } = CliOutput.defaultFormatter({ colors: colors && terminal.stdout })
  return {
    present: (event) =>
      Effect.sync(() => {
        switch (event._tag) {
          case "Help":
            out(`${formatHelpDoc(event.helpDoc)}\n`)
            if (event.commandPath.length === 1) out(`\n${exitCodeHelp}\n`)
            return
          case "Version":
            return out(`${event.name} ${event.version}\n`)
          case "InvalidInvocation": {
            const sentences = event.errors.map(({ message }) => sentence(message))
            err(`exoclaw: ${[...new Set(sentences)].join("\n")}\nSee \`${event.commandPath.join(" ")} --help\`.\n`)
          }
        }
      })
  }
}

/** Runs the command that the arguments (without the program's name) ask for. */
export const program = Effect.fnUntraced(function* (args: ReadonlyArray<string>) {
  const io = yield* Io
  const services = Layer.mergeAll(NodeServices.layer, builtIns, CliOutput.layerPresenter(presenter(io)))
  yield* Command.runWith(commands, { version })(args).pipe(
    Effect.catchTag("ShowHelp", ({ errors }) =>
      // help that was asked for is no failure; mistakes have been told by the presenter
      errors.length === 0 ? Effect.void : Effect.fail(failure("", exitCode.usage))
    ),
    Effect.provide(services)
  )
})
