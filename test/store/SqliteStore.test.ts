import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as fc from "fast-check"
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { layer, layerMemory, SqliteWriter } from "../../layers/store/SqliteStore.ts"
import { Store, StoreError } from "../../layers/store/Store.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "exoclaw-store-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const table = Effect.flatMap(Store, (store) =>
  store.write((db) => db.raw.exec("CREATE TABLE IF NOT EXISTS t (a INTEGER PRIMARY KEY, b TEXT NOT NULL) STRICT"))
)
const put = (b: string, durability?: "full") =>
  Effect.flatMap(Store, (store) => store.write((db) => db.run("INSERT INTO t (b) VALUES (?)", b), durability))
const all = Effect.flatMap(Store, (store) =>
  store.read((db) => db.all("SELECT b FROM t ORDER BY a").map((row) => String(row.b)))
)

describe("SqliteStore", () => {
  for (const kind of ["file", "memory"] as const) {
    const provided = <A, E>(effect: Effect.Effect<A, E, Store>) =>
      kind === "memory"
        ? Effect.provide(effect, layerMemory)
        : Effect.scoped(Effect.flatMap(folder, (path) => Effect.provide(effect, layer(join(path, "exoclaw.db")))))

    it.effect(`${kind}: a read sees what a write has answered`, () =>
      provided(
        Effect.gen(function* () {
          yield* table
          yield* put("one")
          yield* put("two", "full")
          assert.deepStrictEqual(yield* all, ["one", "two"])
        })
      )
    )

    it.effect(`${kind}: commands of one batch are answered in the order of their arrival`, () =>
      provided(
        Effect.gen(function* () {
          yield* table
          const store = yield* Store
          const seen: Array<number> = []
          yield* Effect.forEach(
            Array.from({ length: 2_000 }, (_, i) => i),
            (i) =>
              Effect.map(
                store.write((db) => db.run("INSERT INTO t (b) VALUES (?)", String(i))),
                () => seen.push(i)
              ),
            { concurrency: "unbounded" }
          )
          assert.deepStrictEqual(
            seen,
            Array.from({ length: 2_000 }, (_, i) => i)
          )
          assert.strictEqual((yield* all).length, 2_000)
        })
      )
    )

    it.effect(`${kind}: a command that throws undoes itself and dies; its neighbours are committed`, () =>
      provided(
        Effect.gen(function* () {
          yield* table
          const store = yield* Store
          const bad = store.write((db) => {
            db.run("INSERT INTO t (b) VALUES ('half')")
            throw new Error("changed my mind")
          })
          const exits = yield* Effect.all([put("before"), Effect.exit(bad), put("after")], { concurrency: "unbounded" })
          assert.isTrue(Exit.isFailure(exits[1]) && Cause.hasDies(exits[1].cause))
          assert.deepStrictEqual(yield* all, ["before", "after"])
          const alone = yield* Effect.exit(bad)
          assert.isTrue(Exit.isFailure(alone) && Cause.hasDies(alone.cause))
          assert.deepStrictEqual(yield* all, ["before", "after"])
        })
      )
    )

    it.effect(`${kind}: a broken constraint is the command's defect, not the store's error`, () =>
      provided(
        Effect.gen(function* () {
          yield* table
          const store = yield* Store
          const twice = store.write((db) => db.run("INSERT INTO t (a, b) VALUES (1, 'x')"))
          yield* twice
          const exit = yield* Effect.exit(twice)
          assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause))
          yield* put("goes on")
        })
      )
    )

    it.effect(`${kind}: a transaction that a command ended by itself fails with everything in it`, () =>
      provided(
        Effect.gen(function* () {
          yield* table
          const store = yield* Store
          const error = yield* Effect.flip(store.write((db) => db.raw.exec("ROLLBACK")))
          assert.strictEqual(error.kind, "failed")
          yield* put("goes on")
          assert.deepStrictEqual(yield* all, ["goes on"])
        })
      )
    )

    it.effect(`${kind}: any mix of commands leaves exactly what the successful ones wrote`, () =>
      Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(
            fc.array(fc.record({ text: fc.string(), ok: fc.boolean(), full: fc.boolean() }), { maxLength: 40 }),
            (commands) =>
              Effect.runPromise(
                provided(
                  Effect.gen(function* () {
                    yield* table
                    const store = yield* Store
                    yield* Effect.forEach(
                      commands,
                      (command) =>
                        Effect.exit(
                          store.write(
                            (db) => {
                              db.run("INSERT INTO t (b) VALUES (?)", command.text.toWellFormed())
                              if (!command.ok) throw new Error("no")
                            },
                            command.full ? "full" : "normal"
                          )
                        ),
                      { concurrency: "unbounded" }
                    )
                    const written = commands
                      .filter((command) => command.ok)
                      .map((command) => command.text.toWellFormed())
                    assert.deepStrictEqual(yield* all, written)
                  })
                )
              )
          ),
          { numRuns: 25 }
        )
      )
    )
  }

  it.effect("a caller that was interrupted before its turn wrote nothing", () =>
    Effect.gen(function* () {
      yield* table
      const fiber = yield* Effect.forkChild(put("never", "full"), { startImmediately: true })
      yield* Fiber.interrupt(fiber)
      yield* put("later")
      assert.deepStrictEqual(yield* all, ["later"])
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("what needs no fsync is committed at once where nothing waits; so many in one breath share a batch", () =>
    Effect.gen(function* () {
      yield* table
      const fibers = yield* Effect.forEach(
        Array.from({ length: 40 }, (_, i) => `${i}`),
        (b) => Effect.forkChild(put(b), { startImmediately: true })
      )
      const first = yield* all
      assert.include(first, "0")
      assert.isBelow(first.length, 40)
      yield* Effect.forEach(fibers, Fiber.join)
      assert.deepStrictEqual(
        yield* all,
        Array.from({ length: 40 }, (_, i) => `${i}`)
      )
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("closing commits what is queued, and the store then answers that it is closed", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "exoclaw.db")
      const { fibers, store } = yield* Effect.gen(function* () {
        yield* table
        const fibers = yield* Effect.forEach(["a", "b", "c"], (b) =>
          Effect.forkDetach(put(b, "full"), { startImmediately: true })
        )
        return { fibers, store: yield* Store }
      }).pipe(Effect.provide(layer(path)))
      yield* Effect.forEach(fibers, Fiber.join)
      assert.strictEqual((yield* Effect.flip(store.write((db) => db.run("SELECT 1")))).kind, "closed")
      assert.strictEqual((yield* Effect.flip(store.read((db) => db.get("SELECT 1")))).kind, "closed")
      assert.deepStrictEqual(yield* all.pipe(Effect.provide(layer(path))), ["a", "b", "c"])
    }).pipe(Effect.scoped)
  )

  it.effect("a read cannot write, whatever it asks by", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "exoclaw.db")
      yield* Effect.gen(function* () {
        yield* table
        const store = yield* Store
        const insert = "INSERT INTO t (b) VALUES ('x')"
        for (const sql of [insert, `${insert} RETURNING b`, `-- SELECT\n${insert}`, `WITH a AS (SELECT 1) ${insert}`]) {
          for (const how of ["run", "get", "all"] as const) {
            const error = yield* Effect.flip(store.read((db) => db[how](sql)))
            assert.strictEqual(error.kind, "readonly", `${how} ${sql}`)
          }
        }
        assert.deepStrictEqual(yield* all, [])
      }).pipe(Effect.provide(layer(path)))
    }).pipe(Effect.scoped)
  )

  it.effect("a read sees nothing of a transaction that somebody has open on the writing connection", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "exoclaw.db")
      yield* Effect.gen(function* () {
        yield* table
        yield* put("committed")
        const { db, lock } = yield* SqliteWriter
        yield* Effect.gen(function* () {
          db.raw.exec("BEGIN IMMEDIATE")
          db.run("INSERT INTO t (b) VALUES ('open')")
          assert.deepStrictEqual(yield* all, ["committed"])
          db.raw.exec("COMMIT")
        }).pipe(lock.withPermits(1))
        assert.deepStrictEqual(yield* all, ["committed", "open"])
      }).pipe(Effect.provide(layer(path)))
    }).pipe(Effect.scoped)
  )

  it.effect("a read behind a commit reads no page again", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "exoclaw.db")
      yield* Effect.gen(function* () {
        yield* table
        const store = yield* Store
        const { db } = yield* SqliteWriter
        const asked: Array<string> = []
        const prepare = db.raw.prepare.bind(db.raw)
        db.raw.prepare = (sql: string) => {
          asked.push(sql)
          return prepare(sql)
        }
        yield* put("one")
        assert.deepStrictEqual(yield* store.read((reads) => reads.get("SELECT b FROM t")), { b: "one" })
        // on the connection that wrote it
        assert.include(asked, "SELECT b FROM t")
      }).pipe(Effect.provide(layer(path)))
    }).pipe(Effect.scoped)
  )

  it.effect(
    "T36: the database and its folder belong to their owner alone, and a folder that was there is not touched",
    () =>
      Effect.gen(function* () {
        const home = yield* folder
        chmodSync(home, 0o755)
        const path = join(home, "state", "exoclaw.db")
        yield* Effect.gen(function* () {
          yield* table
          for (const file of [path, `${path}-wal`, `${path}-shm`]) {
            assert.strictEqual(statSync(file).mode & 0o777, 0o600, file)
          }
        }).pipe(Effect.provide(layer(path)))
        assert.strictEqual(statSync(join(home, "state")).mode & 0o777, 0o700)
        assert.strictEqual(statSync(home).mode & 0o777, 0o755)
      }).pipe(Effect.scoped)
  )

  it.effect("what was deleted is overwritten in the file", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "exoclaw.db")
      const secret = "correct-horse-battery-staple"
      yield* Effect.gen(function* () {
        yield* table
        yield* put(secret)
        const store = yield* Store
        yield* store.write((db) => db.run("DELETE FROM t"))
      }).pipe(Effect.provide(layer(path)))
      assert.isFalse(readFileSync(path).includes(secret))
    }).pipe(Effect.scoped)
  )
})

