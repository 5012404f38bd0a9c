/** Randomness as a service, so that tests are deterministic and no id is ever guessable by accident. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"

export class Entropy extends Context.Service<
  Entropy,
  {
    /** `size` cryptographically strong random bytes. */
    readonly bytes: (size: number) => Effect.Effect<Uint8Array>
    /** A new id: the prefix, an underscore and 26 characters of 0-9 a-z, ordered by time of creation. */
    readonly id: (prefix: string) => Effect.Effect<string>
  }
>()("exoclaw/domain/Entropy") {}
