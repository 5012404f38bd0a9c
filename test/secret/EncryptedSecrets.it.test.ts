import { afterAll, assert, describe, it } from "vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { spawn } from "node:child_process"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { SecretName } from "../../src/secret/SecretName.ts"
import { Secrets } from "../../src/secret/Secrets.ts"
import * as MemoryAudit from "../../layers/audit/MemoryAudit.ts"
import * as NodeEntropy from "../../layers/platform/NodeEntropy.ts"
import * as EncryptedSecrets from "../../layers/secret/EncryptedSecrets.ts"
import { operator } from "./somebody.ts"

const program = fileURLToPath(new URL("programs/setter.ts", import.meta.url))
const home = mkdtempSync(join(tmpdir(), "exoclaw-setters-"))
afterAll(() => rmSync(home, { recursive: true, force: true }))

interface Options {
  readonly count?: number
  readonly dieAfter?: number
  readonly killAfter?: number
}

/** Runs the setter; what it said it kept, and how it ended. */
const set = (folder: string, prefix: string, { count = 0, dieAfter, killAfter }: Options) =>
  new Promise<{ readonly kept: ReadonlyArray<readonly [string, string]>; readonly signal: string | null }>(
    (resolve, reject) => {
      const places = [join(folder, "secrets.db"), join(folder, "config", "secret.key")]
      const last = dieAfter === undefined ? [] : [String(dieAfter)]
      const child = spawn(process.execPath, [program, ...places, prefix, String(count), ...last], {
        stdio: ["ignore", "pipe", "inherit"]
      })
      const kept: Array<readonly [string, string]> = []
      createInterface({ input: child.stdout }).on("line", (line) => {
        const [name = "", i = ""] = line.split(" ")
        kept.push([name, `value-of-${prefix}-${i}`])
        if (kept.length === killAfter) child.kill("SIGKILL")
      })
      child.on("error", reject)
      child.on("close", (_, signal) => resolve({ kept, signal }))
    }
  )

const run = <A, E>(
  folder: string,
  work: Effect.Effect<A, E, Secrets | import("../../src/identity/Principal.ts").Principal>
) =>
  Effect.runPromise(
    work.pipe(
      Effect.provide(
        EncryptedSecrets.layer({
          path: join(folder, "secrets.db"),
          key: { given: undefined, file: join(folder, "config", "secret.key") }
        })
      ),
      Effect.provide([MemoryAudit.layerMemory, NodeEntropy.layer, operator])
    )
  )

/** Every value by name. */
const values = (folder: string) =>
  run(
    folder,
    Effect.gen(function* () {
      const secrets = yield* Secrets
      const found = new Map<string, string>()
      for (const { name } of yield* secrets.list) {
        const value = yield* secrets.get(name)
        if (value !== undefined) found.set(name, Redacted.value(value))
      }
      return found
    })
  )

/** What was kept last under a name counts; a set that was under way when its process died may count as well. */
const assertKept = (found: ReadonlyMap<string, string>, kept: ReadonlyArray<readonly [string, string]>) => {
  const number = (value: string) => Number(value.slice(value.lastIndexOf("-") + 1))
  for (const [name, value] of new Map(kept)) {
    assert.isAtLeast(number(found.get(name) ?? "-"), number(value), name)
  }
}

describe("EncryptedSecrets", () => {
  it("killed with the new file written and not yet in place, the old one stands and the next change works", async () => {
    const folder = mkdtempSync(join(home, "between-"))
    const { kept, signal } = await set(folder, "A", { dieAfter: 3 })
    assert.strictEqual(signal, "SIGKILL")
    assert.strictEqual(kept.length, 3)
    assert.deepStrictEqual(await values(folder), new Map(kept))
    assert.isTrue(readdirSync(folder).some((name) => name.endsWith(".new")))
    await run(
      folder,
      Effect.flatMap(Secrets, (secrets) => secrets.set(SecretName.make("after"), Redacted.make("the next one")))
    )
    assert.deepStrictEqual(readdirSync(folder).sort(), ["config", "secrets.db"])
    assert.strictEqual((await values(folder)).size, 4)
  })

  it("several processes at once, killed at any moment, lose nothing that was kept", async () => {
    const folder = mkdtempSync(join(home, "any-"))
    const rounds = [
      ["A", { killAfter: 7 }],
      ["B", { killAfter: 11 }],
      ["C", { count: 15 }]
    ] as const
    const ends = await Promise.all(rounds.map(([prefix, options]) => set(folder, prefix, options)))
    assert.deepStrictEqual(
      ends.map(({ signal }) => signal),
      ["SIGKILL", "SIGKILL", null]
    )
    const found = await values(folder)
    for (const { kept } of ends) assertKept(found, kept)
    const { kept } = await set(folder, "D", { count: 3 })
    assertKept(await values(folder), kept)
    assert.strictEqual(kept.length, 3)
  })
})
