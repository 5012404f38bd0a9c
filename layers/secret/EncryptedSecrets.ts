/** `Secrets` in one encrypted file, read anew where another process changed it. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Semaphore from "effect/Semaphore"
import { Audit } from "../../src/audit/Audit.ts"
import { Entropy } from "../../src/domain/Entropy.ts"
import { currentPrincipal } from "../../src/identity/Principal.ts"
import { SecretError, type SecretReason, UnfitValue } from "../../src/secret/SecretError.ts"
import { type SecretName, unfit } from "../../src/secret/SecretName.ts"
import { type SecretInfo, Secrets } from "../../src/secret/Secrets.ts"
import { withLock } from "./FileLock.ts"
import { failing, fresh, type Known, load, none, save, type SecretsPlace } from "./contents.ts"
import { type Entry, lock, nonceBytes, type Opened, unlock } from "./SecretsFile.ts"

export type { SecretsPlace } from "./contents.ts"

const infoOf = ({ createdAt, name, updatedAt }: Entry): SecretInfo => ({ name, createdAt, updatedAt })

/** The contents with a value under a name, in the place of the one before. */
const withValue = Effect.fnUntraced(function* (opened: Opened, name: SecretName, value: string) {
  const now = yield* Clock.currentTimeMillis
  const nonce = yield* (yield* Entropy).bytes(nonceBytes)
  const before = opened.contents.secrets.find((entry) => entry.name === name)
  const revision = (before?.revision ?? 0) + 1
  const box = lock(opened.key, nonce, name, revision, value)
  const entry: Entry = { name, revision, createdAt: before?.createdAt ?? now, updatedAt: now, box }
  const others = opened.contents.secrets.filter((other) => other !== before)
  const secrets = [...others, entry].sort((a, b) => (a.name < b.name ? -1 : 1))
  return { entry, opened: { ...opened, contents: { ...opened.contents, secrets } } }
})

const make = Effect.fnUntraced(function* (place: SecretsPlace) {
  const { path } = place
  const audit = yield* Audit
  const entropy = yield* Entropy
  const writing = yield* Semaphore.make(1)
  let known: Known = none
  const current = Effect.tap(
    Effect.suspend(() => load(place, known)),
    (read) => Effect.sync(() => (known = read))
  )
  const record = Effect.fnUntraced(function* (kind: "secret.set" | "secret.removed", name: SecretName) {
    const { id, tenant } = yield* currentPrincipal
    yield* audit
      .append({ kind, tenant, principal: id, outcome: "ok", data: { name } })
      .pipe(Effect.mapError(failing("the change is made, but its entry in the audit log")))
  })
  const exclusively = <A, R>(work: Effect.Effect<A, SecretReason, R>) =>
    // Not interrupted between the file and the audit log.
    Effect.uninterruptible(withLock(path, work)).pipe(
      writing.withPermits(1),
      Effect.mapError((reason) => new SecretError({ reason }))
    )
  const reading = <A>(work: (read: Known) => A) =>
    Effect.mapBoth(current, { onFailure: (reason) => new SecretError({ reason }), onSuccess: work })

  return Secrets.of({
    set: Effect.fn("Secrets.set")(function* (name: SecretName, value: Redacted.Redacted<string>) {
      const why = unfit(Redacted.value(value))
      if (why !== undefined) return yield* new SecretError({ reason: new UnfitValue({ why }) })
      return yield* exclusively(
        Effect.gen(function* () {
          const { opened } = yield* current
          const base = opened ?? (yield* fresh(place.key))
          const next = yield* withValue(base, name, Redacted.value(value))
          yield* save(path, next.opened)
          yield* record("secret.set", name)
          return infoOf(next.entry)
        }).pipe(Effect.provideService(Entropy, entropy))
      )
    }),
    remove: Effect.fn("Secrets.remove")(function* (name: SecretName) {
      return yield* exclusively(
        Effect.gen(function* () {
          const { opened } = yield* current
          const secrets = opened?.contents.secrets.filter((entry) => entry.name !== name) ?? []
          if (opened === undefined || secrets.length === opened.contents.secrets.length) return false
          yield* save(path, { ...opened, contents: { ...opened.contents, secrets } })
          yield* record("secret.removed", name)
          return true
        }).pipe(Effect.provideService(Entropy, entropy))
      )
    }),
    get: Effect.fn("Secrets.get")((name: SecretName) =>
      reading(({ opened }) => {
        const entry = opened?.contents.secrets.find((candidate) => candidate.name === name)
        return opened === undefined || entry === undefined ? undefined : unlock(opened.key, entry)
      })
    ),
    list: reading(({ opened }) => opened?.contents.secrets.map(infoOf) ?? []),
    leaks: reading(({ leaks }) => leaks)
  })
})

/** Nothing is read, and no key is made, before the first use. */
export const layer = (place: SecretsPlace): Layer.Layer<Secrets, never, Audit | Entropy> =>
  Layer.effect(Secrets, make(place))
