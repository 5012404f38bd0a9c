/** What was learned of how models count, by provider and model. Without a layer nothing is learned. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { type TokenFactor, unlearned } from "./TokenFactor.ts"

export interface TokenFactors {
  readonly of: (provider: string, model: string) => TokenFactor
  /** Told of each call whose whole input, caches included, the vendor counted. Cannot fail. */
  readonly learn: (provider: string, model: string, estimate: number, counted: number) => Effect.Effect<void>
}

export const TokenFactors: Context.Reference<TokenFactors> = Context.Reference("exoclaw/model/TokenFactors", {
  defaultValue: (): TokenFactors => ({ of: () => unlearned, learn: () => Effect.void })
})
