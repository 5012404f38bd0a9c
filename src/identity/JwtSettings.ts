/** `[gateway.jwt]`: signed tokens of an identity provider. */
import * as Schema from "effect/Schema"
import * as Section from "../config/Section.ts"
import { int, text } from "../config/Values.ts"
import { TenantId } from "../domain/Ids.ts"
import { Algorithm, algorithms } from "./Jwt.ts"
import { clientScopes, operatorScopes, Scope } from "./Scope.ts"

const name = text(256)
/** True for an address rather than a path. */
export const isAddress = (keys: string): boolean => /^https?:/i.test(keys)

/** In the open only on this machine: whoever can change the keys on the way can be anybody. */
const address = /^(?:https:\/\/[^\s/?#@]+|http:\/\/(?:127\.0\.0\.1|\[::1\]):\d{1,5})\/[^\s#]*$/

const keys = text(4096).pipe(Schema.check(Schema.makeFilter((value) => !isAddress(value) || address.test(value))))

export const JwtSettings = Schema.Struct({
  audience: Section.required(Schema.NonEmptyArray(name), {
    doc: "Names of this gateway; a token must name one of them in its aud.",
    allowed: "a list of one name or more",
    example: ["exoclaw"]
  }),
  issuer: Section.optional(name, {
    doc: "What the token's iss must be.",
    allowed: "a name or address",
    example: "https://login.example.com/"
  }),
  keys: Section.required(keys, {
    doc: "JSON Web Key Set with the keys that verify: a file, or where the issuer publishes it. Read again as it changes.",
    allowed: "the path of a file, or an https:// address (http:// only at 127.0.0.1 or [::1] with a port)",
    example: "/etc/exoclaw/jwks.json"
  }),
  algorithms: Section.key(Schema.NonEmptyArray(Algorithm), {
    doc: "Signatures that are accepted. HS256 needs secrets of 256 bits or more, in a file.",
    allowed: `a list of one or more of ${algorithms.join(", ")}`,
    default: ["EdDSA", "RS256"]
  }),
  clock_skew: Section.key(int(0, 120), {
    doc: "How far the issuer's clock may run ahead (nbf, iat). An expired token is never accepted.",
    allowed: "an integer from 0 to 120",
    unit: "seconds",
    default: 30
  }),
  tenant_claim: Section.optional(name, {
    doc: "Claim that names the tenant; a token without it is refused. Without this key everybody belongs to tenant.",
    allowed: "the name of a claim",
    example: "tenant"
  }),
  tenant: Section.key(TenantId, {
    doc: "Tenant of everybody, where tenant_claim is not set.",
    allowed: "1 to 64 of A-Z a-z 0-9 _ -",
    default: "default"
  }),
  scopes_claim: Section.key(name, {
    doc: "Claim that holds the scopes: a text with spaces between them, or a list.",
    allowed: "the name of a claim",
    default: "scope"
  }),
  scopes: Section.key(Schema.Array(Scope), {
    doc: "Scopes that a token can give. Others are ignored in it.",
    allowed: `a list of ${[...clientScopes, ...operatorScopes].join(", ")}`,
    default: [...clientScopes]
  })
})
export type JwtSettings = typeof JwtSettings.Type
