/** Memory as somebody sees it who talks to the offline model: what was said is known later, and elsewhere. */
import { assert, describe, it } from "@effect/vitest"
import * as GatewayProcess from "../support/GatewayProcess.ts"
import type { JsonRpcClient } from "../support/JsonRpcClient.ts"

/** No tools: what it knows it knows from memory. */
const config = `[agent]\nprovider = "offline"\ntools = []\n`

const ask = async (client: JsonRpcClient, content: string, peer = "main") => {
  const answer = await client.call("chat.send", { content, peer })
  return {
    text: answer.text as string,
    receipt: answer.receipt as { readonly blocks: ReadonlyArray<{ readonly kind: string; readonly tokens: number }> }
  }
}

const weather = [
  "The bus was late again, and it rained.",
  "I read a long article about trains.",
  "There is a new bakery at the corner.",
  "Somebody painted the fence next door.",
  "The printer at work is out of paper."
]

describe("memory over a conversation", () => {
  it("the dog's name of turn 1 is known in turn 50, in a new session, and after a restart", async () => {
    const state = GatewayProcess.temporaryFolder()
    const gateway = await GatewayProcess.start({ state, config })
    const client = await gateway.open()
    await ask(client, "Hi! My dog is called Luna.")
    for (let turn = 2; turn < 50; turn++) await ask(client, `${weather[turn % weather.length]} That was day ${turn}.`)
    const late = await ask(client, "What is my dog called?")
    assert.include(late.text, "Luna")
    const kinds = late.receipt.blocks.map(({ kind }) => kind)
    assert.includeMembers(kinds, ["recent", "facts", "user"])
    const added = late.receipt.blocks.filter(({ kind }) => kind !== "user").reduce((sum, { tokens }) => sum + tokens, 0)
    assert.isAtMost(added, 4_000)
    assert.include((await ask(client, "what is my dog's name?", "elsewhere")).text, "Luna")
    await gateway.kill("SIGTERM")
    const again = await GatewayProcess.start({ state, config })
    assert.include((await ask(await again.open(), "What is my dog called?", "tomorrow")).text, "Luna")
  })

  it("a move takes the place of where somebody lived, and both are told", async () => {
    const gateway = await GatewayProcess.start({ config })
    const client = await gateway.open()
    await ask(client, "I live in NYC.", "one")
    await ask(client, "I moved from NYC to LA.", "two")
    assert.include((await ask(client, "Where do I live?", "three")).text, "LA")
    assert.include((await ask(client, "Where did I live before?", "three")).text, "NYC")
    await ask(client, "My favourite colour is blue.", "four")
    await ask(client, "No, it's green.", "four")
    assert.include((await ask(client, "What is my favourite colour?", "five")).text, "green")
  })

  it("memory is off where the configuration says so", async () => {
    const gateway = await GatewayProcess.start({ config: `${config}[memory]\nsemantic_enabled = false\n` })
    const client = await gateway.open()
    await ask(client, "My dog is called Luna.", "one")
    const { receipt, text } = await ask(client, "What is my dog called?", "two")
    assert.notInclude(text, "Luna")
    assert.notInclude(
      receipt.blocks.map(({ kind }) => kind),
      "facts"
    )
  })
})
