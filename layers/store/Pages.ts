/**
 * Sums over a stretch of time that may hold any number of rows, a page at a time: one look at all of them would hold up
 * everybody else in the process.
 */
import * as Effect from "effect/Effect"
import type { Database } from "./Store.ts"

/** Rows of a page; a few milliseconds. */
export const pageRows = 5_000

interface Pages<A> {
  /** `from` included, `to` excluded. */
  readonly from: number | undefined
  readonly to: number | undefined
  /** When the row was that comes so many behind the first at or after `from`; undefined where there are fewer. */
  readonly reach: (db: Database, from: number, rows: number) => number | undefined
  readonly look: (db: Database, from: number | undefined, to: number | undefined) => A
}

/** What the look at each page gives, oldest first. What is written meanwhile may be in it or not. */
export const inPages = <A, E>(
  read: <B>(query: (db: Database) => B) => Effect.Effect<B, E>,
  { from, look, reach, to }: Pages<A>
): Effect.Effect<ReadonlyArray<A>, E> =>
  Effect.gen(function* () {
    const found: Array<A> = []
    let at = from
    while (true) {
      const { next, seen } = yield* read((db) => {
        const start = at ?? 0
        const reached = reach(db, start, pageRows)
        // more rows of one instant than a page has are looked at together
        const end = reached === undefined ? undefined : Math.max(reached, start + 1)
        const isLast = end === undefined || (to !== undefined && end >= to)
        return { next: isLast ? undefined : end, seen: look(db, at, isLast ? to : end) }
      })
      found.push(seen)
      if (next === undefined) return found
      at = next
      yield* Effect.yieldNow
    }
  })
