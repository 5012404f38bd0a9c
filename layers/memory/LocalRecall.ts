/**
 * Recall on indexes in memory: a scope's index is built from the store when it is first asked for, and brought up to
 * date with what was stored since, each time. Large scopes are looked through by a thread of their own.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { inSpan } from "../../src/domain/InSpan.ts"
import { Days } from "../../src/memory/Days.ts"
import { Embedder, noEmbedder, vectorsOf } from "../../src/memory/Embedder.ts"
import { Imports } from "../../src/memory/Imports.ts"
import type { MemoryError } from "../../src/memory/MemoryError.ts"
import type { MemoryScope } from "../../src/memory/MemoryScope.ts"
import { type FeaturePage, MemoryStore } from "../../src/memory/MemoryStore.ts"
import type { AnalysedTurn, MemoryTurn } from "../../src/memory/MemoryTurn.ts"
import { Recall, type Recalled, type RecallOptions } from "../../src/memory/Recall.ts"
import { analyse, embeddable, read } from "../../src/memory/recall/Analysis.ts"
import { echoesOf } from "../../src/memory/recall/Echo.ts"
import { hitsOf } from "../../src/memory/recall/Hits.ts"
import { analyseQuery, type Query } from "../../src/memory/recall/Query.ts"
import { rank, Ranker } from "../../src/memory/recall/Rank.ts"
import { ScopeIndex } from "../../src/memory/recall/ScopeIndex.ts"
import { decodeSnapshot, encodeSnapshot } from "../../src/memory/recall/Snapshot.ts"
import { select } from "../../src/memory/recall/Select.ts"
import { Snapshots } from "../../src/memory/Snapshots.ts"
import { Store } from "../store/Store.ts"
import { type Entry, IndexCache } from "./IndexCache.ts"
import { RecallThread } from "./RecallThread.ts"

/**
 * Rows that are read at once while an index is filled, and utterances that are stored in one transaction; of these, how
 * many are analysed at once: what is known of their words is gone before the collector takes it for old.
 */
const page = 512
const batch = 256
const analysed = 16

/** A vector that did not come. */
const none = new Float32Array()

/** How long a question waits for a vector from elsewhere; then it goes without. */
const vectorPatience = "1500 millis"
/** How long nobody asks for one after that, in milliseconds: a provider that is away slows one answer a minute. */
const quiet = 60_000

export interface Options {
  /** Most that all indexes together may take of memory. */
  readonly cacheBytes?: number | undefined
  /** Asked instead, about scopes that ever had more utterances than `largeFrom`. */
  readonly thread?: RecallThread | undefined
  readonly largeFrom?: number | undefined
}

const defaultCacheBytes = 16 * 1024 * 1024
const threadCacheBytes = 96 * 1024 * 1024
const defaultLargeFrom = 20_000

/** An index that nobody asked for in so long leaves memory, at the latest after twice that. */
const idle = "10 minutes"

/** Scopes with fewer utterances are indexed faster than they are read back; with so many more, they are kept again. */
const leastKept = 1_000
const keptAgain = 1.125

/** How often an index is begun anew while it is read, because what it is of was changed meanwhile. */
const mostRestarts = 3

/** What a scope has, as the store says. */
type State = Pick<FeaturePage, "generation" | "last">

interface Stores {
  readonly store: MemoryStore["Service"]
  readonly snapshots: (typeof Snapshots)["Service"]
}

/** Begins with what was kept of the index, where that is whole. */
const restore = ({ snapshots }: Stores, scope: MemoryScope, entry: Entry): Effect.Effect<void, MemoryError> =>
  Effect.map(snapshots.read(scope), (bytes) => {
    const kept = bytes === undefined ? undefined : decodeSnapshot(bytes)
    if (kept === undefined) return
    entry.index = kept.index
    entry.ranker = new Ranker(kept.middle)
    entry.kept = kept.index.size
  })

