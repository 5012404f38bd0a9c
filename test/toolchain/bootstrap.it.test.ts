import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "..", "..")

/** A repository that holds only what the bootstrap reads before it can install. */
const bare = (files: ReadonlyArray<string>): string => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "exoclaw-bare-"))
  for (const file of ["scripts/bootstrap.cjs", ...files]) {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true })
    fs.copyFileSync(path.join(root, file), path.join(folder, file))
  }
  return folder
}

const complete = ["package.json", "package-lock.json", ".npmrc", "tools/node/package.json"]

const bootstrap = (folder: string, args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) => {
  const clean: NodeJS.ProcessEnv = { HOME: folder, PATH: process.env["PATH"], ...env }
  const script = path.join(folder, "scripts", "bootstrap.cjs")
  const done = spawnSync(process.execPath, [script, ...args], { cwd: folder, env: clean, encoding: "utf8" })
  fs.rmSync(folder, { recursive: true, force: true })
  return { code: done.status, lines: done.stderr.trim().split("\n") }
}

describe("the bootstrap", () => {
  it("says in one sentence that the registry cannot be reached, and what to do", () => {
    const { code, lines } = bootstrap(bare(complete), ["test"], {
      npm_config_registry: "http://127.0.0.1:9",
      npm_config_fetch_retries: "0"
    })
    assert.strictEqual(code, 1)
    assert.match(lines.at(-1)!, /^exoclaw: the npm registry could not be reached: .*run the command again\.$/)
    assert.lengthOf(lines, 2)
  })

  it("says in one sentence that npm is missing", () => {
    const { code, lines } = bootstrap(bare(complete), ["start"], { PATH: "/nonexistent" })
    assert.strictEqual(code, 1)
    assert.lengthOf(lines, 1)
    assert.match(lines[0]!, /^exoclaw: npm is not on the PATH: .*run the command again\.$/)
  })

  it("says in one sentence that the copy is not complete", () => {
    const { code, lines } = bootstrap(bare([]), ["start"])
    assert.strictEqual(code, 1)
    assert.deepStrictEqual(lines, [
      "exoclaw: package-lock.json is missing: this is no complete copy of the repository, clone it again."
    ])
  })

  it("names its commands when it is given none or an unknown one", () => {
    assert.match(bootstrap(bare([]), []).lines[0]!, /^exoclaw: usage: /)
    const { code, lines } = bootstrap(bare([]), ["dance"])
    assert.strictEqual(code, 2)
    assert.match(lines[0]!, /there is no command `dance`; usage: /)
  })
})

describe("the bin", () => {
  it("says in one sentence that nothing is built", () => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "exoclaw-bin-"))
    fs.mkdirSync(path.join(folder, "bin"))
    fs.copyFileSync(path.join(root, "bin", "exoclaw.cjs"), path.join(folder, "bin", "exoclaw.cjs"))
    const done = spawnSync(process.execPath, [path.join(folder, "bin", "exoclaw.cjs")], { encoding: "utf8" })
    fs.rmSync(folder, { recursive: true, force: true })
    assert.strictEqual(done.status, 1)
    assert.match(done.stderr, /^exoclaw: it is not built yet: run `npm run build` in .* first\.\n$/)
  })
})
