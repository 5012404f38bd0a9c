/** The memory store in the process itself: for tests and for programs that shall forget when they end. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { type MemoryScope, scopeKey } from "../../src/memory/MemoryScope.ts"
import { MemoryStore, type Which } from "../../src/memory/MemoryStore.ts"
import type { AnalysedTurn, StoredTurn } from "../../src/memory/MemoryTurn.ts"
import { accepted } from "./SqliteMemory.ts"

interface Kept extends AnalysedTurn {
  readonly n: number
}

interface Shelf {
  readonly scope: MemoryScope
  rows: ReadonlyArray<Kept>
  generation: number
  last: number
}

const byTime = (a: Kept, b: Kept): number => a.at - b.at || a.n - b.n

/** SQLite keeps UTF-8, which has no lone surrogates; so does its twin. */
const wellFormed = (turn: AnalysedTurn): AnalysedTurn => ({
  ...turn,
  id: turn.id.toWellFormed(),
  conversation: turn.conversation.toWellFormed(),
  speaker: turn.speaker?.toWellFormed(),
  text: turn.text.toWellFormed()
})

const stored = ({ embedder: _e, features: _f, ...turn }: Kept): StoredTurn => turn

const chosen = (rows: ReadonlyArray<Kept>, which: Which): ReadonlySet<Kept> => {
  const newest =
    which._tag === "beyond" ? new Set(rows.toSorted(byTime).slice(-which.newest || rows.length)) : undefined
  const test = (row: Kept): boolean => {
    switch (which._tag) {
      case "all":
        return true
      case "ids":
        return which.ids.includes(row.id)
      case "turns":
        return row.turn !== undefined && which.turns.includes(row.turn)
      case "conversation":
        return row.conversation === which.conversation
      case "before":
        return row.at < which.at
      case "beyond":
        return which.newest === 0 || newest?.has(row) !== true
    }
  }
  const direct = rows.filter(test)
  const turns = new Set(direct.flatMap(({ turn }) => turn ?? []))
  // both halves of a journalled turn
  return new Set(rows.filter((row) => direct.includes(row) || (row.turn !== undefined && turns.has(row.turn))))
}

const make = Effect.sync(() => {
  const shelves = new Map<string, Shelf>()
  const shelf = (scope: MemoryScope): Shelf =>
    shelves.get(scopeKey(scope)) ?? { scope, rows: [], generation: 0, last: 0 }
  const generation = (s: Shelf): string => (shelves.has(scopeKey(s.scope)) ? String(s.generation) : "")
  const look = <A>(scope: MemoryScope, query: (s: Shelf) => A): Effect.Effect<A> =>
    Effect.sync(() => query(shelf(scope)))
  return MemoryStore.of({
    append: (scope, turns) =>
      Effect.andThen(
        accepted(turns),
        Effect.sync(() => {
          const s = shelf(scope)
          if (turns.length > 0) shelves.set(scopeKey(scope), s)
          const ids = new Set(s.rows.map(({ id }) => id))
          const before = s.last
          for (const turn of turns.map(wellFormed)) {
            if (ids.has(turn.id)) continue
            ids.add(turn.id)
            s.rows = [...s.rows, { ...turn, n: ++s.last }]
          }
          return s.last - before
        })
      ),
    features: (scope, after, limit) =>
      look(scope, (s) => {
        const rows = s.rows.filter(({ n }) => n > after).slice(0, limit)
        return {
          generation: generation(s),
          last: s.last,
          rows: rows.map(({ features, n }) => ({ n, features })),
          complete: rows.length < limit
        }
      }),
    read: (scope, places) =>
      look(scope, (s) =>
        s.rows
          .filter(({ n }) => places.includes(n))
          .toSorted(byTime)
          .map(stored)
      ),
    places: (scope, ids) => look(scope, (s) => s.rows.filter(({ id }) => ids.includes(id)).map(({ n }) => n)),
    find: (scope, id) =>
      look(scope, (s) => {
        const found = s.rows.find((row) => row.id === id.toWellFormed())
        return found === undefined ? undefined : stored(found)
      }),
    window: (scope, place, before, after) =>
      look(scope, (s) => {
        const at = s.rows.find(({ n }) => n === place)
        if (at === undefined) return []
        const same = s.rows.filter(({ conversation }) => conversation === at.conversation)
        const index = same.indexOf(at)
        return same.slice(Math.max(0, index - before), index + after + 1).map(stored)
      }),
    page: (scope, after, limit) =>
      look(scope, (s) =>
        s.rows
          .filter(({ n }) => n > after)
          .slice(0, limit)
          .map(stored)
      ),
    remove: (scope, which) =>
      look(scope, (s) => {
        const gone = chosen(s.rows, which)
        s.rows = s.rows.filter((row) => !gone.has(row))
        if (gone.size > 0) s.generation += 1
        return gone.size
      }),
    counts: (scope) =>
      look(scope, (s) => {
        const times = s.rows.map(({ at }) => at).toSorted((a, b) => a - b)
        return {
          turns: s.rows.length,
          tokens: s.rows.reduce((sum, { tokens }) => sum + tokens, 0),
          oldest: times[0],
          newest: times.at(-1),
          generation: generation(s),
          last: s.last
        }
      }),
    scopes: Effect.sync(() => [...shelves.values()].filter(({ rows }) => rows.length > 0).map(({ scope }) => scope)),
    stale: (scope, embedder, limit) =>
      look(scope, (s) =>
        s.rows
          .filter((row) => row.embedder !== embedder)
          .slice(0, limit)
          .map(stored)
      ),
    reanalyse: (scope, turns) =>
      look(scope, (s) => {
        const now = new Map(turns.map((turn) => [turn.n, turn]))
        s.rows = s.rows.map((row) => ({ ...row, ...now.get(row.n) }))
        if (turns.length > 0) s.generation += 1
      })
  })
})

export const layer: Layer.Layer<MemoryStore> = Layer.effect(MemoryStore, make)
