import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { TestClock } from "effect/testing"
import { generateKeyPairSync } from "node:crypto"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Audit } from "../../src/audit/Audit.ts"
import { canonical, linkInput } from "../../src/audit/Chain.ts"
import type { AuditEvent } from "../../src/audit/AuditEvent.ts"
import { isDue, signedText } from "../../src/audit/Checkpoint.ts"
import * as AuditKey from "../../layers/audit/AuditKey.ts"
import { noteFile, trustOf } from "../../layers/audit/CheckpointNote.ts"
import { attend, layer as checkpoints } from "../../layers/audit/Checkpoints.ts"
import { layerTrusting } from "../../layers/audit/SqliteAudit.ts"
import { verifyFile } from "../../layers/audit/verifyFile.ts"
import { sha256 } from "../../layers/audit/walk.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { Store } from "../../layers/store/Store.ts"

const hour = 3_600_000
const day = 24 * hour

const event = (outcome: string): AuditEvent => ({
  kind: "tool.call",
  tenant: "default",
  principal: "local",
  outcome,
  data: {}
})

const append = (...outcomes: ReadonlyArray<string>) =>
  Effect.flatMap(Audit, (audit) =>
    Effect.forEach(outcomes, (outcome) => audit.append(event(outcome)), { discard: true, concurrency: "unbounded" })
  )
const many = (count: number) => append(...Array.from({ length: count }, (_, i) => String(i)))

/** A place for a log and its key, and everything a test does with them. */
const place = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => fs.mkdtempSync(join(tmpdir(), "exoclaw-checkpoints-"))),
    (folder) => Effect.sync(() => fs.rmSync(folder, { recursive: true, force: true }))
  ),
  (folder) => {
    const database = join(folder, "state", "exoclaw.db")
    const keyFile = join(folder, "config", "audit.key")
    const options = { keyFile, retentionDays: undefined }
    const trust = trustOf(keyFile, database)
    return {
      folder,
      database,
      keyFile,
      options,
      trust,
      layer: Layer.provideMerge(layerTrusting(trust), SqliteStore.layer(database)),
      verify: Effect.flatMap(trust, (trust) => verifyFile(database, trust)),
      /** Somebody with a hand on the database and on nothing else. */
      attack: (sql: string | ((db: DatabaseSync) => void)) => {
        const db = new DatabaseSync(database)
        for (const table of ["audit", "audit_checkpoints"]) {
          db.exec(`DROP TRIGGER IF EXISTS ${table}_no_update; DROP TRIGGER IF EXISTS ${table}_no_delete`)
        }
        if (typeof sql === "string") db.exec(sql)
        else sql(db)
        db.close()
      }
    }
  }
)
type Place = Effect.Success<typeof place>

/** Computes the chain anew from one entry on, so that it is whole. */
const recompute = (db: DatabaseSync, from: number) => {
  const before = db.prepare("SELECT hash FROM audit WHERE seq = ?").get(from - 1)?.["hash"]
  let previous = before === undefined ? "0".repeat(64) : String(before)
  let seq = from - 1
  for (const row of db.prepare("SELECT seq, at, event FROM audit WHERE seq >= ? ORDER BY seq").all(from)) {
    seq = Number(row["seq"])
    previous = sha256(linkInput(previous, seq, Number(row["at"]), String(row["event"])))
    db.prepare("UPDATE audit SET hash = ? WHERE seq = ?").run(previous, seq)
  }
  db.prepare("UPDATE audit_head SET seq = ?, hash = ?").run(seq, previous)
}
const cut = (db: DatabaseSync, after: number) => {
  db.prepare("DELETE FROM audit WHERE seq > ?").run(after)
  db.exec("UPDATE audit_head SET (seq, hash) = (SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1)")
}
const forge = (db: DatabaseSync, seq: number, outcome: string) =>
  db.prepare("UPDATE audit SET event = ? WHERE seq = ?").run(canonical(event(outcome)), seq)

