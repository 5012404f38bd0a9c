/**
 * JSON Web Tokens (RFC 7519) as decisions: which key may verify one, and what its claims come to. The signature is the
 * verifier's, in `layers/`.
 */
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { PrincipalId, TenantId } from "../domain/Ids.ts"
import type { Claims } from "./Principal.ts"
import type { Scope } from "./Scope.ts"

/** Each names one kind of key, so that a public key is never taken for a shared secret. */
export const algorithms = ["EdDSA", "RS256", "HS256"] as const
export const Algorithm = Schema.Literals(algorithms)
export type Algorithm = typeof Algorithm.Type

const keyTypes: Readonly<Record<Algorithm, string>> = { EdDSA: "OKP", RS256: "RSA", HS256: "oct" }

/** Why a token is refused, in a word for the audit log. The peer is not told. */
export type Refusal =
  | "too long"
  | "malformed"
  | "algorithm not allowed"
  | "key unknown"
  | "keys not available"
  | "signature wrong"
  | "expired"
  | "not yet valid"
  | "audience wrong"
  | "issuer wrong"
  | "claims invalid"

/** What tokens must be like, and what their claims give. */
export interface JwtPolicy {
  readonly algorithms: ReadonlyArray<Algorithm>
  /** One of them must be named by `aud`. */
  readonly audiences: ReadonlyArray<string>
  /** What `iss` must be; not looked at where undefined. */
  readonly issuer: string | undefined
  /** How far the issuer's clock may run ahead of ours. It excuses `nbf` and `iat`, never `exp`. */
  readonly skewMillis: number
  /** Claim that holds the tenant; where undefined everybody belongs to `tenant`. */
  readonly tenantClaim: string | undefined
  readonly tenant: TenantId
  /** Claim that holds the scopes: one text with spaces between them, or a list. */
  readonly scopesClaim: string
  /** Scopes that a token can give; others are ignored in it. */
  readonly scopes: ReadonlyArray<Scope>
}

/** Longest token that is looked at, in characters. */
export const longestToken = 8_192

