import { afterAll, assert, describe, it } from "vitest"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { verifyFile } from "../../layers/audit/verifyFile.ts"
import { layer } from "../../layers/store/SqliteStore.ts"
import { Store } from "../../layers/store/Store.ts"

const program = fileURLToPath(new URL("programs/writer.ts", import.meta.url))
const home = mkdtempSync(join(tmpdir(), "exoclaw-durability-"))
afterAll(() => rmSync(home, { recursive: true, force: true }))

/** Runs the writer; kills it (SIGKILL) once it has printed `killAfter` receipts. */
const write = (path: string, name: string, options: { readonly count?: number; readonly killAfter?: number }) =>
  new Promise<{ readonly receipts: ReadonlyArray<string>; readonly code: number | null; readonly stderr: string }>(
    (resolve, reject) => {
      const child = spawn(process.execPath, [program, path, name, String(options.count ?? 0)])
      const receipts: Array<string> = []
      let stderr = ""
      child.stderr.on("data", (chunk) => (stderr += chunk))
      createInterface({ input: child.stdout }).on("line", (line) => {
        receipts.push(line)
        if (receipts.length === options.killAfter) child.kill("SIGKILL")
      })
      child.on("error", reject)
      child.on("close", (code) => resolve({ receipts, code, stderr }))
    }
  )

const inspect = (path: string) =>
  Effect.runPromise(
    Effect.gen(function* () {
      const store = yield* Store
      const verdict = yield* verifyFile(path)
      const found = yield* store.read((db) => ({
        rows: new Set(db.all("SELECT name FROM receipts").map((row) => String(row.name))),
        counter: Number(db.get("SELECT value FROM counter")?.value),
        integrity: db.get("PRAGMA integrity_check")?.integrity_check
      }))
      return { ...found, verdict }
    }).pipe(Effect.provide(layer(path)))
  )

/** Every receipt is kept, and a movement, its entry and its count are there together or not at all. */
const assertWhole = async (path: string, receipts: ReadonlyArray<string>) => {
  const { rows, counter, integrity, verdict } = await inspect(path)
  assert.deepStrictEqual(
    receipts.filter((receipt) => !rows.has(receipt)),
    []
  )
  assert.strictEqual(counter, rows.size)
  assert.strictEqual(verdict.entries, rows.size)
  assert.isUndefined(verdict.broken)
  assert.strictEqual(integrity, "ok")
  return rows.size
}

describe("the store's durability", () => {
  it("T13 T33 T34: after kill -9 at any moment every receipt is in the store, and the chain is whole", async () => {
    const path = join(home, "killed.db")
    const receipts: Array<string> = []
    for (let round = 0; round < 12; round++) {
      const killAfter = 1 + Math.floor(Math.random() * 400)
      const killed = await write(path, `round${round}`, { killAfter })
      assert.isAtLeast(killed.receipts.length, killAfter)
      receipts.push(...killed.receipts)
      await assertWhole(path, receipts)
    }
  })

  it("processes that start at once on no file, and write at once, lose and double nothing", async () => {
    const path = join(home, "fresh", "shared.db")
    const done = await Promise.all(["a", "b", "c"].map((name) => write(path, name, { count: 400 })))
    for (const { code, stderr } of done) assert.strictEqual(code, 0, stderr)
    const rows = await assertWhole(
      path,
      done.flatMap(({ receipts }) => receipts)
    )
    assert.strictEqual(rows, 1_200)
  })

  it("a process killed in the middle of its transactions does not stop the other", async () => {
    const path = join(home, "survivor.db")
    const [survivor, ...killed] = await Promise.all([
      write(path, "survivor", { count: 1_500 }),
      write(path, "killed1", { killAfter: 50 + Math.floor(Math.random() * 200) }),
      write(path, "killed2", { killAfter: 50 + Math.floor(Math.random() * 200) })
    ])
    assert.strictEqual(survivor.code, 0, survivor.stderr)
    assert.strictEqual(survivor.receipts.length, 1_500)
    await assertWhole(
      path,
      [survivor, ...killed].flatMap(({ receipts }) => receipts)
    )
  })
})
