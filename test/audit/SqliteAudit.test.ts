import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { TestClock } from "effect/testing"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Audit } from "../../src/audit/Audit.ts"
import type { AuditEvent } from "../../src/audit/AuditEvent.ts"
import { appendEntry, layer } from "../../layers/audit/SqliteAudit.ts"
import { verifyFile } from "../../layers/audit/verifyFile.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { Store } from "../../layers/store/Store.ts"

const event = (outcome: string, more: Partial<AuditEvent> = {}): AuditEvent => ({
  kind: "tool.call",
  tenant: "default",
  principal: "local",
  outcome,
  data: {},
  ...more
})

const unsigned = { checkpoints: 0, last: undefined }

const memory = Layer.provideMerge(layer, SqliteStore.layerMemory)
const onFile = (path: string) => Layer.provideMerge(layer, SqliteStore.layer(path))

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "exoclaw-audit-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const append = (...events: ReadonlyArray<AuditEvent>) =>
  Effect.flatMap(Audit, (audit) => Effect.forEach(events, audit.append, { discard: true }))
const unlocked = (change: string) =>
  Effect.flatMap(Store, (store) =>
    store.write((db) => {
      db.raw.exec("DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete")
      db.raw.exec(change)
    })
  )
const verdict = Effect.flatMap(Audit, (audit) => audit.verify)

