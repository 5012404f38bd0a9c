/** `exoclaw plugin sign|verify`: a publisher's signature in a file beside the module. */
import * as Effect from "effect/Effect"
import { rm, writeFile } from "node:fs/promises"
import { dirname } from "node:path"
import { limits } from "../../../src/sandbox/ModuleLimits.ts"
import { readBounded } from "../../platform/BoundedFile.ts"
import { makeFolder, writePrivate } from "../../platform/PrivateFile.ts"
import { isPublicKey, publisherKeys, signatureOf, signPlugin } from "../../sandbox/Signature.ts"
import { sha256Of } from "../../sandbox/PluginFile.ts"
import { exitCode } from "../ExitCode.ts"
import { failure } from "../Failure.ts"
import { Io } from "../Io.ts"
import { settingsOf, type Where } from "../reach.ts"
import { json, printable } from "../text.ts"
import { targetOf } from "./Target.ts"

/** A PEM file; what is longer is none. */
const MAX_KEY = 64 * 1024

const hashOf = (path: string) =>
  Effect.tryPromise({
    try: () => readBounded(path, limits.bytes),
    catch: () => failure(`${path} cannot be read. Build it first, or correct the path.`)
  }).pipe(
    Effect.flatMap((bytes) =>
      bytes.length > limits.bytes
        ? failure(`${path} has more than the ${limits.bytes} bytes that a module may have.`)
        : Effect.succeed(sha256Of(bytes))
    )
  )

/** A new key pair, the private half in a file that is its owner's alone. */
const newKey = Effect.fnUntraced(function* (path: string) {
  const io = yield* Io
  const { privateKey, publicKey } = publisherKeys()
  yield* Effect.tryPromise({
    try: async () => {
      makeFolder(dirname(path))
      // never over a key that is there
      await writeFile(path, "", { flag: "wx", mode: 0o600 })
      await writePrivate(path, privateKey)
    },
    catch: () => failure(`${path} cannot be made, or is there already. Leave out --new-key to use it.`)
  })
  io.err(`The new key's public half, for [sandbox.publishers] of those who trust it: ${publicKey}\n`)
  return privateKey
})

const keyIn = (path: string) =>
  Effect.tryPromise({
    try: async () => Buffer.from(await readBounded(path, MAX_KEY)).toString("utf8"),
    catch: () => failure(`--key: ${path} cannot be read. --new-key makes a key there.`, exitCode.usage)
  })

export const sign = Effect.fnUntraced(function* (input: {
  readonly file: string
  readonly key: string
  readonly newKey: boolean
}) {
  const io = yield* Io
  const { path } = yield* targetOf(input.file, [])
  const hash = yield* hashOf(path)
  const keyFile = io.surroundings.absolute(input.key)
  const privateKey = yield* input.newKey ? newKey(keyFile) : keyIn(keyFile)
  const text = signPlugin(hash, privateKey)
  if (text === undefined) {
    return yield* failure(`--key: ${keyFile} is no private Ed25519 key in PEM form.`, exitCode.usage)
  }
  yield* Effect.tryPromise({
    try: async () => {
      // a new file: what stands there may be a link to somewhere else
      await rm(`${path}.sig`, { force: true })
      await writeFile(`${path}.sig`, text, { flag: "wx" })
    },
    catch: () => failure(`${path}.sig cannot be written.`)
  })
  io.out(`${path}.sig\n`)
})

export const verify = Effect.fnUntraced(function* (
  input: Where & {
    readonly file: string
    readonly publisher: Readonly<Record<string, string>>
    readonly json: boolean
  }
) {
  const io = yield* Io
  const wrong = Object.entries(input.publisher).find(([, key]) => !isPublicKey(key))
  if (wrong !== undefined) {
    const why = "is no Ed25519 public key in base64, as `exoclaw plugin sign --new-key` prints it"
    return yield* failure(`--publisher: the key of ${wrong[0]} ${why}.`, exitCode.usage)
  }
  const { path } = yield* targetOf(input.file, [])
  const sha256 = yield* hashOf(path)
  const { values } = yield* settingsOf(input)
  const signature = yield* signatureOf(sha256, path, { ...values.sandbox.publishers, ...input.publisher })
  if (input.json) io.out(json({ path, sha256, signature }))
  const quiet = (message: string) => failure(input.json ? "" : message)
  switch (signature.kind) {
    case "publisher":
      if (!input.json) io.out(printable(`${path} is signed by ${signature.name}; SHA-256 ${sha256}.\n`))
      return
    case "stranger":
      return yield* quiet(
        `${path} is signed with the key ${signature.key}, which nobody vouches for. If it is the publisher's, name it with --publisher NAME=KEY or in [sandbox.publishers].`
      )
    case "invalid":
      return yield* quiet(`The signature ${path}.sig is not the file's: ${signature.why}.`)
    case "none":
      return yield* quiet(`${path} is not signed: there is no ${path}.sig.`)
  }
})
