/** An index that is read while its scope is changed. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as LocalRecall from "../../layers/memory/LocalRecall.ts"
import * as MemoryMemory from "../../layers/memory/MemoryMemory.ts"
import { noEmbedder, layerNone } from "../../src/memory/Embedder.ts"
import { MemoryStore } from "../../src/memory/MemoryStore.ts"
import { Recall } from "../../src/memory/Recall.ts"
import { analyse, read } from "../../src/memory/recall/Analysis.ts"
import { said, scopeFor } from "./fixtures.ts"

const alice = scopeFor("alice")
/** More than one page of an index, and more than two. */
const rows = 1_100

const utterance = (i: number) => {
  const turn = said(`${i}`, i === 3 ? "My violin stands in Lisbon." : `The bus number ${i} was late.`, {
    at: 1_700_000_000_000 + i * 60_000
  })
  return analyse(read(turn), noEmbedder, new Float32Array())
}
const utterances = Array.from({ length: rows }, (_, i) => utterance(i))

type Store = MemoryStore["Service"]

/** A store that is changed each time after a page of features was read of it; `after` is what was asked for. */
const changed = (change: (store: Store, after: number) => Effect.Effect<unknown>) =>
  LocalRecall.layer.pipe(
    Layer.provide(layerNone),
    Layer.provideMerge(
      Layer.effect(
        MemoryStore,
        Effect.map(MemoryStore, (store) =>
          MemoryStore.of({
            ...store,
            features: (scope, after, limit) =>
              Effect.tap(store.features(scope, after, limit), () => (after > rows ? Effect.void : change(store, after)))
          })
        )
      ).pipe(Layer.provide(MemoryMemory.layer))
    )
  )

const ask = Effect.flatMap(Recall, (recall) =>
  Effect.map(recall.recall(alice, "Where is my violin?", { budgetTokens: 60, now: 1_700_000_000_000 }), ({ hits }) =>
    hits.map(({ turn }) => turn.id)
  )
)

describe("an index whose scope is changed while it is read", () => {
  it.effect("has the rows of the first page that could be read only after it, too", () => {
    let mended = false
    const layer = changed((store) => {
      if (mended) return Effect.void
      mended = true
      return Effect.orDie(
        store.reanalyse(
          alice,
          utterances.map(({ embedder, features, tokens }, i) => ({ n: i + 1, embedder, features, tokens }))
        )
      )
    })
    return Effect.gen(function* () {
      const store = yield* MemoryStore
      // as a later version wrote them
      const foreign = Uint8Array.of(255)
      yield* store.append(
        alice,
        utterances.map((one) => ({ ...one, features: foreign }))
      )
      assert.include(yield* ask, "3")
      assert.include(yield* ask, "3")
    }).pipe(Effect.provide(layer))
  })

  it.effect("answers although something is changed between any two pages, without what was deleted", () => {
    let last = 0
    const layer = changed((store, after) =>
      // each time another row of the page that was just read
      Effect.orDie(store.remove(alice, { _tag: "ids", ids: [`${after + 500 - (last += 1)}`] }))
    )
    return Effect.gen(function* () {
      const store = yield* MemoryStore
      yield* store.append(alice, utterances)
      assert.include(yield* ask, "3")
      yield* store.remove(alice, { _tag: "ids", ids: ["3"] })
      assert.notInclude(yield* ask, "3")
    }).pipe(Effect.provide(layer))
  })
})
