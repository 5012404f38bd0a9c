import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { join } from "node:path"
import { Worker } from "node:worker_threads"
import * as LocalRecall from "../../layers/memory/LocalRecall.ts"
import { RecallThread } from "../../layers/memory/RecallThread.ts"
import * as SqliteMemory from "../../layers/memory/SqliteMemory.ts"
import * as StaticEmbedder from "../../layers/memory/StaticEmbedder.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { MemoryStore } from "../../src/memory/MemoryStore.ts"
import type { MemoryTurn } from "../../src/memory/MemoryTurn.ts"
import { Recall } from "../../src/memory/Recall.ts"
import { folder } from "../session/fixtures.ts"
import { scopeFor } from "./fixtures.ts"

const alice = scopeFor("alice")
const now = Date.UTC(2024, 4, 20, 12)
const words = ["dog", "violin", "harbour", "whale", "museum", "letter", "garden", "train"]
const turns = Array.from({ length: 40 }, (_, i): MemoryTurn => ({
  id: `${i}`,
  conversation: "talk",
  at: now - (40 - i) * 3_600_000,
  role: i % 2 === 0 ? "user" : "assistant",
  speaker: undefined,
  text: `I saw the ${words[i % 8]} beside the ${words[(i * 3) % 8]} number ${i}.`,
  turn: undefined
}))
const options = { budgetTokens: 120, now }

const memoryAt = <E>(path: string, recall: Layer.Layer<Recall, E, MemoryStore>) =>
  recall.pipe(Layer.provideMerge(SqliteMemory.layer), Layer.provide(SqliteStore.layer(path)))

describe("a large scope", () => {
  it.live("is looked through by a thread, with the same result, also after it grew", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const path = join(yield* folder, "exoclaw.db")
        const threaded = yield* Layer.build(
          LocalRecall.layerThreaded(10).pipe(
            Layer.provide(StaticEmbedder.layer),
            Layer.provideMerge(SqliteMemory.layer),
            Layer.provide(SqliteStore.layer(path))
          )
        )
        const here = yield* Layer.build(memoryAt(path, LocalRecall.layer.pipe(Layer.provide(StaticEmbedder.layer))))
        const ask = Effect.flatMap(Recall, (recall) =>
          recall.recall(alice, "Where did I see the whale?", { ...options, exclude: new Set(["3"]) })
        )
        for (const part of [turns.slice(0, 30), turns.slice(30)]) {
          yield* Effect.provideContext(
            Effect.flatMap(Recall, (recall) => recall.remember(alice, part)),
            threaded
          )
          const there = yield* Effect.provideContext(ask, threaded)
          assert.deepStrictEqual(there, yield* Effect.provideContext(ask, here))
          assert.isAbove(there.hits.length, 2)
        }
      })
    )
  )
})

describe("the recall thread", () => {
  const order = { scope: alice, query: "whale", options }

  it.live("that dies fails who waits, and is started anew for the next", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const path = join(yield* folder, "exoclaw.db")
        const memory = memoryAt(path, LocalRecall.layer.pipe(Layer.provide(StaticEmbedder.layer)))
        yield* Effect.provide(
          Effect.flatMap(Recall, (recall) => recall.remember(alice, turns)),
          memory
        )
        let started = 0
        const thread = new RecallThread(
          { path, cacheBytes: 1_000_000, zone: "UTC" },
          {
            start: (data) => {
              started += 1
              return started === 1
                ? new Worker("throw new Error('broken')", { eval: true })
                : new Worker(join(import.meta.dirname, "../../layers/memory/recall-main.ts"), { workerData: data })
            }
          }
        )
        const error = yield* Effect.flip(thread.ask(order))
        assert.strictEqual(error.reason._tag, "MemoryUnavailable")
        assert.isAbove((yield* thread.ask(order)).hits.length, 0)
        assert.strictEqual(started, 2)
        thread.close()
        assert.strictEqual((yield* Effect.flip(thread.ask(order))).reason._tag, "MemoryUnavailable")
      })
    )
  )

  it.live("tells what it cannot read", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const thread = new RecallThread({ path: join(yield* folder, "none.db"), cacheBytes: 1_000_000, zone: "UTC" })
        const error = yield* Effect.flip(thread.ask(order))
        assert.strictEqual(error.reason._tag, "MemoryUnavailable")
        thread.close()
      })
    )
  )
})
