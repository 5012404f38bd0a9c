/**
 * `Authenticator` by tokens: one from the environment, those of the configuration, those that were made by command,
 * the operator's own, and those that an identity provider signed. Where there can be none but the operator's, a peer on
 * loopback needs none on the client listener.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { Audit, type AuditUnavailable } from "../../src/audit/Audit.ts"
import type { Entropy } from "../../src/domain/Entropy.ts"
import { defaultTenant, PrincipalId, principalOfToken, type TenantId } from "../../src/domain/Ids.ts"
import { Authenticator, type Credential, NobodyNow, Unauthenticated } from "../../src/identity/Authenticator.ts"
import { IdentityError, WeakToken } from "../../src/identity/IdentityError.ts"
import { looksLikeJwt, readCredential, type Refusal } from "../../src/identity/Jwt.ts"
import { JwtVerifier } from "../../src/identity/JwtVerifier.ts"
import type { Claims } from "../../src/identity/Principal.ts"
import { clientScopes, operatorScopes, type Scope } from "../../src/identity/Scope.ts"
import { idOf, isLive, weakness } from "../../src/identity/Token.ts"
import { TokenStore } from "../../src/identity/TokenStore.ts"
import { FULL_DISK, isFullDisk } from "../store/FullDisk.ts"
import { StoreError } from "../store/Store.ts"
import { makeAuthAudit } from "./AuthAudit.ts"
import { digestOf, sameDigest } from "./digest.ts"
import { memoize } from "./Memo.ts"
import { ensureOperatorToken, readOperatorToken } from "./OperatorToken.ts"

/** A token of the configuration file, known by its digest. */
export interface ConfiguredToken {
  readonly name: string
  /** SHA-256 of the token, lower-case hex. */
  readonly digest: string
  readonly tenant: TenantId
  readonly scopes: ReadonlyArray<Scope>
}

export interface Options {
  /** `EXOCLAW_TOKEN`, `--token` or `--token-file`: every client scope. */
  readonly envToken?: Redacted.Redacted<string> | undefined
  readonly configTokens: ReadonlyArray<ConfiguredToken>
  /** Path of `operator.token` in the state folder; made where there is none. */
  readonly operatorTokenFile: string
}

/** Half of the second within which a revoked token's connections are closed. */
const freshMillis = 500

/** How exact a token's last use is. */
const usedMillis = 60_000

interface Known {
  readonly digest: string
  readonly claims: Claims
}

const known = (name: string, digest: string, tenant: TenantId, scopes: ReadonlyArray<Scope>): Known => ({
  digest,
  claims: { id: principalOfToken(name), tenant, scopes, credential: digest }
})

const local: Claims = { id: PrincipalId.make("local"), tenant: defaultTenant, scopes: clientScopes }

/** The same words whatever was wrong: a peer must not learn which. */
const refusal = new Unauthenticated({ message: "A valid token is needed." })
const nobody = (why: string): NobodyNow => new NobodyNow({ message: `Nobody can be let in at the moment: ${why}` })
const full = nobody(FULL_DISK)
const keyless = nobody("the keys of signed tokens cannot be read. The gateway's log says why.")
const broken = nobody("the gateway's store does not work. Its log says why.")

const outcomeOf = (why: Refusal) => `jwt: ${why}`
const withoutKeys = outcomeOf("keys not available")

/** The operator's log learns the cause with its place, the peer its kind. */
const closed = (error: IdentityError | AuditUnavailable) => {
  const unavailable = error._tag === "AuditUnavailable" ? error : error.reason
  const cause = "cause" in unavailable ? unavailable.cause : undefined
  const told = cause instanceof StoreError ? cause.message : error.message
  const notNow = isFullDisk(cause) ? full : broken
  return Effect.andThen(Effect.logError(`Nobody can be let in. ${told}`, cause), Effect.fail(notNow))
}

