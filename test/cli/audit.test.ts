/** `exoclaw audit` on a state folder of its own, without a gateway. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fs from "node:fs"
import * as path from "node:path"
import { Audit } from "../../src/audit/Audit.ts"
import { ensure } from "../../layers/audit/AuditKey.ts"
import { attend } from "../../layers/audit/Checkpoints.ts"
import { auditKey } from "../../layers/cli/checks/audit.ts"
import * as SqliteAudit from "../../layers/audit/SqliteAudit.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { exoclaw as inThisProcess, folder } from "./support.ts"

/** A home whose log has this many entries, signed or not. */
const homeWith = async (entries: number, sign: boolean) => {
  const home = folder()
  const database = path.join(home, ".exoclaw", "exoclaw.db")
  const keyFile = path.join(home, ".config", "exoclaw", "audit.key")
  const work = Effect.gen(function* () {
    const audit = yield* Audit
    for (let i = 1; i <= entries; i++) {
      const kind = i % 2 === 0 ? "tool.call" : "auth.accepted"
      yield* audit.append({
        kind,
        tenant: "default",
        principal: "local",
        outcome: "ok",
        data: kind === "tool.call" ? { call: String(i) } : { remote: String(i) }
      })
    }
    if (sign) yield* attend({ keyFile, retentionDays: undefined })
  })
  await Effect.runPromise(
    Effect.provide(work, Layer.provideMerge(SqliteAudit.layer, SqliteStore.layer(database))) as Effect.Effect<void>
  )
  return { home, database, keyFile, exoclaw: (...args: ReadonlyArray<string>) => inThisProcess(args, { home }) }
}

describe("audit key", () => {
  it("prints the public key, and says where it will be while there is none", async () => {
    const { exoclaw, keyFile } = await homeWith(1, false)
    const none = await exoclaw("audit", "key")
    assert.strictEqual(none.code, 1)
    assert.include(none.err, `There is no key at ${keyFile} yet`)
    const { publicKey } = await Effect.runPromise(ensure(keyFile))
    const { code, out } = await exoclaw("audit", "key")
    assert.strictEqual(code, 0)
    assert.strictEqual(out, `${publicKey}\n`)
    assert.notInclude(fs.readFileSync(keyFile, "utf8"), publicKey)
  })
})

describe("audit verify", () => {
  it("says how far the chain is signed, by whom, and what to note", async () => {
    const { exoclaw, keyFile } = await homeWith(3, true)
    const { publicKey } = await Effect.runPromise(ensure(keyFile))
    const { code, out } = await exoclaw("audit", "verify")
    assert.strictEqual(code, 0)
    assert.match(out, /^The chain is whole: 3 entries\.$/m)
    assert.include(out, `by ${publicKey}, a key that is trusted here.`)
    assert.match(out, /--anchor 3:[0-9a-f]{64}$/m)
    const json = JSON.parse((await exoclaw("audit", "verify", "--json")).out)
    assert.deepStrictEqual([json.entries, json.first, json.signed.last.seq, json.signed.last.known], [3, 1, 3, true])
  })

  it("takes a key as text or in a file, and refuses what another key has signed or nobody has", async () => {
    const { database, exoclaw, keyFile } = await homeWith(3, true)
    const { publicKey } = await Effect.runPromise(ensure(keyFile))
    const other = await Effect.runPromise(ensure(path.join(folder(), "other.key")))
    const elsewhere = folder()
    const file = path.join(elsewhere, "audit.pub")
    fs.writeFileSync(file, `${publicKey}\n`)
    const far = (...args: ReadonlyArray<string>) =>
      inThisProcess(["audit", "verify", database, ...args], { home: elsewhere })
    assert.match((await far()).out, /a key that is not known here: name the right one with --key\.$/m)
    for (const key of [publicKey, file]) assert.include((await far("--key", key)).out, "a key that is trusted here")
    const refused = await far("--key", other.publicKey)
    assert.strictEqual(refused.code, 6)
    assert.include(refused.err, `the checkpoint at entry 3 is signed by ${publicKey}`)
    assert.strictEqual((await far("--key", other.publicKey, "--key", publicKey)).code, 0)
    for (const wrong of ["no-such-file", database]) assert.strictEqual((await far("--key", wrong)).code, 2)
    const unsigned = await homeWith(2, false)
    assert.match((await unsigned.exoclaw("audit", "verify")).out, /^Nothing of it is signed yet\.$/m)
    const demanded = await unsigned.exoclaw("audit", "verify", "--key", publicKey)
    assert.strictEqual(demanded.code, 6)
    assert.include(demanded.err, "no checkpoint is signed")
    assert.strictEqual((await exoclaw("audit", "verify", "--key", other.publicKey)).code, 6)
  })
})

