/** What can go wrong with tokens. A door's own refusals are `Unauthenticated` and `Forbidden`. */
import * as Schema from "effect/Schema"

/** For the operator, at start-up: a token is too weak to guard anything (threats row 3). */
export class WeakToken extends Schema.TaggedError<WeakToken>()("WeakToken", {
  /** Where it came from: `EXOCLAW_TOKEN`, a path. */
  source: Schema.String,
  why: Schema.String
}) {
  override get message(): string {
    return `The token in ${this.source} is refused: ${this.why}`
  }
}

/** For the operator, at start-up: the operator's own token can neither be read nor written. */
export class TokenFileUnusable extends Schema.TaggedError<TokenFileUnusable>()("TokenFileUnusable", {
  path: Schema.String,
  cause: Schema.Defect()
}) {
  override get message(): string {
    return `The operator's token ${this.path} cannot be read or written. Give this user the right to, or set EXOCLAW_STATE to another folder.`
  }
}

/** For the operator, at start-up: the keys that verify JSON Web Tokens cannot be used. */
export class JwtKeysUnusable extends Schema.TaggedError<JwtKeysUnusable>()("JwtKeysUnusable", {
  source: Schema.String,
  why: Schema.String
}) {
  override get message(): string {
    return `The keys of [gateway.jwt] in ${this.source} cannot be used: ${this.why}.`
  }
}

/** For whoever makes a token: the name is in use or reserved. */
export class TokenNameTaken extends Schema.TaggedError<TokenNameTaken>()("TokenNameTaken", { name: Schema.String }) {
  override get message(): string {
    return `There is already a token named "${this.name}". Revoke it, rotate it, or choose another name.`
  }
}

/** For whoever rotates a token: no live token has this name. */
export class TokenUnknown extends Schema.TaggedError<TokenUnknown>()("TokenUnknown", { name: Schema.String }) {
  override get message(): string {
    return `There is no live token named "${this.name}".`
  }
}

/** The tokens could not be read or written. The cause is for the operator's log. */
export class TokensUnavailable extends Schema.TaggedError<TokensUnavailable>()("TokensUnavailable", {
  cause: Schema.Defect()
}) {
  override get message(): string {
    return "The stored tokens are not available. See the gateway's log."
  }
}

/** The one public error of identity. */
export class IdentityError extends Schema.TaggedError<IdentityError>()("IdentityError", {
  reason: Schema.Union([WeakToken, TokenFileUnusable, JwtKeysUnusable, TokenNameTaken, TokenUnknown, TokensUnavailable])
}) {
  override get message(): string {
    return this.reason.message
  }
}
