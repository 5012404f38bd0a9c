/** `JwtVerifier` with the signatures of `jose`, which is loaded with the first token. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { Egress } from "../../src/egress/Egress.ts"
import type { HttpRule } from "../../src/egress/HttpRule.ts"
import { defaultTenant, PrincipalId } from "../../src/domain/Ids.ts"
import { Authenticator, Unauthenticated } from "../../src/identity/Authenticator.ts"
import { IdentityError, JwtKeysUnusable } from "../../src/identity/IdentityError.ts"
import { credentialOf, headerOf, type JwtPolicy, looksLikeJwt, proven, readCredential } from "../../src/identity/Jwt.ts"
import { JwtVerifier } from "../../src/identity/JwtVerifier.ts"
import { Principal } from "../../src/identity/Principal.ts"
import { NotAFile, readBounded } from "../platform/BoundedFile.ts"
import { codeOf } from "../platform/ErrorCode.ts"
import { digestOf } from "./digest.ts"
import { type JwtKeys, type KeySource, make as makeKeys } from "./JwtKeys.ts"

const largestSet = 262_144
const refused = <A>(why: A) => Result.fail(why)

const textOf = (part: string): string => Buffer.from(part, "base64url").toString("utf8")

const verifier = (policy: JwtPolicy, keys: JwtKeys): NonNullable<JwtVerifier["Service"]> => ({
  verify: Effect.fn("JwtVerifier.verify")(function* (secret) {
    const token = Redacted.value(secret)
    if (!looksLikeJwt(token)) return refused("malformed")
    const header = headerOf(textOf(token.slice(0, token.indexOf("."))), policy)
    if (Result.isFailure(header)) return refused(header.failure)
    const key = yield* keys.find(header.success)
    if (key === "unknown") return refused("key unknown")
    if (key === "unavailable") return refused("keys not available")
    const { compactVerify } = yield* Effect.promise(() => import("jose/jws/compact/verify"))
    const verified = yield* Effect.option(
      Effect.tryPromise(() => compactVerify(token, key.key, { algorithms: [header.success.alg] }))
    )
    if (verified._tag === "None") return refused("signature wrong")
    const json = Buffer.from(verified.value.payload).toString("utf8")
    const now = yield* Clock.currentTimeMillis
    return Result.map(proven(json, policy, now), ({ claims, expiresAt }) => ({
      ...claims,
      credential: credentialOf(expiresAt, key.thumbprint, digestOf(token))
    }))
  }),
  holds: Effect.fnUntraced(function* (credential) {
    const read = readCredential(credential)
    if (read === undefined || !((yield* Clock.currentTimeMillis) < read.expiresAt)) return false
    return yield* keys.trusts(read.thumbprint)
  })
})

const problem = (cause: unknown): string =>
  cause instanceof NotAFile
    ? "it is no file"
    : codeOf(cause) === "ENOENT"
      ? "there is no such file"
      : "it is not readable"

const fileSource = (path: string): KeySource => ({
  name: path,
  isPublic: false,
  read: Effect.tryPromise({
    try: () => readBounded(path, largestSet),
    catch: (cause) => ({ message: problem(cause) })
  }).pipe(
    Effect.filterOrFail(
      (bytes) => bytes.length <= largestSet,
      () => ({ message: `it is larger than ${largestSet} bytes` })
    ),
    Effect.map((bytes) => Buffer.from(bytes).toString("utf8"))
  ),
  // half of the second within which the connections of a key that was taken out are closed
  freshMillis: 500,
  pauseMillis: 500,
  staleMillis: 60_000
})

/** By a file, which must be there and right at the start. */
export const layerFile = (policy: JwtPolicy, path: string): Layer.Layer<JwtVerifier, IdentityError> =>
  Layer.effect(
    JwtVerifier,
    Effect.gen(function* () {
      const keys = yield* makeKeys(fileSource(path))
      yield* Effect.mapError(
        keys.refresh,
        ({ message }) => new IdentityError({ reason: new JwtKeysUnusable({ source: path, why: message }) })
      )
      return verifier(policy, keys)
    })
  )

const ruleOf = ({ hostname, pathname, port, protocol }: URL): HttpRule => ({
  host: hostname,
  ...(port === "" && protocol === "https:" ? {} : { port: Number(port === "" ? 80 : port) }),
  path: pathname,
  methods: ["GET"]
})

/** Nobody comes in by it: it is there for the principal that fetches keys. */
const nobody = Authenticator.layerWith(
  Effect.succeed({
    verify: () => Effect.fail(new Unauthenticated({ message: "Nobody comes in here." })),
    valid: () => Effect.succeed(false)
  })
)

const fetcher = Effect.map(Authenticator, (authenticator) =>
  authenticator.internal({ id: PrincipalId.make("gateway"), tenant: defaultTenant, scopes: [] })
).pipe(Effect.provide(nobody, { local: true }))

/** By an address of the issuer: through the egress, without redirects, by a rule for this address alone. */
export const layerUrl = (policy: JwtPolicy, url: string): Layer.Layer<JwtVerifier, never, Egress> =>
  Layer.effect(
    JwtVerifier,
    Effect.gen(function* () {
      const egress = yield* Egress
      const principal = yield* fetcher
      const request = egress.request({
        caller: "gateway:jwt",
        rules: [ruleOf(new URL(url))],
        method: "GET",
        url,
        headers: [["accept", "application/jwk-set+json, application/json"]],
        limits: { responseBytes: largestSet, timeoutMs: 5_000, idleMs: 3_000, redirects: 0 }
      })
      const read = Effect.provideService(request, Principal, principal).pipe(
        Effect.filterOrFail(
          ({ status }) => status === 200,
          ({ status }) => ({ message: `the answer's status is ${status}` })
        ),
        Effect.map(({ body }) => Buffer.from(body).toString("utf8"))
      )
      const source = {
        name: url,
        isPublic: true,
        read,
        freshMillis: 300_000,
        // a key may sign as soon as it is published, and guessers must not be able to put that off for long
        pauseMillis: 1_000,
        staleMillis: 3_600_000
      }
      return verifier(policy, yield* makeKeys(source))
    })
  )
