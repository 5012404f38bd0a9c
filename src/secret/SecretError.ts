/** What can go wrong with secrets. All of it is for the operator; no message or field ever holds a value or a key. */
import * as Schema from "effect/Schema"

/** For whoever sets it: the value cannot be kept. */
export class UnfitValue extends Schema.TaggedError<UnfitValue>()("UnfitValue", { why: Schema.String }) {
  override get message(): string {
    return `The secret is not set: ${this.why}.`
  }
}

/** The file was encrypted with another key than the one that is given. */
export class WrongKey extends Schema.TaggedError<WrongKey>()("WrongKey", {
  path: Schema.String,
  /** Where the key came from: `EXOCLAW_SECRET_KEY`, or a path. */
  source: Schema.String
}) {
  override get message(): string {
    return `The key of ${this.source} does not open ${this.path}. Give back the key that it was made with, or move the file away and set the secrets anew.`
  }
}

/** There is no usable key. */
export class KeyUnusable extends Schema.TaggedError<KeyUnusable>()("KeyUnusable", {
  source: Schema.String,
  why: Schema.String
}) {
  override get message(): string {
    return `The key of ${this.source} cannot be used: ${this.why}.`
  }
}

/** The file was changed by something else than exoclaw, or cut off. */
export class SecretsDamaged extends Schema.TaggedError<SecretsDamaged>()("SecretsDamaged", {
  path: Schema.String,
  why: Schema.String
}) {
  override get message(): string {
    return `${this.path} is damaged: ${this.why}. Restore it from a backup, or move it away and set the secrets anew.`
  }
}

/** Another process holds the file, or one died in the least moment. */
export class SecretsBusy extends Schema.TaggedError<SecretsBusy>()("SecretsBusy", { lock: Schema.String }) {
  override get message(): string {
    return `Another process is changing the secrets. Try again; if nothing else runs, remove ${this.lock}.`
  }
}

/** The file or the audit log could not be read or written. */
export class SecretsUnavailable extends Schema.TaggedError<SecretsUnavailable>()("SecretsUnavailable", {
  what: Schema.String,
  cause: Schema.Defect()
}) {
  override get message(): string {
    return `The secrets are not available: ${this.what} failed. See that this user may read and write there.`
  }
}

export type SecretReason = UnfitValue | WrongKey | KeyUnusable | SecretsDamaged | SecretsBusy | SecretsUnavailable

/** The one public error of secrets. */
export class SecretError extends Schema.TaggedError<SecretError>()("SecretError", {
  reason: Schema.Union([UnfitValue, WrongKey, KeyUnusable, SecretsDamaged, SecretsBusy, SecretsUnavailable])
}) {
  override get message(): string {
    return this.reason.message
  }
}
