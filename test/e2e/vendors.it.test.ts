/** Whole turns over both wires, against servers that others wrote and one that sends bytes as unkindly as it can. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { onTestFinished } from "vitest"
import { aimock, flush, head, http, last, mockingbird, raw } from "../model/servers.ts"
import { anthropicAnswer, chunk, cut, frame, openAiAnswer } from "../model/wires.ts"
import * as GatewayProcess from "../support/GatewayProcess.ts"
import type { Answer, JsonRpcClient } from "../support/JsonRpcClient.ts"

/** A resource that lives as long as the test. */
const using = async <A>(resource: Effect.Effect<A, never, Scope.Scope>): Promise<A> => {
  const scope = await Effect.runPromise(Scope.make())
  onTestFinished(() => Effect.runPromise(Scope.close(scope, Exit.void)))
  return Effect.runPromise(Scope.provide(resource, scope))
}

const key = "sk-a-key-for-a-mock-0123456789"
const env = { ANTHROPIC_API_KEY: key, OPENAI_API_KEY: key }

const agent = (provider: string, url: string): string =>
  `[agent]\nprovider = "${provider}"\nmodel = "mock-1"\nbase_url = "${url}"\nmax_tokens = 500\n`

const textOf = ({ events }: Answer) =>
  events.flatMap(({ data, type }) => (type === "text" ? [data.text as string] : [])).join("")
const find = ({ events }: Answer, type: string) => events.find((event) => event.type === type)?.data

/** Every account's balance, once nothing is held. */
const settled = async (client: JsonRpcClient): Promise<number> => {
  const { accounts } = await client.call("budget.status")
  for (const account of accounts) assert.strictEqual(account.held, 0)
  return accounts.find((one: any) => one.scope === "day" && one.unit === "tokens").spent
}

const wires = [
  { name: "Anthropic", provider: "anthropic", answer: anthropicAnswer },
  { name: "OpenAI", provider: "openai", answer: openAiAnswer }
] as const

