/**
 * A JSON Web Key Set that is kept up to date. Who verifies a token waits for it only where it has no key for it;
 * everybody else gets what is known, while it is read again beside.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { CryptoKey, JWK } from "jose"
import { monotonicMillis } from "../../src/domain/Monotonic.ts"
import { type Header, keyFor, type KeyLabel } from "../../src/identity/Jwt.ts"

/** A key that was imported and can verify. */
export interface VerifyKey extends KeyLabel {
  readonly thumbprint: string
  readonly key: CryptoKey | Uint8Array
}

/** Where a key set comes from, and how old it may be. */
export interface KeySource {
  /** As the operator knows it: a path or an address. */
  readonly name: string
  /** Public keys only: a shared secret that is published is none. */
  readonly isPublic: boolean
  /** The set as JSON text. */
  readonly read: Effect.Effect<string, { readonly message: string }>
  /** Milliseconds after which it is read again. */
  readonly freshMillis: number
  /** Milliseconds that must pass between two readings, whatever tokens ask for. */
  readonly pauseMillis: number
  /** Milliseconds for which what was read stands in for what cannot be. Then there are no keys. */
  readonly staleMillis: number
}

/** A set with something in it that cannot verify safely. */
export class KeySetInvalid extends Schema.TaggedError<KeySetInvalid>()("KeySetInvalid", { why: Schema.String }) {
  override get message(): string {
    return this.why
  }
}

const most = 64
const Text = Schema.optionalKey(Schema.String)
const KeySet = Schema.fromJsonString(
  Schema.Struct({
    keys: Schema.Array(
      Schema.StructWithRest(
        Schema.Struct({
          kty: Schema.String,
          kid: Text,
          use: Text,
          alg: Text,
          crv: Text,
          key_ops: Schema.optionalKey(Schema.mutable(Schema.Array(Schema.String)))
        }),
        [Schema.Record(Schema.String, Schema.Unknown)]
      )
    ).pipe(Schema.check(Schema.isMaxLength(most)))
  })
)
const decode = Schema.decodeUnknownEffect(KeySet)

/** The algorithm that a kind of key is for; keys of other kinds are the business of others. */
const algorithmOf = ({ crv, kty }: KeyLabel): string | undefined => {
  if (kty === "RSA") return "RS256"
  if (kty === "oct") return "HS256"
  return kty === "OKP" && crv === "Ed25519" ? "EdDSA" : undefined
}

const invalid = (why: string) => Effect.fail(new KeySetInvalid({ why }))

const imported = Effect.fnUntraced(function* (jwk: KeyLabel & JWK, index: number, isPublic: boolean) {
  const alg = algorithmOf(jwk)
  if (alg === undefined || jwk.use === "enc") return []
  const shown = `key ${index + 1}`
  if (jwk.kty !== "oct" && jwk["d"] !== undefined) return yield* invalid(`${shown} is a private key`)
  // whoever reads the address could sign
  if (jwk.kty === "oct" && isPublic) return []
  const [{ importJWK }, { calculateJwkThumbprint }] = yield* Effect.promise(() =>
    Promise.all([import("jose/key/import"), import("jose/jwk/thumbprint")])
  )
  const [key, thumbprint] = yield* Effect.tryPromise({
    try: () => Promise.all([importJWK(jwk, alg), calculateJwkThumbprint(jwk)]),
    // what went wrong may be said with the key in it
    catch: () => new KeySetInvalid({ why: `${shown} is no valid ${jwk.kty} key` })
  })
  const bits = key instanceof Uint8Array ? key.length * 8 : modulusOf(key)
  const least = key instanceof Uint8Array ? 256 : 2048
  if (bits !== undefined && bits < least) return yield* invalid(`${shown} has ${bits} bits; ${least} are needed`)
  const { crv, key_ops, kid, kty, use } = jwk
  return [{ kty, kid, use, alg: jwk.alg, crv, key_ops, thumbprint, key } satisfies VerifyKey]
})

const modulusOf = ({ algorithm }: CryptoKey): number | undefined =>
  "modulusLength" in algorithm ? Number(algorithm.modulusLength) : undefined

/** The keys of a set that can verify. */
export const parse = Effect.fnUntraced(function* (json: string, isPublic: boolean) {
  const { keys } = yield* Effect.mapError(
    decode(json),
    () => new KeySetInvalid({ why: `it is no JSON Web Key Set of ${most} keys at most` })
  )
  const found = yield* Effect.forEach(keys, (key, index) => imported(key, index, isPublic))
  return found.flat()
})

export interface JwtKeys {
  /** The key that a token's header means. */
  readonly find: (header: Header) => Effect.Effect<VerifyKey | "unknown" | "unavailable">
  /** Whether the key is still in the set, as far as is known. */
  readonly trusts: (thumbprint: string) => Effect.Effect<boolean>
  /** Reads the set now. */
  readonly refresh: Effect.Effect<void, { readonly message: string }>
}

/** Keeps the set of `source`; reads nothing until it is asked. */
export const make = Effect.fnUntraced(function* (source: KeySource): Effect.fn.Return<JwtKeys, never, Scope.Scope> {
  const scope = yield* Effect.scope
  const alone = yield* Semaphore.make(1)
  let keys: ReadonlyArray<VerifyKey> | undefined
  let readAt = -Infinity
  let triedAt = -Infinity
  let complained = false
  let isRenewing = false

  const load = Effect.gen(function* () {
    triedAt = yield* monotonicMillis
    keys = yield* Effect.flatMap(source.read, (json) => parse(json, source.isPublic))
    readAt = yield* monotonicMillis
    complained = false
  })
  /** Said once until it is well again: guessers at the door must not fill the log. */
  const complain = (error: { readonly message: string }) =>
    Effect.suspend(() => {
      if (complained) return Effect.void
      complained = true
      return Effect.logError(`The keys of [gateway.jwt] cannot be read from ${source.name}: ${error.message}`)
    })

  /** Reads again where enough time has passed since the last attempt; those who come meanwhile wait for this one. */
  const again = (millis: number) =>
    alone.withPermits(1)(
      Effect.gen(function* () {
        if ((yield* monotonicMillis) - triedAt < millis) return
        yield* load.pipe(Effect.catch(complain))
      })
    )

  const renew = Effect.ensuring(
    again(source.freshMillis),
    Effect.sync(() => {
      isRenewing = false
    })
  )

  const current = Effect.gen(function* () {
    const now = yield* monotonicMillis
    if (now - triedAt >= source.freshMillis && keys !== undefined && !isRenewing) {
      isRenewing = true
      yield* Effect.forkIn(renew, scope)
    }
    return keys !== undefined && now - readAt < source.staleMillis ? keys : undefined
  })

  const find = Effect.fnUntraced(function* (header: Header) {
    const known = keyFor((yield* current) ?? [], header)
    if (known !== undefined) return known
    yield* again(source.pauseMillis)
    const now = yield* current
    return now === undefined ? "unavailable" : (keyFor(now, header) ?? "unknown")
  })

  return {
    find,
    trusts: (thumbprint) =>
      Effect.map(current, (known) => known?.some((key) => key.thumbprint === thumbprint) ?? false),
    refresh: alone.withPermits(1)(load)
  }
})
