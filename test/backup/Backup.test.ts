import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Tar from "effect/encoding/Tar"
import { TestClock } from "effect/testing"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Audit } from "../../src/audit/Audit.ts"
import type { AuditEvent } from "../../src/audit/AuditEvent.ts"
import { isStateFile, type Manifest } from "../../src/backup/Manifest.ts"
import * as AuditKey from "../../layers/audit/AuditKey.ts"
import { noteFile, trustOf } from "../../layers/audit/CheckpointNote.ts"
import { attend } from "../../layers/audit/Checkpoints.ts"
import * as SqliteAudit from "../../layers/audit/SqliteAudit.ts"
import { verifyFile } from "../../layers/audit/verifyFile.ts"
import { backup } from "../../layers/backup/Backup.ts"
import { startTicks } from "../../layers/platform/ProcessLiveness.ts"
import { BudgetLedger, openPermit, withPermit } from "../../src/budget/BudgetLedger.ts"
import { quote, spender, unlimited } from "../budget/fixtures.ts"
import { sqliteLedger } from "../budget/sqliteLedger.ts"
import { restore } from "../../layers/backup/Restore.ts"
import { copyDatabase, haveAlone } from "../../layers/store/Copy.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { Store } from "../../layers/store/Store.ts"

const event = (outcome: string): AuditEvent => ({
  kind: "tool.call",
  tenant: "default",
  principal: "local",
  outcome,
  data: {}
})

const on = (stateDir: string) => Layer.provideMerge(SqliteAudit.layer, SqliteStore.layer(join(stateDir, "exoclaw.db")))

/** A state folder with something of everything, and places for the rest. */
const world = Effect.gen(function* () {
  const folder = yield* Effect.acquireRelease(
    Effect.sync(() => fs.mkdtempSync(join(tmpdir(), "exoclaw-backup-"))),
    (path) => Effect.sync(() => fs.rmSync(path, { recursive: true, force: true }))
  )
  const stateDir = join(folder, "state")
  const keyFile = join(folder, "keys", "audit.key")
  const small = {
    "config.toml": "[gateway]\nport = 0\n",
    "secrets.db": '{"format":"exoclaw-secrets"}',
    "operator.token": "exo_operator",
    "soul.md": "Kind.",
    "credentials/anthropic": "sk-ant",
    "credentials/openai": "sk"
  }
  fs.mkdirSync(join(stateDir, "credentials"), { recursive: true, mode: 0o700 })
  for (const [name, text] of Object.entries(small)) fs.writeFileSync(join(stateDir, name), text, { mode: 0o600 })
  yield* Effect.gen(function* () {
    const audit = yield* Audit
    for (let i = 1; i <= 5; i++) yield* audit.append(event(String(i)))
    const store = yield* Store
    yield* store.write((db) => {
      db.run("INSERT INTO token_factors VALUES ('p', 'm', 1.5, 3)")
      db.run(
        "INSERT INTO tokens (id, tenant, name, scopes, digest, created_at) VALUES ('t', 'default', 'n', '[]', 'd', 1)"
      )
    })
    yield* attend({ keyFile, retentionDays: undefined })
  }).pipe(Effect.provide(on(stateDir)))
  const at = (name: string) => join(folder, name)
  return {
    folder,
    stateDir,
    keyFile,
    small,
    at,
    backup: (target: string) => backup({ stateDir, configFile: join(stateDir, "config.toml"), target: at(target) }),
    restore: (source: string, into: string, force = false) =>
      restore({ source: at(source), stateDir: at(into), force, keyFile })
  }
})

/** Every row of every table that both have, but for what restoring adds. */
const rows = (stateDir: string): Record<string, unknown> => {
  const db = new DatabaseSync(join(stateDir, "exoclaw.db"), { readOnly: true })
  const names = db
    .prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('audit', 'audit_head') ORDER BY name"
    )
    .all()
    .map(({ name }) => String(name))
  const all = Object.fromEntries(names.map((name) => [name, db.prepare(`SELECT * FROM "${name}"`).all()]))
  const audit = db.prepare("SELECT * FROM audit WHERE kind <> 'state.restored' ORDER BY seq").all()
  db.close()
  return { ...all, audit }
}

