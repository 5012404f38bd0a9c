import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
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

/** A runner in vitest's place. Each line of `plan` is a run: a word per file, `passed`, `failed` or `unloaded`. */
const runner = `
import * as fs from "node:fs"
const option = process.argv.find((each) => each.startsWith("--outputFile.json="))
const [now, ...later] = fs.readFileSync("plan", "utf8").split("\\n")
fs.writeFileSync("plan", later.join("\\n"))
fs.appendFileSync("asked", process.argv.filter((each) => each.endsWith(".test.ts")).join(" ") + "\\n")
const errors = now.split(" ").filter((word) => word === "crash").length
fs.writeFileSync(option.slice("--outputFile.json=".length) + ".unhandled", String(errors))
const files = now.split(" ").filter((word) => word !== "crash").map((word) => word.split("="))
const testResults = files.map(([name, status]) => ({
  name: process.cwd() + "/test/" + name + ".test.ts",
  status: status === "passed" ? "passed" : "failed",
  assertionResults: status === "unloaded" ? [] : [{ status, fullName: name + " works" }]
}))
fs.writeFileSync(option.slice("--outputFile.json=".length), JSON.stringify({ testResults }))
process.exit(files.every(([, status]) => status === "passed") ? 0 : 1)
`

/** A run of the unit tests over files that end as the plan says, and which files were asked for by name in each run. */
const runTests = (plan: ReadonlyArray<string>, named: ReadonlyArray<string> = []) => {
  const folder = bare(complete)
  const modules = path.join(folder, "node_modules")
  fs.mkdirSync(path.join(modules, "vitest"), { recursive: true })
  fs.writeFileSync(path.join(modules, "vitest", "vitest.mjs"), runner)
  const lock = fs.readFileSync(path.join(folder, "package-lock.json"))
  const installed = createHash("sha256").update(lock).update(`${process.platform}-${process.arch}`)
  fs.writeFileSync(path.join(modules, ".exoclaw-install"), installed.digest("hex"))
  fs.writeFileSync(path.join(folder, "plan"), plan.join("\n"))
  const script = path.join(folder, "scripts", "bootstrap.cjs")
  const env = { HOME: folder, PATH: process.env["PATH"] }
  const done = spawnSync(process.execPath, [script, "test:unit", ...named], { cwd: folder, env, encoding: "utf8" })
  const asked = fs.readFileSync(path.join(folder, "asked"), "utf8").trimEnd().split("\n")
  fs.rmSync(folder, { recursive: true, force: true })
  return { code: done.status, asked, lines: done.stdout.trim().split("\n") }
}

describe("a run of the tests", () => {
  it("tries a few failing files once more, alone, and names what passed only then", () => {
    const { asked, code, lines } = runTests(["a=passed b=failed c=unloaded", "b=passed c=passed"])
    assert.strictEqual(code, 0)
    assert.deepStrictEqual(asked, ["", "test/b.test.ts test/c.test.ts"])
    assert.deepStrictEqual(lines, [
      "failed at the first try: test/b.test.ts > b works",
      "failed at the first try: test/c.test.ts > (outside its tests)",
      "passed only at the second try: test/b.test.ts > b works",
      "passed only at the second try: test/c.test.ts > (outside its tests)",
      "3 passed, 0 failed, 0 skipped"
    ])
  })

  it("has failed if a file fails twice", () => {
    const { code, lines } = runTests(["a=passed b=failed c=failed", "b=failed c=passed"])
    assert.strictEqual(code, 1)
    assert.deepStrictEqual(lines.slice(2), ["failed: test/b.test.ts > b works", "2 passed, 1 failed, 0 skipped"])
  })

  it("tries nothing twice if many files fail", () => {
    const { asked, code, lines } = runTests(["a=failed b=failed c=failed d=unloaded e=passed"])
    assert.strictEqual(code, 1)
    assert.lengthOf(asked, 1)
    assert.strictEqual(lines.at(-1), "1 passed, 4 failed, 0 skipped")
  })

  it("tries nothing twice if an error stood outside every test, which a second try would hide", () => {
    const { asked, code, lines } = runTests(["a=passed b=failed crash", "b=passed"])
    assert.strictEqual(code, 1)
    assert.lengthOf(asked, 1)
    assert.strictEqual(lines.at(-1), "1 passed, 1 failed, 0 skipped")
  })

  it("tries nothing twice if somebody named the tests", () => {
    const { asked, code } = runTests(["b=failed"], ["test/b.test.ts"])
    assert.strictEqual(code, 1)
    assert.lengthOf(asked, 1)
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
