/** Proves knowledge of the operator's token with the file that the first start wrote. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { createHmac } from "node:crypto"
import { OperatorProof } from "../../src/identity/OperatorProof.ts"
import { provenText } from "../../src/identity/provenText.ts"
import { weakness } from "../../src/identity/Token.ts"
import { readOperatorToken } from "./OperatorToken.ts"

/** `path` is that of `operator.token`. A weak one opens nothing, and is not shown to guessers. */
export const layer = (path: string): Layer.Layer<OperatorProof> =>
  Layer.succeed(OperatorProof, {
    prove: (challenge) =>
      Effect.map(
        Effect.orElseSucceed(readOperatorToken(path), () => undefined),
        (token) => {
          const text = token === undefined ? "" : Redacted.value(token)
          return weakness(text) === undefined
            ? createHmac("sha256", text).update(provenText(challenge)).digest("hex")
            : undefined
        }
      )
  })