describe("SqliteStore, bad input", () => {
  const open = (path: string) => Effect.flip(Layer.build(layer(path)))

  it.effect("a file that is no database is refused as damaged, and left as it is", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "exoclaw.db")
      const text = "this is not a database, and it is long enough to be read as a header".repeat(20)
      writeFileSync(path, text)
      const error = yield* open(path)
      assert.instanceOf(error, StoreError)
      assert.strictEqual(error.kind, "corrupt")
      assert.include(error.message, "restore a backup")
      assert.strictEqual(readFileSync(path, "utf8"), text)
    }).pipe(Effect.scoped)
  )

  it.effect("a page damaged under a running store is a typed error, and the store lives on", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "exoclaw.db")
      yield* Effect.gen(function* () {
        yield* table
        yield* Effect.forEach(Array.from({ length: 3_000 }), () => put("x".repeat(100)), { concurrency: "unbounded" })
      }).pipe(Effect.provide(layer(path)))
      const bytes = readFileSync(path)
      bytes.fill(0xff, Math.floor(bytes.length / 2))
      writeFileSync(path, bytes)
      yield* Effect.gen(function* () {
        const error = yield* Effect.flip(all)
        assert.strictEqual(error.kind, "corrupt")
        const store = yield* Store
        assert.strictEqual(yield* store.write(() => 1), 1)
      }).pipe(Effect.provide(layer(path)))
    }).pipe(Effect.scoped)
  )

  it.effect(
    "a folder in the file's place, a file in the folder's place, a folder nobody can make: refused with the next step",
    () =>
      Effect.gen(function* () {
        const home = yield* folder
        mkdirSync(join(home, "exoclaw.db"))
        writeFileSync(join(home, "file"), "")
        const places = [join(home, "exoclaw.db"), join(home, "file", "exoclaw.db"), "/proc/nope/state/exoclaw.db"]
        for (const path of places) {
          const error = yield* open(path)
          assert.strictEqual(error.kind, "readonly")
          assert.include(error.message, "EXOCLAW_STATE")
        }
      }).pipe(Effect.scoped)
  )

  it.effect("a database from a newer version is refused by a sentence, unchanged", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "exoclaw.db")
      yield* table.pipe(Effect.provide(layer(path)))
      const raw = new DatabaseSync(path)
      raw.exec("INSERT INTO migrations VALUES (9999, 'from the future')")
      raw.close()
      const error = yield* open(path)
      assert.strictEqual(error.kind, "newer_schema")
      assert.include(error.message, "newer exoclaw")
    }).pipe(Effect.scoped)
  )

  it.effect("a full disk is a typed error for the whole batch, with nothing half written", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "exoclaw.db")
      yield* Effect.gen(function* () {
        yield* table
        yield* put("before")
        const store = yield* Store
        yield* store.write((db) => {
          const pages = Number(db.get("PRAGMA page_count")?.page_count)
          db.raw.exec(`PRAGMA max_page_count = ${pages + 1}`)
        })
        const big = put("x".repeat(100_000), "full")
        const [small, large] = yield* Effect.all([Effect.exit(put("small", "full")), Effect.flip(big)], {
          concurrency: "unbounded"
        })
        assert.strictEqual(large.kind, "full")
        assert.include(large.message, "Free some space")
        assert.isTrue(Exit.isFailure(small))
        assert.deepStrictEqual(yield* all, ["before"])
        yield* put("fits")
      }).pipe(Effect.provide(layer(path)))
    }).pipe(Effect.scoped)
  )

  it.live("a lock that another connection holds for a while is waited for, one that stays is an error", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "exoclaw.db")
      yield* Effect.gen(function* () {
        yield* table
        const other = new DatabaseSync(path)
        other.exec("BEGIN IMMEDIATE")
        const waiting = yield* Effect.forkChild(put("waited"), { startImmediately: true })
        yield* Effect.callback<void>((resume) => {
          setImmediate(() => setImmediate(() => resume(Effect.void)))
        })
        assert.deepStrictEqual(yield* all, [])
        other.exec("COMMIT")
        yield* Fiber.join(waiting)
        assert.deepStrictEqual(yield* all, ["waited"])
        other.exec("BEGIN IMMEDIATE")
        const error = yield* Effect.flip(put("in vain"))
        assert.strictEqual(error.kind, "locked")
        other.exec("COMMIT")
        other.close()
        yield* put("again")
        assert.deepStrictEqual(yield* all, ["waited", "again"])
      }).pipe(Effect.provide(layer(path, { patience: "40 millis" })))
    }).pipe(Effect.scoped)
  )

  for (const [what, change] of [
    ["deleted", (path: string) => rmSync(path, { recursive: true })],
    ["moved away", (path: string) => renameSync(path, `${path}-away`)],
    [
      "replaced",
      (path: string) => {
        renameSync(join(path, "exoclaw.db"), join(path, "old.db"))
        writeFileSync(join(path, "exoclaw.db"), "")
      }
    ]
  ] as const)
    it.effect(`T33: a database that was ${what} while it was in use takes nothing more`, () =>
      Effect.scoped(
        Effect.gen(function* () {
          const home = yield* folder
          const path = join(home, "state")
          yield* Effect.gen(function* () {
            yield* table
            yield* put("one")
            change(path)
            const error = yield* Effect.flip(put("two"))
            assert.strictEqual(error.kind, "moved")
            assert.include(error.message, "was moved, replaced or deleted")
          }).pipe(Effect.provide(layer(join(path, "exoclaw.db"))))
        })
      )
    )
})
