/** Puts a whole file in another one's place. */
import * as Effect from "effect/Effect"
import { type SecretReason, SecretsUnavailable } from "../../src/secret/SecretError.ts"
import { sweepDrafts, writePrivate } from "../platform/PrivateFile.ts"

/**
 * Writes `text` to `path`: whoever reads sees the old file or the new one. The caller holds the lock, so what is left
 * of other drafts is nobody's.
 */
export const replace = (path: string, text: string): Effect.Effect<void, SecretReason> =>
  Effect.tryPromise({
    try: async () => {
      await sweepDrafts(path)
      await writePrivate(path, text)
    },
    catch: (cause) => new SecretsUnavailable({ what: `writing ${path}`, cause })
  })
