import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { maxArguments } from "../../layers/model/ToolCalls.ts"
import { maxEventSize, SseDecoder } from "../../layers/model/Sse.ts"
import { isIllness } from "../../src/model/CircuitBreaker.ts"
import { decodeUsage, reportedBy } from "../../src/model/ModelUsage.ts"
import { anthropic, anthropicAnswer, callsOf, chunk, finishOf, frame, openAi, openAiAnswer, textOf } from "./wires.ts"

const cuts = fc.array(fc.nat(4_000), { maxLength: 40 })
const ends = fc.constantFrom("\n", "\r\n", "\r")

describe("the Anthropic wire", () => {
  const whole = anthropic(anthropicAnswer())

  it("gives text, the tool call, and the usage with its caches", () => {
    assert.strictEqual(textOf(whole), "Grüße 😀 世界")
    assert.deepStrictEqual(callsOf(whole), [{ id: "call_1", name: "echo", params: { message: "hi ü" } }])
    const finish = finishOf(whole)
    assert.strictEqual(finish?.reason, "tool-calls")
    assert.deepStrictEqual(finish && decodeUsage(finish.usage), { input: 12, output: 17, cacheRead: 3, cacheWrite: 2 })
  })

  it("tells apart what a cache keeps for an hour and what was thought, and keeps what it does not know", () => {
    const usage = {
      input_tokens: 12,
      cache_creation_input_tokens: 9,
      cache_creation: { ephemeral_5m_input_tokens: 4, ephemeral_1h_input_tokens: 5 },
      service_tier: "standard"
    }
    const wire = [
      frame("message_start", { type: "message_start", message: { usage } }),
      frame("content_block_delta", { index: 0, delta: { type: "text_delta", text: "hello" } }),
      frame("message_delta", {
        delta: { stop_reason: "end_turn" },
        usage: { output_tokens: 7, output_tokens_details: { thinking_tokens: 3 }, new_tokens: 2 }
      }),
      "event: message_stop\n\n"
    ].join("")
    const finish = finishOf(anthropic(wire))
    assert.deepStrictEqual(finish && reportedBy(finish), {
      usage: { input: 12, output: 7, cacheRead: 0, cacheWrite: 9, reasoning: 3, cacheWriteLong: 5 },
      stage: "final",
      raw: { ...usage, output_tokens: 7, output_tokens_details: { thinking_tokens: 3 }, new_tokens: 2 }
    })
  })

  it("T15: takes what was written to a cache from its parts where their sum is missing or less", () => {
    const parts = '"cache_creation":{"ephemeral_5m_input_tokens":40,"ephemeral_1h_input_tokens":50}'
    const writtenIn = (said: string) => {
      const finish = finishOf(anthropic(anthropicAnswer().replace('"cache_creation_input_tokens":2', said)))
      return finish && reportedBy(finish)?.usage
    }
    assert.deepInclude(writtenIn(parts), { cacheWrite: 90, cacheWriteLong: 50 })
    assert.deepInclude(writtenIn(`"cache_creation_input_tokens":2,${parts}`), { cacheWrite: 90, cacheWriteLong: 50 })
    assert.deepInclude(writtenIn(`"cache_creation_input_tokens":200,${parts}`), { cacheWrite: 200 })
    assert.isUndefined(writtenIn('"cache_creation":{"ephemeral_5m_input_tokens":"40"}'))
  })

  it("tells the input's usage before the end, for the journal", () => {
    const first = whole.parts[0]
    assert.deepStrictEqual(first && reportedBy(first), {
      usage: { input: 12, output: 1, cacheRead: 3, cacheWrite: 2 },
      stage: "partial"
    })
  })

  it("is the same for every line end and every cut through bytes, characters and CRLF", () => {
    fc.assert(
      fc.property(ends, cuts, (end, at) => assert.deepStrictEqual(anthropic(anthropicAnswer(end), at), whole)),
      { numRuns: 200 }
    )
  })

  it("takes the minimal stream, which leaves out starts, types and the stop reason", () => {
    const wire = [
      frame("message_start", { type: "message_start", message: { usage: { input_tokens: 12 } } }),
      frame("content_block_delta", { index: 0, delta: { type: "text_delta", text: "hello" } }),
      frame("content_block_start", { index: 1, content_block: { type: "tool_use", id: "call_1", name: "echo" } }),
      frame("content_block_delta", { index: 1, delta: { type: "input_json_delta", partial_json: '{"message":"hi"}' } }),
      "event: content_block_stop\n\n",
      frame("message_delta", { usage: { output_tokens: 7 } }),
      "event: message_stop\n\n"
    ].join("")
    const outcome = anthropic(wire)
    assert.strictEqual(textOf(outcome), "hello")
    assert.deepStrictEqual(callsOf(outcome), [{ id: "call_1", name: "echo", params: { message: "hi" } }])
    assert.strictEqual(finishOf(outcome)?.reason, "tool-calls")
    assert.strictEqual(finishOf(outcome)?.usage.outputTokens.total, 7)
  })

  it("ends with a typed error at an error event, after what came before it", () => {
    const at = anthropicAnswer().indexOf("event: content_block_stop")
    const wire =
      anthropicAnswer().slice(0, at) +
      frame("error", { type: "error", error: { type: "overloaded_error", message: "sk-ant-secret12345 Overloaded" } })
    const outcome = anthropic(wire)
    assert.strictEqual(textOf(outcome), "Grüße 😀 世界")
    assert.strictEqual(outcome.error?.kind, "overloaded")
    assert.isFalse(outcome.error?.unused)
    assert.notInclude(outcome.error?.message ?? "", "Overloaded")
    assert.notInclude(outcome.error?.detail ?? "", "secret12345")
  })

  it("has no finish where the stream stops before the vendor's last word", () => {
    for (const upTo of ["event: message_delta", "event: content_block_stop", 'data: {"type":"message_delta"']) {
      const outcome = anthropic(anthropicAnswer().slice(0, anthropicAnswer().indexOf(upTo)))
      assert.isFalse(outcome.done)
      assert.isUndefined(finishOf(outcome))
    }
  })

  it("is whole without its terminator once the stop reason came", () => {
    const outcome = anthropic(anthropicAnswer().slice(0, anthropicAnswer().indexOf("event: message_stop")))
    assert.isTrue(outcome.done)
    assert.strictEqual(finishOf(outcome)?.reason, "tool-calls")
  })

  it("keeps tool input that does not parse as the text it is", () => {
    const outcome = anthropic(anthropicAnswer().replace('age\\":\\"hi ü\\"}', "age"))
    assert.deepStrictEqual(callsOf(outcome), [{ id: "call_1", name: "echo", params: '{"message' }])
  })

  it("calls it tool calls where the vendor says end_turn beside them", () => {
    assert.strictEqual(finishOf(anthropic(anthropicAnswer().replace('tool_use"}', 'end_turn"}')))?.reason, "tool-calls")
  })

  it("ignores what it does not know and fails on what is no JSON", () => {
    const strange = frame("new_event", { type: "new_event", a: 1 }) + ": comment\n\nretry: 10\n\n"
    assert.strictEqual(textOf(anthropic(strange + anthropicAnswer())), "Grüße 😀 世界")
    assert.strictEqual(anthropic("data: {oops\n\n").error?.kind, "protocol")
  })

  it("counts what was written to a cache apart, as vendors charge it", () => {
    const openAiUsage = (details: string) =>
      finishOf(openAi(openAiAnswer().replace('"cached_tokens":8', details)))?.usage.inputTokens
    const { total } = openAiUsage('"cached_tokens":8') ?? {}
    const prompt = total ?? 0
    assert.deepStrictEqual(openAiUsage('"cached_tokens":8,"cache_write_tokens":4'), {
      uncached: prompt - 12,
      total: prompt,
      cacheRead: 8,
      cacheWrite: 4
    })
    assert.strictEqual(openAiUsage('"cached_tokens":8,"cache_write_tokens":null')?.cacheWrite, 0)
  })

  it("T15: believes no usage with a number missing, negative or not whole", () => {
    for (const bad of [-1, 1.5, "12", null, undefined]) {
      const wire = anthropicAnswer().replace(
        '"output_tokens":17',
        bad === undefined ? '"x":1' : `"output_tokens":${JSON.stringify(bad)}`
      )
      const finish = finishOf(anthropic(wire))
      const usage = finish && decodeUsage(finish.usage)
      // what was said before still holds
      if (bad === undefined || bad === null) assert.strictEqual(usage?.output, 1)
      else assert.isUndefined(usage)
    }
  })

  it("T15: believes the largest of several counts, whichever came last", () => {
    const said = (...counts: ReadonlyArray<number>) =>
      counts
        .map((n) => `event: message_delta\ndata: {"type":"message_delta","usage":{"output_tokens":${n}}}\n\n`)
        .join("")
    const wire = anthropicAnswer()
    const end = wire.indexOf("event: message_stop")
    const finish = finishOf(anthropic(wire.slice(0, end) + said(400, 3, 0) + wire.slice(end)))
    assert.strictEqual(finish && decodeUsage(finish.usage)?.output, 400)
  })
})

