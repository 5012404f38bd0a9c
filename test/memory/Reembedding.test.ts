import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { TestClock } from "effect/testing"
import * as LocalRecall from "../../layers/memory/LocalRecall.ts"
import { round } from "../../layers/memory/Reembedding.ts"
import * as StaticEmbedder from "../../layers/memory/StaticEmbedder.ts"
import { Embedder, EmbedderError, layerNone } from "../../src/memory/Embedder.ts"
import { MemoryStore } from "../../src/memory/MemoryStore.ts"
import { Recall } from "../../src/memory/Recall.ts"
import { scopeFor, stores } from "./fixtures.ts"

const alice = scopeFor("alice")
const turns = ["I adopted a puppy.", "The train was late.", "We cooked soup."].map((text, i) => ({
  id: `${i}`,
  conversation: "talk",
  at: 1_700_000_000_000 + i,
  role: "user" as const,
  speaker: undefined,
  text,
  turn: undefined
}))

const remember = Effect.flatMap(Recall, (recall) => recall.remember(alice, turns))
/** Whether vectors count for anything in what is recalled. */
const compared = Effect.flatMap(Recall, (recall) =>
  Effect.map(recall.recall(alice, "Do I have a dog?", { budgetTokens: 500, now: 1_700_000_000_000 }), ({ hits }) => {
    assert.strictEqual(hits.length, 3)
    return hits.some(({ why }) => why.some(({ why: signal }) => signal === "vector"))
  })
)

