/** Changes the key of the secrets. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { Audit } from "../../src/audit/Audit.ts"
import { Entropy } from "../../src/domain/Entropy.ts"
import { currentPrincipal, type Principal } from "../../src/identity/Principal.ts"
import { SecretError, SecretsDamaged } from "../../src/secret/SecretError.ts"
import { failing, fresh, load, none, save, type SecretsPlace } from "./contents.ts"
import { withLock } from "./FileLock.ts"
import type { KeySources } from "./SecretKey.ts"
import { type Entry, lock, nonceBytes, unlock } from "./SecretsFile.ts"

/**
 * Encrypts every secret anew, with the key of `next` and another salt, and gives back how many there are. A running
 * gateway that still has the old key cannot read them any more. The old key file is left where it is: it opens the
 * backups.
 */
export const rekey: (
  place: SecretsPlace,
  next: KeySources
) => Effect.Effect<number, SecretError, Audit | Entropy | Principal> = Effect.fn("Secrets.rekey")(
  function* (place, next) {
    const { path } = place
    const work = Effect.gen(function* () {
      const { opened } = yield* load(place, none)
      if (opened === undefined) return 0
      const entropy = yield* Entropy
      const to = yield* fresh(next)
      const secrets: Array<Entry> = []
      for (const entry of opened.contents.secrets) {
        const value = unlock(opened.key, entry)
        if (value === undefined) return yield* new SecretsDamaged({ path, why: `"${entry.name}" cannot be decrypted` })
        const revision = entry.revision + 1
        const nonce = yield* entropy.bytes(nonceBytes)
        secrets.push({ ...entry, revision, box: lock(to.key, nonce, entry.name, revision, Redacted.value(value)) })
      }
      yield* save(path, { key: to.key, contents: { ...to.contents, secrets } })
      const { id, tenant } = yield* currentPrincipal
      const data = { secrets: secrets.length }
      yield* (yield* Audit)
        .append({ kind: "secret.rekeyed", tenant, principal: id, outcome: "ok", data })
        .pipe(Effect.mapError(failing("the key is changed, but its entry in the audit log")))
      return secrets.length
    })
    return yield* Effect.uninterruptible(withLock(path, work))
  },
  Effect.mapError((reason) => new SecretError({ reason }))
)