describe("audit export", () => {
  const lines = (text: string) =>
    text
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))

  it("writes every entry as a line of JSON, as the chain has it", async () => {
    const { exoclaw } = await homeWith(2_345, false)
    const { code, err, out } = await exoclaw("audit", "export")
    assert.strictEqual(code, 0)
    assert.strictEqual(err, "2345 entries.\n")
    const entries = lines(out)
    assert.deepStrictEqual(
      entries.map(({ seq }) => seq),
      Array.from({ length: 2_345 }, (_, i) => i + 1)
    )
    assert.deepStrictEqual(Object.keys(entries[0]), ["seq", "at", "event", "hash"])
    assert.deepStrictEqual(entries[9].event.data, { call: "10" })
  })

  it("begins behind a position, takes one kind, and writes a new private file", async () => {
    const { exoclaw, home } = await homeWith(10, false)
    const some = lines((await exoclaw("audit", "export", "--after", "5", "--kind", "tool.call")).out)
    assert.deepStrictEqual(
      some.map(({ seq }) => seq),
      [6, 8, 10]
    )
    const file = path.join(home, "audit.jsonl")
    const written = await exoclaw("audit", "export", "--out", file)
    assert.deepStrictEqual([written.code, written.out], [0, ""])
    assert.lengthOf(lines(fs.readFileSync(file, "utf8")), 10)
    assert.strictEqual(fs.statSync(file).mode & 0o777, 0o600)
    const again = await exoclaw("audit", "export", "--out", file)
    assert.strictEqual(again.code, 2)
    assert.include(again.err, "there is a file of that name")
    assert.strictEqual((await exoclaw("audit", "export", "--out", path.join(home, "none", "x"))).code, 2)
    for (const command of ["query", "export"]) {
      const misspelt = await exoclaw("audit", command, "--kind", "budget.setled")
      assert.strictEqual(misspelt.code, 2)
      assert.match(misspelt.err, /there is no kind "budget\.setled"\. Did you mean "budget\.settled"\? There are: /)
    }
    const unknown = await exoclaw("audit", "export", "--kind", "nothing")
    assert.strictEqual(unknown.code, 2)
    assert.match(unknown.err, /no kind "nothing"\. There are: gateway\.start, /)
    assert.strictEqual((await exoclaw("audit", "export", path.join(home, "none.db"))).code, 2)
  })
})

describe("doctor", () => {
  const surroundings = (home: string) => ({
    variables: new Map<string, string>(),
    home,
    absolute: (file: string) => file,
    read: () => Effect.fail({ absent: true, why: "" })
  })

  it("says where the key of the audit log is, and warns where it cannot sign", async () => {
    const home = folder()
    const keyFile = path.join(home, ".config", "exoclaw", "audit.key")
    const check = () => Effect.runPromise(auditKey(surroundings(home)))
    assert.deepStrictEqual(await check(), {
      name: "audit key",
      state: "ok",
      detail: `${keyFile} is made with the first checkpoint`
    })
    await Effect.runPromise(ensure(keyFile))
    assert.deepStrictEqual(await check(), { name: "audit key", state: "ok", detail: keyFile })
    fs.chmodSync(keyFile, 0o640)
    const open = await check()
    assert.strictEqual(open.state, "warn")
    assert.match(open.detail, /others on this machine can read it\. Run: chmod 600 /)
    fs.chmodSync(keyFile, 0o600)
    fs.writeFileSync(path.join(home, ".config", "exoclaw", "audit.trusted"), "nonsense\n")
    assert.match((await check()).detail, /no Ed25519 key in base64/)
  })
})