const shape = /^eyJ[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/

/** True for a text in the compact form of a signed token. */
export const looksLikeJwt = (text: string): boolean => text.length <= longestToken && shape.test(text)

export interface Header {
  readonly alg: Algorithm
  readonly kid: string | undefined
}

const HeaderText = Schema.fromJsonString(
  Schema.Struct({
    alg: Schema.String,
    kid: Schema.optionalKey(Schema.String),
    typ: Schema.optionalKey(Schema.String),
    crit: Schema.optionalKey(Schema.Unknown)
  })
)
const decodeHeader = Schema.decodeUnknownOption(HeaderText)

/** Types under which an access or identity token travels; others mean something else (RFC 8725, 3.11). */
const types: ReadonlySet<string> = new Set(["jwt", "at+jwt", "application/at+jwt"])

/** The header as far as it may choose: an algorithm that the policy names, and which key of that kind. */
export const headerOf = (json: string, policy: Pick<JwtPolicy, "algorithms">): Result.Result<Header, Refusal> => {
  const header = Option.getOrUndefined(decodeHeader(json))
  if (header === undefined || header.crit !== undefined) return Result.fail("malformed")
  if (!types.has((header.typ ?? "JWT").toLowerCase())) return Result.fail("malformed")
  const alg = policy.algorithms.find((allowed) => allowed === header.alg)
  return alg === undefined ? Result.fail("algorithm not allowed") : Result.succeed({ alg, kid: header.kid })
}

/** What of a JSON Web Key (RFC 7517) decides whether it may verify a token. */
export interface KeyLabel {
  readonly kty: string
  readonly kid?: string | undefined
  readonly use?: string | undefined
  readonly alg?: string | undefined
  readonly crv?: string | undefined
  readonly key_ops?: ReadonlyArray<string> | undefined
}

/** True where the key is one for signatures by this algorithm. */
export const verifies = (key: KeyLabel, alg: Algorithm): boolean =>
  key.kty === keyTypes[alg] &&
  (alg !== "EdDSA" || key.crv === "Ed25519") &&
  (key.alg === undefined || key.alg === alg) &&
  (key.use === undefined || key.use === "sig") &&
  (key.key_ops === undefined || key.key_ops.includes("verify"))

/** The one key that a header means: by its id, or the only one of its kind where it names none. */
export const keyFor = <K extends KeyLabel>(keys: ReadonlyArray<K>, { alg, kid }: Header): K | undefined => {
  const fitting = keys.filter((key) => verifies(key, alg) && (kid === undefined || key.kid === kid))
  return fitting.length === 1 ? fitting[0] : undefined
}

const Numeric = Schema.Finite.pipe(Schema.check(Schema.isBetween({ minimum: 0, maximum: 8_640_000_000_000 })))
const Payload = Schema.fromJsonString(
  Schema.StructWithRest(
    Schema.Struct({
      sub: Schema.String,
      exp: Numeric,
      nbf: Schema.optionalKey(Numeric),
      iat: Schema.optionalKey(Numeric),
      iss: Schema.optionalKey(Schema.String),
      aud: Schema.Union([Schema.String, Schema.Array(Schema.String)])
    }),
    [Schema.Record(Schema.String, Schema.Unknown)]
  )
)
const decodePayload = Schema.decodeUnknownOption(Payload)
const decodeTenant = Schema.decodeUnknownOption(TenantId)
const decodeId = Schema.decodeUnknownOption(PrincipalId)

const own = (table: object, name: string): unknown => Object.getOwnPropertyDescriptor(table, name)?.value

const words = (value: unknown): ReadonlyArray<unknown> =>
  typeof value === "string" ? value.split(" ") : Array.isArray(value) ? value : []

/** What a token proves, after its signature was verified. */
export interface Proven {
  readonly claims: Omit<Claims, "credential">
  /** Unix milliseconds. */
  readonly expiresAt: number
}

/** The claims that a verified payload comes to at this moment (Unix milliseconds). */
export const proven = (json: string, policy: JwtPolicy, now: number): Result.Result<Proven, Refusal> => {
  const payload = Option.getOrUndefined(decodePayload(json))
  if (payload === undefined) return Result.fail("claims invalid")
  const { aud, exp, iat, iss, nbf, sub } = payload
  const expiresAt = exp * 1000
  if (expiresAt <= now) return Result.fail("expired")
  const latest = now + policy.skewMillis
  if ((nbf ?? 0) * 1000 > latest || (iat ?? 0) * 1000 > latest) return Result.fail("not yet valid")
  if (policy.issuer !== undefined && iss !== policy.issuer) return Result.fail("issuer wrong")
  const audiences = typeof aud === "string" ? [aud] : aud
  if (!policy.audiences.some((audience) => audiences.includes(audience))) return Result.fail("audience wrong")
  const tenant =
    policy.tenantClaim === undefined ? Option.some(policy.tenant) : decodeTenant(own(payload, policy.tenantClaim))
  const id = sub === "" ? Option.none() : decodeId(`jwt:${sub}`)
  if (Option.isNone(tenant) || Option.isNone(id)) return Result.fail("claims invalid")
  const given = words(own(payload, policy.scopesClaim))
  const scopes = policy.scopes.filter((scope) => given.includes(scope))
  return Result.succeed({ claims: { id: id.value, tenant: tenant.value, scopes }, expiresAt })
}

const prefix = "jwt:"

/** What a principal carries of its token: enough to tell later whether it still holds, and not the token. */
export const credentialOf = (expiresAt: number, thumbprint: string, digest: string): string =>
  `${prefix}${expiresAt}:${thumbprint}:${digest}`

/** Reads `credentialOf` back; undefined for the credential of another kind of token. */
export const readCredential = (
  credential: string
): { readonly expiresAt: number; readonly thumbprint: string } | undefined => {
  if (!credential.startsWith(prefix)) return undefined
  const [expiresAt = "", thumbprint = ""] = credential.slice(prefix.length).split(":")
  return { expiresAt: Number(expiresAt), thumbprint }
}
