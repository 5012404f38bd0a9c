import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { inPages, pageRows } from "../../layers/store/Pages.ts"
import { layerMemory } from "../../layers/store/SqliteStore.ts"
import { Store } from "../../layers/store/Store.ts"

/** Rows at these instants, looked at in pages: how many each page had, and how many turns others had in between. */
const lookedAt = (instants: ReadonlyArray<number>, from?: number, to?: number) =>
  Effect.gen(function* () {
    const store = yield* Store
    yield* store.write((db) => {
      db.raw.exec("CREATE TABLE t (at INTEGER NOT NULL) STRICT")
      for (const at of instants) db.run("INSERT INTO t VALUES (?)", at)
    })
    let turns = 0
    const count = () => {
      turns += 1
      timer = setImmediate(count)
    }
    let timer = setImmediate(count)
    const pages = yield* inPages(store.read, {
      from,
      to,
      reach: (db, start, rows) => {
        const row = db.get("SELECT at FROM t WHERE at >= ? ORDER BY at LIMIT 1 OFFSET ?", start, rows)
        return row === undefined ? undefined : Number(row["at"])
      },
      look: (db, start, end) =>
        Number(
          db.get("SELECT count(*) AS n FROM t WHERE at >= ? AND at < ?", start ?? 0, end ?? Number.MAX_SAFE_INTEGER)?.[
            "n"
          ]
        )
    })
    clearImmediate(timer)
    return { pages, turns }
  }).pipe(Effect.provide(layerMemory))

const each = (count: number, at: (n: number) => number) => Array.from({ length: count }, (_, n) => at(n))

describe("sums over many rows", () => {
  it.live("are looked at a page at a time, and others have their turn in between", () =>
    Effect.gen(function* () {
      const { pages, turns } = yield* lookedAt(each(3 * pageRows + 7, (n) => n))
      assert.deepStrictEqual(pages, [pageRows, pageRows, pageRows, 7])
      assert.isAtLeast(turns, 2)
    })
  )

  it.live("take what is within the bounds, each row once", () =>
    Effect.gen(function* () {
      const instants = each(2 * pageRows, (n) => Math.floor(n / 2))
      const { pages } = yield* lookedAt(instants, 10, pageRows - 10)
      assert.strictEqual(
        pages.reduce((sum, one) => sum + one, 0),
        2 * (pageRows - 20)
      )
      assert.deepStrictEqual((yield* lookedAt([])).pages, [0])
    })
  )

  it.live("get on where one instant has more rows than a page", () =>
    Effect.gen(function* () {
      const instants = [...each(2 * pageRows, () => 5), ...each(3, () => 6)]
      assert.deepStrictEqual((yield* lookedAt(instants)).pages, [0, 2 * pageRows, 3])
    })
  )
})
