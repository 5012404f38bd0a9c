/**
 * The same attacks under the other versions of Node that exoclaw runs on: limits and flags of the engine change with them.
 * npm brings each one, once, into a folder of its own.
 */
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { programs } from "../../layers/sandbox/Programs.ts"
import * as SlotPool from "../../layers/sandbox/SlotPool.ts"
import { program as exoclaw, root, withPlugins } from "../support/repository.ts"
import { attacks, contained, deadlineMs, pool } from "./inSlot.ts"
import { invoke } from "./invoke.ts"
import { wellBehaved } from "./modules.ts"

/** The oldest that is supported, and the newest; what all other tests run on is between them. */
const versions = ["22.19.0", "26.10.0"]

const platform = `node-${process.platform}-${process.arch}`

/** The program of that version; undefined where npm cannot bring it. */
const node = (version: string): string | undefined => {
  const folder = path.join(root, "node_modules", ".cache", "exoclaw-node", version)
  const program = path.join(folder, "node_modules", platform, "bin", "node")
  if (existsSync(program)) return program
  mkdirSync(folder, { recursive: true })
  const flags = ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", folder]
  spawnSync("npm", [...flags, `${platform}@${version}`], { stdio: "ignore", timeout: 120_000 })
  return existsSync(program) ? program : undefined
}

for (const version of versions) {
  const program = node(version)
  const own = programs(60)
  const slots = SlotPool.layer(pool, deadlineMs, {
    ...own,
    slot: { ...own.slot, node: program ?? process.execPath }
  })
  describe.skipIf(program === undefined)(
    `Node ${version}${program === undefined ? ", which npm cannot bring" : ""}`,
    () => {
      it("runs the whole program, whose slots are of the same version", async () => {
        const file = path.join(await withPlugins(), "echo.wasm")
        const words = ["plugin", "test", file, "--input", '{"message": "é 漢"}']
        const home = mkdtempSync(path.join(tmpdir(), "exoclaw-node-"))
        const env = { PATH: process.env["PATH"] ?? "", HOME: home, NODE_NO_WARNINGS: "1" }
        const { status, stderr, stdout } = spawnSync(program ?? "", [exoclaw, ...words], { encoding: "utf8", env })
        rmSync(home, { recursive: true })
        assert.strictEqual(status, 0, stderr)
        assert.include(stdout, "echo: é 漢")
      })

      layer(slots, { excludeTestServices: true })((it) => {
        it.effect("is what runs, under every flag", () =>
          Effect.gen(function* () {
            assert.strictEqual(spawnSync(program ?? "", ["--version"], { encoding: "utf8" }).stdout, `v${version}\n`)
            assert.isAbove((yield* invoke(wellBehaved, 10_000)).length, 0)
          })
        )
        for (const [attack, bytes] of attacks) {
          it.effect(`T20: ${attack.what} ends, and the next call works`, () => contained(attack, bytes))
        }
      })
    }
  )
}
