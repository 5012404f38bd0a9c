import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { mkdirSync, mkdtempSync, rmSync, watch, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { layer } from "../../layers/store/SqliteStore.ts"
import { Store } from "../../layers/store/Store.ts"

/** Where SQLite puts its temporary files, unless told otherwise; named before the first of them. */
const place = (folder: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const before = process.env["SQLITE_TMPDIR"]
      process.env["SQLITE_TMPDIR"] = folder
      return before
    }),
    (before) =>
      Effect.sync(() => {
        if (before === undefined) delete process.env["SQLITE_TMPDIR"]
        else process.env["SQLITE_TMPDIR"] = before
      })
  )

/** Names that came up in the folder while `effect` ran; SQLite removes its own while they are open. */
const namesDuring = <A, E, R>(folder: string, effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const names = new Set<string>()
    const last = "last"
    const watcher = watch(folder)
    const seen = new Promise<void>((resolve) =>
      watcher.on("change", (_, name) => {
        names.add(String(name))
        if (String(name) === last) resolve()
      })
    )
    yield* effect
    // what came before it has been told before it
    writeFileSync(join(folder, last), "")
    yield* Effect.promise(() => seen)
    watcher.close()
    names.delete(last)
    return [...names]
  })

describe("what SQLite needs for a while", () => {
  it.live.skipIf(process.platform !== "linux")(
    "is not written outside the state folder, where people's words would stay on a disk",
    () =>
      Effect.gen(function* () {
        const folder = yield* Effect.acquireRelease(
          Effect.sync(() => mkdtempSync(join(tmpdir(), "exoclaw-temporary-"))),
          (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
        )
        const elsewhere = join(folder, "elsewhere")
        mkdirSync(elsewhere)
        yield* place(elsewhere)
        const work = Effect.gen(function* () {
          const store = yield* Store
          yield* store.write((db) => db.raw.exec("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT NOT NULL) STRICT"))
          const many = Array.from({ length: 2_000 }, (_, n) => n)
          yield* store.write((db) =>
            many.map((n) => db.run("INSERT INTO t VALUES (?, ?)", n, `${n} ${"x".repeat(2_000)}`))
          )
          // commands of one batch can each be undone alone
          yield* Effect.all(
            [1, 2, 3].map((step) => store.write((db) => db.run("UPDATE t SET b = b || ?", String(step)))),
            { concurrency: "unbounded" }
          )
          // more than the page cache holds, in an order that no index has
          yield* store.read((db) => db.all("SELECT b FROM t ORDER BY substr(b, 3), b"))
        })
        const names = yield* namesDuring(elsewhere, Effect.provide(work, layer(join(folder, "exoclaw.db"))))
        assert.deepStrictEqual(names, [])
      }).pipe(Effect.scoped)
  )
})
