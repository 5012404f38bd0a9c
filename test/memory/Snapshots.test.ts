/** Indexes that are kept between two starts: the same answers, and nothing that outlives what it was made of. */
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { TestClock } from "effect/testing"
import * as fc from "fast-check"
import * as LocalRecall from "../../layers/memory/LocalRecall.ts"
import * as SqliteMemory from "../../layers/memory/SqliteMemory.ts"
import * as SqliteSnapshots from "../../layers/memory/SqliteSnapshots.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { Store } from "../../layers/store/Store.ts"
import { Embedder } from "../../src/memory/Embedder.ts"
import { MemoryStore } from "../../src/memory/MemoryStore.ts"
import type { MemoryTurn } from "../../src/memory/MemoryTurn.ts"
import { Recall } from "../../src/memory/Recall.ts"
import { analyse, read } from "../../src/memory/recall/Analysis.ts"
import { Postings } from "../../src/memory/recall/Postings.ts"
import { analyseQuery } from "../../src/memory/recall/Query.ts"
import { rank, Ranker } from "../../src/memory/recall/Rank.ts"
import { ScopeIndex } from "../../src/memory/recall/ScopeIndex.ts"
import { decodeSnapshot, encodeSnapshot } from "../../src/memory/recall/Snapshot.ts"
import { signals } from "../../src/memory/recall/weights.ts"
import { type SnapshotBytes, Snapshots } from "../../src/memory/Snapshots.ts"
import { scopeFor } from "./fixtures.ts"

const alice = scopeFor("alice")
const now = Date.UTC(2024, 4, 20, 12)
const words = "dog violin harbour whale museum letter garden train lamp \u0130stanbul \u6771\u4eac".split(" ")

const turn = (i: number): MemoryTurn => ({
  id: `${i}`,
  conversation: `talk ${i % 3}`,
  at: now - (5_000 - i) * 600_000,
  role: i % 2 === 0 ? "user" : "assistant",
  speaker: i % 7 === 0 ? `${words[i % 5]} Lee` : undefined,
  text: `I saw the ${words[i % 11]} beside the ${words[(i * 3) % 11]} of ${words[(i * i) % 11]}, number ${i}${i % 5 === 0 ? "?" : "."}`,
  turn: undefined
})
const turns = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => turn(from + i))

const vectorOf = (text: string): Float32Array =>
  new Float32Array(8).map((_, d) => Math.sin(text.length * (d + 1) + text.charCodeAt(text.length - 2)))

const embedder = Layer.succeed(Embedder, {
  id: "test",
  local: true,
  embed: (texts) => Effect.succeed(texts.map(({ text }) => vectorOf(text)))
})

const indexed = (index: ScopeIndex, some: ReadonlyArray<MemoryTurn>): ScopeIndex => {
  for (const one of some) index.add(index.last + 1, analyse(read(one), "test", vectorOf(one.text)).features)
  return index
}

const questions = [
  "Where did I see the whale?",
  "When did dog Lee see the letter last week?",
  "number 17",
  "\u6771\u4eac",
  "nothing of that"
]

const answers = (index: ScopeIndex, ranker: Ranker) =>
  questions.map((question) => {
    const { part, rows, scores } = rank(index, ranker, analyseQuery(question, now), vectorOf(question))
    return {
      rows: [...rows].slice(0, 50),
      scores: [...scores].slice(0, 50),
      why: signals.map((signal) => part(0, signal))
    }
  })

