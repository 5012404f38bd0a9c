/** Puts a whole file in another one's place. */
import * as Effect from "effect/Effect"
import { constants } from "node:fs"
import * as fs from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { type SecretReason, SecretsUnavailable } from "../../src/secret/SecretError.ts"

/** Drafts of processes that died before their rename; the caller holds the lock, so nobody is writing one. */
const sweep = async (path: string): Promise<void> => {
  const mine = new RegExp(`^${basename(path).replace(/[^A-Za-z0-9]/g, "\\$&")}\\.draft_[0-9a-z]+\\.new$`)
  for (const name of await fs.readdir(dirname(path))) {
    if (mine.test(name)) await fs.rm(join(dirname(path), name), { force: true })
  }
}

/**
 * Writes `text` to a draft (mode 0600, `id` in its name) and renames it to `path`: whoever reads sees the old file or
 * the new one, also after a loss of power.
 */
export const replace = (path: string, id: string, text: string): Effect.Effect<void, SecretReason> =>
  Effect.tryPromise({
    try: async () => {
      await sweep(path)
      const draft = `${path}.${id}.new`
      try {
        const file = await fs.open(draft, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600)
        try {
          await file.writeFile(text)
          await file.sync()
        } finally {
          await file.close()
        }
        await fs.rename(draft, path)
      } finally {
        await fs.rm(draft, { force: true })
      }
      // The name itself is on disk when its folder is.
      const folder = await fs.open(dirname(path), constants.O_RDONLY)
      await folder.sync().finally(() => folder.close())
    },
    catch: (cause) => new SecretsUnavailable({ what: `writing ${path}`, cause })
  })
