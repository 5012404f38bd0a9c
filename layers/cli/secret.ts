/**
 * `exoclaw secret set|list|remove|rekey`. They work on the state folder itself, with a gateway or without one: a running
 * gateway sees a change at the next use, and no value passes through a socket.
 */
import * as Prompt from "effect/cli/Prompt"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { Principal } from "../../src/identity/Principal.ts"
import { SecretName, unfit, valueBytes } from "../../src/secret/SecretName.ts"
import { Secrets } from "../../src/secret/Secrets.ts"
import * as MemoryAudit from "../audit/MemoryAudit.ts"
import * as SqliteAudit from "../audit/SqliteAudit.ts"
import * as NodeEntropy from "../platform/NodeEntropy.ts"
import * as EncryptedSecrets from "../secret/EncryptedSecrets.ts"
import type { SecretsPlace } from "../secret/contents.ts"
import { rekey as encryptWith, renewKeyFile } from "../secret/rekey.ts"
import { defaultKeyFile, variable } from "../secret/SecretKey.ts"
import * as SqliteStore from "../store/SqliteStore.ts"
import { exitCode } from "./ExitCode.ts"
import { failure } from "./Failure.ts"
import { insider } from "./insider.ts"
import { Io } from "./Io.ts"
import { settingsOf, type Where } from "./reach.ts"
import { json, table, time } from "./text.ts"

interface Named extends Where {
  readonly name: string
}

/** Whoever may write the state folder is its operator. */
const operator: Layer.Layer<Principal> = Layer.effect(Principal, insider("admin"))

/** Where the secrets of the state folder and their key lie. */
const placeOf = Effect.fnUntraced(function* (where: Where) {
  const { surroundings } = yield* Io
  const { environment, stateDir } = yield* settingsOf(where)
  const file = defaultKeyFile(surroundings.variables, surroundings.home)
  const path = join(stateDir, "secrets.db")
  return { stateDir, secrets: { path, key: { given: environment.secretKey, file } } satisfies SecretsPlace }
})

const auditOf = (stateDir: string) => Layer.provide(SqliteAudit.layer, SqliteStore.layer(join(stateDir, "exoclaw.db")))

/** Runs `use` with the secrets of the state folder; what it changes stands in the folder's audit log. */
const withSecrets = Effect.fnUntraced(function* <A, E>(
  where: Where,
  changes: boolean,
  use: (secrets: Secrets["Service"]) => Effect.Effect<A, E, Principal>
) {
  const place = yield* placeOf(where)
  // Listing makes no database where there is none.
  const audit = changes ? auditOf(place.stateDir) : MemoryAudit.layerMemory
  const secrets = Layer.provide(EncryptedSecrets.layer(place.secrets), Layer.merge(audit, NodeEntropy.layer))
  return yield* Effect.provide(Effect.flatMap(Secrets, use), Layer.merge(secrets, operator))
})

const nameOf = Effect.fnUntraced(function* (text: string) {
  if (Schema.is(SecretName)(text)) return text
  return yield* failure("The name of a secret has 1 to 64 of A-Z a-z 0-9 _ . -", exitCode.usage)
})

/** Longest input: the value and a line end. */
const longestInput = valueBytes.longest + 2

/** All of standard input, without the line end that `echo` puts there. */
const piped = Effect.tryPromise({
  try: async () => {
    const pieces: Array<Buffer> = []
    let size = 0
    for await (const piece of process.stdin) {
      const bytes = Buffer.from(piece)
      size += bytes.length
      pieces.push(bytes)
      if (size > longestInput) break
    }
    return Redacted.make(
      Buffer.concat(pieces)
        .toString("utf8")
        .replace(/\r?\n$/, ""),
      { label: "secret" }
    )
  },
  catch: () => failure("Standard input cannot be read.")
})

const typed = (name: SecretName) =>
  Prompt.Hidden({
    message: `Value of ${name} (not shown)`,
    validate: (text: string) => {
      const why = unfit(text)
      return why === undefined ? Effect.succeed(text) : Effect.fail(`This cannot be a secret: ${why}.`)
    }
  })

export const set = Effect.fnUntraced(function* (input: Named) {
  const io = yield* Io
  const name = yield* nameOf(input.name)
  const value = yield* io.terminal.stdin ? typed(name) : piped
  yield* withSecrets(input, true, (secrets) => secrets.set(name, value))
  io.err(`The secret "${name}" is set. A plugin that is granted secret:${name} writes {{secret:${name}}} for it.\n`)
})

export const list = Effect.fnUntraced(function* (input: Where & { readonly json: boolean }) {
  const io = yield* Io
  const all = yield* withSecrets(input, false, (secrets) => secrets.list)
  if (input.json) return io.out(json(all))
  if (all.length === 0) return io.err("There are no secrets. Set one with `exoclaw secret set NAME`.\n")
  io.out(
    table(
      ["NAME", "CREATED", "CHANGED"],
      all.map(({ createdAt, name, updatedAt }) => [name, time(createdAt), time(updatedAt)])
    )
  )
})

export const remove = Effect.fnUntraced(function* (input: Named) {
  const io = yield* Io
  const name = yield* nameOf(input.name)
  if (!(yield* withSecrets(input, true, (secrets) => secrets.remove(name)))) {
    return yield* failure("There is no secret of that name. `exoclaw secret list` shows what there is.")
  }
  io.err(`The secret "${name}" is removed.\n`)
})

/** Asked twice: nobody sees what they type, and a mistake in it would lock every secret away. */
const newKey = Effect.gen(function* () {
  const ask = (message: string) => Prompt.Hidden({ message, validate: Effect.succeed })
  const first = yield* ask("New key or passphrase (not shown)")
  const second = yield* ask("The same again")
  if (Redacted.value(first) !== Redacted.value(second)) {
    return yield* failure("These are two different ones. Nothing is changed.", exitCode.usage)
  }
  return first
})

const secretsOf = (count: number): string =>
  count === 1 ? "One secret is" : `${count === 0 ? "No" : count} secrets are`

export const rekey = Effect.fnUntraced(function* (input: Where & { readonly keyFile: boolean }) {
  const io = yield* Io
  const { secrets, stateDir } = yield* placeOf(input)
  const { file } = secrets.key
  if (!existsSync(secrets.path)) return io.err("There are no secrets, so there is nothing to encrypt anew.\n")
  const given = input.keyFile ? undefined : yield* io.terminal.stdin ? newKey : piped
  const change = given === undefined ? renewKeyFile(secrets) : encryptWith(secrets, { given, file })
  const count = yield* Effect.provide(change, Layer.mergeAll(auditOf(stateDir), NodeEntropy.layer, operator))
  const next = input.keyFile
    ? `the new key in ${file}; the old one lies beside it, for the backups.${
        secrets.key.given === undefined ? "" : ` Take ${variable} out of the gateway's environment and start it again.`
      }`
    : `the new key. Set ${variable} to it and start the gateway again; keep the old one for the backups.`
  io.err(`${secretsOf(count)} encrypted with ${next}\n`)
})