/** Four entries, signed at the second and at the fourth, and a fifth that is not. */
const written = ({ layer, options }: Place) =>
  Effect.gen(function* () {
    yield* append("1")
    yield* append("2")
    yield* attend(options)
    yield* TestClock.adjust(hour)
    yield* append("3")
    yield* append("4")
    yield* attend(options)
    yield* append("5")
  }).pipe(Effect.provide(layer))

const signed = Effect.map(
  Effect.flatMap(Audit, (audit) => audit.verify),
  ({ signed }) => [signed.checkpoints, signed.last?.seq ?? 0]
)

describe("a checkpoint", () => {
  it("is due after a thousand entries, or an hour with any; never without new ones", () => {
    const head = (seq: number) => ({ seq, hash: "" })
    const last = { seq: 10, at: 1_000 }
    assert.isFalse(isDue(head(0), undefined, 9 * hour))
    assert.isTrue(isDue(head(1), undefined, 0))
    assert.isFalse(isDue(head(10), last, 9 * hour))
    assert.isFalse(isDue(head(11), last, hour))
    assert.isTrue(isDue(head(11), last, hour + 1_000))
    assert.isTrue(isDue(head(11), { ...last, at: 9 * hour }, hour), "the clock was set back")
    assert.isFalse(isDue(head(1_009), last, 2_000))
    assert.isTrue(isDue(head(1_010), last, 2_000))
  })

  it.effect("names the log, the place and the time it was signed at, for this purpose alone", () =>
    Effect.gen(function* () {
      const { keyFile } = yield* place
      const key = yield* AuditKey.ensure(keyFile)
      const at = { log: "a", seq: 1, hash: "h", at: 5 }
      const text = signedText("checkpoint", at)
      const signature = key.sign(text)
      assert.isTrue(AuditKey.verifies(key.publicKey, text, signature))
      const others = [
        { ...at, log: "b" },
        { ...at, seq: 2 },
        { ...at, hash: "i" },
        { ...at, at: 6 }
      ]
      for (const other of [...others.map((other) => signedText("checkpoint", other)), signedText("pruned", at)]) {
        assert.isFalse(AuditKey.verifies(key.publicKey, other, signature))
      }
      for (const wrong of ["", "x", signature.slice(4), `${signature}=`]) {
        assert.isFalse(AuditKey.verifies(key.publicKey, text, wrong))
        assert.isFalse(AuditKey.verifies(wrong, text, signature))
      }
    }).pipe(Effect.scoped)
  )

  it.effect("is signed when it is due, and noted beside the key", () =>
    Effect.gen(function* () {
      const { database, keyFile, layer, options } = yield* place
      yield* Effect.gen(function* () {
        yield* attend(options)
        assert.isFalse(fs.existsSync(keyFile))
        yield* append("a")
        yield* attend(options)
        assert.deepStrictEqual(yield* signed, [1, 1])
        yield* append("b")
        yield* attend(options)
        assert.deepStrictEqual(yield* signed, [1, 1])
        yield* many(999)
        yield* attend(options)
        assert.deepStrictEqual(yield* signed, [2, 1_001])
        yield* append("c")
        yield* TestClock.adjust(hour)
        yield* attend(options)
        assert.deepStrictEqual(yield* signed, [3, 1_002])
        yield* TestClock.adjust(hour)
        yield* attend(options)
        assert.deepStrictEqual(yield* signed, [3, 1_002])
      }).pipe(Effect.provide(layer))
      for (const file of [keyFile, noteFile(keyFile, database)]) {
        assert.strictEqual(fs.statSync(file).mode & 0o777, 0o600)
      }
      const verdict = yield* verifyFile(database, yield* trustOf(keyFile, database))
      assert.isUndefined(verdict.broken)
      assert.strictEqual(verdict.signed.last?.key, (yield* AuditKey.find(keyFile))?.publicKey)
    }).pipe(Effect.scoped)
  )

  it.effect("is looked for every minute by itself, and signed once more when the gateway stops", () =>
    Effect.gen(function* () {
      const { layer, options, verify } = yield* place
      const turn = Effect.promise(() => new Promise<void>((resolve) => setImmediate(resolve)))
      const until = (seq: number): Effect.Effect<void, unknown, Store | Audit> =>
        Effect.flatMap(signed, ([, last]) => (last === seq ? Effect.void : Effect.andThen(turn, later(seq))))
      const later = (seq: number) => Effect.andThen(TestClock.adjust("10 seconds"), until(seq))
      yield* Effect.gen(function* () {
        yield* append("a")
        yield* until(1)
        yield* many(1_000)
        yield* until(1_001)
        yield* append("z")
      }).pipe(Effect.provide(Layer.provideMerge(checkpoints(options), layer)))
      const verdict = yield* verify
      assert.isUndefined(verdict.broken)
      assert.strictEqual(verdict.signed.last?.seq, 1_002)
    }).pipe(Effect.scoped)
  )

  it.effect("is not signed by a chain that is broken since the last one", () =>
    Effect.gen(function* () {
      const here = yield* place
      yield* written(here)
      here.attack((db) => forge(db, 5, "other"))
      yield* Effect.gen(function* () {
        yield* append("6")
        yield* TestClock.adjust(hour)
        yield* attend(here.options)
        const verdict = yield* (yield* Audit).verify
        assert.strictEqual(verdict.signed.last?.seq, 4)
        assert.strictEqual(verdict.broken?.seq, 5)
      }).pipe(Effect.provide(here.layer))
    }).pipe(Effect.scoped)
  )
})

