import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { TestClock } from "effect/testing"
import * as fs from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inspect } from "node:util"
import { Audit, AuditUnavailable } from "../../src/audit/Audit.ts"
import { SecretName } from "../../src/secret/SecretName.ts"
import { Secrets } from "../../src/secret/Secrets.ts"
import * as MemoryAudit from "../../layers/audit/MemoryAudit.ts"
import * as NodeEntropy from "../../layers/platform/NodeEntropy.ts"
import * as EncryptedSecrets from "../../layers/secret/EncryptedSecrets.ts"
import { rekey, renewKeyFile } from "../../layers/secret/rekey.ts"
import { defaultKeyFile } from "../../layers/secret/SecretKey.ts"
import { leaks } from "../support/canary.ts"
import { operator } from "./somebody.ts"

const canary = "cnry-Zq81Lw0PmXe7Tb"
const A = SecretName.make("A")
const hexKey = "0123456789abcdef".repeat(4)
const passphrase = "correct horse battery staple"

interface Place {
  readonly folder: string
  readonly path: string
  readonly keyFile: string
  readonly of: (given?: string) => EncryptedSecrets.SecretsPlace
}

const inFolder = <A, E, R>(use: (place: Place) => Effect.Effect<A, E, R>) =>
  Effect.acquireUseRelease(
    Effect.sync((): Place => {
      const folder = fs.mkdtempSync(join(tmpdir(), "exoclaw-secrets-"))
      const [path, file] = [join(folder, "state", "secrets.db"), join(folder, "config", "exoclaw", "secret.key")]
      const of = (given?: string) => ({
        path,
        key: { given: given === undefined ? undefined : Redacted.make(given), file }
      })
      return { folder, path, keyFile: file, of }
    }),
    use,
    ({ folder }) => Effect.sync(() => fs.rmSync(folder, { recursive: true }))
  )

const base = Layer.mergeAll(MemoryAudit.layerMemory, NodeEntropy.layer, operator)
/** Another process, as far as the file is concerned. */
const opened = (place: EncryptedSecrets.SecretsPlace) =>
  Effect.map(
    Layer.build(Layer.fresh(EncryptedSecrets.layer(place))),
    (context) => context.mapUnsafe.get(Secrets.key) as Secrets["Service"]
  )
const value = (secrets: Secrets["Service"], name = A) =>
  Effect.map(secrets.get(name), (found) => (found === undefined ? undefined : Redacted.value(found)))
const mode = (path: string) => fs.statSync(path).mode & 0o777
const run = <A, E>(
  use: (place: Place) => Effect.Effect<A, E, Layer.Success<typeof base> | import("effect/Scope").Scope>
) => Effect.scoped(inFolder(use)).pipe(Effect.provide(base))

