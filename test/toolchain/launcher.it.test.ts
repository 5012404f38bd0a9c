import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { copyFileSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as GatewayProcess from "../support/GatewayProcess.ts"
import { node, root } from "../support/repository.ts"

describe("a program that `npm start` or the bin launched", () => {
  it("takes the launcher's variable for no part of the configuration", () => {
    const state = GatewayProcess.temporaryFolder()
    const { status, stderr } = spawnSync(node, [join(root, "layers", "entry.ts"), "config", "check"], {
      encoding: "utf8",
      env: {
        HOME: state,
        NODE_NO_WARNINGS: "1",
        NODE_DISABLE_COMPILE_CACHE: "1",
        EXOCLAW_LAUNCHER: String(process.pid)
      }
    })
    assert.strictEqual(status, 0, stderr)
  })

  it("T8: is started without the token's value, which it gets apart; the rest is as it was typed", () => {
    const folder = GatewayProcess.temporaryFolder()
    for (const name of ["bin", "dist", "node_modules/.bin"]) mkdirSync(join(folder, name), { recursive: true })
    copyFileSync(join(root, "bin", "exoclaw.cjs"), join(folder, "bin", "exoclaw.cjs"))
    symlinkSync(realpathSync(node), join(folder, "node_modules", ".bin", "node"))
    const says =
      "console.log(JSON.stringify([process.argv.slice(2), process.env.EXOCLAW_LAUNCHER_TOKEN, process.env.EXOCLAW_TOKEN]))"
    writeFileSync(join(folder, "dist", "exoclaw.js"), says)
    const old = join(folder, "old.cjs")
    writeFileSync(old, 'Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.0.0" } })')
    const launched = (...args: ReadonlyArray<string>): unknown => {
      const { stdout } = spawnSync(node, ["-r", old, join(folder, "bin", "exoclaw.cjs"), ...args], { encoding: "utf8" })
      return JSON.parse(stdout)
    }
    assert.deepStrictEqual(launched("status", "--token", "s3cret", "--json"), [
      ["status", "--token", "(hidden)", "--json"],
      "s3cret",
      null
    ])
    assert.deepStrictEqual(launched("gateway", "--token=s3cret"), [["gateway", "--token=(hidden)"], "s3cret", null])
    assert.deepStrictEqual(launched("chat", "--", "--token", "x"), [["chat", "--", "--token", "x"], null, null])
  })

  it("takes the token that was handed over for the one that was typed, and refuses it where it may not be typed", () => {
    const env = {
      HOME: GatewayProcess.temporaryFolder(),
      NODE_NO_WARNINGS: "1",
      NODE_DISABLE_COMPILE_CACHE: "1",
      EXOCLAW_LAUNCHER_TOKEN: "s3cret"
    }
    const run = (...args: ReadonlyArray<string>) =>
      spawnSync(node, [join(root, "layers", "entry.ts"), ...args], { encoding: "utf8", env })
    const refused = run("status", "--token", "(hidden)")
    assert.strictEqual(refused.status, 2)
    assert.include(refused.stderr, "Set EXOCLAW_TOKEN, or use --token-file.")
    const weak = run("gateway", "--port", "0", "--token", "(hidden)")
    assert.include(weak.stderr, "Warning: others on this machine may have seen --token")
    assert.notInclude(weak.stderr + refused.stderr, "s3cret")
  })
})
