/** The loops of recall, which are in the repository as they were compiled. */
import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

describe("the compiled loops of recall", () => {
  it("are those of their source", () => {
    const bake = fileURLToPath(new URL("../../scripts/bake-kernel.mjs", import.meta.url))
    const { status, stderr } = spawnSync(process.execPath, [bake, "--check"], { encoding: "utf8" })
    assert.strictEqual(status, 0, stderr)
  })
})
