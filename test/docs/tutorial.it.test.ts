/** docs/tutorial.md does what it says. */
import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as GatewayProcess from "../support/GatewayProcess.ts"
import { node, root } from "../support/repository.ts"

const page = readFileSync(join(root, "docs", "tutorial.md"), "utf8")
const blockAfter = (mark: string): string => new RegExp(`\`\`\`${mark}\n([^]*?)\`\`\``).exec(page)?.[1] ?? ""

/** Compiled by the repository's own build, in a copy of what it needs. */
const built = (): string => {
  const copy = GatewayProcess.temporaryFolder()
  for (const one of ["scripts", "plugins/pdk", "package-lock.json"])
    cpSync(join(root, one), join(copy, one), { recursive: true })
  mkdirSync(join(copy, "node_modules"))
  symlinkSync(join(root, "node_modules", "assemblyscript"), join(copy, "node_modules", "assemblyscript"))
  mkdirSync(join(copy, "plugins", "tally", "assembly"), { recursive: true })
  writeFileSync(join(copy, "plugins", "tally", "assembly", "index.ts"), blockAfter("assemblyscript"))
  const build = `import { buildPlugins } from "./scripts/build-plugins.mjs"; buildPlugins("out")`
  const { status, stderr } = spawnSync(node, ["--input-type=module", "-e", build], { cwd: copy, encoding: "utf8" })
  assert.strictEqual(status, 0, stderr)
  return join(copy, "out", "tally.wasm")
}

describe("docs/tutorial.md", () => {
  it("its plugin is refused without its grant, and counts with it", async () => {
    const file = built()
    const entry = `[[plugins]]\nname = "tally"\npath = ${JSON.stringify(file)}\n`

    const { program } = await GatewayProcess.launch({ config: entry })
    const { code, stderr } = await program.exited
    assert.strictEqual(code, 1)
    const refusal = /^exoclaw: Plugin "tally": .*import extism:host\/user\/kv_set is not granted\b.*store:NAME/m
    assert.match(stderr, refusal)
    assert.match(page, refusal)

    const granted = 'capabilities = [{ grant = "store:tally", untrusted = true }]'
    assert.include(page, `${granted}\n`)
    const gateway = await GatewayProcess.start({ config: `${entry}${granted}\n` })
    const client = await gateway.open()
    const first = await client.call("chat.send", { content: "use tally for apples" })
    const second = await client.call("chat.send", { content: 'use tally with {"thing": "apples"}' })
    assert.include(first.text, 'tally answered: "1 x apples"')
    assert.strictEqual(second.text, 'tally answered: "2 x apples"')
    assert.include(page, second.text)
    // how many tokens it takes may change with the words of the plugin's own description
    assert.deepInclude(second.receipt.tools[0], { name: "tally", calls: 1, errors: 0 })
    const { plugins } = await client.call("plugin.list")
    assert.deepStrictEqual(plugins[0].grants, ["store:tally"])
  })
})
