/** Examples as their readers run them: as programs of their own. */
import { assert, describe, it } from "@effect/vitest"
import { spawnSync } from "node:child_process"
import { readdirSync, readFileSync, symlinkSync, writeFileSync, mkdirSync } from "node:fs"
import { join } from "node:path"
import * as GatewayProcess from "../support/GatewayProcess.ts"
import { node, root } from "../support/repository.ts"

const run = (file: string, env: Readonly<Record<string, string>> = {}, ...args: ReadonlyArray<string>) =>
  spawnSync(node, [join(root, "examples", file), ...args], {
    encoding: "utf8",
    env: { NODE_NO_WARNINGS: "1", ...env }
  })

/** What `tsc` says about an example after a change, in a folder where the rest of the repository is as it is. */
const compiled = (name: string, change: (text: string) => string) => {
  const folder = GatewayProcess.temporaryFolder()
  mkdirSync(join(folder, "examples"))
  for (const one of ["src", "layers", "node_modules"]) symlinkSync(join(root, one), join(folder, one))
  for (const one of ["graph.ts", name]) {
    const text = readFileSync(join(root, "examples", one), "utf8")
    writeFileSync(join(folder, "examples", one), one === name ? change(text) : text)
  }
  const { compilerOptions } = JSON.parse(readFileSync(join(root, "tsconfig.json"), "utf8"))
  const options = { ...compilerOptions, paths: {}, plugins: [], typeRoots: [join(root, "node_modules", "@types")] }
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }')
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options, include: ["examples"] }))
  return spawnSync(join(root, "node_modules", ".bin", "tsc"), ["-p", folder], { encoding: "utf8" })
}

describe("examples as programs", () => {
  it("another-provider and custom-graph run by hand and end by themselves", () => {
    for (const file of ["another-provider.ts", "custom-graph.ts"]) {
      const { status, stderr, stdout } = run(file)
      assert.strictEqual(status, 0, stderr)
      assert.include(stdout, "holdId")
    }
  })

  it("whole-gateway answers over the wire by its own provider and rule, charges it, and leaves nothing behind", () => {
    const state = GatewayProcess.temporaryFolder()
    const { status, stderr, stdout } = run("whole-gateway.ts", { HOME: state, TMPDIR: state })
    assert.strictEqual(status, 0, stderr)
    assert.match(stdout, /have \d+ words/)
    assert.include(stdout, "provider: 'counter'")
    assert.match(stdout, /scope: 'installation',[^}]*spent: [1-9]/)
    assert.include(stderr, "patient-number")
    assert.notInclude(stdout + stderr, "424242")
    assert.deepStrictEqual(readdirSync(state), [])
  })

  it("skips-the-budget does not compile: the compiler names the missing permit", () => {
    const whole = compiled("skips-the-budget.ts", (text) => text)
    assert.strictEqual(whole.status, 0, whole.stdout)
    const { status, stdout } = compiled("skips-the-budget.ts", (text) =>
      text.replace(/^\/\/ @ts-expect-error .*\n/m, "")
    )
    assert.notStrictEqual(status, 0)
    assert.match(stdout, /^\S*skips-the-budget\.ts\(\d+,\d+\): error TS/m)
    assert.include(stdout, "Type 'BudgetPermit' is not assignable to type 'never'")
  })

  it("skips-the-budget compiles with the permit in its place", () => {
    const { status, stdout } = compiled("skips-the-budget.ts", (text) =>
      text
        .replace(/^\/\/ @ts-expect-error .*\n/m, "")
        .replace("model.stream(quote)", "model.stream(quote).pipe(withPermitStream(quote, spender))")
        .replace("Blocked | ModelError>", "Blocked | ModelError | BudgetError, BudgetLedger>")
        .replace(
          "\n\nconst prompt",
          '\nimport { type BudgetLedger, withPermitStream } from "../src/budget/BudgetLedger.ts"' +
            '\nimport type { BudgetError } from "../src/budget/BudgetError.ts"' +
            '\nimport type { Spender } from "../src/budget/Spender.ts"\n\ndeclare const spender: Spender\n\nconst prompt'
        )
        .replace(/^if \(import\.meta\.main\).*$/m, "export { program }")
    )
    assert.strictEqual(status, 0, stdout)
  })

  it("skips-the-budget does not run either: there is no permit, and no call is made", () => {
    const { status, stderr, stdout } = run("skips-the-budget.ts")
    assert.notStrictEqual(status, 0)
    assert.include(stderr, "exoclaw/budget/BudgetPermit")
    assert.strictEqual(stdout, "")
  })

  it("websocket-client talks to a gateway with nothing but the language's own WebSocket", async () => {
    const gateway = await GatewayProcess.start()
    const { stdout, status } = run(
      "websocket-client.mjs",
      {},
      "use echo to say hi",
      `${gateway.url.replace("http", "ws")}/ws`
    )
    assert.strictEqual(status, 0)
    assert.match(stdout, /^1 accepted \{\}$/m)
    assert.match(stdout, /^\d+ tool_call .*"name":"echo"/m)
    assert.match(stdout, /^\d+ tool_result .*"content":"echo: hi"/m)
    assert.match(stdout, /totalTokens: \d+/)
  })
})
