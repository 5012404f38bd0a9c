import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { MessageEncoded } from "effect/ai/Prompt"
import * as fc from "fast-check"
import { countTokens } from "gpt-tokenizer/encoding/o200k_base"
import { make as anthropic } from "../../layers/model/Anthropic.ts"
import { anthropicBody, anthropicBound } from "../../layers/model/AnthropicRequest.ts"
import { make as openAi } from "../../layers/model/OpenAi.ts"
import { openAiBody, openAiBound } from "../../layers/model/OpenAiRequest.ts"
import type { ModelRequest } from "../../src/model/ModelRequest.ts"

const conversation: ReadonlyArray<MessageEncoded> = [
  { role: "system", content: "Be brief." },
  {
    role: "user",
    content: [
      { type: "text", text: "hi" },
      { type: "text", text: "there" }
    ]
  },
  {
    role: "assistant",
    content: [
      { type: "reasoning", text: "hm" },
      { type: "text", text: "One moment." },
      { type: "tool-call", id: "call.1", name: "echo", params: { message: "hi" } },
      { type: "tool-call", id: "call_2", name: "echo", params: "{broken" }
    ]
  },
  {
    role: "tool",
    content: [{ type: "tool-result", id: "call.1", name: "echo", isFailure: false, result: { content: "echo: hi" } }]
  },
  {
    role: "tool",
    content: [{ type: "tool-result", id: "call_2", name: "echo", isFailure: true, result: "not an object" }]
  },
  { role: "user", content: "and?\ud800" }
]

const request = (part: Partial<ModelRequest> = {}): ModelRequest => ({
  system: ["You are exoclaw.", "", "Facts."],
  messages: conversation,
  tools: [
    {
      name: "echo",
      description: "Repeats.",
      inputSchema: { properties: { message: { type: "string" } }, required: ["message"] }
    }
  ],
  model: "m-1",
  maxOutputTokens: 77,
  ...part
})

describe("a request on the Anthropic wire", () => {
  const body = JSON.parse(anthropicBody(request()))

  it("has the fields of the contract, and system never as a role", () => {
    assert.deepStrictEqual(Object.keys(body).sort(), ["max_tokens", "messages", "model", "stream", "system", "tools"])
    assert.strictEqual(body.max_tokens, 77)
    assert.strictEqual(body.system, "You are exoclaw.\n\nFacts.\n\nBe brief.")
    assert.deepStrictEqual(
      body.messages.map((m: { role: string }) => m.role),
      ["user", "assistant", "user"]
    )
    assert.deepStrictEqual(body.tools[0].input_schema, {
      type: "object",
      properties: { message: { type: "string" } },
      required: ["message"]
    })
  })

  it("puts the results of parallel calls into one message, and what did not parse into an object", () => {
    assert.deepStrictEqual(body.messages[1].content, [
      { type: "text", text: "One moment." },
      { type: "tool_use", id: "call_1", name: "echo", input: { message: "hi" } },
      { type: "tool_use", id: "call_2", name: "echo", input: { invalid_input: "{broken" } }
    ])
    assert.deepStrictEqual(body.messages[2].content, [
      { type: "tool_result", tool_use_id: "call_1", content: '{"content":"echo: hi"}' },
      { type: "tool_result", tool_use_id: "call_2", content: "not an object", is_error: true },
      { type: "text", text: "and?\ufffd" }
    ])
  })

  it("leaves out what is empty", () => {
    const bare = JSON.parse(
      anthropicBody(request({ system: [], tools: [], messages: [{ role: "user", content: " " }] }))
    )
    assert.deepStrictEqual(bare, {
      model: "m-1",
      max_tokens: 77,
      stream: true,
      messages: [{ role: "user", content: [{ type: "text", text: "(no text)" }] }]
    })
  })
})

