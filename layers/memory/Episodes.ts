/** What was said and how it is found again, on the embedded store. */
import * as Layer from "effect/Layer"
import type { Embedder } from "../../src/memory/Embedder.ts"
import type { MemoryStore } from "../../src/memory/MemoryStore.ts"
import type { Recall } from "../../src/memory/Recall.ts"
import type { Remembering as RememberingService } from "../../src/memory/Remembering.ts"
import type { TurnSource } from "../../src/memory/TurnSource.ts"
import type { Store } from "../store/Store.ts"
import * as JournalTurns from "./JournalTurns.ts"
import * as LocalRecall from "./LocalRecall.ts"
import * as Reembedding from "./Reembedding.ts"
import * as Remembering from "./Remembering.ts"
import * as SqliteMemory from "./SqliteMemory.ts"
import * as SqliteSnapshots from "./SqliteSnapshots.ts"
import * as StaticEmbedder from "./StaticEmbedder.ts"

/** What was said, where it can be found and forgotten, by the vectors of this embedder. */
export const layerStoresWith = <R>(
  embedder: Layer.Layer<Embedder, never, R>
): Layer.Layer<Recall | MemoryStore | TurnSource | Embedder, never, Store | R> =>
  LocalRecall.layerThreaded().pipe(
    Layer.provideMerge(Layer.mergeAll(SqliteMemory.layer, JournalTurns.layer, SqliteSnapshots.layer, embedder))
  )

export const layerStores: Layer.Layer<Recall | MemoryStore | TurnSource | Embedder, never, Store> = layerStoresWith(
  StaticEmbedder.layer
)

/** Brings finished turns into it, from now on, and vectors of another embedder up to date. */
export const layerRemembering: Layer.Layer<RememberingService, never, Recall | TurnSource | MemoryStore | Embedder> =
  Layer.merge(Remembering.layer, Reembedding.layer)

export const layer: Layer.Layer<RememberingService | Recall | MemoryStore | TurnSource | Embedder, never, Store> =
  Layer.provideMerge(layerRemembering, layerStores)