const modes = (folder: string): ReadonlyArray<string> =>
  fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => ({ entry, mode: fs.statSync(join(entry.parentPath, entry.name)).mode & 0o777 }))
    .filter(({ entry, mode }) => mode !== (entry.isDirectory() ? 0o700 : 0o600))
    .map(({ entry, mode }) => `${entry.name} ${mode.toString(8)}`)

const listed = (folder: string) => fs.readdirSync(folder, { recursive: true }).map(String).toSorted()

const readManifest = (folder: string): Manifest => JSON.parse(fs.readFileSync(join(folder, "manifest.json"), "utf8"))
const changeManifest = (folder: string, change: (manifest: Manifest) => object) =>
  fs.writeFileSync(join(folder, "manifest.json"), JSON.stringify(change(readManifest(folder))))

const nothingLeft = (folder: string) =>
  assert.deepStrictEqual(
    listed(folder).filter((name) => /(^|\/)\./.test(name)),
    []
  )

describe("backup and restore", () => {
  for (const target of ["copy", "copy.tar"]) {
    it.effect(`give back every row and file, through ${target}`, () =>
      Effect.gen(function* () {
        const here = yield* world
        yield* TestClock.setTime(1_700_000_000_000)
        const manifest = yield* here.backup(target)
        assert.deepStrictEqual(manifest.files.map(({ path }) => path).toSorted(), [
          "config.toml",
          "credentials/anthropic",
          "credentials/openai",
          "exoclaw.db",
          "operator.token",
          "secrets.db",
          "soul.md"
        ])
        assert.strictEqual(manifest.createdAt, 1_700_000_000_000)
        assert.strictEqual(manifest.audit.entries, 5)
        assert.strictEqual(fs.statSync(here.at(target)).mode & 0o777, target.endsWith(".tar") ? 0o600 : 0o700)
        const { aside, manifest: restored } = yield* here.restore(target, "new")
        assert.isUndefined(aside)
        assert.deepStrictEqual(restored, manifest)
        assert.deepStrictEqual(
          listed(here.at("new")),
          [...Object.keys(here.small), "credentials", "exoclaw.db"].toSorted()
        )
        assert.deepStrictEqual(rows(here.at("new")), rows(here.stateDir))
        for (const [name, text] of Object.entries(here.small)) {
          assert.strictEqual(fs.readFileSync(join(here.at("new"), name), "utf8"), text)
        }
        assert.deepStrictEqual([...modes(here.at("new")), ...modes(here.folder)], [])
        const database = join(here.at("new"), "exoclaw.db")
        const verdict = yield* verifyFile(database, yield* trustOf(here.keyFile, database))
        assert.isUndefined(verdict.broken)
        assert.strictEqual(verdict.entries, 6)
        const last = yield* Effect.provide(
          Effect.flatMap(Audit, (audit) => audit.query({ limit: 1, after: 5 })),
          on(here.at("new"))
        )
        assert.strictEqual(last[0]?.event.kind, "state.restored")
        nothingLeft(here.folder)
      }).pipe(Effect.scoped)
    )
  }

  it.effect("T13: leave nothing held and no session busy in a copy of a gateway that goes on elsewhere", () =>
    Effect.gen(function* () {
      const here = yield* world
      const database = (name: string) => join(name, "exoclaw.db")
      const q = quote({ inputBound: 100, outputCeiling: 50 })
      const meanwhile = Effect.gen(function* () {
        yield* openPermit(q)
        const store = yield* Store
        yield* store.write((db) =>
          db.run(
            "INSERT INTO instances VALUES ('inst_0000000000000001', ?, ?, 0)",
            process.pid,
            startTicks(process.pid) ?? ""
          )
        )
        yield* here.backup("copy")
      })
      yield* meanwhile.pipe(
        withPermit(q, spender),
        Effect.provide(sqliteLedger(database(here.stateDir), unlimited)),
        Effect.provide(on(here.stateDir))
      )
      yield* here.restore("copy", "new")
      const held = Effect.map(
        Effect.flatMap(BudgetLedger, (ledger) => ledger.status(spender)),
        (accounts) => accounts.find(({ scope, unit }) => scope === "day" && unit === "tokens")
      )
      const copied = yield* Effect.provide(held, sqliteLedger(database(here.at("new")), unlimited))
      assert.deepInclude(copied, { held: 0, spent: 150 })
      const left = yield* Effect.provide(
        Effect.flatMap(Store, (store) => store.read((db) => db.all("SELECT id FROM instances"))),
        on(here.at("new"))
      )
      assert.deepStrictEqual(left, [])
    }).pipe(Effect.scoped)
  )

  it.effect("take every table without being told of it: also those that this version does not know", () =>
    Effect.gen(function* () {
      const here = yield* world
      yield* Effect.gen(function* () {
        const store = yield* Store
        yield* store.write((db) => {
          db.raw.exec(`
            CREATE TABLE of_tomorrow (id INTEGER PRIMARY KEY, data BLOB, text TEXT) STRICT;
            CREATE INDEX of_tomorrow_text ON of_tomorrow (text);
            CREATE VIEW seen_tomorrow AS SELECT text FROM of_tomorrow;
            CREATE VIRTUAL TABLE found_tomorrow USING fts5 (text, content='');
            CREATE TRIGGER of_tomorrow_added AFTER INSERT ON of_tomorrow BEGIN
              INSERT INTO found_tomorrow (rowid, text) VALUES (new.id, new.text);
            END;
            INSERT INTO of_tomorrow VALUES (1, x'00ff', 'Luna is a dog'), (2, NULL, '\u{1f436}');
          `)
        })
      }).pipe(Effect.provide(on(here.stateDir)))
      const manifest = yield* here.backup("copy")
      assert.deepInclude(manifest.counts, { of_tomorrow: 2, found_tomorrow: 2 })
      yield* here.restore("copy", "new")
      assert.deepStrictEqual(rows(here.at("new")), rows(here.stateDir))
      const schema = "SELECT type, name, sql FROM sqlite_schema ORDER BY type, name"
      const [old, restored] = [here.stateDir, here.at("new")].map((folder) => {
        const db = new DatabaseSync(join(folder, "exoclaw.db"))
        const found = db.prepare("SELECT rowid FROM found_tomorrow WHERE found_tomorrow MATCH 'luna'").all()
        const all = { found, schema: db.prepare(schema).all() }
        db.close()
        return all
      })
      assert.deepStrictEqual(restored, old)
      assert.lengthOf(restored?.found ?? [], 1)
    }).pipe(Effect.scoped)
  )

  it.effect("copy the moment of the call while others go on writing", () =>
    Effect.gen(function* () {
      const here = yield* world
      yield* Effect.gen(function* () {
        const store = yield* Store
        // large enough for several steps
        yield* store.write((db) => {
          db.raw.exec("CREATE TABLE filler (x)")
          db.raw.exec(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000) INSERT INTO filler SELECT randomblob(1000) FROM n"
          )
        })
        const audit = yield* Audit
        let written = 0
        const writing = yield* Effect.forkChild(
          Effect.forever(
            Effect.andThen(
              audit.append(event("live")),
              Effect.sync(() => void written++)
            )
          )
        )
        const parts: Array<number> = []
        const contents = yield* copyDatabase(join(here.stateDir, "exoclaw.db"), here.at("copy.db"), (part) =>
          parts.push(part)
        )
        const after = written
        yield* Fiber.interrupt(writing)
        assert.isAbove(after, 1)
        assert.isAbove(parts.length, 2)
        assert.deepStrictEqual(
          parts,
          parts.toSorted((left, right) => left - right)
        )
        const copy = yield* verifyFile(here.at("copy.db"))
        assert.isUndefined(copy.broken)
        assert.strictEqual(copy.entries, contents.counts["audit"])
        assert.isBelow(copy.entries, 5 + written)
        assert.strictEqual(contents.counts["filler"], 12_000)
        assert.isUndefined((yield* audit.verify).broken)
        // and the whole way, too
        const again = yield* Effect.forkChild(Effect.forever(audit.append(event("live"))))
        const manifest = yield* here.backup("live.tar")
        yield* Fiber.interrupt(again)
        assert.isNull(manifest.audit.broken)
        assert.isAtLeast(manifest.audit.entries, 5 + after)
      }).pipe(Effect.provide(on(here.stateDir)))
    }).pipe(Effect.scoped)
  )

  it.effect("take what a killed process left in the write-ahead log", () =>
    Effect.gen(function* () {
      const here = yield* world
      const dead = here.at("dead")
      yield* Effect.gen(function* () {
        yield* (yield* Audit).append(event("last words"))
        // as kill -9 leaves it: the log beside the database, nothing brought over
        fs.mkdirSync(dead)
        for (const name of ["exoclaw.db", "exoclaw.db-wal"]) {
          fs.copyFileSync(join(here.stateDir, name), join(dead, name))
        }
      }).pipe(Effect.provide(on(here.stateDir)))
      const options = { stateDir: dead, configFile: undefined, target: here.at("copy") }
      const manifest = yield* backup(options)
      assert.strictEqual(manifest.audit.entries, 6)
      assert.isNull(manifest.configFile)
      assert.deepStrictEqual(listed(here.at("copy")), ["exoclaw.db", "manifest.json"])
    }).pipe(Effect.scoped)
  )
})

