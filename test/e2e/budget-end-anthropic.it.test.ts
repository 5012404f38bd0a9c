/** T12: the last tokens of a small budget on Anthropic's wire, counted by the vendor's own endpoint. */
import { assert, describe, it } from "@effect/vitest"
import { countTokens } from "gpt-tokenizer/encoding/o200k_base"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { onTestFinished } from "vitest"
import * as GatewayProcess from "../support/GatewayProcess.ts"

const answer = "one two three"
const output = countTokens(answer)
const frame = (event: string, data: object): string =>
  `event: ${event}\ndata: ${JSON.stringify({ type: event, ...data })}\n\n`

/** A vendor that bills what its tokenizer says, and says it before a call to whoever asks. */
const vendor = async () => {
  const bills: Array<number> = []
  let counted = 0
  const server = createServer((request, response) => {
    const chunks: Array<Buffer> = []
    request.on("data", (bytes: Buffer) => chunks.push(bytes))
    request.on("end", () => {
      const { messages, system = "" } = JSON.parse(Buffer.concat(chunks).toString("utf8"))
      const input = countTokens(JSON.stringify([system, messages.map((one: any) => one.content)])) + 5
      if (request.url?.endsWith("/count_tokens") === true) {
        counted += 1
        response.setHeader("content-type", "application/json")
        return response.end(JSON.stringify({ input_tokens: input }))
      }
      bills.push(input + output)
      response.writeHead(200, { "content-type": "text/event-stream" })
      response.write(
        frame("message_start", { message: { id: "msg_1", usage: { input_tokens: input, output_tokens: 1 } } })
      )
      response.write(frame("content_block_start", { index: 0, content_block: { type: "text", text: "" } }))
      response.write(frame("content_block_delta", { index: 0, delta: { type: "text_delta", text: answer } }))
      response.write(frame("content_block_stop", { index: 0 }))
      response.write(frame("message_delta", { delta: { stop_reason: "end_turn" }, usage: { output_tokens: output } }))
      response.end(frame("message_stop", {}))
    })
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bills,
    counted: () => counted,
    billed: () => bills.reduce((sum, bill) => sum + bill, 0)
  }
}

// four or five bytes a token: what one call bills is a fraction of what its bytes could be
const long = "Say three words about the number seven, please, and nothing else at all. ".repeat(30)

describe("a budget that the bytes of one call to an Anthropic model do not fit", () => {
  it("T12: is spent to within 200 tokens of its end, and never past it", async () => {
    const mock = await vendor()
    const daily = 1_400
    const gateway = await GatewayProcess.start({
      config: `[agent]
provider = "anthropic"
model = "claude-sonnet-4-5"
base_url = "${mock.url}"
tools = []

[budgets]
daily = ${daily}
`
    })
    assert.isAbove(Buffer.byteLength(long), daily)
    const client = await gateway.open()
    let peer = 0
    for (const content of [long, "Say three words about the number seven, please.", "Hi"]) {
      for (;;) {
        const { error } = await client.ask("chat.send", { content, peer: `p${++peer}` })
        if (error === undefined) continue
        assert.strictEqual(error.code, -32004)
        assert.deepInclude(error.data, { scope: "day", limit: daily, held: 0, spent: mock.billed() })
        break
      }
    }
    assert.isAtMost(mock.billed(), daily)
    assert.isBelow(daily - mock.billed(), 200)
    assert.isAbove(mock.bills.length, 3)
    assert.isAbove(mock.counted(), 0)
  })
})
