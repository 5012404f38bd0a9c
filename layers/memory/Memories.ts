/** All of memory on the embedded store: what was said, facts, and what a turn is shown of both. */
import * as Layer from "effect/Layer"
import type { Embedder } from "../../src/memory/Embedder.ts"
import type { Extractor } from "../../src/memory/Extraction.ts"
import type * as Forgetting from "../../src/memory/Forgetting.ts"
import type { FactStore } from "../../src/memory/FactStore.ts"
import { Imports } from "../../src/memory/Imports.ts"
import type { MemoryStore } from "../../src/memory/MemoryStore.ts"
import type { Recall } from "../../src/memory/Recall.ts"
import type { TurnSource } from "../../src/memory/TurnSource.ts"
import type { Store } from "../store/Store.ts"
import type { SqliteWriter } from "../store/SqliteStore.ts"
import * as Episodes from "./Episodes.ts"
import * as Extracting from "./Extracting.ts"
import * as ForgettingLayer from "./Forgetting.ts"
import * as Knowing from "./Knowing.ts"
import * as Learning from "./Learning.ts"
import * as Promptly from "./Promptly.ts"
import * as Retention from "./Retention.ts"
import * as SqliteExtractions from "./SqliteExtractions.ts"
import * as SqliteFacts from "./SqliteFacts.ts"
import * as SqliteJournal from "./SqliteJournal.ts"
import * as StaticEmbedder from "./StaticEmbedder.ts"
import * as Zone from "./Zone.ts"

export interface Options {
  /** Otherwise nothing is learned and recalled; what was before can still be searched and forgotten. */
  readonly enabled: boolean
  readonly extraction: "local" | "model" | "off"
  readonly timezone: string
  /** Whether standing requests of imported files hold. */
  readonly importedRequests?: boolean
  readonly recalled: number
  readonly retention: Retention.Options
}

export type Services = Embedder | Forgetting.Forgetting | FactStore | MemoryStore | Recall | TurnSource

/** By the vectors of `embedder`, else by those that come with exoclaw; with `extractor`, facts are also found by a model. */
export const layer = <R = never, E = never>(
  options: Options,
  embedder: Layer.Layer<Embedder, never, R> = StaticEmbedder.layer,
  extractor?: Layer.Layer<Extractor, never, E>
): Layer.Layer<Services, never, Store | SqliteWriter | R | E> => {
  const { enabled, extraction, retention } = options
  const Stores = Layer.merge(Episodes.layerStoresWith(embedder), SqliteFacts.layer).pipe(
    Layer.provideMerge(Zone.layer(options.timezone)),
    Layer.provideMerge(Layer.succeed(Imports, { requests: options.importedRequests ?? false }))
  )
  const Kept = Layer.merge(Retention.layer(retention), ForgettingLayer.layer).pipe(
    Layer.provide(SqliteJournal.layer),
    Layer.provideMerge(Stores)
  )
  if (!enabled) return Kept
  const ByRules = Learning.layer(options)
  const ByModel =
    extractor === undefined
      ? ByRules
      : Extracting.layer(options).pipe(
          Layer.provide(ByRules),
          Layer.provide(Layer.merge(SqliteExtractions.layer, extractor))
        )
  const Learned = extraction === "off" ? Layer.empty : extraction === "model" ? ByModel : ByRules
  return Layer.merge(Knowing.layer(options), Promptly.layer).pipe(
    Layer.provideMerge(Episodes.layerRemembering),
    Layer.provideMerge(Learned),
    Layer.provideMerge(Kept)
  )
}