const make = Effect.fnUntraced(function* (options: Options) {
  const tokens = yield* TokenStore
  const jwt = yield* JwtVerifier
  const record = makeAuthAudit(yield* Audit)

  const fixed = options.configTokens.map((token) => known(token.name, token.digest, token.tenant, token.scopes))
  if (options.envToken !== undefined) {
    const text = Redacted.value(options.envToken)
    const why = weakness(text)
    if (why !== undefined) {
      return yield* new IdentityError({ reason: new WeakToken({ source: "EXOCLAW_TOKEN (or --token)", why }) })
    }
    fixed.push(known("env", digestOf(text), defaultTenant, clientScopes))
  }

  const operatorFile = options.operatorTokenFile
  yield* ensureOperatorToken(operatorFile)
  /** Read again and again, so that a token written anew replaces the old one without a restart. */
  const operator = memoize(freshMillis, 1, (path) =>
    Effect.map(readOperatorToken(path), (token) => {
      const text = token === undefined ? "" : Redacted.value(token)
      if (weakness(text) !== undefined) return undefined
      return known("operator", digestOf(text), defaultTenant, [...clientScopes, ...operatorScopes])
    })
  )
  const holds = memoize(freshMillis, 10_000, tokens.holds)
  const touch = memoize(usedMillis, 10_000, tokens.used)
  // the first token closes the door at once: that there is none is not remembered
  const anyStored = memoize(
    freshMillis,
    1,
    () => tokens.any,
    (any) => any
  )

  /** Looks at all of them, so that the time does not tell which one came near. */
  const match = (candidates: ReadonlyArray<Known>, digest: string): Claims | undefined => {
    let found: Claims | undefined
    for (const candidate of candidates) if (sameDigest(candidate.digest, digest)) found = candidate.claims
    return found
  }

  const stored = Effect.fnUntraced(function* (text: string, digest: string) {
    const id = idOf(text)
    const token = id === undefined ? undefined : yield* tokens.find(id)
    if (token === undefined || !sameDigest(token.digest, digest)) return undefined
    if (!isLive(token.record, yield* Clock.currentTimeMillis)) return undefined
    yield* touch(token.record.id)
    return known(token.record.name, digest, token.record.tenant, token.record.scopes).claims
  })

  /** The claims, or why there are none, in a word for the audit log. */
  const claimsOf = Effect.fnUntraced(function* (credential: Credential) {
    if (credential.token === undefined) {
      const closed = !credential.loopback || credential.listener !== "client" || fixed.length > 0 || jwt !== undefined
      return closed || (yield* anyStored("")) ? "no token" : local
    }
    const text = Redacted.value(credential.token)
    const digest = digestOf(text)
    const operators = yield* operator(operatorFile)
    const own = match(operators === undefined ? fixed : [...fixed, operators], digest) ?? (yield* stored(text, digest))
    if (own !== undefined) return own
    if (jwt === undefined || !looksLikeJwt(text)) return "invalid token"
    return Result.getOrElse(yield* jwt.verify(credential.token), outcomeOf)
  })

  const verify = Effect.fn("Authenticator.verify")(function* (credential: Credential) {
    const claims = yield* claimsOf(credential).pipe(Effect.catch(closed))
    if (typeof claims === "string") {
      yield* record.refused(credential, claims)
      // nothing is known against the token: whoever holds it may come again, and has not guessed
      return yield* claims === withoutKeys ? keyless : refusal
    }
    // What cannot be recorded does not happen.
    yield* record.accepted(credential, claims).pipe(Effect.catch(closed))
    return claims
  })

  const valid = Effect.fnUntraced(
    function* (digest: string) {
      if (readCredential(digest) !== undefined) return jwt !== undefined && (yield* jwt.holds(digest))
      if (match(fixed, digest) !== undefined) return true
      const operators = yield* operator(operatorFile)
      if (operators !== undefined && sameDigest(operators.digest, digest)) return true
      return yield* holds(digest)
    },
    Effect.catch((error) => Effect.as(Effect.logError(error.message), false))
  )

  return { verify, valid }
})

/** Fails where the environment's or the operator's token is too weak, or the operator's file cannot be used. */
export const layer = (
  options: Options
): Layer.Layer<Authenticator, IdentityError, TokenStore | JwtVerifier | Audit | Entropy> =>
  Authenticator.layerWith(make(options))

/** For tests of other rooms: the principals behind these very tokens, and `local` on loopback without one. */
export const layerTest = (claims: Readonly<Record<string, Claims>> = {}): Layer.Layer<Authenticator> =>
  Authenticator.layerWith(
    Effect.succeed({
      verify: (credential: Credential) => {
        const token = credential.token === undefined ? undefined : Redacted.value(credential.token)
        const found = token === undefined ? (credential.loopback ? local : undefined) : claims[token]
        return found === undefined ? Effect.fail(refusal) : Effect.succeed(found)
      },
      valid: () => Effect.succeed(true)
    })
  )