describe("verification", () => {
  const attacks: ReadonlyArray<
    readonly [what: string, attack: (db: DatabaseSync) => void, seq: number | undefined, why: string]
  > = [
    [
      "a chain computed anew from an entry on that was signed over",
      (db) => recompute((forge(db, 3, "x"), db), 3),
      4,
      "was signed"
    ],
    ["a chain computed anew from its beginning", (db) => recompute((forge(db, 1, "x"), db), 1), 2, "was signed"],
    ["a tail cut off before a checkpoint", (db) => cut(db, 3), 4, "missing from the end"],
    [
      "a tail cut off with its checkpoints",
      (db) => {
        cut(db, 3)
        db.exec("DELETE FROM audit_checkpoints WHERE seq > 3")
      },
      4,
      "missing from the end"
    ],
    [
      "a chain computed anew without the checkpoints",
      (db) => {
        recompute((forge(db, 3, "x"), db), 3)
        db.exec("DELETE FROM audit_checkpoints")
      },
      4,
      "was signed and noted"
    ],
    [
      "a checkpoint moved to the forged entry",
      (db) => {
        recompute((forge(db, 1, "x"), db), 1)
        db.exec("UPDATE audit_checkpoints SET hash = (SELECT hash FROM audit WHERE seq = 2) WHERE seq = 2")
      },
      2,
      "wrong signature"
    ],
    [
      "a beginning that was taken out without a signed mark",
      (db) => {
        db.exec("INSERT INTO audit_pruned SELECT 1, seq, hash, at, key, signature FROM audit_checkpoints WHERE seq = 2")
        db.exec("DELETE FROM audit WHERE seq <= 2")
      },
      2,
      "wrong signature"
    ],
    ["another log in its place", (db) => db.exec("UPDATE audit_log SET log = 'other'"), 1, "another log"],
    ["a log without checkpoints in its place", (db) => db.exec("DROP TABLE audit_log"), 1, "another log"],
    // nobody but an anchor noted elsewhere can show this: it is younger than every signature
    ["not: an entry behind the last checkpoint", (db) => cut(db, 4), undefined, ""]
  ]
  for (const [what, attack, seq, why] of attacks) {
    it.effect(`notices ${what}`, () =>
      Effect.gen(function* () {
        const here = yield* place
        yield* written(here)
        assert.isUndefined((yield* here.verify).broken)
        here.attack(attack)
        const { broken } = yield* here.verify
        assert.strictEqual(broken?.seq, seq)
        assert.include(broken?.why ?? "", why)
        if (what === "a log without checkpoints in its place") return
        const online = yield* Effect.provide(
          Effect.flatMap(Audit, (audit) => audit.verify),
          here.layer
        )
        assert.deepStrictEqual(online.broken, broken)
      }).pipe(Effect.scoped)
    )
  }

  it.effect("does not trust a key that the attacker made, until an operator does", () =>
    Effect.gen(function* () {
      const here = yield* place
      yield* written(here)
      const own = (yield* AuditKey.find(here.keyFile))!
      fs.rmSync(noteFile(here.keyFile, here.database))
      const { privateKey } = generateKeyPairSync("ed25519")
      const other = join(here.folder, "other.key")
      fs.writeFileSync(other, privateKey.export({ format: "pem", type: "pkcs8" }), { mode: 0o600 })
      const stranger = (yield* AuditKey.find(other))!
      here.attack((db) => {
        recompute((forge(db, 1, "x"), db), 1)
        const log = String(db.prepare("SELECT log FROM audit_log").get()?.["log"])
        for (const row of db
          .prepare("SELECT c.seq, c.at, a.hash FROM audit_checkpoints c JOIN audit a USING (seq)")
          .all()) {
          const [seq, at, hash] = [Number(row["seq"]), Number(row["at"]), String(row["hash"])]
          const signature = stranger.sign(signedText("checkpoint", { log, seq, at, hash }))
          const update = db.prepare("UPDATE audit_checkpoints SET hash = ?, key = ?, signature = ? WHERE seq = ?")
          update.run(hash, stranger.publicKey, signature, seq)
        }
      })
      const { broken } = yield* here.verify
      assert.strictEqual(broken?.seq, 2)
      assert.include(broken?.why, stranger.publicKey)
      // without any key it is but whole in itself
      assert.isUndefined((yield* verifyFile(here.database)).broken)
      assert.strictEqual((yield* verifyFile(here.database, { keys: [own.publicKey] })).broken?.seq, 2)
      yield* AuditKey.trust(here.keyFile, [stranger.publicKey, own.publicKey])
      yield* AuditKey.trust(here.keyFile, [stranger.publicKey])
      assert.deepStrictEqual(yield* AuditKey.trusted(here.keyFile), [stranger.publicKey])
      assert.isUndefined((yield* here.verify).broken)
    }).pipe(Effect.scoped)
  )

  it.effect("that demands a signature refuses a log that has none", () =>
    Effect.gen(function* () {
      const here = yield* place
      yield* Effect.provide(append("a"), here.layer)
      assert.isUndefined((yield* here.verify).broken)
      const { broken } = yield* verifyFile(here.database, { demanded: true })
      assert.include(broken?.why, "no checkpoint is signed")
    }).pipe(Effect.scoped)
  )

  it.effect("keeps the note of a log that was put back to an older state, so that it stays noticed", () =>
    Effect.gen(function* () {
      const here = yield* place
      yield* written(here)
      const older = join(here.folder, "older.db")
      fs.copyFileSync(here.database, older)
      const later = Effect.gen(function* () {
        yield* TestClock.adjust(hour)
        yield* append("6")
        yield* attend(here.options)
      })
      yield* Effect.provide(later, here.layer)
      fs.copyFileSync(older, here.database)
      assert.strictEqual((yield* here.verify).broken?.seq, 6)
      // other entries at the same places do not replace it
      yield* Effect.provide(Effect.andThen(append("forged"), later), here.layer)
      assert.include((yield* here.verify).broken?.why, "noted in")
    }).pipe(Effect.scoped)
  )
})