describe("EncryptedSecrets", () => {
  it.effect("keeps a secret over restarts, and tells its name and times alone", () =>
    run((place) =>
      Effect.gen(function* () {
        yield* TestClock.setTime(1_000)
        const first = yield* opened(place.of())
        assert.deepStrictEqual(yield* first.list, [])
        assert.isUndefined(yield* value(first))
        yield* first.set(A, Redacted.make(canary))
        yield* first.set(SecretName.make("__proto__"), Redacted.make("prototype"))
        yield* TestClock.setTime(2_000)
        const info = yield* first.set(A, Redacted.make(`${canary}2`))
        assert.deepStrictEqual(info, { name: A, createdAt: 1_000, updatedAt: 2_000 })
        const second = yield* opened(place.of())
        assert.strictEqual(yield* value(second), `${canary}2`)
        assert.strictEqual(yield* value(second, SecretName.make("__proto__")), "prototype")
        assert.isUndefined(yield* value(second, SecretName.make("toString")))
        assert.deepStrictEqual(yield* second.list, [
          info,
          { name: SecretName.make("__proto__"), createdAt: 1_000, updatedAt: 1_000 }
        ])
        assert.isTrue(yield* second.remove(A))
        assert.isFalse(yield* second.remove(A))
        assert.isUndefined(yield* value(first))
        const audit = yield* Audit
        assert.deepStrictEqual(
          (yield* audit.query({ limit: 9 })).map(({ event }) => [event.kind, event.data.name, event.principal]),
          [
            ["secret.set", "A", "token:operator"],
            ["secret.set", "__proto__", "token:operator"],
            ["secret.set", "A", "token:operator"],
            ["secret.removed", "A", "token:operator"]
          ]
        )
      })
    )
  )

  it.effect("nothing is made before the first secret is set; removing from nothing is no mistake", () =>
    run((place) =>
      Effect.gen(function* () {
        const secrets = yield* opened(place.of())
        assert.deepStrictEqual(yield* secrets.list, [])
        assert.deepStrictEqual((yield* secrets.leaks).find(Buffer.from(canary)), [])
        assert.deepStrictEqual(fs.readdirSync(place.folder), [])
        assert.isFalse(yield* secrets.remove(A))
        assert.isFalse(fs.existsSync(place.path))
      })
    )
  )

  it.effect("T36: file and key are their owner's alone and apart; folders that were there stay as they are", () =>
    run((place) =>
      Effect.gen(function* () {
        fs.mkdirSync(join(place.folder, "state"), { mode: 0o755 })
        yield* (yield* opened(place.of())).set(A, Redacted.make(canary))
        assert.strictEqual(mode(place.path), 0o600)
        assert.strictEqual(mode(place.keyFile), 0o600)
        assert.strictEqual(mode(join(place.folder, "state")), 0o755)
        assert.strictEqual(mode(join(place.folder, "config", "exoclaw")), 0o700)
        assert.deepStrictEqual(fs.readdirSync(join(place.folder, "state")), ["secrets.db"])
        assert.deepStrictEqual(fs.readdirSync(join(place.folder, "config", "exoclaw")), ["secret.key"])
        fs.chmodSync(place.keyFile, 0o640)
        const error = yield* Effect.flip((yield* opened(place.of())).list)
        assert.include(error.message, `chmod 600 ${place.keyFile}`)
      })
    )
  )

  it.effect(
    "T22: neither the file, nor an error, nor the audit log, nor what is inspected holds a value or the key",
    () =>
      run((place) =>
        Effect.gen(function* () {
          const secrets = yield* opened(place.of(hexKey))
          yield* secrets.set(A, Redacted.make(canary))
          const errors = [
            yield* Effect.flip((yield* opened(place.of(passphrase))).list),
            yield* Effect.flip((yield* opened(place.of(hexKey.replace("0", "1")))).list),
            yield* Effect.flip((yield* opened(place.of("too short"))).list),
            yield* Effect.flip(secrets.set(A, Redacted.make(`${canary}\0`)))
          ]
          const audit = yield* (yield* Audit).query({ limit: 9 })
          const everything = [
            fs.readFileSync(place.path, "latin1"),
            ...errors.map((error) => `${error.message} ${inspect(error, { depth: 9 })} ${JSON.stringify(error)}`),
            inspect(secrets, { depth: 9, showHidden: true }),
            inspect(yield* secrets.get(A), { depth: 9 }),
            JSON.stringify(audit)
          ]
          for (const text of everything) {
            assert.deepStrictEqual(leaks(canary, text), [])
            assert.notInclude(text, hexKey)
            assert.notInclude(text, passphrase)
          }
        })
      )
  )

  it.effect("the same value is never the same bytes twice", () =>
    run((place) =>
      Effect.gen(function* () {
        const secrets = yield* opened(place.of())
        const boxes = new Set<string>()
        for (let i = 0; i < 5; i++) {
          yield* secrets.set(A, Redacted.make(canary))
          for (const { box } of JSON.parse(fs.readFileSync(place.path, "utf8")).secrets) boxes.add(box)
        }
        assert.strictEqual(boxes.size, 5)
      })
    )
  )

  it.effect("a key is given as hex, as base64 of either alphabet, or as a passphrase; another one is told apart", () =>
    run((place) =>
      Effect.gen(function* () {
        yield* (yield* opened(place.of(hexKey))).set(A, Redacted.make(canary))
        const bytes = Buffer.from(hexKey, "hex")
        for (const same of [hexKey.toUpperCase(), bytes.toString("base64"), bytes.toString("base64url")]) {
          assert.strictEqual(yield* value(yield* opened(place.of(same))), canary)
        }
        assert.isFalse(fs.existsSync(place.keyFile))
        for (const wrong of [hexKey.replace("0", "f"), passphrase]) {
          const error = yield* Effect.flip((yield* opened(place.of(wrong))).get(A))
          assert.strictEqual(error.reason._tag, "WrongKey")
          assert.include(error.message, "EXOCLAW_SECRET_KEY")
          assert.strictEqual(
            (yield* Effect.flip((yield* opened(place.of(wrong))).set(A, Redacted.make(canary)))).reason._tag,
            "WrongKey"
          )
        }
        const short = yield* Effect.flip((yield* opened(place.of("short"))).get(A))
        assert.include(short.message, "at least 12 characters")
        const gone = yield* Effect.flip((yield* opened(place.of())).get(A))
        assert.include(gone.message, "is gone")
        fs.rmSync(place.path)
        yield* (yield* opened(place.of(passphrase))).set(A, Redacted.make(canary))
        assert.strictEqual(yield* value(yield* opened(place.of(passphrase))), canary)
        const other = yield* Effect.flip((yield* opened(place.of(`${passphrase}!`))).get(A))
        assert.strictEqual(other.reason._tag, "WrongKey")
      })
    )
  )

  it.effect("a key file that holds no key is not used, and not written over", () =>
    run((place) =>
      Effect.gen(function* () {
        fs.mkdirSync(join(place.folder, "config", "exoclaw"), { recursive: true })
        for (const text of ["", "x".repeat(64), "===="]) {
          fs.writeFileSync(place.keyFile, text, { mode: 0o600 })
          const error = yield* Effect.flip((yield* opened(place.of())).set(A, Redacted.make(canary)))
          assert.strictEqual(error.reason._tag, "KeyUnusable")
          assert.strictEqual(fs.readFileSync(place.keyFile, "utf8"), text)
        }
        fs.rmSync(place.keyFile)
        fs.mkdirSync(place.keyFile)
        const error = yield* Effect.flip((yield* opened(place.of())).set(A, Redacted.make(canary)))
        assert.strictEqual(error.reason._tag, "SecretsUnavailable")
      })
    )
  )

  it.effect("a file that was changed, cut or put together from old ones is refused whole and left as it is", () =>
    run((place) =>
      Effect.gen(function* () {
        const secrets = yield* opened(place.of(hexKey))
        yield* secrets.set(A, Redacted.make(canary))
        const older = JSON.parse(fs.readFileSync(place.path, "utf8"))
        yield* secrets.set(A, Redacted.make(`${canary}2`))
        yield* secrets.set(SecretName.make("B"), Redacted.make("another value"))
        const whole = fs.readFileSync(place.path, "utf8")
        const parsed = () => JSON.parse(whole)
        const changed = (change: (file: any) => void) => {
          const file = parsed()
          change(file)
          return JSON.stringify(file)
        }
        const flip = (box: string) => `${box.startsWith("A") ? "B" : "A"}${box.slice(1)}`
        const files: ReadonlyArray<readonly [string, string]> = [
          ["SecretsDamaged", ""],
          ["SecretsDamaged", "\0\0"],
          ["SecretsDamaged", whole.slice(0, -20)],
          ["SecretsDamaged", "SQLite format 3\0"],
          ["SecretsDamaged", changed((file) => (file.version = 2))],
          ["SecretsDamaged", changed((file) => (file.secrets[0].name = "../../x"))],
          ["SecretsDamaged", changed((file) => file.secrets.pop())],
          ["SecretsDamaged", changed((file) => (file.secrets = []))],
          ["SecretsDamaged", changed((file) => (file.secrets[0] = older.secrets[0]))],
          ["SecretsDamaged", changed((file) => ([file.secrets[0].name, file.secrets[1].name] = ["B", "A"]))],
          ["SecretsDamaged", changed((file) => (file.secrets[0].box = flip(file.secrets[0].box)))],
          ["SecretsDamaged", changed((file) => (file.secrets[0].updatedAt += 1))],
          ["SecretsDamaged", changed((file) => (file.seal = ""))],
          ["SecretsDamaged", changed((file) => (file.seal = flip(file.seal)))],
          ["WrongKey", changed((file) => (file.check = flip(file.check)))],
          ["WrongKey", changed((file) => (file.salt = flip(file.salt)))],
          ["WrongKey", changed((file) => (file.kind = "passphrase"))]
        ]
        for (const [tag, text] of files) {
          fs.writeFileSync(place.path, text)
          const again = yield* opened(place.of(hexKey))
          const reading = yield* Effect.flip(again.get(A))
          assert.strictEqual(reading.reason._tag, tag, text.slice(0, 200))
          assert.include(reading.message, place.path)
          assert.strictEqual((yield* Effect.flip(again.set(A, Redacted.make(canary)))).reason._tag, tag)
          assert.strictEqual(fs.readFileSync(place.path, "utf8"), text)
          // nor does one that knew it before go on as if nothing had happened
          assert.strictEqual((yield* Effect.flip(secrets.get(A))).reason._tag, tag)
        }
        fs.writeFileSync(place.path, whole)
        assert.strictEqual(yield* value(secrets), `${canary}2`)
      })
    )
  )

  it.live("many at once, also from several processes, lose no secret", () =>
    run((place) =>
      Effect.gen(function* () {
        const processes = yield* Effect.all([opened(place.of()), opened(place.of()), opened(place.of())])
        yield* Effect.forEach(
          Array.from({ length: 30 }, (_, i) => i),
          (i) => processes[i % 3]!.set(SecretName.make(`S${i}`), Redacted.make(`${canary}${i}`)),
          { concurrency: "unbounded" }
        )
        for (const secrets of processes) {
          assert.strictEqual((yield* secrets.list).length, 30)
          assert.strictEqual(yield* value(secrets, SecretName.make("S17")), `${canary}17`)
        }
      })
    )
  )

  it.effect("a lock and a draft of a dead process are in nobody's way", () =>
    run((place) =>
      Effect.gen(function* () {
        const secrets = yield* opened(place.of())
        yield* secrets.set(A, Redacted.make(canary))
        fs.symlinkSync("4194304 1@nowhere", `${place.path}.lock`)
        fs.writeFileSync(`${place.path}.draft_00000000000000000000000000.new`, "half")
        fs.writeFileSync(`${place.path}.mine.new`, "somebody's")
        yield* secrets.set(A, Redacted.make(`${canary}2`))
        assert.deepStrictEqual(fs.readdirSync(join(place.folder, "state")), ["secrets.db", "secrets.db.mine.new"])
        assert.strictEqual(yield* value(secrets), `${canary}2`)
      })
    )
  )

  it.effect("a lock that is held is waited for, and then told with its name", () =>
    run((place) =>
      Effect.gen(function* () {
        const secrets = yield* opened(place.of())
        fs.mkdirSync(join(place.folder, "state"))
        // somebody else's file is no lock of a dead process
        fs.writeFileSync(`${place.path}.lock`, "")
        const fiber = yield* Effect.forkChild(Effect.flip(secrets.set(A, Redacted.make(canary))))
        while (fiber.pollUnsafe() === undefined) {
          yield* TestClock.adjust("20 millis")
          // the file system is asked between two attempts
          yield* Effect.promise(() => new Promise(setImmediate))
        }
        const error = yield* Fiber.join(fiber)
        assert.strictEqual(error.reason._tag, "SecretsBusy")
        assert.include(error.message, `${place.path}.lock`)
      })
    )
  )

  it.effect("what cannot be written or recorded is told", () =>
    run((place) =>
      Effect.gen(function* () {
        const broken = EncryptedSecrets.layer(place.of()).pipe(
          Layer.provide(Layer.mock(Audit, { append: () => Effect.fail(new AuditUnavailable({ cause: "disk" })) })),
          Layer.fresh
        )
        const set = Effect.flatMap(Secrets, (secrets) => secrets.set(A, Redacted.make(canary)))
        const unrecorded = yield* Effect.flip(Effect.provide(set, broken))
        assert.include(unrecorded.message, "audit log")
        fs.rmSync(place.path)
        fs.mkdirSync(place.path)
        const unwritten = yield* Effect.flip((yield* opened(place.of())).set(A, Redacted.make(canary)))
        assert.strictEqual(unwritten.reason._tag, "SecretsUnavailable")
        assert.deepStrictEqual(fs.readdirSync(join(place.folder, "state")), ["secrets.db"])
      })
    )
  )

  it.effect("the scanner knows what is kept now", () =>
    run((place) =>
      Effect.gen(function* () {
        const secrets = yield* opened(place.of())
        yield* secrets.set(A, Redacted.make(canary))
        const other = yield* opened(place.of())
        assert.strictEqual((yield* other.leaks).find(Buffer.from(`x${canary}`)).length, 1)
        yield* secrets.remove(A)
        assert.strictEqual((yield* other.leaks).find(Buffer.from(`x${canary}`)).length, 0)
      })
    )
  )
})

