/** The operator's own token: a file that the first start writes and only its owner can read. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { constants } from "node:fs"
import * as fs from "node:fs/promises"
import { dirname } from "node:path"
import { Entropy } from "../../src/domain/Entropy.ts"
import { IdentityError, TokenFileUnusable, WeakToken } from "../../src/identity/IdentityError.ts"
import { render, tokenBytes, weakness } from "../../src/identity/Token.ts"

const codeOf = (cause: unknown): unknown =>
  typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined

/** Writes the whole file under another name and then gives it its own: nobody ever sees a part, or a wider mode. */
const publish = async (path: string, id: string, text: string): Promise<void> => {
  await fs.mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${id}.new`
  const file = await fs.open(draft, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600)
  try {
    await file.writeFile(`${text}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  try {
    // A link fails where the name exists: of two gateways that start at once, one writes the token and both read it.
    await fs.link(draft, path)
  } catch (cause) {
    const code = codeOf(cause)
    // Some file systems have no links.
    if (code === "EPERM" || code === "ENOTSUP" || code === "ENOSYS") await fs.rename(draft, path)
    else if (code !== "EEXIST") throw cause
  } finally {
    await fs.rm(draft, { force: true })
  }
}

const attempt = <A>(path: string, run: () => Promise<A>): Effect.Effect<A, IdentityError> =>
  Effect.tryPromise({
    try: run,
    catch: (cause) => new IdentityError({ reason: new TokenFileUnusable({ path, cause }) })
  })

/** The file's mode and text without its line end; none where there is no file. */
const readIfThere = async (path: string): Promise<{ readonly mode: number; readonly text: string } | undefined> => {
  try {
    const file = await fs.open(path, constants.O_RDONLY)
    try {
      const { mode } = await file.stat()
      return { mode, text: (await file.readFile("utf8")).replace(/\r?\n$/, "") }
    } finally {
      await file.close()
    }
  } catch (cause) {
    if (codeOf(cause) === "ENOENT") return undefined
    throw cause
  }
}

/** The token in the file at `path`; none where there is no file. */
export const readOperatorToken = (path: string): Effect.Effect<Redacted.Redacted<string> | undefined, IdentityError> =>
  Effect.map(
    attempt(path, () => readIfThere(path)),
    (found) => (found === undefined ? undefined : Redacted.make(found.text, { label: "token" }))
  )

/**
 * The token in the file at `path`, which is made (mode 0600) where there is none. One that somebody wrote there
 * must be strong enough, else this fails.
 */
export const ensureOperatorToken = Effect.fn("OperatorToken.ensure")(function* (path: string) {
  const entropy = yield* Entropy
  let found = yield* attempt(path, () => readIfThere(path))
  if (found === undefined) {
    const { id, text } = render(yield* entropy.bytes(tokenBytes.id), yield* entropy.bytes(tokenBytes.secret))
    yield* attempt(path, () => publish(path, id, text))
    found = yield* attempt(path, () => readIfThere(path))
  }
  const why = weakness(found?.text ?? "")
  if (why !== undefined) return yield* new IdentityError({ reason: new WeakToken({ source: path, why }) })
  if (found !== undefined && (found.mode & 0o077) !== 0) {
    yield* Effect.logWarning(`Others on this machine can read the operator's token. Run: chmod 600 ${path}`)
  }
  return Redacted.make(found?.text ?? "", { label: "token" })
})
