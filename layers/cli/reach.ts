/** Finds the gateway that a command concerns, and the token for it. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import type { SettingsShape } from "../../src/settings/Settings.ts"
import {
  connect,
  ConnectionFailure,
  connectOperator,
  type Gateway,
  type Operator,
  UnprovenFailure
} from "../client/index.ts"
import { addressOf } from "../client/connect.ts"
import { load } from "../config/ConfigFile.ts"
import { codeInWords } from "../platform/ErrorCode.ts"
import { exitCode } from "./ExitCode.ts"
import { type CliFailure, failure, ofCall } from "./Failure.ts"
import { Io } from "./Io.ts"
import { unanswered } from "./Unanswered.ts"

/** The flags of every command. */
export interface Where {
  readonly config: string | undefined
  readonly state: string | undefined
}

/** The flags of a command that talks to a gateway. */
export interface Target extends Where {
  readonly url: string | undefined
  readonly tokenFile: string | undefined
}

/** The settings that the command line, the environment and the file give. */
export const settingsOf = Effect.fnUntraced(function* ({ config, state }: Where, configFlag?: string) {
  const { surroundings } = yield* Io
  return yield* load({ config, configFlag, state }, surroundings)
})

/** The token in a file, without its line end. */
export const tokenIn = Effect.fnUntraced(function* (path: string) {
  const { surroundings } = yield* Io
  const text = yield* Effect.tryPromise({
    try: () => readFile(surroundings.absolute(path), "utf8"),
    catch: (cause) => failure(`--token-file: ${path} cannot be read (${codeInWords(cause)}).`, exitCode.usage)
  })
  const token = text.trim()
  if (token === "") return yield* failure(`--token-file: ${path} is empty.`, exitCode.usage)
  return Redacted.make(token)
})

/** What gave `givenToken`, for whoever has to correct it. */
const tokenSource = Effect.fnUntraced(function* (tokenFile: string | undefined) {
  const { surroundings, token } = yield* Io
  if (token !== undefined) return "--token"
  return tokenFile ?? (surroundings.variables.has("EXOCLAW_TOKEN") ? "EXOCLAW_TOKEN" : undefined)
})

/** From the strongest: `--token`, `--token-file`, `EXOCLAW_TOKEN`. */
export const givenToken = Effect.fnUntraced(function* (tokenFile: string | undefined) {
  const { surroundings, token } = yield* Io
  if (token !== undefined) return token
  if (tokenFile !== undefined) return yield* tokenIn(tokenFile)
  const variable = surroundings.variables.get("EXOCLAW_TOKEN")
  return variable === undefined ? undefined : Redacted.make(variable)
})

/** The operator's token of a state folder; none where no gateway has run there, or this user may not read it. */
export const operatorToken = ({ stateDir }: SettingsShape): Effect.Effect<Redacted.Redacted<string> | undefined> =>
  Effect.tryPromise(() => readFile(join(stateDir, "operator.token"), "utf8")).pipe(
    Effect.map((text) => Redacted.make(text.trim())),
    Effect.orElseSucceed(() => undefined)
  )

/** Where a program on this machine reaches what listens on `bind`. */
const reachable = (bind: string): string => {
  if (bind === "0.0.0.0") return "127.0.0.1"
  if (bind === "::") return "[::1]"
  return bind.includes(":") && !bind.startsWith("[") ? `[${bind}]` : bind
}

const unknownPort = (key: string): CliFailure =>
  failure(`${key} is 0, so that the port is another one at every start. Name the gateway with --url.`, exitCode.usage)

/** The client listener's address. */
export const clientUrl = ({ values }: SettingsShape): Effect.Effect<string, CliFailure> => {
  const { bind, port, tls } = values.gateway
  if (port === 0) return Effect.fail(unknownPort("gateway.port"))
  return Effect.succeed(`${tls.cert === undefined ? "ws" : "wss"}://${reachable(bind)}:${port}`)
}

/** The operator listener's address. */
export const operatorUrl = ({ values }: SettingsShape): Effect.Effect<string, CliFailure> =>
  values.gateway.operator_port === 0
    ? Effect.fail(unknownPort("gateway.operator_port"))
    : Effect.succeed(`ws://127.0.0.1:${values.gateway.operator_port}`)

/** The address of the command line, checked. */
const given = (url: string): Effect.Effect<string, CliFailure> =>
  Effect.try({
    try: () => addressOf(url),
    catch: (cause) => failure(`--url: ${cause instanceof Error ? cause.message : String(cause)}`, exitCode.usage)
  })

const noGateway = (url: string) =>
  unanswered(url, `No gateway is running at ${url}: start one with \`exoclaw gateway\`.`)

interface Peer {
  readonly close: () => Promise<void>
  readonly closed: Promise<unknown>
  readonly call: (method: "rpc.discover") => Promise<unknown>
}

type Listener = "client" | "operator"

