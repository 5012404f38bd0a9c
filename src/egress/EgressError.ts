/**
 * Why a request brought no answer. Every message may be shown to a model: it names hosts and rules that the caller
 * knows, never an address that a name led to, a header or a body. What is for the operator alone stands in fields.
 */
import * as Schema from "effect/Schema"

/** For the caller: the request itself is not one that can be sent. */
export class BadRequest extends Schema.TaggedError<BadRequest>()("BadRequest", { why: Schema.String }) {
  override get message(): string {
    return `The request is not valid: ${this.why}.`
  }
}

/**
 * For the caller: `rule` (no rule allows it), `address` (not public, and no rule names it), `redirect` (a `Location`
 * that is not followed), `secret` (a placeholder that may not be filled in here), `leak` (a secret in the open).
 */
export class Denied extends Schema.TaggedError<Denied>()("Denied", {
  kind: Schema.Literals(["rule", "address", "redirect", "secret", "leak"]),
  host: Schema.String,
  why: Schema.String
}) {
  override get message(): string {
    return `The request${this.host === "" ? "" : ` to ${this.host}`} is denied: ${this.why}.`
  }
}

/** For the caller: the name has no address. `code` is for the operator. */
export class DnsFailed extends Schema.TaggedError<DnsFailed>()("DnsFailed", {
  host: Schema.String,
  code: Schema.String
}) {
  override get message(): string {
    return `The host ${this.host} was not found.`
  }
}

/** For the caller: nobody took the connection. `code` is for the operator. */
export class ConnectFailed extends Schema.TaggedError<ConnectFailed>()("ConnectFailed", {
  host: Schema.String,
  code: Schema.String
}) {
  override get message(): string {
    return `No connection to ${this.host} could be made.`
  }
}

/** For the caller: the server could not prove that it is `host`. `code` is for the operator. */
export class TlsFailed extends Schema.TaggedError<TlsFailed>()("TlsFailed", {
  host: Schema.String,
  code: Schema.String
}) {
  override get message(): string {
    return `${this.host} has no valid certificate for that name, or speaks no TLS that is accepted.`
  }
}

/** For the caller: `request` is the whole of it, the others a silence. */
export class TimedOut extends Schema.TaggedError<TimedOut>()("TimedOut", {
  waitingFor: Schema.Literals(["request", "answer", "body"]),
  millis: Schema.Int
}) {
  override get message(): string {
    return this.waitingFor === "request"
      ? `The request took longer than ${this.millis} ms.`
      : `The server sent nothing for ${this.millis} ms.`
  }
}

/** For the caller: `limit` in bytes. */
export class TooLarge extends Schema.TaggedError<TooLarge>()("TooLarge", {
  what: Schema.Literals(["request", "headers", "body"]),
  limit: Schema.Int
}) {
  override get message(): string {
    const what = this.what === "request" ? "body of the request" : `answer's ${this.what}`
    return `The ${what} may have ${this.limit} bytes at most.`
  }
}

/** For the caller. */
export class TooManyRedirects extends Schema.TaggedError<TooManyRedirects>()("TooManyRedirects", {
  limit: Schema.Int
}) {
  override get message(): string {
    return `The server redirected more than ${this.limit} times.`
  }
}

/** For the caller: the server broke off, or what it sent is no HTTP. `code` is for the operator. */
export class ProtocolFailed extends Schema.TaggedError<ProtocolFailed>()("ProtocolFailed", {
  host: Schema.String,
  code: Schema.String
}) {
  override get message(): string {
    return `The answer of ${this.host} broke off or is not valid.`
  }
}

/** For the operator: the audit log or the secrets are not available, so nothing goes out and nothing comes back. */
export class EgressUnavailable extends Schema.TaggedError<EgressUnavailable>()("EgressUnavailable", {
  cause: Schema.Defect()
}) {
  override get message(): string {
    return "Outgoing requests are not available. See the gateway's log."
  }
}

export type EgressReason =
  | BadRequest
  | Denied
  | DnsFailed
  | ConnectFailed
  | TlsFailed
  | TimedOut
  | TooLarge
  | TooManyRedirects
  | ProtocolFailed
  | EgressUnavailable

/** The one public error of egress. */
export class EgressError extends Schema.TaggedError<EgressError>()("EgressError", {
  reason: Schema.Union([
    BadRequest,
    Denied,
    DnsFailed,
    ConnectFailed,
    TlsFailed,
    TimedOut,
    TooLarge,
    TooManyRedirects,
    ProtocolFailed,
    EgressUnavailable
  ])
}) {
  override get message(): string {
    return this.reason.message
  }
}

const words: { readonly [K in EgressReason["_tag"]]: string } = {
  BadRequest: "bad_request",
  Denied: "denied",
  DnsFailed: "dns",
  ConnectFailed: "connect",
  TlsFailed: "tls",
  TimedOut: "timeout",
  TooLarge: "too_large",
  TooManyRedirects: "too_many_redirects",
  ProtocolFailed: "protocol",
  EgressUnavailable: "unavailable"
}

/** One word for the audit log; a denial says of which kind. */
export const outcomeOf = (reason: EgressReason): string =>
  reason._tag === "Denied" ? `denied.${reason.kind}` : words[reason._tag]