describe("the key", () => {
  it.effect("that others may read, or that is none, signs nothing, and the gateway goes on", () =>
    Effect.gen(function* () {
      const here = yield* place
      fs.mkdirSync(join(here.folder, "config"))
      fs.writeFileSync(here.keyFile, "not a key", { mode: 0o600 })
      assert.match((yield* Effect.flip(AuditKey.ensure(here.keyFile))).message, /holds no Ed25519 key in PEM/)
      fs.chmodSync(here.keyFile, 0o644)
      assert.match((yield* Effect.flip(AuditKey.find(here.keyFile))).message, /others on this machine can read it/)
      yield* append("a").pipe(Effect.provide(Layer.provideMerge(checkpoints(here.options), here.layer)))
      assert.deepStrictEqual((yield* verifyFile(here.database)).signed.checkpoints, 0)
      fs.rmSync(here.keyFile)
      fs.writeFileSync(AuditKey.trustedFile(here.keyFile), "# mine\n\nnonsense\n")
      assert.match((yield* Effect.flip(AuditKey.trusted(here.keyFile))).message, /no Ed25519 key in base64/)
    }).pipe(Effect.scoped)
  )

  it.effect("is made once, whoever asks at the same time, and lies beside the secrets' own", () =>
    Effect.gen(function* () {
      const { keyFile } = yield* place
      const keys = yield* Effect.forEach([1, 2, 3, 4], () => AuditKey.ensure(keyFile))
      assert.lengthOf(new Set(keys.map(({ publicKey }) => publicKey)), 1)
      assert.isTrue(AuditKey.isPublicKey(keys[0]!.publicKey))
      assert.strictEqual(AuditKey.defaultKeyFile(new Map(), "/home/a"), "/home/a/.config/exoclaw/audit.key")
    }).pipe(Effect.scoped)
  )
})

