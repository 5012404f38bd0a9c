/** `exoclaw onboard`: from nothing to a gateway that has a model. */
import * as Prompt from "effect/cli/Prompt"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { existsSync } from "node:fs"
import { copyFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { privateFolder, writePrivate } from "../platform/PrivateFile.ts"
import { agentTable, type Answers, ask } from "./answers.ts"
import { exitCode } from "./ExitCode.ts"
import { failure } from "./Failure.ts"
import { Io } from "./Io.ts"
import { settingsOf, type Where } from "./reach.ts"

interface Places {
  readonly config: string
  readonly credentials: string
}

/** Where the gateway will look, also where nothing is there yet. */
const placesOf = Effect.fnUntraced(function* (where: Where) {
  const { absolute, home, variables } = (yield* Io).surroundings
  const config = absolute(where.config ?? variables.get("EXOCLAW_CONFIG") ?? join(home, ".exoclaw", "config.toml"))
  const state = where.state ?? variables.get("EXOCLAW_STATE")
  const places: Places = {
    config,
    credentials: join(state === undefined ? dirname(config) : absolute(state), "credentials")
  }
  // a file with mistakes in it is told before anything is asked
  if (existsSync(config)) yield* settingsOf(where)
  return places
})

const noTerminal = ({ config, credentials }: Places) =>
  failure(
    [
      "onboard asks questions, and this is no terminal.",
      `Instead put the key into ${join(credentials, "PROVIDER.key")} (mode 0600) or into ANTHROPIC_API_KEY or`,
      `OPENAI_API_KEY, and provider and model into [agent] of ${config}.`
    ].join("\n"),
    exitCode.usage
  )

const write = (places: Places, { key, provider }: Answers, table: string | undefined, keepOld: boolean) =>
  Effect.tryPromise({
    try: async () => {
      if (key !== undefined) {
        await privateFolder(places.credentials)
        await writePrivate(join(places.credentials, `${provider}.key`), `${Redacted.value(key)}\n`)
      }
      if (table === undefined) return
      if (keepOld) await copyFile(places.config, `${places.config}.old`)
      await writePrivate(places.config, table)
    },
    catch: (cause) => failure(`The files cannot be written: ${cause instanceof Error ? cause.message : String(cause)}.`)
  })

export const onboard = Effect.fnUntraced(function* (where: Where) {
  const io = yield* Io
  const places = yield* placesOf(where)
  if (!io.terminal.stdin || !io.terminal.stdout) return yield* noTerminal(places)
  const answers = yield* ask((provider) => existsSync(join(places.credentials, `${provider}.key`)))
  const table = agentTable(answers)
  const there = existsSync(places.config)
  const replace =
    !there ||
    (yield* Prompt.Confirm({
      message: `${places.config} is there already. Replace it? It is kept as ${places.config}.old.`,
      initial: false
    }))
  yield* write(places, answers, replace ? table : undefined, there)
  if (answers.key !== undefined) io.out(`The key is in ${join(places.credentials, `${answers.provider}.key`)}.\n`)
  io.out(replace ? `The configuration is in ${places.config}.\n` : `Put this into ${places.config}:\n\n${table}\n`)
  io.out("Next: `exoclaw gateway`, and in another terminal `exoclaw chat`.\n")
})
