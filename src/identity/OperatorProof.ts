/**
 * Who listens at an operator's address: before a command sends the operator's token there, the listener shows that it
 * knows it. A program that took the port of a gateway that is down learns nothing.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Challenge } from "./provenText.ts"

export class OperatorProof extends Context.Service<
  OperatorProof,
  {
    /** 64 hexadecimal digits; none where there is no operator's token. */
    readonly prove: (challenge: Challenge) => Effect.Effect<string | undefined>
  }
>()("exoclaw/identity/OperatorProof") {}
