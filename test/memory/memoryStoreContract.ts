/** What every memory store promises. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { MemoryStore } from "../../src/memory/MemoryStore.ts"
import { longestText } from "../../src/memory/MemoryTurn.ts"
import { said, scopeFor } from "./fixtures.ts"

const alice = scopeFor("alice")
const bob = scopeFor("bob")

const ids = (turns: ReadonlyArray<{ readonly id: string }>) => turns.map(({ id }) => id)

export const memoryStoreContract = (name: string, layer: Layer.Layer<MemoryStore>) => {
  const over = <A, E>(body: (store: MemoryStore["Service"]) => Effect.Effect<A, E>) =>
    Effect.flatMap(MemoryStore, body).pipe(Effect.provide(layer))

  describe(`the memory store (${name})`, () => {
    it.effect("keeps an utterance once by its id, whatever is said the second time", () =>
      over((store) =>
        Effect.gen(function* () {
          assert.strictEqual(yield* store.append(alice, [said("a", "one"), said("b", "two"), said("a", "three")]), 2)
          assert.strictEqual(yield* store.append(alice, [said("b", "four"), said("c", "five")]), 1)
          assert.deepStrictEqual(
            (yield* store.page(alice, 0, 10)).map(({ n, text }) => [n, text]),
            [
              [1, "one"],
              [2, "two"],
              [3, "five"]
            ]
          )
        })
      )
    )

    it.effect("T26: gives nothing of one scope to another, by whatever way it is asked", () =>
      over((store) =>
        Effect.gen(function* () {
          yield* store.append(alice, [said("a", "alice's")])
          const others = [bob, scopeFor("alice", "other"), scopeFor("alice", "main", "acme")]
          for (const scope of others) {
            assert.deepStrictEqual((yield* store.features(scope, 0, 10)).rows, [])
            assert.deepStrictEqual(yield* store.read(scope, [1]), [])
            assert.deepStrictEqual(yield* store.places(scope, ["a"]), [])
            assert.isUndefined(yield* store.find(scope, "a"))
            assert.deepStrictEqual(yield* store.window(scope, 1, 5, 5), [])
            assert.deepStrictEqual(yield* store.page(scope, 0, 10), [])
            assert.deepStrictEqual(yield* store.stale(scope, "other", 10), [])
            assert.strictEqual((yield* store.counts(scope)).turns, 0)
            assert.strictEqual(yield* store.remove(scope, { _tag: "all" }), 0)
            yield* store.reanalyse(scope, [{ n: 1, tokens: 0, embedder: "x", features: new Uint8Array() }])
          }
          assert.deepStrictEqual(yield* store.scopes, [alice])
          assert.strictEqual((yield* store.find(alice, "a"))?.tokens, "alice's".length)
        })
      )
    )

    it.effect("gives features in order of places, in pages", () =>
      over((store) =>
        Effect.gen(function* () {
          yield* store.append(
            alice,
            ["a", "b", "c"].map((id) => said(id, id))
          )
          const first = yield* store.features(alice, 0, 2)
          assert.isFalse(first.complete)
          assert.deepStrictEqual(
            first.rows.map(({ features, n }) => [n, new TextDecoder().decode(features)]),
            [
              [1, "a"],
              [2, "b"]
            ]
          )
          const rest = yield* store.features(alice, 2, 2)
          assert.isTrue(rest.complete)
          assert.deepStrictEqual(
            rest.rows.map(({ n }) => n),
            [3]
          )
        })
      )
    )

    it.effect("reads in time order, and neighbours in their own conversation only", () =>
      over((store) =>
        Effect.gen(function* () {
          yield* store.append(alice, [
            said("a", "a", { at: 30 }),
            said("x", "x", { conversation: "else", at: 20 }),
            said("b", "b", { at: 10 }),
            said("c", "c", { at: 40 })
          ])
          assert.deepStrictEqual(yield* store.places(alice, ["c", "nobody's", "a"]), [1, 4])
          assert.deepStrictEqual(ids(yield* store.read(alice, [4, 3, 2, 1, 99])), ["b", "x", "a", "c"])
          assert.deepStrictEqual(ids(yield* store.window(alice, 3, 1, 1)), ["a", "b", "c"])
          assert.deepStrictEqual(ids(yield* store.window(alice, 2, 5, 5)), ["x"])
          assert.deepStrictEqual(ids(yield* store.window(alice, 1, 5, 0)), ["a"])
        })
      )
    )

    it.effect("removes what is named and nothing else, and says so by another generation", () =>
      over((store) =>
        Effect.gen(function* () {
          yield* store.append(bob, [said("a", "bob's")])
          yield* store.append(
            alice,
            [1, 2, 3, 4, 5, 6].map((i) => said(`${i}`, `t${i}`, { at: i, conversation: i === 6 ? "else" : "talk" }))
          )
          const { generation } = yield* store.counts(alice)
          assert.strictEqual(yield* store.remove(alice, { _tag: "ids", ids: ["2", "nobody's"] }), 1)
          assert.notStrictEqual((yield* store.counts(alice)).generation, generation)
          assert.strictEqual(yield* store.remove(alice, { _tag: "before", at: 2 }), 1)
          assert.strictEqual(yield* store.remove(alice, { _tag: "conversation", conversation: "else" }), 1)
          assert.deepStrictEqual(ids(yield* store.page(alice, 0, 10)), ["3", "4", "5"])
          assert.strictEqual(yield* store.remove(alice, { _tag: "beyond", newest: 2 }), 1)
          assert.deepStrictEqual(ids(yield* store.page(alice, 0, 10)), ["4", "5"])
          assert.strictEqual(yield* store.remove(alice, { _tag: "all" }), 2)
          assert.strictEqual((yield* store.counts(alice)).turns, 0)
          assert.strictEqual((yield* store.counts(bob)).turns, 1)
          assert.strictEqual(yield* store.append(alice, [said("new", "new")]), 1)
          assert.strictEqual((yield* store.find(alice, "new"))?.n, 7)
        })
      )
    )

    it.effect("keeps its generation when something is added", () =>
      over((store) =>
        Effect.gen(function* () {
          yield* store.append(alice, [said("a", "a")])
          const before = yield* store.counts(alice)
          yield* store.append(alice, [said("b", "bb", { at: 1 })])
          const after = yield* store.counts(alice)
          assert.strictEqual(after.generation, before.generation)
          assert.deepStrictEqual(
            [after.turns, after.tokens, after.oldest, after.newest, after.last],
            [2, 3, 1, 1_700_000_000_000, 2]
          )
        })
      )
    )

    it.effect("finds what another embedder computed, and replaces it", () =>
      over((store) =>
        Effect.gen(function* () {
          yield* store.append(alice, [said("a", "a"), said("b", "b", { embedder: "new" })])
          assert.deepStrictEqual(ids(yield* store.stale(alice, "new", 10)), ["a"])
          const { generation } = yield* store.counts(alice)
          yield* store.reanalyse(alice, [{ n: 1, tokens: 7, embedder: "new", features: new Uint8Array([9]) }])
          assert.deepStrictEqual(yield* store.stale(alice, "new", 10), [])
          assert.notStrictEqual((yield* store.counts(alice)).generation, generation)
          assert.deepStrictEqual([...((yield* store.features(alice, 0, 1)).rows[0]?.features ?? [])], [9])
          assert.strictEqual((yield* store.find(alice, "a"))?.tokens, 7)
        })
      )
    )

    it.effect("T28: refuses a field that is empty or too long, and keeps nothing of the batch", () =>
      over((store) =>
        Effect.gen(function* () {
          const refusals = [
            said("", "text"),
            said("i".repeat(513), "text"),
            said("a", ""),
            said("a", "x".repeat(longestText + 1)),
            said("a", "text", { conversation: "" }),
            said("a", "text", { speaker: "s".repeat(513) })
          ]
          for (const refusal of refusals) {
            const error = yield* Effect.flip(store.append(alice, [said("good", "text"), refusal]))
            assert.strictEqual(error.reason._tag, "MemoryRefused")
          }
          assert.deepStrictEqual(yield* store.page(alice, 0, 10), [])
        })
      )
    )

    it.effect("T29: keeps any text as UTF-8 can", () =>
      over((store) =>
        Effect.gen(function* () {
          const texts = [
            "İstanbul'da",
            "\u{1f469}\u200d\u{1f680}",
            "lone \ud800 surrogate",
            "\u0000nul",
            "'; DROP TABLE turns; --"
          ]
          yield* store.append(
            alice,
            texts.map((text, i) => said(`${text}${i}`, text))
          )
          for (const [i, text] of texts.entries()) {
            assert.strictEqual((yield* store.find(alice, `${text}${i}`))?.text, text.toWellFormed())
          }
        })
      )
    )
  })
}
