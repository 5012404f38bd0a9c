/** The secrets of an installation: kept encrypted, used by name. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { Principal } from "../identity/Principal.ts"
import type { LeakScanner } from "./LeakScan.ts"
import type { SecretError } from "./SecretError.ts"
import type { SecretName } from "./SecretName.ts"

/** What may be told of a secret. */
export interface SecretInfo {
  readonly name: SecretName
  /** Unix milliseconds. */
  readonly createdAt: number
  /** Unix milliseconds, of the last value. */
  readonly updatedAt: number
}

export class Secrets extends Context.Service<
  Secrets,
  {
    /** Keeps a value under a name, instead of the one before. On disk, and in the audit log, when it returns. */
    readonly set: (
      name: SecretName,
      value: Redacted.Redacted<string>
    ) => Effect.Effect<SecretInfo, SecretError, Principal>
    /** Forgets a secret; false where there was none. */
    readonly remove: (name: SecretName) => Effect.Effect<boolean, SecretError, Principal>
    /** The value; undefined where there is none of that name. */
    readonly get: (name: SecretName) => Effect.Effect<Redacted.Redacted<string> | undefined, SecretError>
    /** All names and times, by name. */
    readonly list: Effect.Effect<ReadonlyArray<SecretInfo>, SecretError>
    /** Finds all values, in whatever form, in bytes. */
    readonly leaks: Effect.Effect<LeakScanner, SecretError>
  }
>()("exoclaw/secret/Secrets") {}
