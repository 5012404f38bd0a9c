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
import * as Remembering from "./Remembering.ts"
import * as SqliteMemory from "./SqliteMemory.ts"
import * as StaticEmbedder from "./StaticEmbedder.ts"

export const layer: Layer.Layer<RememberingService | Recall | MemoryStore | TurnSource | Embedder, never, Store> =
  Remembering.layer.pipe(
    Layer.provideMerge(LocalRecall.layer),
    Layer.provideMerge(Layer.mergeAll(SqliteMemory.layer, JournalTurns.layer, StaticEmbedder.layer))
  )
