/** What tests leave in the system's temporary folder when they are done, and when they are killed. */
import { assert, it } from "@effect/vitest"
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import * as GatewayProcess from "../support/GatewayProcess.ts"
import { node, root } from "../support/repository.ts"

const scratch = JSON.stringify(join(root, "test", "support", "scratch.ts"))
/** Opens its folder, makes one below it, and says where. */
const opening = `
  const { openScratch } = await import(${scratch})
  const { mkdtempSync } = await import("node:fs")
  const { join } = await import("node:path")
  const { tmpdir } = await import("node:os")
  openScratch()
  console.log(mkdtempSync(join(tmpdir(), "made-")))`
const staying = `${opening}; setInterval(() => undefined, 1000)`

const started = async (parent: string) => {
  const child = spawn(node, ["--input-type=module", "-e", staying], { env: { TMPDIR: parent } })
  const [said] = await once(child.stdout, "data")
  const folder = String(said).trim()
  return {
    folder,
    kill: async () => {
      child.kill("SIGKILL")
      await once(child, "exit")
    }
  }
}

const run = (script: string, env: Readonly<Record<string, string>>) =>
  spawnSync(node, ["--input-type=module", "-e", script], { encoding: "utf8", env })

it("a run leaves nothing, and takes along what one that was killed had left, but nothing of one that goes on", async () => {
  const parent = GatewayProcess.temporaryFolder()
  const killed = await started(parent)
  const live = await started(parent)
  await killed.kill()
  assert.isTrue(existsSync(killed.folder))
  const { status, stderr, stdout } = run(opening, { TMPDIR: parent })
  assert.strictEqual(status, 0, stderr)
  assert.isTrue(stdout.startsWith(parent), stdout)
  assert.isFalse(existsSync(stdout.trim()))
  assert.isFalse(existsSync(killed.folder))
  assert.isTrue(existsSync(live.folder))
  await live.kill()
  run(opening, { TMPDIR: parent })
  assert.deepStrictEqual(readdirSync(parent), [])
})

it("a program that a run starts uses the run's own folder, and does not take it away", () => {
  const parent = GatewayProcess.temporaryFolder()
  const inner = `(await import("node:child_process")).execFileSync(process.execPath, ["--input-type=module", "-e", ${JSON.stringify(opening)}], { encoding: "utf8" })`
  const { stdout } = run(`${opening}; console.log(${inner})`, { TMPDIR: parent })
  const [outer, made] = stdout.trim().split("\n")
  assert.strictEqual(made?.split("/").slice(0, -1).join("/"), outer?.split("/").slice(0, -1).join("/"))
  assert.deepStrictEqual(readdirSync(parent), [])
})

it("the tests run in such a folder", () => {
  assert.match(process.env["TMPDIR"] ?? "", /\/exoclaw-[0-9a-f]{4}-\d+-\w{6}$/)
})