describe("backup", () => {
  it("knows every file that the gateway keeps in its state folder", () => {
    const graph = fs.readFileSync(new URL("../../layers/Exoclaw.ts", import.meta.url), "utf8")
    const names = [...graph.matchAll(/inState\("([^"]+)"\)/g)].map(([, name]) => name ?? "")
    assert.includeMembers(names, ["exoclaw.db", "secrets.db", "credentials"])
    assert.deepStrictEqual(
      names.filter((name) => !isStateFile(name) && !isStateFile(`${name}/some.key`)),
      []
    )
  })

  it.effect("refuses a place that is taken, and a state that is not there; nothing is left behind", () =>
    Effect.gen(function* () {
      const here = yield* world
      fs.writeFileSync(here.at("taken.tar"), "mine")
      assert.match((yield* Effect.flip(here.backup("taken.tar"))).message, /There is something at .*taken\.tar already/)
      assert.strictEqual(fs.readFileSync(here.at("taken.tar"), "utf8"), "mine")
      const none = { stateDir: here.at("none"), configFile: undefined, target: here.at("copy") }
      assert.match((yield* Effect.flip(backup(none))).message, /There is no state in .*none/)
      assert.match(
        (yield* Effect.flip(here.backup("deep/er/copy.tar"))).message,
        /There is no folder .*deep\/er to put the backup into\. Make it,/
      )
      assert.isFalse(fs.existsSync(here.at("deep")))
      fs.chmodSync(join(here.stateDir, "soul.md"), 0o000)
      const mayReadAll = process.getuid?.() === 0
      if (!mayReadAll) assert.match((yield* Effect.flip(here.backup("copy"))).message, /soul\.md failed \(EACCES\)/)
      fs.chmodSync(join(here.stateDir, "soul.md"), 0o600)
      assert.isFalse(fs.existsSync(here.at("none")))
      nothingLeft(here.folder)
    }).pipe(Effect.scoped)
  )

  it.effect("of a damaged database is none", () =>
    Effect.gen(function* () {
      const here = yield* world
      const file = fs.openSync(join(here.stateDir, "exoclaw.db"), "r+")
      const { size } = fs.fstatSync(file)
      fs.writeSync(file, Buffer.alloc(8192, 0xff), 0, 8192, Math.floor(size / 2))
      fs.closeSync(file)
      const error = yield* Effect.flip(here.backup("copy"))
      assert.match(error.message, /not a whole database|is damaged|does not hold/)
      assert.isFalse(fs.existsSync(here.at("copy")))
      nothingLeft(here.folder)
    }).pipe(Effect.scoped)
  )

  it.effect("of a broken audit log is made and says so", () =>
    Effect.gen(function* () {
      const here = yield* world
      const db = new DatabaseSync(join(here.stateDir, "exoclaw.db"))
      db.exec("DROP TRIGGER audit_no_update; UPDATE audit SET at = at + 1 WHERE seq = 3")
      db.close()
      const manifest = yield* here.backup("copy")
      assert.strictEqual(manifest.audit.broken?.seq, 3)
      assert.strictEqual((yield* here.restore("copy", "new")).manifest.audit.broken?.seq, 3)
    }).pipe(Effect.scoped)
  )
})

describe("restore", () => {
  it.effect("refuses a folder that is not empty; forced, it moves what is there aside, whole", () =>
    Effect.gen(function* () {
      const here = yield* world
      yield* here.backup("copy")
      const before = rows(here.stateDir)
      yield* Effect.provide(
        Effect.flatMap(Audit, (audit) => audit.append(event("later"))),
        on(here.stateDir)
      )
      const later = rows(here.stateDir)
      fs.writeFileSync(join(here.stateDir, "soul.md"), "Changed.")
      const missing = yield* Effect.flip(here.restore("nowhere.tar", "state"))
      assert.match(missing.message, /^There is nothing at .*nowhere\.tar: name the file or folder/)
      const refused = yield* Effect.flip(here.restore("copy", "state"))
      assert.match(refused.message, /is not empty\. Name another folder with --state, or .* --force/)
      assert.deepStrictEqual(rows(here.stateDir), later)
      yield* TestClock.setTime(1_700_000_000_000)
      const { aside } = yield* here.restore("copy", "state", true)
      assert.strictEqual(aside, join(here.stateDir, "replaced-20231114T221320Z"))
      assert.deepStrictEqual(rows(here.stateDir), before)
      assert.deepStrictEqual(rows(aside ?? ""), later)
      assert.strictEqual(fs.readFileSync(join(aside ?? "", "soul.md"), "utf8"), "Changed.")
      assert.strictEqual(fs.readFileSync(join(here.stateDir, "soul.md"), "utf8"), "Kind.")
    }).pipe(Effect.scoped)
  )

  it.effect("forced onto a newer state, the note of its checkpoint is forgotten, for the operator said so", () =>
    Effect.gen(function* () {
      const here = yield* world
      yield* here.backup("copy")
      const database = join(here.stateDir, "exoclaw.db")
      yield* Effect.gen(function* () {
        yield* (yield* Audit).append(event("later"))
        yield* TestClock.adjust("1 hour")
        yield* attend({ keyFile: here.keyFile, retentionDays: undefined })
      }).pipe(Effect.provide(on(here.stateDir)))
      yield* here.restore("copy", "state", true)
      assert.isFalse(fs.existsSync(noteFile(here.keyFile, database)))
      assert.isUndefined((yield* verifyFile(database, yield* trustOf(here.keyFile, database))).broken)
    }).pipe(Effect.scoped)
  )

  it.effect("on another machine, the keys that signed the log are trusted there", () =>
    Effect.gen(function* () {
      const here = yield* world
      yield* here.backup("copy.tar")
      const keyFile = here.at("elsewhere/audit.key")
      const stateDir = here.at("new")
      yield* restore({ source: here.at("copy.tar"), stateDir, force: false, keyFile })
      const { publicKey } = yield* AuditKey.ensure(here.keyFile)
      assert.deepStrictEqual(yield* AuditKey.trusted(keyFile), [publicKey])
      yield* Effect.provide(attend({ keyFile, retentionDays: undefined }), on(stateDir))
      yield* TestClock.adjust("1 hour")
      yield* Effect.provide(attend({ keyFile, retentionDays: undefined }), on(stateDir))
      const database = join(stateDir, "exoclaw.db")
      const verdict = yield* verifyFile(database, yield* trustOf(keyFile, database))
      assert.isUndefined(verdict.broken)
      assert.strictEqual(verdict.signed.checkpoints, 2)
      assert.notStrictEqual(verdict.signed.last?.key, publicKey)
    }).pipe(Effect.scoped)
  )

  it.effect("refuses while anybody has the database open, forced or not", () =>
    Effect.gen(function* () {
      const here = yield* world
      yield* here.backup("copy")
      yield* Effect.gen(function* () {
        yield* Store
        for (const force of [false, true]) {
          const error = yield* Effect.flip(here.restore("copy", "state", force))
          assert.match(error.message, /exoclaw\.db is in use: stop the gateway first/)
        }
      }).pipe(Effect.provide(on(here.stateDir)))
      assert.deepStrictEqual(
        listed(here.stateDir).filter((name) => name.startsWith("replaced-")),
        []
      )
      const database = join(here.stateDir, "exoclaw.db")
      yield* Effect.scoped(
        Effect.gen(function* () {
          yield* haveAlone(database)
          assert.strictEqual((yield* Effect.flip(Effect.scoped(haveAlone(database)))).kind, "locked")
        })
      )
      yield* here.restore("copy", "state", true)
    }).pipe(Effect.scoped)
  )

  it.effect("takes no notice of a restore that was killed, and clears up behind it", () =>
    Effect.gen(function* () {
      const here = yield* world
      yield* here.backup("copy")
      fs.mkdirSync(here.at("new/.restore-dead"), { recursive: true })
      fs.writeFileSync(here.at("new/.restore-dead/operator.token"), "half")
      yield* here.restore("copy", "new")
      nothingLeft(here.at("new"))
      assert.deepStrictEqual(rows(here.at("new")), rows(here.stateDir))
    }).pipe(Effect.scoped)
  )

  it.effect("puts a good state in the place of one that is damaged", () =>
    Effect.gen(function* () {
      const here = yield* world
      yield* here.backup("copy")
      const before = rows(here.stateDir)
      fs.writeFileSync(join(here.stateDir, "exoclaw.db"), "not a database at all".repeat(100))
      yield* here.restore("copy", "state", true)
      assert.deepStrictEqual(rows(here.stateDir), before)
    }).pipe(Effect.scoped)
  )

  const damages: ReadonlyArray<readonly [what: string, damage: (folder: string) => void, message: RegExp]> = [
    ["a changed file", (folder) => fs.writeFileSync(join(folder, "soul.md"), "Kinf."), /soul\.md was changed/],
    [
      "a longer file",
      (folder) => fs.appendFileSync(join(folder, "operator.token"), "x"),
      /operator\.token has 13 bytes instead of 12/
    ],
    ["a lost file", (folder) => fs.rmSync(join(folder, "credentials", "openai")), /credentials\/openai is missing/],
    ["a database cut off", (folder) => fs.truncateSync(join(folder, "exoclaw.db"), 8192), /exoclaw\.db has 8192 bytes/],
    [
      "another database under the right hash",
      (folder) => {
        const path = join(folder, "exoclaw.db")
        const db = new DatabaseSync(path)
        db.exec("DELETE FROM tokens")
        db.close()
        const sha256 = createHash("sha256").update(fs.readFileSync(path)).digest("hex")
        const bytes = fs.statSync(path).size
        changeManifest(folder, ({ files, ...rest }) => ({
          ...rest,
          files: files.map((file) => (file.path === "exoclaw.db" ? { ...file, bytes, sha256 } : file))
        }))
      },
      /does not hold what was counted in tokens/
    ],
    [
      "a manifest of a newer form",
      (folder) => changeManifest(folder, () => ({ format: "exoclaw-backup", version: 2, exoclaw: "9.9.9", more: [] })),
      /made by a newer exoclaw \(9\.9\.9\)\. Install that version or a later one/
    ],
    [
      "a newer schema",
      (folder) => changeManifest(folder, (manifest) => ({ ...manifest, schema: 9_999, exoclaw: "9.9.9" })),
      /made by a newer exoclaw \(9\.9\.9\)/
    ],
    [
      "a manifest that is none",
      (folder) => fs.writeFileSync(join(folder, "manifest.json"), "{}"),
      /is not a backup of exoclaw: its manifest\.json is not one/
    ],
    [
      "no manifest",
      (folder) => fs.rmSync(join(folder, "manifest.json")),
      /is not a backup of exoclaw: it has no manifest/
    ],
    [
      "a path that leads elsewhere",
      (folder) =>
        changeManifest(folder, ({ files, ...rest }) => ({
          ...rest,
          files: [...files, { path: "../escape", bytes: 0, sha256: "" }]
        })),
      /\.\.\/escape is no file of the state/
    ],
    ["no backup at all", (folder) => fs.rmSync(folder, { recursive: true }), /There is nothing at /]
  ]
  for (const [what, damage, message] of damages) {
    it.effect(`refuses ${what}, and touches nothing`, () =>
      Effect.gen(function* () {
        const here = yield* world
        yield* here.backup("copy")
        damage(here.at("copy"))
        const before = rows(here.stateDir)
        const error = yield* Effect.flip(here.restore("copy", "state", true))
        assert.match(error.message, message)
        assert.deepStrictEqual(rows(here.stateDir), before)
        assert.match((yield* Effect.flip(here.restore("copy", "new"))).message, message)
        assert.deepStrictEqual(fs.existsSync(here.at("new")) ? listed(here.at("new")) : [], [])
        assert.isFalse(fs.existsSync(here.at("escape")))
        nothingLeft(here.folder)
      }).pipe(Effect.scoped)
    )
  }

  it.effect("refuses a database of a newer version under an honest manifest", () =>
    Effect.gen(function* () {
      const here = yield* world
      const db = new DatabaseSync(join(here.stateDir, "exoclaw.db"))
      db.exec("INSERT INTO migrations VALUES (9999, 'from the future')")
      db.close()
      assert.match((yield* Effect.flip(here.backup("copy"))).message, /newer exoclaw/)
      assert.isFalse(fs.existsSync(here.at("copy")))
    }).pipe(Effect.scoped)
  )

  const archive = (path: string, entries: ReadonlyArray<Tar.Entry>) =>
    Stream.fromIterable(entries).pipe(
      Stream.pipeThroughChannel(Tar.encode()),
      Stream.runCollect,
      Effect.map((chunks) => fs.writeFileSync(path, Buffer.concat(chunks)))
    )

  it.effect("refuses archives that are cut off, changed, reordered, or hold what has no place in one", () =>
    Effect.gen(function* () {
      const here = yield* world
      yield* here.backup("copy")
      yield* here.backup("good.tar")
      const refused = (name: string) => Effect.map(Effect.flip(here.restore(name, "new")), ({ message }) => message)
      const good = fs.readFileSync(here.at("good.tar"))
      fs.writeFileSync(here.at("cut.tar"), good.subarray(0, Math.floor(good.length / 2)))
      assert.match(yield* refused("cut.tar"), /not a whole \.tar \(Truncated\)/)
      const changed = Buffer.from(good)
      const middle = changed.indexOf("SQLite format 3") + 5_000
      changed[middle] = (changed[middle] ?? 0) ^ 1
      fs.writeFileSync(here.at("changed.tar"), changed)
      assert.match(yield* refused("changed.tar"), /exoclaw\.db was changed/)
      fs.writeFileSync(here.at("empty.tar"), "")
      assert.match(yield* refused("empty.tar"), /not a backup/)
      fs.writeFileSync(here.at("text.tar"), "hello".repeat(200))
      assert.match(yield* refused("text.tar"), /not a whole \.tar \(InvalidHeader\)/)
      const manifest = Tar.file("manifest.json", fs.readFileSync(join(here.at("copy"), "manifest.json")))
      yield* archive(here.at("order.tar"), [Tar.file("soul.md", "Kind."), manifest])
      assert.match(yield* refused("order.tar"), /does not begin with manifest\.json/)
      yield* archive(here.at("short.tar"), [manifest])
      assert.match(yield* refused("short.tar"), /exoclaw\.db is missing/)
      for (const bad of [
        Tar.file("../escape", "x"),
        Tar.file("/tmp/escape", "x"),
        Tar.file("credentials/../../escape", "x"),
        Tar.file("other", "x"),
        Tar.symlink("soul.md", "/etc/passwd"),
        Tar.directory("credentials")
      ]) {
        yield* archive(here.at("bad.tar"), [manifest, bad])
        assert.match(yield* refused("bad.tar"), /has no place in it/)
      }
      yield* archive(here.at("twice.tar"), [manifest, Tar.file("soul.md", "Kind."), Tar.file("soul.md", "Kind.")])
      assert.match(yield* refused("twice.tar"), /"soul\.md" has no place in it/)
      assert.isFalse(fs.existsSync(here.at("escape")))
      assert.deepStrictEqual(listed(here.at("new")), [])
    }).pipe(Effect.scoped)
  )
})