for (const { answer, name, provider } of wires) {
  describe(`a turn over ${name}'s wire`, () => {
    const usage = (input: number, output: number) =>
      name === "OpenAI"
        ? { prompt_tokens: input, completion_tokens: output }
        : { input_tokens: input, output_tokens: output }

    it("calls a tool in the sandbox, streams the answer and settles what aimock says", async () => {
      const mock = await using(aimock)
      mock.on(
        { userMessage: "use echo", hasToolResult: false },
        { toolCalls: [{ name: "echo", arguments: '{"message":"hi"}' }], usage: usage(400, 11) }
      )
      const said = "The tool said hi, and that is all there is to say about it."
      mock.on(
        { userMessage: "use echo", hasToolResult: true },
        { content: said, usage: usage(450, 13) },
        { chunkSize: 5 }
      )
      const gateway = await GatewayProcess.start({ env, config: agent(provider, mock.url) })
      const client = await gateway.open()
      const turn = await client.ask("chat.send", { content: "use echo" })
      assert.isUndefined(turn.error)
      assert.deepStrictEqual(find(turn, "tool_call").input, { message: "hi" })
      assert.strictEqual(find(turn, "tool_result").content, "echo: hi")
      assert.strictEqual(turn.result.text, said)
      assert.strictEqual(textOf(turn), said)
      assert.isAbove(turn.events.filter(({ type }) => type === "text").length, 1)
      const { calls, totalTokens } = turn.result.receipt
      assert.deepStrictEqual(
        calls.map((call: any) => [call.provider, call.model, call.inputTokens, call.outputTokens, call.basis]),
        [
          [provider, "mock-1", 400, 11, "usage"],
          [provider, "mock-1", 450, 13, "usage"]
        ]
      )
      assert.strictEqual(totalTokens, 874)
      assert.strictEqual(await settled(client), 874)
      assert.include(JSON.stringify(mock.getLastRequest()?.body), "echo: hi")
    })

    it("ends with -32006 where the answer breaks in the middle, settled, and the session goes on", async () => {
      const url = await using(
        mockingbird(name, {
          cannedResponse: "word ".repeat(200),
          streamChunkSize: 5,
          streamChunkDelayMs: 2,
          streamSseErrorAfterMs: 40,
          streamSseErrorMessage: "canary words of the vendor"
        })
      )
      const gateway = await GatewayProcess.start({ env, config: agent(provider, url) })
      const client = await gateway.open()
      const turn = await client.ask("chat.send", { content: "hello" })
      assert.strictEqual(turn.error?.code, -32006)
      assert.strictEqual(turn.error?.data.kind, "overloaded")
      assert.include(textOf(turn), "word")
      assert.strictEqual(turn.events.at(-1)?.type, "done")
      assert.strictEqual(find(turn, "error").code, -32006)
      assert.notInclude(client.frames.join("\n"), "canary words")
      assert.isAbove(await settled(client), 0)
      const { turns } = await client.call("chat.history")
      assert.strictEqual(turns[0].status, "failed")
      assert.strictEqual(turns[0].assistant, textOf(turn))
      const next = await client.ask("chat.send", { content: "again" })
      assert.strictEqual(next.error?.code, -32006)
      await settled(client)
    })

    it("streams what llm-mockingbird says", async () => {
      const said = "Grüße an alle, 世界, from a second mock!"
      const url = await using(
        mockingbird(name, { cannedResponse: said, streamChunkSize: 3, inputTokens: 333, outputTokens: 22 })
      )
      const gateway = await GatewayProcess.start({ env, config: agent(provider, url) })
      const client = await gateway.open()
      const turn = await client.ask("chat.send", { content: "hello" })
      assert.strictEqual(turn.result?.text, said)
      assert.isAbove(turn.events.filter(({ type }) => type === "text").length, 1)
      assert.strictEqual(await settled(client), turn.result.receipt.totalTokens)
    })

    it("understands a stream cut through every CRLF and every character", async () => {
      const bytes = new TextEncoder().encode(answer("\r\n"))
      const closing =
        name === "OpenAI"
          ? chunk({ choices: [{ index: 0, delta: { content: "done" }, finish_reason: "stop" }] }, "\r\n") +
            chunk({ choices: [], usage: { prompt_tokens: 30, completion_tokens: 2 } }, "\r\n") +
            "data: [DONE]\r\n\r\n"
          : frame("message_start", { type: "message_start", message: { usage: { input_tokens: 30 } } }, "\r\n") +
            frame(
              "content_block_delta",
              { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "done" } },
              "\r\n"
            ) +
            frame(
              "message_delta",
              { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } },
              "\r\n"
            ) +
            frame("message_stop", { type: "message_stop" }, "\r\n")
      const server = await using(
        raw(async (socket, request) => {
          socket.setNoDelay(true)
          socket.write(head)
          const all = /tool_result|"role":"tool"/.test(request) ? new TextEncoder().encode(closing) : bytes
          for (const piece of cut(all, Array.from(all.keys()))) {
            socket.write(http(piece))
            if (piece[0] === 13 || (piece[0] ?? 0) > 127) await flush()
          }
          socket.write(last)
        })
      )
      const gateway = await GatewayProcess.start({ env, config: agent(provider, server.url) })
      const client = await gateway.open()
      const turn = await client.ask("chat.send", { content: "hello" })
      assert.isUndefined(turn.error)
      assert.strictEqual(textOf(turn), "Grüße 😀 世界done")
      assert.strictEqual(find(turn, "tool_result").content, "echo: hi ü")
      const [first] = turn.result.receipt.calls
      // far fewer tokens of input than crossed the wire: not believed
      assert.strictEqual(first.basis, "estimate")
      assert.strictEqual(await settled(client), turn.result.receipt.totalTokens)
    })
  })
}

describe("the fallback provider", () => {
  it("answers when the first refuses before it said anything, and both are in the receipt's books", async () => {
    const refusing = await using(
      raw((socket) => void socket.end("HTTP/1.1 401 Unauthorized\r\ncontent-length: 2\r\n\r\n{}"))
    )
    const mock = await using(aimock)
    mock.onMessage("hello", { content: "The second one answers.", usage: { prompt_tokens: 400, completion_tokens: 7 } })
    const gateway = await GatewayProcess.start({
      env,
      config: `${agent("anthropic", refusing.url)}
[agent.fallback]
provider = "openai"
model = "mock-2"
base_url = "${mock.url}"
`
    })
    const client = await gateway.open()
    const turn = await client.ask("chat.send", { content: "hello" })
    assert.strictEqual(turn.result?.text, "The second one answers.")
    assert.strictEqual(find(turn, "notice").code, "fallback")
    assert.deepStrictEqual(
      turn.result.receipt.calls.map((call: any) => [call.provider, call.basis]),
      [
        ["anthropic", "none"],
        ["openai", "usage"]
      ]
    )
    assert.strictEqual(await settled(client), 407)
    assert.strictEqual(refusing.requests.length, 1)
  })
})