describe("the OpenAI wire", () => {
  const whole = openAi(openAiAnswer())

  it("gives text, interleaved tool calls, and the usage with cached and unknown fields", () => {
    assert.strictEqual(textOf(whole), "Grüße 😀 世界")
    assert.deepStrictEqual(callsOf(whole), [
      { id: "call_1", name: "echo", params: { message: "hi ü" } },
      { id: "call_2", name: "note_list", params: {} }
    ])
    const finish = finishOf(whole)
    assert.strictEqual(finish?.reason, "tool-calls")
    const usage = { input: 12, output: 9, cacheRead: 8, cacheWrite: 0, reasoning: 4 }
    assert.deepStrictEqual(finish && decodeUsage(finish.usage), usage)
    const reported = finish && reportedBy(finish)
    assert.deepInclude(reported, { usage, stage: "final" })
    assert.include(JSON.stringify(reported?.raw), '"other":1')
  })

  it("is the same for every line end and every cut through bytes, characters and CRLF", () => {
    fc.assert(
      fc.property(ends, cuts, (end, at) => assert.deepStrictEqual(openAi(openAiAnswer(end), at), whole)),
      { numRuns: 200 }
    )
  })

  it("joins multi-line data", () => {
    const wire = openAiAnswer().replace(/^data: (\{"id":"chatcmpl-1","model":"gpt-x",)/gm, "data: $1\ndata: ")
    assert.include(wire, ",\ndata: ")
    assert.deepStrictEqual(openAi(wire), whole)
  })

  it("calls it tool calls where the server says `stop` beside them", () => {
    assert.strictEqual(finishOf(openAi(openAiAnswer().replace('"tool_calls"}', '"stop"}')))?.reason, "tool-calls")
  })

  it("keeps arguments that do not parse as the text they are", () => {
    const outcome = openAi(openAiAnswer().replace('age\\":\\"hi ü\\"}', "age"))
    assert.strictEqual(callsOf(outcome)[0]?.params, '{"message')
  })

  it("tells calls apart without an index, and makes up a missing id", () => {
    const call = (id: string | undefined, name: string, args: string) =>
      chunk({
        id: "c-9",
        choices: [
          { delta: { tool_calls: [{ ...(id === undefined ? {} : { id }), function: { name, arguments: args } }] } }
        ]
      })
    const wire =
      call("a", "echo", '{"n":1}') +
      call("b", "echo", '{"n":') +
      chunk({ choices: [{ delta: { tool_calls: [{ function: { arguments: "2}" } }] } }] }) +
      chunk({ choices: [{ delta: {}, finish_reason: "stop" }] }) +
      "data: [DONE]\n\n"
    assert.deepStrictEqual(callsOf(openAi(wire)), [
      { id: "a", name: "echo", params: { n: 1 } },
      { id: "b", name: "echo", params: { n: 2 } }
    ])
    const anonymous = openAi(call(undefined, "echo", "{}") + chunk({ choices: [{ delta: {}, finish_reason: "stop" }] }))
    assert.deepStrictEqual(callsOf(anonymous), [{ id: "call_c-9_0", name: "echo", params: {} }])
  })

  it("ends with a typed error at an error in the stream", () => {
    const at = openAiAnswer().indexOf(
      'data: {"id":"chatcmpl-1","model":"gpt-x","choices":[{"index":0,"delta":{"tool_calls"'
    )
    const outcome = openAi(openAiAnswer().slice(0, at) + chunk({ error: { type: "server_error", message: "boom" } }))
    assert.strictEqual(textOf(outcome), "Grüße 😀 世界")
    assert.strictEqual(outcome.error?.kind, "overloaded")
    assert.isFalse(outcome.error?.unused)
  })

  it("has no finish where the stream stops before a finish reason, and is whole after one", () => {
    const wire = openAiAnswer()
    assert.isFalse(openAi(wire.slice(0, wire.indexOf('"finish_reason":"tool_calls"'))).done)
    const whole = openAi(wire.slice(0, wire.indexOf("data: [DONE]")))
    assert.isTrue(whole.done)
    assert.strictEqual(finishOf(whole)?.usage.inputTokens.total, 20)
  })

  it("keeps reasoning apart from text", () => {
    const wire =
      chunk({ choices: [{ delta: { reasoning_content: "hm" } }] }) +
      chunk({ choices: [{ delta: { content: "yes" }, finish_reason: "stop" }] })
    assert.deepStrictEqual(
      openAi(wire).parts.map((part) => part.type),
      [
        "response-metadata",
        "reasoning-start",
        "reasoning-delta",
        "reasoning-end",
        "text-start",
        "text-delta",
        "text-end",
        "finish"
      ]
    )
  })

  it("T15: believes no usage with a number missing, negative or not whole", () => {
    for (const bad of ["-1", "1.5", '"9"', "1e400", "null"]) {
      const finish = finishOf(openAi(openAiAnswer().replace('"completion_tokens":9', `"completion_tokens":${bad}`)))
      assert.isUndefined(finish && decodeUsage(finish.usage))
    }
    const more = finishOf(openAi(openAiAnswer().replace('"cached_tokens":8', '"cached_tokens":800')))
    assert.isUndefined(more && decodeUsage(more.usage))
  })

  it("T15: charges what was thought also where it is told beside the completion, not in it", () => {
    const outputIn = (said: string) => {
      const wire = openAiAnswer().replace('"completion_tokens":9', `"completion_tokens":9,${said}`)
      const finish = finishOf(openAi(wire.replace('"completion_tokens_details":{"reasoning_tokens":4},', "")))
      return finish && decodeUsage(finish.usage)?.output
    }
    // as x.ai has it: 20 + 9 + 94
    const beside = '"completion_tokens_details":{"reasoning_tokens":94}'
    assert.strictEqual(outputIn(`"total_tokens":123,${beside}`), 103)
    assert.strictEqual(outputIn(beside), 103)
    assert.strictEqual(outputIn('"total_tokens":123'), 103)
    // as OpenAI has it
    assert.strictEqual(outputIn('"total_tokens":29,"completion_tokens_details":{"reasoning_tokens":4}'), 9)
    // what is no total, or less than its parts, changes nothing
    for (const total of ["3", "-7", '"123"', "1e300", "null", "29.5"])
      assert.strictEqual(outputIn(`"total_tokens":${total}`), 9)
  })

  it("T15: believes the largest of several counts, whichever came last", () => {
    const said = (prompt: unknown, completion: number) =>
      `data: {"choices":[],"usage":{"prompt_tokens":${JSON.stringify(prompt)},"completion_tokens":${completion}}}\n\n`
    const wire = openAiAnswer()
    const end = wire.indexOf("data: [DONE]")
    const finish = finishOf(openAi(wire.slice(0, end) + said(500, 60) + said(20, 1) + wire.slice(end)))
    assert.deepInclude(finish && decodeUsage(finish.usage), { input: 500, output: 60 })
    // what is no count is no smaller one either
    const lie = finishOf(openAi(wire.slice(0, end) + said("500", 1) + wire.slice(end)))
    assert.isUndefined(lie && decodeUsage(lie.usage))
  })
})

describe("the usage of any other language model", () => {
  const inputOf = (inputTokens: Parameters<typeof decodeUsage>[0]["inputTokens"]) =>
    decodeUsage({ inputTokens, outputTokens: { total: 1 } })?.input

  it("T15: is the larger where its parts and its total differ, and none where one of them is no number", () => {
    assert.strictEqual(inputOf({ uncached: 10, total: 1_000, cacheRead: 90 }), 910)
    assert.strictEqual(inputOf({ uncached: 10, total: 10, cacheRead: 90 }), 10)
    assert.strictEqual(inputOf({ uncached: 10 }), 10)
    assert.strictEqual(inputOf({ total: 100, cacheRead: 90 }), 10)
    assert.isUndefined(inputOf({ uncached: 10, total: Number.NaN }))
    assert.isUndefined(inputOf({ cacheRead: 90 }))
  })
})

describe("what the model itself made wrong", () => {
  const argumentsOf = "x".repeat(maxArguments / 2 + 1)

  it("is no illness of the provider, and not asked for again", () => {
    const calls = Array.from({ length: 129 }, (_, index) => ({
      index,
      id: `call_${index}`,
      function: { name: "echo" }
    }))
    const long = { function: { arguments: argumentsOf } }
    const wrong = [
      openAi(chunk({ choices: [{ delta: { tool_calls: calls } }] })),
      openAi(
        chunk({ choices: [{ delta: { tool_calls: [{ index: 0, id: "a", ...long }] } }] }) +
          chunk({ choices: [{ delta: { tool_calls: [{ index: 0, ...long }] } }] })
      ),
      anthropic(
        frame("content_block_start", { index: 0, content_block: { type: "tool_use", id: "a", name: "echo" } }) +
          [1, 2]
            .map(() =>
              frame("content_block_delta", { index: 0, delta: { type: "input_json_delta", partial_json: argumentsOf } })
            )
            .join("")
      )
    ]
    for (const { error } of wrong) {
      if (error === undefined) return assert.fail("taken")
      assert.deepStrictEqual([error.kind, error.retryable, isIllness(error)], ["protocol", false, false])
      assert.match(error.message, /^The model of /)
      assert.isBelow(error.message.length, 200)
    }
  })
})

describe("server-sent events", () => {
  it("stops at an event over the limit, whether in one line or in many", () => {
    const piece = new TextEncoder().encode(`data: ${"x".repeat(65_536)}`)
    const endless = new SseDecoder()
    let pushed = 0
    while (endless.push(piece) !== undefined) pushed += piece.length
    assert.isAtMost(pushed, maxEventSize)
    const lines = new SseDecoder()
    const line = new TextEncoder().encode(`data: ${"x".repeat(65_536)}\n`)
    pushed = 0
    while (lines.push(line) !== undefined) pushed += line.length
    assert.isAtMost(pushed, maxEventSize + line.length)
  })

  it("T29: takes any bytes without throwing", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (chunks) => {
        const decoder = new SseDecoder()
        for (const bytes of chunks) decoder.push(bytes)
        decoder.end()
        for (const wire of [anthropic, openAi])
          wire(chunks.map((bytes) => `data: ${Buffer.from(bytes).toString("latin1")}\n\n`).join(""))
      })
    )
  })

  it("takes any JSON without throwing", () => {
    const types = [
      "message_start",
      "content_block_start",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
      "error"
    ]
    const noise = fc.record(
      {
        type: fc.constantFrom(...types),
        index: fc.jsonValue(),
        delta: fc.jsonValue(),
        content_block: fc.jsonValue(),
        message: fc.jsonValue(),
        usage: fc.jsonValue(),
        choices: fc.array(
          fc.record({
            delta: fc.record({ tool_calls: fc.array(fc.jsonValue()), content: fc.jsonValue() }),
            finish_reason: fc.jsonValue()
          })
        ),
        error: fc.jsonValue()
      },
      { requiredKeys: [] }
    )
    fc.assert(
      fc.property(fc.array(noise), (values) => {
        for (const wire of [anthropic, openAi]) wire(values.map((value) => chunk(value)).join(""))
      })
    )
  })
})