/** Brings an entry's index to what the store has now. */
const refresh = (stores: Stores, scope: MemoryScope, entry: Entry): Effect.Effect<ScopeIndex, MemoryError> =>
  Effect.gen(function* () {
    const { store } = stores
    if (entry.index.generation === "") yield* restore(stores, scope, entry)
    let restarts = 0
    // by what was read, and not by what the index took: a page of rows that are none of ours ends, too
    for (let after = entry.index.last; ;) {
      const rows = yield* store.features(scope, after, page)
      // one that is changed without end is answered of as it was on the way, and read anew for the next question
      if (rows.generation !== entry.index.generation && restarts < mostRestarts) {
        entry.index = new ScopeIndex(rows.generation, rows.last)
        entry.ranker = new Ranker()
        entry.kept = 0
        // what was read continues rows that are not these ones, whether or not the index could take any of them
        if (after > 0) {
          restarts += 1
          after = 0
          continue
        }
      }
      for (const { features, n } of rows.rows) entry.index.add(n, features)
      after = rows.rows.at(-1)?.n ?? after
      if (rows.complete) return entry.index
      yield* Effect.yieldNow
    }
  }).pipe(entry.lock.withPermits(1))

const make = ({ cacheBytes = defaultCacheBytes, largeFrom = defaultLargeFrom, thread }: Options) =>
  Effect.gen(function* () {
    const store = yield* MemoryStore
    const embedder = yield* Embedder
    const snapshots = yield* Snapshots
    const { dayOf } = yield* Days
    const imports = yield* Imports
    const scope = yield* Effect.scope
    const cache = new IndexCache(cacheBytes)

    yield* Effect.forkScoped(
      Effect.forever(
        Effect.andThen(
          Effect.sleep(idle),
          Effect.sync(() => cache.dropIdle())
        )
      )
    )

    /** Until when nobody waits for an embedder elsewhere, after it let somebody wait for nothing. */
    let quietUntil = 0

    /** A vector, or an empty one where none came. */
    const embed = Effect.fnUntraced(function* (scope: MemoryScope, text: string, words: ReadonlyArray<string>) {
      const vector = Effect.map(vectorsOf(embedder, [{ text, words }], scope), ([first]) => first ?? none)
      if (embedder.local) {
        return yield* vector.pipe(Effect.catch((error) => Effect.as(Effect.logWarning(error.message), none)))
      }
      const now = yield* Clock.currentTimeMillis
      // a clock that was set back ends it too
      if (now < quietUntil && quietUntil - now <= quiet) return none
      const came = yield* vector.pipe(
        // a budget that is spent is one scope's, and is refused at once
        Effect.catch((error) => Effect.as(Effect.logWarning(error.message), error.retryable ? undefined : none)),
        Effect.timeoutOption(vectorPatience),
        Effect.map(Option.getOrUndefined)
      )
      if (came === undefined) quietUntil = now + quiet
      return came ?? none
    })

    const vectorOf = (scope: MemoryScope, index: ScopeIndex, query: Query, text: string): Effect.Effect<Float32Array> =>
      embed(
        scope,
        text,
        query.words.filter(({ term }) => !index.speakerTerms.has(term)).map((word) => word.text)
      )

    const remember = Effect.fnUntraced(function* (scope: MemoryScope, turns: ReadonlyArray<MemoryTurn>) {
      let added = 0
      for (let from = 0; from < turns.length; from += batch) {
        const rows: Array<AnalysedTurn> = []
        const end = Math.min(turns.length, from + batch)
        for (let at = from; at < end; at += analysed) {
          const readings = turns.slice(at, Math.min(end, at + analysed)).map(read)
          // what is computed elsewhere comes later: storing does not wait for it
          const vectors = embedder.local
            ? yield* embedder
                .embed(readings.map(embeddable), scope)
                .pipe(Effect.catch((error) => Effect.as(Effect.logWarning(error.message), undefined)))
            : undefined
          const by = vectors === undefined ? noEmbedder : embedder.id
          for (const [i, reading] of readings.entries())
            rows.push(analyse(reading, by, vectors?.[i] ?? none, imports.requests))
        }
        added += yield* store.append(scope, rows)
      }
      return added
    }, inSpan("Recall.remember"))

    /** Rows that are left out. */
    const excluded = Effect.fnUntraced(function* (scope: MemoryScope, index: ScopeIndex, ids: ReadonlySet<string>) {
      const places = ids.size === 0 ? [] : yield* store.places(scope, [...ids])
      return new Set(places.flatMap((place) => index.rowOf(place) ?? []))
    })

    /** Keeps a large index that has grown, behind the answer. */
    const keep = Effect.fnUntraced(function* (of: MemoryScope, entry: Entry) {
      const { index, ranker } = entry
      if (index.size < leastKept || index.size < entry.kept * keptAgain) return
      entry.kept = index.size
      yield* Effect.yieldNow.pipe(
        Effect.andThen(
          Effect.suspend(() => snapshots.keep(of, index.generation, encodeSnapshot({ index, middle: ranker.middle })))
        ),
        Effect.catch((error) => Effect.logWarning(error.message, error.reason)),
        Effect.forkIn(scope)
      )
    })

    const here = Effect.fnUntraced(function* (
      scope: MemoryScope,
      text: string,
      { budgetTokens, echo, exclude = new Set(), limit = Infinity, now, related, vector }: RecallOptions,
      state: State
    ): Effect.fn.Return<Recalled, MemoryError> {
      const entry = cache.of(scope)
      const isCurrent = entry.index.generation === state.generation && entry.index.last === state.last
      const index = isCurrent ? entry.index : yield* refresh({ store, snapshots }, scope, entry)
      cache.trim(scope)
      if (index.size === 0 || budgetTokens <= 0) return { hits: [], tokens: 0, omitted: index.size }
      const query = analyseQuery(text, now, related, dayOf)
      const ranked = rank(index, entry.ranker, query, vector ?? (yield* vectorOf(scope, index, query, text)))
      yield* keep(scope, entry)
      const without = new Set(yield* excluded(scope, index, exclude))
      if (echo !== undefined) for (const row of echoesOf(index, ranked.rows, echo)) without.add(row)
      const chosen = select(index, ranked, budgetTokens, limit, without, dayOf)
      const rankOf = new Map(chosen.ranks.map((at) => [index.places.data[ranked.rows[at] ?? 0] ?? 0, at]))
      return hitsOf(yield* store.read(scope, [...rankOf.keys()]), ranked, rankOf, index.size, dayOf)
    })

    const recall = Effect.fnUntraced(function* (scope: MemoryScope, text: string, options: RecallOptions) {
      const state = yield* store.features(scope, Number.MAX_SAFE_INTEGER, 1)
      if (thread === undefined || state.last <= largeFrom) return yield* here(scope, text, options, state)
      // the thread has word vectors of its own; others are asked for where the budget is
      const vector = options.vector ?? (embedder.local ? undefined : yield* embed(scope, text, []))
      return yield* thread.ask({ scope, query: text, options: { ...options, vector } })
    }, inSpan("Recall.recall"))

    return Recall.of({ remember, recall })
  })

export const layerWith = (options: Options): Layer.Layer<Recall, never, MemoryStore | Embedder> =>
  Layer.effect(Recall, make(options))

/** All in this thread. */
export const layer: Layer.Layer<Recall, never, MemoryStore | Embedder> = layerWith({})

/** With a thread for large scopes, which reads the store's file by itself. */
export const layerThreaded = (largeFrom?: number): Layer.Layer<Recall, never, MemoryStore | Embedder | Store> =>
  Layer.effect(
    Recall,
    Effect.gen(function* () {
      const { path } = yield* Store
      const { zone } = yield* Days
      if (path === ":memory:") return yield* make({})
      const thread = yield* Effect.acquireRelease(
        Effect.sync(() => new RecallThread({ path, cacheBytes: threadCacheBytes, zone })),
        (one) => Effect.sync(() => one.close())
      )
      return yield* make({ thread, largeFrom })
    })
  )
