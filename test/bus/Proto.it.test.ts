import { assert, it } from "@effect/vitest"
import * as childProcess from "node:child_process"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "..", "..")

it("the contract passes lint, breaks no client of the released one, and its code is what the generator gives", () => {
  const done = childProcess.spawnSync(process.execPath, ["scripts/generate-proto.mjs", "--check"], {
    cwd: root,
    encoding: "utf8"
  })
  assert.strictEqual(done.stderr, "")
  assert.strictEqual(done.status, 0)
})
