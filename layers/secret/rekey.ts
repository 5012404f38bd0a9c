/** Changes the key of the secrets. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { constants } from "node:fs"
import { copyFile, rename, stat } from "node:fs/promises"
import { Audit } from "../../src/audit/Audit.ts"
import { Entropy } from "../../src/domain/Entropy.ts"
import { currentPrincipal, type Principal } from "../../src/identity/Principal.ts"
import { SecretError, SecretsDamaged } from "../../src/secret/SecretError.ts"
import { failing, fresh, load, none, save, type SecretsPlace } from "./contents.ts"
import { withLock } from "./FileLock.ts"
import { ifThere, type KeySources } from "./SecretKey.ts"
import { type Entry, lock, nonceBytes, unlock } from "./SecretsFile.ts"

type Rekeyed = Effect.Effect<number, SecretError, Audit | Entropy | Principal>

/** Encrypts all anew; the file is the caller's alone. */
const encryptAnew = Effect.fnUntraced(function* (place: SecretsPlace, next: KeySources) {
  const { path } = place
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

/**
 * Encrypts every secret anew, with the key of `next` and another salt, and gives back how many there are. A running
 * gateway that still has the old key cannot read them any more. The old key file is left where it is: it opens the
 * backups.
 */
export const rekey: (place: SecretsPlace, next: KeySources) => Rekeyed = Effect.fn("Secrets.rekey")(
  (place, next) => Effect.uninterruptible(withLock(place.path, encryptAnew(place, next))),
  Effect.mapError((reason) => new SecretError({ reason }))
)

/** Where the new key lies until everything is encrypted with it. */
const pendingOf = (file: string): string => `${file}.next`
/** Where the old one stays, for the backups. */
const formerOf = (file: string, at: number): string =>
  `${file}.until-${new Date(at).toISOString().replace(/[:.]/g, "")}`

/**
 * Encrypts every secret anew with a new key, which takes the key file's place; the one before stays beside it, for the
 * backups. A run that died is brought to its end by the next one, with the key that it made.
 */
export const renewKeyFile: (place: SecretsPlace) => Rekeyed = Effect.fn("Secrets.renewKeyFile")(
  function* (place) {
    const { file } = place.key
    const next: KeySources = { given: undefined, file: pendingOf(file) }
    const openToNext = Effect.option(load({ path: place.path, key: next }, none))
    const work = Effect.gen(function* () {
      const begun = Option.getOrUndefined(yield* openToNext)?.opened
      const count = begun === undefined ? yield* encryptAnew(place, next) : begun.contents.secrets.length
      const now = yield* Clock.currentTimeMillis
      yield* Effect.tryPromise({
        try: async () => {
          // without secrets no key was made
          if ((await ifThere(stat(next.file))) === undefined) return
          await ifThere(copyFile(file, formerOf(file, now), constants.COPYFILE_EXCL))
          await rename(next.file, file)
        },
        catch: failing(`putting ${next.file} in the place of ${file}`)
      })
      return count
    })
    return yield* Effect.uninterruptible(withLock(place.path, work))
  },
  Effect.mapError((reason) => new SecretError({ reason }))
)