describe("rekey", () => {
  it.effect("every secret is open to the new key alone, with the times it had", () =>
    run((place) =>
      Effect.gen(function* () {
        const secrets = yield* opened(place.of())
        assert.strictEqual(yield* rekey(place.of(), place.of(hexKey).key), 0)
        yield* secrets.set(A, Redacted.make(canary))
        yield* secrets.set(SecretName.make("B"), Redacted.make("another value"))
        const before = yield* secrets.list
        yield* TestClock.adjust(5_000)
        assert.strictEqual(yield* rekey(place.of(), place.of(passphrase).key), 2)
        const moved = yield* opened(place.of(passphrase))
        assert.strictEqual(yield* value(moved), canary)
        assert.deepStrictEqual(yield* moved.list, before)
        assert.strictEqual((yield* Effect.flip(secrets.get(A))).reason._tag, "WrongKey")
        assert.strictEqual((yield* Effect.flip(rekey(place.of(), place.of(hexKey).key))).reason._tag, "WrongKey")
        assert.strictEqual(yield* value(moved), canary)
        const audit = yield* Audit
        const [entry] = yield* audit.query({ limit: 9, kind: "secret.rekeyed" })
        assert.deepStrictEqual(entry?.event.data, { secrets: 2 })
      })
    )
  )
})

