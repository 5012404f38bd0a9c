/** What `[memory] embedder` asks for. The code that asks a provider is loaded only where one is named. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { BudgetLedger } from "../../src/budget/BudgetLedger.ts"
import type { Casil } from "../../src/casil/Casil.ts"
import type { Entropy } from "../../src/domain/Entropy.ts"
import { type Embedder, layerNone } from "../../src/memory/Embedder.ts"
import type { Prices } from "../../src/model/Prices.ts"
import type { CredentialSources } from "./Credentials.ts"
import type { Options } from "./ProviderEmbedder.ts"

/** Undefined where the vectors come with exoclaw. */
export const layer = (
  choice: Omit<Options, "credentials"> | "none" | undefined,
  credentials: CredentialSources
): Layer.Layer<Embedder, never, Casil | BudgetLedger | Prices | Entropy> | undefined => {
  if (choice === undefined) return undefined
  if (choice === "none") return layerNone
  return Layer.unwrap(
    Effect.promise(async () => (await import("./ProviderEmbedder.ts")).layer({ ...choice, credentials }))
  )
}
