/** T20: a plugin that never ends costs its own turn, and nobody else anything. */
import { assert, it } from "@effect/vitest"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { plugin } from "../hostile/modules.ts"
import * as GatewayProcess from "../support/GatewayProcess.ts"
import { withPlugins } from "../support/repository.ts"

it("T20: a plugin that loops is killed at its deadline, ping answers throughout, and the next tool call works", async () => {
  const state = GatewayProcess.temporaryFolder()
  const folder = await withPlugins()
  writeFileSync(join(state, "evil.wasm"), plugin("(loop $forever (br $forever))"))
  const gateway = await GatewayProcess.start({
    state,
    config: `
[gateway.limits.rate]
address = 100000
connection = 100000

[[plugins]]
name = "evil"
path = "evil.wasm"

[[plugins]]
name = "echo"
path = ${JSON.stringify(join(folder, "echo.wasm"))}

[sandbox]
deadline = 1
slots = { min = 1, max = 2 }
`
  })
  const looping = await gateway.open()
  const pinging = await gateway.open()
  const seen = { inTheLoop: false, over: false, pongs: 0, slowest: 0 }
  const turn = looping
    .ask("chat.send", { content: "use evil to say hi" }, ({ type }) => {
      if (type === "tool_call") seen.inTheLoop = true
      if (type === "tool_result") seen.inTheLoop = false
    })
    .finally(() => {
      seen.over = true
    })
  while (!seen.over) {
    const sent = performance.now()
    assert.strictEqual((await pinging.call("ping")).pong, true)
    seen.slowest = Math.max(seen.slowest, performance.now() - sent)
    if (seen.inTheLoop) seen.pongs += 1
  }
  console.log(`${seen.pongs} pongs while the plugin looped, the slowest after ${seen.slowest.toFixed(1)} ms`)
  assert.isAbove(seen.pongs, 10)

  const { error, events, result } = await turn
  assert.isUndefined(error)
  const outcome = events.find(({ type }) => type === "tool_result")?.data
  assert.strictEqual(outcome.name, "evil")
  assert.strictEqual(outcome.isError, true)
  assert.include(outcome.content, "it ran longer than")
  assert.deepInclude(result.receipt.tools[0], { name: "evil", calls: 1, errors: 1 })

  const next = await looping.ask("chat.send", { content: "use echo to say hi" })
  assert.strictEqual(next.events.find(({ type }) => type === "tool_result")?.data.content, "echo: hi")
})