describe("SqliteAudit", () => {
  it.effect("an empty log is whole", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* verdict, {
        entries: 0,
        first: 1,
        head: "0".repeat(64),
        signed: unsigned,
        broken: undefined
      })
    }).pipe(Effect.provide(memory))
  )

  it.effect("keeps what was appended, in order, with the time of the clock", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_000)
      yield* append(event("a"))
      yield* TestClock.setTime(2_000)
      yield* append(event("b", { agent: "main", turn: "turn_1" }))
      const entries = yield* (yield* Audit).query({ limit: 10 })
      assert.deepStrictEqual(
        entries.map(({ seq, at, event }) => ({ seq, at, event })),
        [
          { seq: 1, at: 1_000, event: event("a") },
          { seq: 2, at: 2_000, event: event("b", { agent: "main", turn: "turn_1" }) }
        ]
      )
      assert.deepStrictEqual(yield* verdict, {
        entries: 2,
        first: 1,
        head: entries[1]!.hash,
        signed: unsigned,
        broken: undefined
      })
    }).pipe(Effect.provide(memory))
  )

  it.effect("answers by position, kind and tenant, and never more than asked for", () =>
    Effect.gen(function* () {
      yield* append(
        event("1"),
        event("2", { kind: "auth.refused" }),
        event("3", { tenant: "acme" }),
        event("4", { tenant: "acme", kind: "auth.refused" }),
        event("5")
      )
      const audit = yield* Audit
      const outcomes = (query: Parameters<typeof audit.query>[0]) =>
        Effect.map(audit.query(query), (entries) => entries.map((entry) => entry.event.outcome).join(""))
      assert.strictEqual(yield* outcomes({ limit: 2 }), "12")
      assert.strictEqual(yield* outcomes({ limit: 2, after: 2 }), "34")
      assert.strictEqual(yield* outcomes({ limit: 9, kind: "auth.refused" }), "24")
      assert.strictEqual(yield* outcomes({ limit: 9, tenant: "acme" }), "34")
      assert.strictEqual(yield* outcomes({ limit: 9, tenant: "default" }), "125")
      assert.strictEqual(yield* outcomes({ limit: 9, tenant: "acme", kind: "auth.refused" }), "4")
      assert.strictEqual(yield* outcomes({ limit: 9, tenant: "nobody' OR 1 --" }), "")
    }).pipe(Effect.provide(memory))
  )

  it.effect("many writers at once make one chain without holes", () =>
    Effect.gen(function* () {
      yield* Effect.forEach(
        Array.from({ length: 2_500 }, (_, i) => event(String(i))),
        (event) => append(event),
        { concurrency: "unbounded", discard: true }
      )
      const found = yield* verdict
      assert.strictEqual(found.entries, 2_500)
      assert.isUndefined(found.broken)
    }).pipe(Effect.provide(memory))
  )

  it.effect("an entry appended inside a command that fails is gone with it", () =>
    Effect.gen(function* () {
      const store = yield* Store
      yield* append(event("first"))
      const failing = store.write((db) => {
        appendEntry(db, event("lost"), 1)
        throw new Error("no")
      }, "full")
      yield* Effect.all([Effect.exit(failing), append(event("second"))], { concurrency: "unbounded" })
      const found = yield* verdict
      assert.strictEqual(found.entries, 2)
      assert.isUndefined(found.broken)
    }).pipe(Effect.provide(memory))
  )

  it.effect("the log's rows cannot be updated or deleted by a slip", () =>
    Effect.gen(function* () {
      yield* append(event("a"))
      const store = yield* Store
      for (const sql of ["UPDATE audit SET at = 0", "DELETE FROM audit"]) {
        const exit = yield* Effect.exit(store.write((db) => db.run(sql)))
        assert.strictEqual(exit._tag, "Failure")
      }
      assert.strictEqual((yield* verdict).entries, 1)
    }).pipe(Effect.provide(memory))
  )

  const tampering: ReadonlyArray<readonly [string, string, number, string]> = [
    ["a changed event", "UPDATE audit SET event = replace(event, 'ok2', 'ok9') WHERE seq = 2", 2, "does not match"],
    ["a changed time", "UPDATE audit SET at = at + 1 WHERE seq = 2", 2, "does not match"],
    ["a changed hash", "UPDATE audit SET hash = 'x' WHERE seq = 2", 2, "does not match"],
    ["a removed entry", "DELETE FROM audit WHERE seq = 2", 2, "missing"],
    ["a removed first entry", "DELETE FROM audit WHERE seq = 1", 1, "missing"],
    [
      "two exchanged entries",
      "UPDATE audit SET seq = -2 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = -2",
      2,
      "does not match"
    ],
    ["a tail that was cut off", "DELETE FROM audit WHERE seq > 2", 3, "missing from the end"],
    ["a log that was emptied", "DELETE FROM audit", 1, "missing from the end"],
    [
      "an entry slipped in at the end",
      "INSERT INTO audit (seq, at, event, hash) SELECT 5, at, event, hash FROM audit WHERE seq = 4",
      5,
      "behind"
    ],
    ["a head that was exchanged", "UPDATE audit_head SET hash = 'x'", 4, "recorded last"]
  ]
  for (const [what, sql, seq, why] of tampering) {
    it.effect(`notices ${what}, and names the entry, online and offline`, () =>
      Effect.gen(function* () {
        const path = join(yield* folder, "exoclaw.db")
        const online = yield* Effect.gen(function* () {
          yield* append(event("ok1"), event("ok2"), event("ok3"), event("ok4"))
          assert.isUndefined((yield* verdict).broken)
          yield* unlocked(sql)
          return yield* verdict
        }).pipe(Effect.provide(onFile(path)))
        assert.strictEqual(online.broken?.seq, seq)
        assert.include(online.broken?.why, why)
        assert.deepStrictEqual(yield* verifyFile(path), online)
      }).pipe(Effect.scoped)
    )
  }

  it.effect("a tail cut off together with its head is noticed only against a hash noted elsewhere", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "exoclaw.db")
      const noted = yield* Effect.gen(function* () {
        yield* append(event("a"), event("b"), event("c"))
        const whole = yield* verdict
        yield* unlocked(
          "DELETE FROM audit WHERE seq > 2; UPDATE audit_head SET seq = 2, hash = (SELECT hash FROM audit WHERE seq = 2)"
        )
        return { seq: whole.entries, hash: whole.head }
      }).pipe(Effect.provide(onFile(path)))
      assert.isUndefined((yield* verifyFile(path)).broken)
      assert.strictEqual((yield* verifyFile(path, { anchor: noted })).broken?.seq, 3)
    }).pipe(Effect.scoped)
  )

  it.effect("verification reads a file that a gateway is writing, and changes nothing", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "exoclaw.db")
      yield* Effect.gen(function* () {
        yield* append(event("a"), event("b"))
        const found = yield* verifyFile(path)
        assert.strictEqual(found.entries, 2)
        assert.isUndefined(found.broken)
      }).pipe(Effect.provide(onFile(path)))
      const before = readFileSync(path)
      yield* verifyFile(path)
      assert.isTrue(before.equals(readFileSync(path)))
      const error = yield* Effect.flip(verifyFile(join(path, "..", "none.db")))
      assert.strictEqual(error._tag, "StoreError")
    }).pipe(Effect.scoped)
  )

  it.effect("without its head, or after the store is closed, it refuses as unavailable", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "exoclaw.db")
      const audit = yield* Effect.gen(function* () {
        yield* append(event("a"))
        const store = yield* Store
        yield* store.write((db) => db.run("DELETE FROM audit_head"))
        const error = yield* Effect.flip(append(event("b")))
        assert.strictEqual(error._tag, "AuditUnavailable")
        return yield* Audit
      }).pipe(Effect.provide(onFile(path)))
      assert.strictEqual((yield* Effect.flip(audit.append(event("c"))))._tag, "AuditUnavailable")
      assert.strictEqual((yield* Effect.flip(audit.query({ limit: 1 })))._tag, "AuditUnavailable")
      const raw = new DatabaseSync(path, { readOnly: true })
      assert.strictEqual(Number(raw.prepare("SELECT count(*) AS n FROM audit").get()?.n), 1)
      raw.close()
    }).pipe(Effect.scoped)
  )
})
