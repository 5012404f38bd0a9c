/** The recall thread: reads the database by a connection of its own, and answers one question after the other. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { parentPort, workerData } from "node:worker_threads"
import { Recall } from "../../src/memory/Recall.ts"
import { openReads } from "../store/SqliteStore.ts"
import { Store } from "../store/Store.ts"
import * as LocalRecall from "./LocalRecall.ts"
import type { RecallOrder, RecallReport, ThreadData } from "./RecallMessage.ts"
import * as SqliteMemory from "./SqliteMemory.ts"
import * as StaticEmbedder from "./StaticEmbedder.ts"
import * as Zone from "./Zone.ts"

const { cacheBytes, path, zone } = workerData as ThreadData

/** A store that only reads. */
const reads = Layer.effect(
  Store,
  Effect.map(openReads(path), (read) => ({
    path,
    read,
    write: () => Effect.die("exoclaw: the recall thread only reads")
  }))
)
const recallLayer = LocalRecall.layerWith({ cacheBytes }).pipe(
  Layer.provide(Layer.merge(SqliteMemory.layer.pipe(Layer.provide(reads)), StaticEmbedder.layer)),
  Layer.provide(Zone.layer(zone))
)

const answer = (order: RecallOrder, recall: Recall["Service"]): Effect.Effect<RecallReport> =>
  Effect.exit(recall.recall(order.scope, order.query, order.options)).pipe(
    Effect.map((exit) =>
      Exit.isSuccess(exit)
        ? { id: order.id, recalled: exit.value }
        : { id: order.id, failed: Cause.pretty(exit.cause).slice(0, 2_000) }
    )
  )

const built = Effect.runPromise(Effect.flatMap(Scope.make(), (scope) => Layer.buildWithScope(recallLayer, scope)))

parentPort?.on("message", (order: RecallOrder) => {
  void built
    .then((context) =>
      Effect.runPromise(
        Effect.provideContext(
          Effect.flatMap(Recall, (recall) => answer(order, recall)),
          context
        )
      )
    )
    .catch((error: unknown): RecallReport => ({ id: order.id, failed: String(error) }))
    .then((report) => parentPort?.postMessage(report, []))
})