/** Refuses the other listener's address: some methods have one name on both and two meanings. */
const isThe = (wanted: Listener, url: string, document: unknown): Effect.Effect<void, CliFailure> => {
  const other: Listener = wanted === "client" ? "operator" : "client"
  if (!JSON.stringify(document).includes(`"exoclaw gateway, ${other} listener"`)) return Effect.void
  const where = wanted === "client" ? "below" : "above"
  return Effect.fail(
    failure(
      `${url} is the ${other} listener, and this command needs the ${wanted} listener: by default one port ${where}.`,
      exitCode.usage
    )
  )
}

/** The token to show: the state folder's own goes to nobody who does not know it, one that was named to whoever was. */
interface Given {
  readonly token: Redacted.Redacted<string> | undefined
  readonly isOwn?: boolean
}

const session = <C extends Peer>(
  open: (options: { readonly url: string; readonly token: string | undefined; readonly prove: boolean }) => Promise<C>,
  url: string,
  { isOwn = false, token }: Given,
  whenRefused: string,
  /** Which listener it must be; undefined where the address is the configuration's and so is right. */
  wanted: Listener | undefined
) =>
  Effect.acquireRelease(
    Effect.tryPromise({
      try: () => open({ url, token: token === undefined ? undefined : Redacted.value(token), prove: isOwn }),
      catch: (cause) => {
        if (cause instanceof UnprovenFailure) return failure(`${cause.message} ${whenRefused}`, exitCode.notAllowed)
        return cause instanceof ConnectionFailure ? cause : ofCall(cause, whenRefused)
      }
    }).pipe(Effect.catch((cause) => (cause instanceof ConnectionFailure ? noGateway(url) : Effect.fail(cause)))),
    (connection) => Effect.promise(() => connection.close())
  ).pipe(
    Effect.map((connection) => {
      let lost = false
      void connection.closed.then(() => (lost = true))
      return {
        url,
        /** Whether the connection has ended. */
        isLost: () => lost,
        /** Runs calls on the connection; their failures become the command's. */
        use: <A>(work: (connection: C) => Promise<A>): Effect.Effect<A, CliFailure> =>
          Effect.tryPromise({ try: () => work(connection), catch: (cause) => ofCall(cause, whenRefused) })
      }
    }),
    Effect.tap(({ use }) =>
      wanted === undefined
        ? Effect.void
        : Effect.flatMap(
            use(({ call }) => call("rpc.discover")),
            (document) => isThe(wanted, url, document)
          )
    )
  )

const refusedHere = "Set EXOCLAW_TOKEN, or name a file that holds a token with --token-file."

const noneHere = (source: string): string =>
  `The one in ${source} is none here: mistyped, revoked, expired or another gateway's. \`exoclaw token list\` shows what there is.`

/** What to do where the token that was given, or that there was none, did not do. */
const refusedGiven = (tokenFile: string | undefined) =>
  Effect.map(tokenSource(tokenFile), (source) => (source === undefined ? refusedHere : noneHere(source)))

const elsewhere = ({ stateDir }: SettingsShape): string =>
  `Is it a gateway with another state folder than ${stateDir}: name its own with --state. ` +
  "Is it this one, reached through another port: name the file of a token with --token-file."

/** A connection to the client listener, as whoever the given token is; without one as `local`, where that is open. */
export const client = Effect.fnUntraced(function* (target: Target) {
  const token = yield* givenToken(target.tokenFile)
  const url = target.url === undefined ? yield* clientUrl(yield* settingsOf(target)) : yield* given(target.url)
  const refused = yield* refusedGiven(target.tokenFile)
  return yield* session<Gateway>(connect, url, { token }, refused, target.url === undefined ? undefined : "client")
})

/** A connection to the client listener as the operator, unless another token is given. */
export const clientAsOperator = Effect.fnUntraced(function* (target: Target) {
  const settings = yield* settingsOf(target)
  const named = yield* givenToken(target.tokenFile)
  const own = named === undefined ? yield* operatorToken(settings) : undefined
  const url = yield* target.url === undefined ? clientUrl(settings) : given(target.url)
  const refused = own === undefined ? yield* refusedGiven(target.tokenFile) : elsewhere(settings)
  const shown = { token: named ?? own, isOwn: own !== undefined }
  return yield* session<Gateway>(connect, url, shown, refused, target.url === undefined ? undefined : "client")
})

/** A connection to the operator listener, with the token of the state folder unless another one is given. */
export const operator = Effect.fnUntraced(function* (target: Target) {
  const settings = yield* settingsOf(target)
  const url = yield* target.url === undefined ? operatorUrl(settings) : given(target.url)
  const named = target.tokenFile === undefined ? undefined : yield* tokenIn(target.tokenFile)
  const token = named ?? (yield* operatorToken(settings))
  const refused = (): string => {
    if (target.tokenFile !== undefined) return noneHere(target.tokenFile)
    return token === undefined
      ? `There is no operator.token to read in ${settings.stateDir}: name the gateway's state folder with --state.`
      : elsewhere(settings)
  }
  return yield* session<Operator>(
    connectOperator,
    url,
    { token, isOwn: named === undefined },
    refused(),
    target.url === undefined ? undefined : "operator"
  )
})
