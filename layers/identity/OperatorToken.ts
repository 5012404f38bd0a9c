/** The operator's own token: a file that the first start writes and only its owner can read. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { constants } from "node:fs"
import * as fs from "node:fs/promises"
import { Entropy } from "../../src/domain/Entropy.ts"
import { IdentityError, TokenFileUnusable, WeakToken } from "../../src/identity/IdentityError.ts"
import { render, tokenBytes, weakness } from "../../src/identity/Token.ts"
import { codeOf } from "../platform/ErrorCode.ts"
import { writePrivate } from "../platform/PrivateFile.ts"

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
    const { text } = render(yield* entropy.bytes(tokenBytes.id), yield* entropy.bytes(tokenBytes.secret))
    yield* attempt(path, () => writePrivate(path, `${text}\n`, { keep: true }))
    found = yield* attempt(path, () => readIfThere(path))
  }
  const why = weakness(found?.text ?? "")
  if (why !== undefined) return yield* new IdentityError({ reason: new WeakToken({ source: path, why }) })
  if (found !== undefined && (found.mode & 0o077) !== 0) {
    yield* Effect.logWarning(`Others on this machine can read the operator's token. Run: chmod 600 ${path}`)
  }
  return Redacted.make(found?.text ?? "", { label: "token" })
})
