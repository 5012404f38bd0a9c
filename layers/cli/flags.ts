/** Flags and arguments that several commands share. */
import * as Argument from "effect/cli/Argument"
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { gatewayFlags, whereFlags } from "./GatewayFlags.ts"
import type { Target, Where } from "./reach.ts"

/** A text that may be left out. */
export const optional = (name: string, metavar: string, doc: string): Flag.Flag<string | undefined> =>
  Flag.String(name).pipe(
    Flag.withDescription(doc),
    Flag.withMetavar(metavar),
    Flag.filter(
      (value) => value !== "",
      () => "a value that is not empty"
    ),
    Flag.optional,
    Flag.map(Option.getOrUndefined)
  )

/** An argument that may be left out. */
export const optionalArgument = (name: string, doc: string): Argument.Argument<string | undefined> =>
  Argument.String(name).pipe(Argument.withDescription(doc), Argument.optional, Argument.map(Option.getOrUndefined))

export const json = Flag.Boolean("json").pipe(
  Flag.withDescription("Print JSON, for programs."),
  Flag.withDefault(false)
)

export const target = {
  url: optional("url", "URL", "Address of the gateway, where it is not the configured one."),
  tokenFile: optional("token-file", "FILE", "File with the token to use, instead of EXOCLAW_TOKEN or the operator's.")
}

const [config, state] = whereFlags

/** The root of all commands, with the flags that each of them takes. */
export const root = Command.make("exoclaw").pipe(
  Command.withSharedFlags({
    config: optional(config.name, config.metavar, config.doc),
    state: optional(state.name, state.metavar, state.doc)
  }),
  Command.withDescription("A secure, cost-aware runtime for AI agents.")
)

/** Runs a command's implementation, which is loaded only now. */
export const lazily = <Module, A, E, R>(
  load: () => Promise<Module>,
  run: (module: Module, where: Where) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function* () {
    const where = yield* root
    return yield* run(yield* Effect.promise(load), where)
  })

export type { Target, Where }

const [port, bind, operatorPort, tokenFile, token] = gatewayFlags
const textFlag = ({ doc, metavar, name }: (typeof gatewayFlags)[number]) => optional(name, metavar, doc)

/** What a program that listens may be told. */
export const gatewayFlagsOf = () => ({
  port: textFlag(port),
  bind: textFlag(bind),
  "operator-port": textFlag(operatorPort),
  "token-file": textFlag(tokenFile),
  token: textFlag(token)
})