describe("renewKeyFile", () => {
  const former = (place: Place) =>
    fs
      .readdirSync(join(place.keyFile, ".."))
      .filter((name) => name.startsWith("secret.key.until-"))
      .map((name) => fs.readFileSync(join(place.keyFile, "..", name), "utf8"))

  it.effect("a new key takes the file's place, the old one stays beside it, and a running gateway reads on", () =>
    run((place) =>
      Effect.gen(function* () {
        const running = yield* opened(place.of())
        assert.strictEqual(yield* renewKeyFile(place.of()), 0)
        assert.deepStrictEqual(fs.readdirSync(place.folder, { recursive: true }), ["state"])
        yield* running.set(A, Redacted.make(canary))
        const before = fs.readFileSync(place.keyFile, "utf8")
        assert.strictEqual(yield* renewKeyFile(place.of()), 1)
        assert.notStrictEqual(fs.readFileSync(place.keyFile, "utf8"), before)
        assert.deepStrictEqual(former(place), [before])
        for (const name of fs.readdirSync(join(place.keyFile, ".."))) {
          assert.strictEqual(mode(join(place.keyFile, "..", name)), 0o600)
        }
        assert.strictEqual(yield* value(running), canary)
      })
    )
  )

  it.effect("from a passphrase to a key file, and there is no old file to keep", () =>
    run((place) =>
      Effect.gen(function* () {
        yield* (yield* opened(place.of(passphrase))).set(A, Redacted.make(canary))
        assert.strictEqual(yield* renewKeyFile(place.of(passphrase)), 1)
        assert.deepStrictEqual(former(place), [])
        assert.strictEqual(yield* value(yield* opened(place.of())), canary)
      })
    )
  )

  it.effect("a run that died before or after it encrypted is brought to its end by the next one", () =>
    run((place) =>
      Effect.gen(function* () {
        yield* (yield* opened(place.of())).set(A, Redacted.make(canary))
        const next = `${place.keyFile}.next`
        // died when the new key was made
        fs.writeFileSync(next, `${hexKey}\n`, { mode: 0o600 })
        assert.strictEqual(yield* renewKeyFile(place.of()), 1)
        assert.strictEqual(fs.readFileSync(place.keyFile, "utf8"), `${hexKey}\n`)
        assert.strictEqual(yield* value(yield* opened(place.of())), canary)
        // died when the secrets were encrypted, before the keys changed places
        yield* rekey(place.of(), { given: undefined, file: next })
        const made = fs.readFileSync(next, "utf8")
        assert.strictEqual((yield* Effect.flip((yield* opened(place.of())).get(A))).reason._tag, "WrongKey")
        yield* TestClock.adjust(1_000)
        assert.strictEqual(yield* renewKeyFile(place.of()), 1)
        assert.strictEqual(fs.readFileSync(place.keyFile, "utf8"), made)
        assert.isFalse(fs.existsSync(next))
        assert.include(former(place), `${hexKey}\n`)
        assert.strictEqual(yield* value(yield* opened(place.of())), canary)
      })
    )
  )

  it.effect("a key that opens nothing changes nothing", () =>
    run((place) =>
      Effect.gen(function* () {
        yield* (yield* opened(place.of(passphrase))).set(A, Redacted.make(canary))
        assert.strictEqual((yield* Effect.flip(renewKeyFile(place.of(hexKey)))).reason._tag, "WrongKey")
        assert.isFalse(fs.existsSync(place.keyFile))
        assert.strictEqual(yield* value(yield* opened(place.of(passphrase))), canary)
      })
    )
  )
})

describe("SecretKey", () => {
  it("the key file lies in the folder for configuration, not in that of the state", () => {
    assert.strictEqual(defaultKeyFile(new Map(), "/home/a"), "/home/a/.config/exoclaw/secret.key")
    assert.strictEqual(defaultKeyFile(new Map([["XDG_CONFIG_HOME", "/x"]]), "/home/a"), "/x/exoclaw/secret.key")
    assert.strictEqual(
      defaultKeyFile(new Map([["XDG_CONFIG_HOME", "x"]]), "/home/a"),
      "/home/a/.config/exoclaw/secret.key"
    )
  })
})
