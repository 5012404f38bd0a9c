import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as fs from "node:fs"
import * as path from "node:path"
import * as files from "../../layers/cli/checks/files.ts"
import * as machine from "../../layers/cli/checks/machine.ts"
import { missingKeysNote } from "../../layers/model/MissingKeys.ts"
import * as ConfigFile from "../../layers/config/ConfigFile.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { Settings, type SettingsShape } from "../../src/settings/Settings.ts"
import type { SettingsInput } from "../../src/settings/SettingsFile.ts"
import * as Layer from "effect/Layer"
import { folder } from "./support.ts"

const settings = (file: SettingsInput, rest: Partial<Pick<SettingsShape, "stateDir" | "environment">> = {}) =>
  Effect.runPromise(Effect.provide(Settings, ConfigFile.layerTest(file, rest)))

describe("the machine", () => {
  it("needs a Node.js that is new enough", () => {
    assert.deepStrictEqual(
      ["24.0.0", "22.19.0", "22.18.9", "20.19.0", "23.1.0"].map((version) => machine.nodeVersion(version).state),
      ["ok", "ok", "fail", "fail", "ok"]
    )
  })

  it("reads the limit of open files", () => {
    const line = (soft: string) =>
      `Max processes 1 2 processes\nMax open files            ${soft}     1048576   files\n`
    assert.strictEqual(machine.openFiles(line("1024")), 1024)
    assert.strictEqual(machine.openFiles(line("unlimited")), Infinity)
    assert.isUndefined(machine.openFiles(""))
  })

  it("warns where there are fewer than connections may come", async () => {
    const { values } = await settings({ gateway: { limits: { max_connections: 1_000_000 } } })
    const check = machine.descriptors(values)
    if (fs.existsSync("/proc/self/limits") && check.state === "warn") assert.match(check.next!, /ulimit -n 1000256/)
    const few = await settings({ gateway: { limits: { max_connections: 1 } } })
    assert.strictEqual(machine.descriptors(few.values).state, "ok")
  })
})

describe("the state folder", () => {
  it("may not be there yet", () => {
    assert.strictEqual(files.stateFolder(path.join(folder(), "a", "b")).state, "ok")
  })

  it("must not be open to others", () => {
    const open = folder()
    fs.chmodSync(open, 0o777)
    assert.strictEqual(files.stateFolder(open).state, "warn")
  })

  it("is on a disk that has room", () => {
    const mib = 1024 * 1024
    assert.deepStrictEqual(
      [0, mib - 1, mib, 100 * mib].map((left) => files.spaceLeft("/state", left).state),
      ["fail", "fail", "warn", "ok"]
    )
    assert.match(files.spaceLeft("/state", 0).next!, /^Free some space on the disk that holds \/state;/)
    assert.strictEqual(files.disk(path.join(folder(), "not", "yet")).name, "disk")
  })

  it("is no file", () => {
    const file = path.join(folder(), "file")
    fs.writeFileSync(file, "")
    assert.strictEqual(files.stateFolder(file).state, "fail")
  })
})

describe("private files", () => {
  it("are named where others can read them, with the command that changes it", () => {
    const state = folder()
    const key = path.join(state, "credentials", "anthropic.key")
    fs.mkdirSync(path.dirname(key), { mode: 0o700 })
    fs.writeFileSync(key, "sk", { mode: 0o600 })
    assert.strictEqual(files.privateFiles(state).state, "ok")
    fs.chmodSync(key, 0o644)
    const check = files.privateFiles(state)
    assert.strictEqual(check.state, "warn")
    assert.strictEqual(check.next, `Run: chmod go-rwx ${key}`)
  })
})

describe("the database", () => {
  it.effect("is made at the first start, whole afterwards, and told when it is damaged", () =>
    Effect.gen(function* () {
      const state = folder()
      const file = path.join(state, "exoclaw.db")
      assert.match((yield* files.database(state)).detail, /first start/)
      yield* Effect.scoped(Layer.build(SqliteStore.layer(file)))
      assert.strictEqual((yield* files.database(state)).state, "ok")
      fs.writeFileSync(file, "x".repeat(8192))
      const check = yield* files.database(state)
      assert.strictEqual(check.state, "fail")
      assert.match(check.next!, /restore a backup/)
    })
  )
})

describe("API keys", () => {
  it("are missing where no source has one", async () => {
    const stateDir = folder()
    const agent = { provider: "anthropic", model: "claude-x" } as const
    const states = async (file: SettingsInput, environment?: SettingsShape["environment"]) =>
      files.keys(await settings(file, environment === undefined ? { stateDir } : { stateDir, environment }))
    assert.match((await states({ agent }))[0]!.next!, /ANTHROPIC_API_KEY/)
    const environment = { apiKeys: { anthropic: Redacted.make("k") }, endpoints: {} }
    assert.strictEqual((await states({ agent }, environment))[0]!.state, "ok")
    assert.strictEqual((await states({ agent: { ...agent, api_key: "k" } }))[0]!.state, "ok")
    assert.strictEqual((await states({}))[0]!.state, "ok")
    assert.isUndefined(missingKeysNote(await settings({}, { stateDir })))
    assert.strictEqual(
      missingKeysNote(
        await settings({ agent: { ...agent, fallback: { provider: "openai", model: "x" } } }, { stateDir })
      ),
      "There is no API key for anthropic: run `exoclaw onboard` or set ANTHROPIC_API_KEY.\n" +
        "There is no API key for openai: run `exoclaw onboard` or set OPENAI_API_KEY."
    )
    fs.mkdirSync(path.join(stateDir, "credentials"))
    fs.writeFileSync(path.join(stateDir, "credentials", "anthropic.key"), "k")
    assert.strictEqual((await states({ agent }))[0]!.state, "ok")
  })
})
