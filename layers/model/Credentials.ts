/** API keys, in this order: environment, `credentials/PROVIDER.key` in the state folder, configuration. Empty is absent. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { ModelError } from "../../src/model/ModelError.ts"

export interface CredentialSources {
  readonly env: Readonly<Record<string, string | undefined>>
  /** `<state>/credentials`. */
  readonly folder: string
  /** `api_key` of the configuration. */
  readonly configured?: Redacted.Redacted<string> | undefined
}

const word = (provider: string): string => provider.toUpperCase().replace(/[^A-Z0-9]+/g, "_")

/** The environment variable that holds a provider's key, such as ANTHROPIC_API_KEY. */
export const keyVariable = (provider: string): string => `${word(provider)}_API_KEY`

/** The environment variable that holds a provider's base URL, such as EXOCLAW_OPENAI_ENDPOINT. */
export const endpointVariable = (provider: string): string => `EXOCLAW_${word(provider)}_ENDPOINT`

const present = (text: string | undefined): Redacted.Redacted<string> | undefined => {
  const key = text?.trim() ?? ""
  return key === "" ? undefined : Redacted.make(key)
}

/** The sentence for a provider without a key, with the next step. */
export const noKeyFor = (provider: string): string =>
  `There is no API key for ${provider}: run \`exoclaw onboard\` or set ${keyVariable(provider)}.`

const noKey = (provider: string): ModelError =>
  new ModelError({
    provider,
    kind: "no_key",
    message: noKeyFor(provider),
    retryable: false,
    unused: true
  })

const unusable = (provider: string): ModelError =>
  new ModelError({
    provider,
    kind: "no_key",
    message: `The API key for ${provider} holds characters that cannot be sent: run \`exoclaw onboard\` to set it anew.`,
    retryable: false,
    unused: true
  })

const fileName = (provider: string): string | undefined =>
  /^[A-Za-z0-9_-]{1,64}$/.test(provider) ? `${provider}.key` : undefined

const fromFile = (provider: string, folder: string): Effect.Effect<Redacted.Redacted<string> | undefined> => {
  const name = fileName(provider)
  if (name === undefined) return Effect.succeed(undefined)
  const file = path.join(folder, name)
  const read = Effect.tryPromise(async () => {
    const { mode } = await fs.stat(file)
    return { mode, text: await fs.readFile(file, "utf8") }
  })
  return read.pipe(
    Effect.tap(({ mode }) =>
      process.platform !== "win32" && (mode & 0o077) !== 0
        ? Effect.logWarning(`${file} can be read by others: run \`chmod 600\` on it`)
        : Effect.void
    ),
    Effect.map(({ text }) => present(text)),
    // no file, or none we may read: the next source is asked
    Effect.orElseSucceed(() => undefined)
  )
}

/** The key, or undefined where no source has one. Read anew each time, so that a new key needs no restart. */
export const lookup = (
  provider: string,
  sources: CredentialSources
): Effect.Effect<Redacted.Redacted<string> | undefined, ModelError> =>
  Effect.gen(function* () {
    const { configured, env, folder } = sources
    const key =
      present(env[keyVariable(provider)]) ??
      (yield* fromFile(provider, folder)) ??
      present(configured === undefined ? undefined : Redacted.value(configured))
    // such a header would be an exception inside node, with the key in its message
    if (key !== undefined && !/^[\x21-\x7e]+$/.test(Redacted.value(key))) return yield* unusable(provider)
    return key
  })

/** The key; fails with the next step in words where there is none. */
export const require = (
  provider: string,
  sources: CredentialSources
): Effect.Effect<Redacted.Redacted<string>, ModelError> =>
  Effect.flatMap(lookup(provider, sources), (key) =>
    key === undefined ? Effect.fail(noKey(provider)) : Effect.succeed(key)
  )