describe("an index as bytes", () => {
  it("is the same index, asked and gone on with", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 300 }),
        fc.integer({ min: 0, max: 100 }),
        fc.boolean(),
        (first, more, asked) => {
          const original = indexed(new ScopeIndex("7.3"), turns(0, first))
          const ranker = new Ranker()
          if (asked) answers(original, ranker)
          const copy = decodeSnapshot(encodeSnapshot({ index: original, middle: ranker.middle }))
          assert.isDefined(copy)
          if (copy === undefined) return
          assert.strictEqual(copy.index.generation, "7.3")
          assert.strictEqual(copy.index.last, original.last)
          const later = turns(first, first + more)
          const built = indexed(new ScopeIndex("7.3"), turns(0, first + more))
          assert.deepStrictEqual(
            answers(indexed(copy.index, later), new Ranker(copy.middle)),
            answers(built, new Ranker())
          )
          assert.deepStrictEqual([...copy.index.speakerTerms], [...built.speakerTerms])
          // and so is what is kept of one that was read back and went on
          const again = decodeSnapshot(encodeSnapshot({ index: copy.index, middle: copy.middle }))
          assert.isDefined(again)
          if (again === undefined) return
          assert.deepStrictEqual(answers(again.index, new Ranker(again.middle)), answers(built, new Ranker()))
        }
      ),
      { numRuns: 60 }
    )
  })

  it("has every row of a term, and how often it stands there, also in scopes of more than 65,536", () => {
    for (const last of [65_535, 65_536, 99_999]) {
      const original = new Postings()
      for (const [hash, row] of [
        [-7, 5],
        [9, 5],
        [-7, 5],
        [-7, last]
      ] as const) {
        original.add(hash, row)
      }
      const copy = new Postings()
      assert.isTrue(copy.restore(original.parts))
      assert.strictEqual(copy.pairs, 3)
      copy.add(-7, last + 1)
      const into = { rows: new Int32Array(3), times: new Uint8Array(3) }
      assert.strictEqual(copy.collect(copy.idOf(-7) ?? -1, into), 3)
      assert.deepStrictEqual([...into.rows], [last + 1, last, 5])
      assert.deepStrictEqual([...into.times], [1, 1, 2])
      assert.strictEqual(copy.frequency(copy.idOf(-7) ?? -1), 3)
    }
  })

  it("is none where it was cut, lengthened, or is another version's", () => {
    const whole = encodeSnapshot({ index: indexed(new ScopeIndex("1.0"), turns(0, 20)), middle: new Ranker().middle })
    assert.isDefined(decodeSnapshot(whole))
    fc.assert(
      fc.property(fc.nat(whole.length - 1), (length) => {
        assert.isUndefined(decodeSnapshot(whole.slice(0, length)))
      })
    )
    assert.isUndefined(decodeSnapshot(new Uint8Array([...whole, ...new Uint8Array(8)])))
    for (const place of [0, 4, 16]) {
      assert.isUndefined(decodeSnapshot(whole.slice().map((byte, i) => (i === place ? byte ^ 2 : byte))))
    }
  })

  it("never fails, whatever bytes it is given", () => {
    const head = encodeSnapshot({ index: new ScopeIndex("1.0"), middle: new Ranker().middle }).slice(0, 20)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (tail, ours) => {
        decodeSnapshot(Uint8Array.from(ours ? [...head, ...tail] : tail))
      }),
      { numRuns: 500 }
    )
  })
})

/** A start of the gateway on a database, and how many utterances it read to build its index. */
const started = Effect.gen(function* () {
  const store = yield* MemoryStore
  const snapshots = yield* Snapshots
  let features = 0
  const counting = MemoryStore.of({
    ...store,
    features: (scope, after, limit) =>
      Effect.tap(store.features(scope, after, limit), ({ rows }) => Effect.sync(() => (features += rows.length)))
  })
  const layer = LocalRecall.layer.pipe(
    Layer.provide(Layer.mergeAll(Layer.succeed(MemoryStore, counting), embedder, Layer.succeed(Snapshots, snapshots)))
  )
  const recall = Context.get(yield* Layer.build(layer), Recall)
  const ask = Effect.fnUntraced(function* () {
    const found = []
    for (const question of questions) found.push(yield* recall.recall(alice, question, { budgetTokens: 400, now }))
    return found
  })
  return { recall, ask, features: () => features }
})

const parts = Effect.flatMap(Store, (store) =>
  store.read((db) => Number(db.get("SELECT count(*) AS n FROM memory_snapshots")?.["n"]))
)

/** What is kept behind an answer is there. */
const kept = Effect.repeat(Effect.yieldNow, {
  until: () =>
    Effect.flatMap(Snapshots, (snapshots) => Effect.map(snapshots.read(alice), (bytes) => bytes !== undefined))
})

const database = Layer.mergeAll(SqliteMemory.layer, SqliteSnapshots.layer).pipe(
  Layer.provideMerge(Layer.orDie(SqliteStore.layerMemory))
)

