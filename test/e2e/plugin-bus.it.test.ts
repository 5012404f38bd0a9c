/** A tool of a turn publishes on the gateway's own bus. */
import { assert, it } from "@effect/vitest"
import { join } from "node:path"
import { BusClient } from "../bus/clients.ts"
import * as GatewayProcess from "../support/GatewayProcess.ts"
import { root } from "../support/repository.ts"

const config = (more = "") => `
${more}
[[plugins]]
name = "poster"
path = ${JSON.stringify(join(root, "test/plugins/fixtures/publish-c/publish-c.wasm"))}
capabilities = [{ grant = "bus:news", untrusted = true }]
`
const post = 'use post with {"channel": "today", "payload": {"text": "é 漢"}}'
const said = ({ events }: Awaited<ReturnType<Awaited<ReturnType<GatewayProcess.Gateway["open"]>>["ask"]>>) =>
  JSON.parse(events.find(({ type }) => type === "tool_result")?.data.content)

it("what a tool publishes reaches the members of the channel, in the name of who asked", async () => {
  const gateway = await GatewayProcess.start({ config: config() })
  const client = await gateway.open()
  const member = new BusClient(`${gateway.url.replace("http", "ws")}/bus`)
  await member.hello()
  await member.join("today", "news")
  const { ok } = said(await client.ask("chat.send", { content: post }))
  assert.deepInclude(ok, { offset: 1, delivered: 1, durability: "process" })
  const message = await member.next("message")
  assert.deepStrictEqual(message.content?.body, { case: "text", value: '{"text":"é 漢"}' })
  assert.deepInclude({ ...message.sender }, { principal: "local", name: "plugin:poster" })
  await member.close()
})

it("without a bus the plugin is told so, and the turn goes on", async () => {
  const gateway = await GatewayProcess.start({ config: config("[bus]\nenabled = false\n") })
  const client = await gateway.open()
  const answer = await client.ask("chat.send", { content: post })
  assert.deepStrictEqual(said(answer), { error: "The bus is off in this gateway." })
  assert.isUndefined(answer.error)
})
