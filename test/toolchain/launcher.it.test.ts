import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
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
})