describe("retention", () => {
  const keeping = (here: Place, retentionDays: number) => attend({ keyFile: here.keyFile, retentionDays })

  it.effect("takes out what is older, behind a signed mark; what is left verifies from there", () =>
    Effect.gen(function* () {
      const here = yield* place
      yield* Effect.gen(function* () {
        yield* many(2_500)
        yield* keeping(here, 30)
        yield* TestClock.adjust(31 * day)
        yield* append("young")
        yield* keeping(here, 30)
        const audit = yield* Audit
        const verdict = yield* audit.verify
        assert.isUndefined(verdict.broken)
        assert.strictEqual(verdict.first, 2_501)
        const rest = yield* audit.query({ limit: 10 })
        assert.deepStrictEqual(
          rest.map(({ event }) => [event.kind, event.data]),
          [
            ["tool.call", {}],
            ["audit.pruned", { from: 1, to: 1_000, days: 30 }],
            ["audit.pruned", { from: 1_001, to: 2_000, days: 30 }],
            ["audit.pruned", { from: 2_001, to: 2_500, days: 30 }]
          ]
        )
        yield* TestClock.adjust(hour)
        yield* keeping(here, 30)
        assert.strictEqual((yield* audit.verify).first, 2_501)
      }).pipe(Effect.provide(here.layer))
      assert.isUndefined((yield* here.verify).broken)
      here.attack("UPDATE audit_pruned SET seq = 2400")
      assert.isDefined((yield* here.verify).broken)
    }).pipe(Effect.scoped)
  )

  it.effect("keeps what is young enough, what stands behind it, and what is not signed yet", () =>
    Effect.gen(function* () {
      const here = yield* place
      yield* Effect.gen(function* () {
        yield* TestClock.setTime(100 * day)
        yield* append("young")
        // the clock was put back
        yield* TestClock.setTime(1 * day)
        yield* append("old by its time")
        yield* TestClock.setTime(120 * day)
        yield* keeping(here, 30)
        const verdict = yield* (yield* Audit).verify
        assert.strictEqual(verdict.first, 1)
        assert.strictEqual(verdict.entries, 2)
      }).pipe(Effect.provide(here.layer))
    }).pipe(Effect.scoped)
  )

  it.effect("takes nothing out that does not follow from what was signed", () =>
    Effect.gen(function* () {
      const here = yield* place
      yield* written(here)
      here.attack((db) => forge(db, 1, "x"))
      yield* TestClock.adjust(60 * day)
      yield* Effect.provide(keeping(here, 30), here.layer)
      const verdict = yield* here.verify
      assert.strictEqual(verdict.entries, 5)
      assert.strictEqual(verdict.broken?.seq, 1)
    }).pipe(Effect.scoped)
  )

  it.effect("is all that may delete: a slip of the hand is refused as before", () =>
    Effect.gen(function* () {
      const here = yield* place
      yield* written(here)
      yield* Effect.gen(function* () {
        const store = yield* Store
        for (const table of ["audit", "audit_checkpoints"]) {
          assert.strictEqual((yield* Effect.exit(store.write((db) => db.run(`DELETE FROM ${table}`))))._tag, "Failure")
        }
      }).pipe(Effect.provide(here.layer))
    }).pipe(Effect.scoped)
  )
})