describe("the marks for Anthropic's cache", () => {
  const long = (words: number) => "word ".repeat(words)
  const tool = (name: string) => ({ name, description: long(1_500), inputSchema: {} })
  const said = (role: "user" | "assistant", text: string): MessageEncoded => ({ role, content: text })
  const cached = (part: Partial<ModelRequest> = {}) =>
    JSON.parse(
      anthropicBody(
        request({
          model: "claude-sonnet-4-5",
          system: [long(1_200)],
          tools: [tool("a"), tool("b")],
          messages: [said("user", "one"), said("assistant", "two"), said("user", "three"), said("assistant", "four")],
          cache: { history: 2, turn: true },
          ...part
        })
      )
    )
  const mark = { cache_control: { type: "ephemeral" } }
  /** Where there is a mark, in the order in which the vendor sees it. */
  const marked = ({ messages, system, tools = [] }: any): ReadonlyArray<string> => [
    ...tools.flatMap(({ cache_control, name }: any) => (cache_control === undefined ? [] : [`tool ${name}`])),
    ...(typeof system === "string" || system === undefined ? [] : ["system"]),
    ...messages.flatMap(({ content }: any) =>
      content.flatMap(({ cache_control, text }: any) => (cache_control === undefined ? [] : [text]))
    )
  ]

  it("stand on the last tool, the last system text, the last message of the history and the last of all", () => {
    const body = cached()
    assert.deepStrictEqual(marked(body), ["tool b", "system", "two", "four"])
    assert.deepStrictEqual(body.system, [{ type: "text", text: long(1_200), ...mark }])
    assert.deepInclude(body.tools[1], mark)
    assert.deepStrictEqual(marked(cached({ cache: { history: 0, turn: false } })), ["tool b", "system"])
    assert.deepStrictEqual(marked(cached({ cache: undefined })), [])
  })

  it("stand only where what comes before reaches the model's minimum", () => {
    assert.deepStrictEqual(marked(cached({ tools: [] })), ["system", "two", "four"])
    assert.deepStrictEqual(marked(cached({ tools: [], system: ["short"] })), [])
    const messages = [said("user", "one"), said("assistant", "two"), said("user", long(1_200))]
    assert.deepStrictEqual(marked(cached({ tools: [], system: [], messages })), [long(1_200)])
    assert.deepStrictEqual(marked(cached({ model: "claude-haiku-4-5" })), [])
    assert.deepStrictEqual(marked(cached({ model: "some-other" })), [])
  })

  it("change nothing else, and are never more than four, whatever the conversation", () => {
    const text = fc.oneof(fc.constantFrom("", " ", "hi", long(1_100)), fc.string())
    const message = fc.record({ role: fc.constantFrom("user", "assistant", "system"), content: text })
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 8 }),
        fc.array(text, { maxLength: 2 }),
        fc.nat(9),
        fc.boolean(),
        (messages, system, history, turn) => {
          const part = { messages: messages as ReadonlyArray<MessageEncoded>, system }
          const body = cached({ ...part, cache: { history, turn } })
          assert.isAtMost(marked(body).length, 4)
          const plain = JSON.parse(JSON.stringify(body, (key, value) => (key === "cache_control" ? undefined : value)))
          if (Array.isArray(plain.system)) plain.system = plain.system[0].text
          assert.deepStrictEqual(plain, cached({ ...part, cache: undefined }))
        }
      )
    )
  })
})

describe("a request on the OpenAI wire", () => {
  const body = JSON.parse(openAiBody(request(), false))

  it("has the fields of the contract", () => {
    assert.deepStrictEqual(Object.keys(body).sort(), [
      "max_tokens",
      "messages",
      "model",
      "stream",
      "stream_options",
      "tools"
    ])
    assert.deepStrictEqual(body.stream_options, { include_usage: true })
    assert.deepStrictEqual(
      body.messages.map((m: { role: string }) => m.role),
      ["system", "system", "user", "assistant", "tool", "tool", "user"]
    )
    assert.strictEqual(body.tools[0].function.name, "echo")
    assert.strictEqual(body.n, undefined)
  })

  it("sends arguments as text and results with their call's id", () => {
    assert.deepStrictEqual(
      body.messages[3].tool_calls.map((c: { function: { arguments: string } }) => c.function.arguments),
      ['{"message":"hi"}', "{broken"]
    )
    assert.deepStrictEqual(body.messages[5], { role: "tool", tool_call_id: "call_2", content: "Error: not an object" })
  })

  it("names the output limit as each model and server wants it", () => {
    const limit = (model: string, official: boolean) =>
      Object.keys(JSON.parse(openAiBody(request({ model }), official))).filter((key) => key.startsWith("max_"))
    assert.deepStrictEqual(limit("gpt-4o", true), ["max_completion_tokens"])
    for (const model of ["o3-mini", "gpt-5", "gpt-5.1-mini", "openai/o1"])
      assert.deepStrictEqual(limit(model, false), ["max_completion_tokens"])
    for (const model of ["llama3", "gpt-4o", "qwen2.5"]) assert.deepStrictEqual(limit(model, false), ["max_tokens"])
  })
})

describe("what cannot be bounded", () => {
  const refused: ReadonlyArray<MessageEncoded> = [
    { role: "user", content: [{ type: "file", mediaType: "image/png", data: "https://example.com/a.png" }] },
    { role: "user", content: [{ type: "file", mediaType: "image/png", data: new URL("https://example.com/a.png") }] },
    { role: "user", content: [{ type: "file", mediaType: "image/png", data: "aGk=" }] },
    {
      role: "assistant",
      content: [{ type: "tool-call", id: "a", name: "web_search", params: {}, providerExecuted: true }]
    }
  ]
  for (const [i, message] of refused.entries())
    for (const adapter of [anthropic({ key: Effect.succeed(undefined) }), openAi({ key: Effect.succeed(undefined) })])
      it.effect(`is refused before anything is sent: ${adapter.provider}, ${i}`, () =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(adapter.bound(request({ messages: [message] })))
          assert.strictEqual(error.kind, "invalid_request")
          assert.isTrue(error.unused)
        })
      )
})

describe("the bound of the input", () => {
  it("is at least what an exact tokenizer counts of everything the model is shown, and at least our estimate", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "grapheme", maxLength: 300 }), { maxLength: 6 }),
        fc.string(),
        (texts, system) => {
          const one = request({
            system: [system],
            messages: texts.map((content, i) => ({ role: i % 2 === 0 ? "user" : "assistant", content }))
          })
          const exact =
            countTokens(texts.join("\n").toWellFormed() + system + JSON.stringify(one.tools)) + 4 * texts.length
          for (const bound of [anthropicBound(one), openAiBound(one)]) {
            assert.isAtLeast(bound.upper, exact)
            assert.isAtLeast(bound.upper, bound.estimate)
            assert.isTrue(Number.isSafeInteger(bound.upper) && Number.isSafeInteger(bound.estimate))
          }
        }
      )
    )
  })
})
