/**
 * Recall in the gateway's own process: the scope's index is built from the store when it is first asked for, and brought
 * up to date with what was stored since, each time.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { Embedder, noEmbedder } from "../../src/memory/Embedder.ts"
import type { MemoryError } from "../../src/memory/MemoryError.ts"
import type { MemoryScope } from "../../src/memory/MemoryScope.ts"
import { MemoryStore } from "../../src/memory/MemoryStore.ts"
import type { MemoryTurn } from "../../src/memory/MemoryTurn.ts"
import { type Hit, Recall, type Recalled, type RecallOptions } from "../../src/memory/Recall.ts"
import { analyse, embeddable, read } from "../../src/memory/recall/Analysis.ts"
import { analyseQuery, type Query } from "../../src/memory/recall/Query.ts"
import { rank, Ranker } from "../../src/memory/recall/Rank.ts"
import { ScopeIndex } from "../../src/memory/recall/ScopeIndex.ts"
import { select } from "../../src/memory/recall/Select.ts"
import { dayOf } from "../../src/memory/Calendar.ts"
import { headerTokens } from "../../src/memory/RecallText.ts"
import { type Entry, IndexCache } from "./IndexCache.ts"

/** Rows that are read at once while an index is filled, and utterances that are stored in one transaction. */
const page = 1_024
const batch = 256

/** How long a question waits for a vector from elsewhere; then it goes without. */
const vectorPatience = "1500 millis"

export interface Options {
  /** Most that all indexes together may take of memory. */
  readonly cacheBytes?: number | undefined
}

const defaultCacheBytes = 16 * 1024 * 1024

/** Brings an entry's index to what the store has now. */
const refresh = (
  store: MemoryStore["Service"],
  scope: MemoryScope,
  entry: Entry
): Effect.Effect<ScopeIndex, MemoryError> =>
  Effect.gen(function* () {
    for (;;) {
      const rows = yield* store.features(scope, entry.index.last, page)
      if (rows.generation !== entry.index.generation) {
        const stale = entry.index.size > 0 || entry.index.generation !== ""
        entry.index = new ScopeIndex(rows.generation, rows.last)
        entry.ranker = new Ranker()
        // what was read continues an index that is not this one
        if (stale) continue
      }
      for (const { features, n } of rows.rows) entry.index.add(n, features)
      if (rows.complete) return entry.index
      yield* Effect.yieldNow
    }
  }).pipe(entry.lock.withPermits(1))

const make = (options: Options) =>
  Effect.gen(function* () {
    const store = yield* MemoryStore
    const embedder = yield* Embedder
    const cache = new IndexCache(options.cacheBytes ?? defaultCacheBytes)

    const vectorOf = (index: ScopeIndex, query: Query, text: string): Effect.Effect<Float32Array> => {
      const words = query.words.filter(({ term }) => !index.speakerTerms.has(term)).map((word) => word.text)
      const vector = Effect.map(embedder.embed([{ text, words }]), ([first]) => first ?? new Float32Array())
      const bounded = embedder.local
        ? vector
        : Effect.map(
            Effect.timeoutOption(vector, vectorPatience),
            Option.getOrElse(() => new Float32Array())
          )
      return bounded.pipe(Effect.catch((error) => Effect.as(Effect.logWarning(error.message), new Float32Array())))
    }

    const remember = Effect.fn("Recall.remember")(function* (scope: MemoryScope, turns: ReadonlyArray<MemoryTurn>) {
      let added = 0
      for (let from = 0; from < turns.length; from += batch) {
        const readings = turns.slice(from, from + batch).map(read)
        // what is computed elsewhere comes later: storing does not wait for it
        const vectors = embedder.local
          ? yield* embedder
              .embed(readings.map(embeddable))
              .pipe(Effect.catch((error) => Effect.as(Effect.logWarning(error.message), undefined)))
          : undefined
        added += yield* store.append(
          scope,
          readings.map((reading, i) =>
            analyse(reading, vectors === undefined ? noEmbedder : embedder.id, vectors?.[i] ?? new Float32Array())
          )
        )
      }
      return added
    })

    const recall = Effect.fn("Recall.recall")(function* (
      scope: MemoryScope,
      text: string,
      { budgetTokens, exclude, limit, now }: RecallOptions
    ): Effect.fn.Return<Recalled, MemoryError> {
      const entry = cache.of(scope)
      const index = yield* refresh(store, scope, entry)
      cache.trim()
      if (index.size === 0 || budgetTokens <= 0) return { hits: [], tokens: 0, omitted: index.size }
      const query = analyseQuery(text, now)
      const vector = yield* vectorOf(index, query, text)
      const ranked = rank(index, entry.ranker, query, vector)
      const without = new Set<number>()
      if (exclude !== undefined && exclude.size > 0) {
        for (const place of yield* store.places(scope, [...exclude])) {
          const row = index.rowOf(place)
          if (row !== undefined) without.add(row)
        }
      }
      const chosen = select(index, ranked, budgetTokens, limit ?? Infinity, without)
      const rankOf = new Map(chosen.ranks.map((at) => [index.places.data[ranked.rows[at] ?? 0] ?? 0, at]))
      const turns = yield* store.read(scope, [...rankOf.keys()])
      let day: number | undefined
      const hits = turns.map((turn): Hit => {
        const at = rankOf.get(turn.n) ?? 0
        const header = dayOf(turn.at) === day ? 0 : headerTokens
        day = dayOf(turn.at)
        return {
          turn,
          score: ranked.scores[at] ?? 0,
          tokens: turn.tokens + header,
          why: ranked
            .parts(at)
            .filter(({ weight }) => weight > 0.01)
            .map(({ signal, weight }) => ({ why: signal, weight }))
            .sort((a, b) => b.weight - a.weight)
        }
      })
      return { hits, tokens: hits.reduce((sum, hit) => sum + hit.tokens, 0), omitted: index.size - hits.length }
    })

    return Recall.of({ remember, recall })
  })

export const layerWith = (options: Options): Layer.Layer<Recall, never, MemoryStore | Embedder> =>
  Layer.effect(Recall, make(options))

export const layer: Layer.Layer<Recall, never, MemoryStore | Embedder> = layerWith({})
