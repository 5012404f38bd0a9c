/** Who holds a JSON Web Token. A part of the `Authenticator`, which gives it what looks like one. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Result from "effect/Result"
import type { Refusal } from "./Jwt.ts"
import type { Claims } from "./Principal.ts"

export class JwtVerifier extends Context.Service<
  JwtVerifier,
  | {
      /** The claims of a token whose signature, times, audience and issuer are right; else why not. */
      readonly verify: (token: Redacted.Redacted<string>) => Effect.Effect<Result.Result<Claims, Refusal>>
      /** Whether a credential still holds: its token has not expired and its key is still trusted. Never waits. */
      readonly holds: (credential: string) => Effect.Effect<boolean>
    }
  | undefined
>()("exoclaw/identity/JwtVerifier") {
  /** No token of this kind opens a door. */
  static readonly layerOff: Layer.Layer<JwtVerifier> = Layer.succeed(JwtVerifier, undefined)
}