describe("an index that is kept", () => {
  it.effect("is read back at the next start, and only what came since is indexed", () =>
    Effect.gen(function* () {
      const first = yield* started
      yield* first.recall.remember(alice, turns(0, 1_200))
      const found = yield* first.ask()
      assert.isAbove(found[0]?.hits.length ?? 0, 3)
      assert.isAtLeast(first.features(), 1_200)
      yield* kept
      const second = yield* started
      assert.deepStrictEqual(yield* second.ask(), found)
      assert.strictEqual(second.features(), 0)
      yield* second.recall.remember(alice, turns(1_200, 1_210))
      const grown = yield* second.ask()
      assert.strictEqual(second.features(), 10)
      const third = yield* started
      assert.deepStrictEqual(yield* third.ask(), grown)
      assert.strictEqual(third.features(), 10)
    }).pipe(Effect.provide(database), Effect.scoped)
  )

  it.effect("is not kept of small scopes, and again only when they have grown", () =>
    Effect.gen(function* () {
      const { ask, recall } = yield* started
      yield* recall.remember(alice, turns(0, 999))
      yield* ask()
      for (let i = 0; i < 50; i++) yield* Effect.yieldNow
      assert.strictEqual(yield* parts, 0)
      yield* recall.remember(alice, turns(999, 1_000))
      yield* ask()
      yield* kept
      const snapshots = yield* Snapshots
      const before = yield* snapshots.read(alice)
      yield* recall.remember(alice, turns(1_000, 1_100))
      yield* ask()
      for (let i = 0; i < 50; i++) yield* Effect.yieldNow
      assert.deepStrictEqual(yield* snapshots.read(alice), before)
      yield* recall.remember(alice, turns(1_100, 1_200))
      yield* ask()
      for (let same = true; same;) {
        yield* Effect.yieldNow
        const after = yield* snapshots.read(alice)
        same = after === undefined || after.length === before?.length
      }
    }).pipe(Effect.provide(database), Effect.scoped)
  )

  it.effect("is gone with the first utterance of it that is forgotten or changed, in the same transaction", () =>
    Effect.gen(function* () {
      const { ask, recall } = yield* started
      const store = yield* MemoryStore
      yield* recall.remember(alice, turns(0, 1_200))
      for (const change of [
        store.remove(alice, { _tag: "ids", ids: ["7"] }),
        store.reanalyse(alice, [
          { n: 3, tokens: 5, embedder: "test", features: analyse(read(turn(2)), "test", vectorOf("x")).features }
        ]),
        store.remove(alice, { _tag: "all" })
      ]) {
        yield* ask()
        yield* kept
        assert.isAbove(yield* parts, 0)
        yield* change
        assert.strictEqual(yield* parts, 0)
      }
    }).pipe(Effect.provide(database), Effect.scoped)
  )

  it.effect("is not kept where the scope changed while it was being written", () =>
    Effect.gen(function* () {
      const { recall } = yield* started
      const store = yield* MemoryStore
      const snapshots = yield* Snapshots
      yield* recall.remember(alice, turns(0, 10))
      const { generation } = yield* store.counts(alice)
      yield* store.remove(alice, { _tag: "ids", ids: ["7"] })
      yield* snapshots.keep(alice, generation, new Uint8Array(300_000))
      assert.strictEqual(yield* parts, 0)
      assert.isUndefined(yield* snapshots.read(scopeFor("bob")))
    }).pipe(Effect.provide(database), Effect.scoped)
  )

  it.effect("is not believed where a part is damaged, missing or another's; the answers are the same", () =>
    Effect.gen(function* () {
      const first = yield* started
      yield* first.recall.remember(alice, turns(0, 1_200))
      const found = yield* first.ask()
      const store = yield* Store
      for (const damage of [
        "UPDATE memory_snapshots SET bytes = zeroblob(length(bytes)) WHERE part = 0",
        "UPDATE memory_snapshots SET bytes = substr(bytes, 2) WHERE part = 1",
        "UPDATE memory_snapshots SET bytes = CAST(x'00' || substr(bytes, 2) AS BLOB) WHERE part = 1",
        "DELETE FROM memory_snapshots WHERE part = 0",
        "DELETE FROM memory_snapshots WHERE part = 1",
        "UPDATE memory_snapshots SET stamp = '2.9.0' WHERE part = 1",
        "UPDATE memory_snapshots SET stamp = '1e9.1e15.0'",
        "UPDATE memory_snapshots SET stamp = ''"
      ]) {
        const again = yield* started
        yield* again.ask()
        yield* kept
        yield* store.write((db) => db.run(damage))
        const damaged = yield* started
        assert.deepStrictEqual(yield* damaged.ask(), found, damage)
        assert.strictEqual(damaged.features(), 1_200, damage)
      }
    }).pipe(Effect.provide(database), Effect.scoped)
  )

  it.effect("T28: leaves memory when nobody asks, and is read back when somebody does", () =>
    Effect.gen(function* () {
      const { ask, features, recall } = yield* started
      yield* recall.remember(alice, turns(0, 1_200))
      const found = yield* ask()
      yield* kept
      const snapshots = yield* Snapshots
      const before = features()
      yield* TestClock.adjust("10 minutes")
      yield* ask()
      yield* TestClock.adjust("10 minutes")
      // it was asked in between: still there, though nothing could be read back
      yield* snapshots.keep(alice, (yield* (yield* MemoryStore).counts(alice)).generation, new Uint8Array(8))
      assert.deepStrictEqual(yield* ask(), found)
      assert.strictEqual(features(), before)
      yield* TestClock.adjust("20 minutes")
      assert.deepStrictEqual(yield* ask(), found)
      assert.strictEqual(features(), before + 1_200)
    }).pipe(Effect.provide(database), Effect.scoped)
  )

  it.effect("gives nothing that another process let go, also in the middle of a question", () =>
    Effect.gen(function* () {
      const [here, there] = [yield* started, yield* started]
      yield* here.recall.remember(alice, turns(0, 1_200))
      const ids = (all: ReadonlyArray<{ readonly hits: ReadonlyArray<{ readonly turn: { readonly id: string } }> }>) =>
        all.flatMap(({ hits }) => hits.map(({ turn: { id } }) => id))
      const found = ids(yield* here.ask())
      assert.deepStrictEqual(ids(yield* there.ask()), found)
      const gone = new Set(found.slice(0, 5))
      const store = yield* MemoryStore
      yield* store.remove(alice, { _tag: "ids", ids: [...gone] })
      for (const one of [here, there]) assert.isFalse(ids(yield* one.ask()).some((id) => gone.has(id)))
      // between looking through the index and reading what was chosen
      const forgetful = MemoryStore.of({
        ...store,
        read: (scope, places) => Effect.andThen(store.remove(scope, { _tag: "all" }), store.read(scope, places))
      })
      const layer = LocalRecall.layer.pipe(Layer.provide(Layer.merge(Layer.succeed(MemoryStore, forgetful), embedder)))
      const recall = Context.get(yield* Layer.build(layer), Recall)
      const { hits, tokens } = yield* recall.recall(alice, questions[0] ?? "", { budgetTokens: 400, now })
      assert.deepStrictEqual({ hits, tokens }, { hits: [], tokens: 0 })
    }).pipe(Effect.provide(database), Effect.scoped)
  )

  it.effect("T26: is whose it is", () =>
    Effect.gen(function* () {
      const { recall } = yield* started
      const store = yield* MemoryStore
      const snapshots = yield* Snapshots
      const bob = scopeFor("bob")
      yield* recall.remember(alice, turns(0, 1))
      yield* recall.remember(bob, turns(0, 1))
      const bytes: SnapshotBytes = new Uint8Array([1, 2, 3])
      yield* snapshots.keep(alice, (yield* store.counts(alice)).generation, bytes)
      // nobody keeps anything under another's generation
      yield* snapshots.keep(bob, (yield* store.counts(alice)).generation, bytes)
      assert.deepStrictEqual(yield* snapshots.read(alice), bytes)
      assert.isUndefined(yield* snapshots.read(bob))
      yield* store.remove(bob, { _tag: "all" })
      assert.deepStrictEqual(yield* snapshots.read(alice), bytes)
    }).pipe(Effect.provide(database), Effect.scoped)
  )
})