for (const [name, store] of Object.entries(stores)) {
  describe(`vectors of another embedder (${name})`, () => {
    it.effect("are computed anew, and then count", () =>
      Effect.gen(function* () {
        const kept = yield* MemoryStore
        const without = LocalRecall.layer.pipe(Layer.provide(layerNone))
        yield* Effect.provide(remember, without)
        assert.isFalse(yield* Effect.provide(compared, without))
        assert.strictEqual((yield* kept.stale(alice, "english-glove-100d-20k", 10)).length, 3)
        assert.strictEqual(yield* round().pipe(Effect.provide(StaticEmbedder.layer)), 3)
        assert.strictEqual(yield* round().pipe(Effect.provide(StaticEmbedder.layer)), 0)
        const withVectors = LocalRecall.layer.pipe(Layer.provide(StaticEmbedder.layer))
        assert.isTrue(yield* Effect.provide(compared, withVectors))
      }).pipe(Effect.provide(store))
    )

    it.effect("are computed for others where one may not pay for it, and nobody waits twice for who is slow", () =>
      Effect.gen(function* () {
        const kept = yield* MemoryStore
        const bob = scopeFor("bob")
        const asked: Array<string> = []
        const embedder = Layer.succeed(Embedder, {
          id: "paid",
          local: false,
          embed: (texts, { principal }) =>
            Effect.suspend(() => {
              asked.push(principal)
              if (principal === "alice") {
                return Effect.fail(new EmbedderError({ message: "the budget is spent", retryable: false }))
              }
              return texts[0]?.text === "slow"
                ? Effect.never
                : Effect.succeed(texts.map(() => new Float32Array([1, 2])))
            })
        })
        const recall = LocalRecall.layer.pipe(Layer.provide(embedder))
        yield* Effect.provide(
          Effect.flatMap(Recall, (service) =>
            Effect.andThen(service.remember(alice, turns), service.remember(bob, turns))
          ),
          recall
        )
        assert.strictEqual(yield* round().pipe(Effect.provide(embedder)), 3)
        assert.lengthOf(yield* kept.stale(alice, "paid", 10), 3)
        assert.lengthOf(yield* kept.stale(bob, "paid", 10), 0)
        const context = yield* Layer.build(recall)
        const ask = (text: string) =>
          Effect.provideContext(
            Effect.flatMap(Recall, (service) =>
              service.recall(bob, text, { budgetTokens: 500, now: 1_700_000_000_000 })
            ),
            context
          )
        asked.length = 0
        const slow = yield* Effect.forkChild(ask("slow"))
        yield* TestClock.adjust("1500 millis")
        assert.lengthOf((yield* Fiber.join(slow)).hits, 3)
        // found by words, without waiting
        assert.lengthOf((yield* ask("slow")).hits, 3)
        assert.lengthOf((yield* ask("puppy")).hits, 3)
        assert.lengthOf(asked, 1)
        yield* TestClock.adjust("1 minute")
        yield* ask("puppy")
        assert.lengthOf(asked, 2)
      }).pipe(Effect.provide(store), Effect.scoped)
    )

    it.effect("stay as they are where the embedder fails, and nothing is asked where there is none", () =>
      Effect.gen(function* () {
        const failing = Layer.succeed(Embedder, {
          id: "away",
          local: false,
          embed: () => Effect.fail(new EmbedderError({ message: "away", retryable: true }))
        })
        const recall = LocalRecall.layer.pipe(Layer.provide(failing))
        assert.strictEqual(yield* Effect.provide(remember, recall), 3)
        assert.isFalse(yield* Effect.provide(compared, recall))
        const error = yield* Effect.flip(round().pipe(Effect.provide(failing)))
        assert.strictEqual(error._tag, "EmbedderError")
        assert.strictEqual(yield* round().pipe(Effect.provide(layerNone)), 0)
        const kept = yield* MemoryStore
        assert.strictEqual((yield* kept.stale(alice, "away", 10)).length, 3)
      }).pipe(Effect.provide(store))
    )

    it.effect("leave one out that the provider cannot read, and nobody waits for it", () =>
      Effect.gen(function* () {
        const kept = yield* MemoryStore
        const bob = scopeFor("bob")
        let asked = 0
        const embedder = Layer.succeed(Embedder, {
          id: "picky",
          local: false,
          embed: (texts) =>
            Effect.suspend(() => {
              asked += 1
              return texts.some(({ text }) => text.includes("train"))
                ? Effect.fail(new EmbedderError({ message: "500", retryable: true }))
                : Effect.succeed(texts.map(() => new Float32Array([1, 2])))
            })
        })
        const recall = LocalRecall.layer.pipe(Layer.provide(embedder))
        yield* Effect.provide(
          Effect.flatMap(Recall, (service) =>
            Effect.andThen(service.remember(alice, turns), service.remember(bob, turns.slice(0, 1)))
          ),
          recall
        )
        assert.strictEqual(yield* round().pipe(Effect.provide(embedder)), 4)
        for (const scope of [alice, bob]) assert.lengthOf(yield* kept.stale(scope, "picky", 10), 0)
        const often = asked
        assert.strictEqual(yield* round().pipe(Effect.provide(embedder)), 0)
        assert.strictEqual(asked, often)
        assert.isTrue(yield* Effect.provide(compared, recall))
      }).pipe(Effect.provide(store))
    )

    for (const [what, answer] of [
      ["fewer than there are texts", () => []],
      ["of several lengths", (all: ReadonlyArray<unknown>) => all.map((_, i) => new Float32Array(i + 1).fill(1))],
      ["of what is no number", (all: ReadonlyArray<unknown>) => all.map(() => new Float32Array([1, Number.NaN]))],
      ["without an end", (all: ReadonlyArray<unknown>) => all.map(() => new Float32Array(70_000).fill(1))]
    ] as const) {
      it.effect(`are not taken where they are ${what}`, () =>
        Effect.gen(function* () {
          const kept = yield* MemoryStore
          const lying = Layer.succeed(Embedder, {
            id: "lying",
            local: false,
            embed: (texts) => Effect.succeed(answer(texts.length === 1 ? [0, 1] : texts))
          })
          const recall = LocalRecall.layer.pipe(Layer.provide(lying))
          yield* Effect.provide(remember, recall)
          const error = yield* Effect.flip(round().pipe(Effect.provide(lying)))
          assert.strictEqual(error._tag, "EmbedderError")
          assert.lengthOf(yield* kept.stale(alice, "lying", 10), 3)
          assert.isFalse(yield* Effect.provide(compared, recall))
        }).pipe(Effect.provide(store))
      )
    }

    it.effect("are waited for two minutes, and not for ever", () =>
      Effect.gen(function* () {
        const silent = Layer.succeed(Embedder, { id: "silent", local: false, embed: () => Effect.never })
        yield* Effect.provide(remember, LocalRecall.layer.pipe(Layer.provide(silent)))
        const waiting = yield* Effect.forkChild(Effect.flip(round().pipe(Effect.provide(silent))))
        yield* TestClock.adjust("4 minutes")
        assert.match((yield* Fiber.join(waiting)).message, /did not answer within 2 minutes/)
      }).pipe(Effect.provide(store))
    )
  })
}
