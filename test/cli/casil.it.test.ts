/** `exoclaw casil check` as a process: standard input, a pipe, and a file that is larger than its memory. */
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import { structural } from "../../src/casil/rules/structural.ts"
import { leaks } from "../support/canary.ts"
import { runToEnd } from "./processes.ts"
import { folder } from "./support.ts"

const secret = structural.find(({ id }) => id === "github-token")?.example(5).secret ?? ""

describe("casil check", () => {
  it("T30: reads standard input, needs no gateway, and writes nothing", async () => {
    const home = folder()
    const { code, err, out } = await runToEnd(["casil", "check", "-"], home, `a\nb ${secret}`)
    assert.strictEqual(code, 9, err)
    assert.match(out, /^-:2:3 {2}redact {2}github-token {2}40 characters {2}100 %$/m)
    assert.deepStrictEqual(leaks(secret.slice(4), out + err), [])
    assert.deepStrictEqual(fs.readdirSync(home), [])
  })

  it("looks through a file that is larger than the memory it may take", async () => {
    const home = folder()
    const file = path.join(home, "large.log")
    const line = `2026-01-31T12:00:00Z INFO request done status=200 path=/v1/items/17 key=abc\n`
    const block = line.repeat(Math.ceil(1_048_576 / line.length))
    for (let i = 0; i < 64; i++) fs.appendFileSync(file, block)
    fs.appendFileSync(file, `last ${secret}`)
    const { code, err, out } = await runToEnd(["casil", "check", file], home, "", {
      NODE_OPTIONS: "--max-old-space-size=80"
    })
    assert.strictEqual(code, 9, err)
    const lines = (block.split("\n").length - 1) * 64
    assert.match(out, new RegExp(`large\\.log:${lines + 1}:6 {2}redact {2}github-token`))
  })
})
