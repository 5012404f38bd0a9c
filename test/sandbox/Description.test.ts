import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as fc from "fast-check"
import { PluginName } from "../../src/domain/Ids.ts"
import { clash, read } from "../../src/sandbox/Description.ts"
import { messageReply, toolOutput } from "../../src/sandbox/Output.ts"
import { CallFailed, PluginError, PluginRefused } from "../../src/sandbox/PluginError.ts"

const plugin = PluginName.make("notes")
const tool = (name: string, more: object = {}) => ({
  name,
  description: "does it",
  input_schema: { type: "object" },
  ...more
})
const said = (value: unknown) => read(plugin, JSON.stringify(value))

describe("describe", () => {
  it.effect("the configured prefix stands before each tool's name, which stays a name", () =>
    Effect.gen(function* () {
      const { tools } = yield* read(plugin, JSON.stringify({ tools: [tool("a"), tool("b".repeat(60))] }), "my-")
      assert.deepStrictEqual(
        tools.map(({ name }) => name),
        ["my-a", `my-${"b".repeat(60)}`]
      )
      const long = yield* Effect.flip(read(plugin, JSON.stringify(tool("b".repeat(62))), "my-"))
      assert.match(long.message, /with the tool_prefix "my-" a name of its tools is longer than 64 characters/)
    })
  )

  it.effect("one tool, several tools, a channel, a skill", () =>
    Effect.gen(function* () {
      const one = yield* said(tool("a"))
      assert.deepStrictEqual(one, {
        channel: false,
        several: false,
        tools: [{ name: "a", plugin, description: "does it", inputSchema: { type: "object" }, idempotent: false }]
      })
      const two = yield* said({ tools: [tool("a"), tool("b", { idempotent: true })] })
      assert.isTrue(two.several)
      assert.deepStrictEqual(
        two.tools.map((each) => [each.name, each.idempotent]),
        [
          ["a", false],
          ["b", true]
        ]
      )
      const channel = yield* said({ name: "x", type: "channel_adapter", channel: "x", description: "" })
      assert.deepStrictEqual(channel, { channel: true, several: false, tools: [] })
      const skill = yield* said({ name: "x", type: "skill", description: "" })
      assert.deepStrictEqual(skill, { channel: false, several: false, tools: [] })
    })
  )

  it.effect("T23: names no vendor accepts, words without end and schemas that are none are refused", () =>
    Effect.gen(function* () {
      for (const wrong of [
        tool("has space"),
        tool(""),
        tool("a".repeat(65)),
        tool("ünïcode"),
        tool("a", { description: "x".repeat(4097) }),
        tool("a", { input_schema: { type: "string" } }),
        tool("a", { input_schema: "object" }),
        tool("a", { input_schema: { type: "object", description: "x".repeat(33_000) } }),
        { tools: Array.from({ length: 65 }, (_, index) => tool(`t${index}`)) },
        { tools: [tool("a"), tool("b!")] },
        { name: "x" },
        [],
        null
      ]) {
        const refused = yield* Effect.flip(said(wrong))
        assert.include(refused.message, 'Plugin "notes": its describe is not understood')
      }
      assert.include((yield* Effect.flip(read(plugin, "{"))).message, "not understood")
      const deep = "[".repeat(400_000) + "]".repeat(400_000)
      assert.include((yield* Effect.flip(read(plugin, deep))).message, "it has more than 64 lists and objects")
    })
  )

  it("two tools of one name are a clash that names both plugins", () => {
    const declared = (name: string, owner: string) => ({
      name,
      plugin: PluginName.make(owner),
      description: "",
      inputSchema: {},
      idempotent: false
    })
    assert.isUndefined(clash([declared("a", "one"), declared("b", "one")]))
    const refused = clash([declared("a", "one"), declared("a", "two")])
    assert.match(refused?.message ?? "", /"two".*"a".*"one"/)
  })
})

describe("what an output means", () => {
  it("T20: what nobody would parse for an answer is the content itself, at the price of one look", () => {
    const deep = `{"content":"x","more":${"[".repeat(400_000)}${"]".repeat(400_000)}}`
    const wide = `{"content":"x",${Array.from({ length: 30_000 }, (_, index) => `"k${index}":1`).join()}}`
    for (const text of [deep, wide]) {
      assert.deepStrictEqual(toolOutput(text), { content: text, isError: false })
      assert.isTrue(Option.isNone(messageReply(text)))
    }
  })

  it("content and error flag, or the whole text", () => {
    assert.deepStrictEqual(toolOutput('{"content":"x","is_error":true}'), { content: "x", isError: true })
    assert.deepStrictEqual(toolOutput('{"content":"x"}'), { content: "x", isError: false })
    assert.deepStrictEqual(toolOutput(' \t\r\n{"content":"x"}\n'), { content: "x", isError: false })
    for (const text of ["plain", "", "{}", '{"content":1}', '{"content":"x","is_error":"no"}', "[1]", "null"]) {
      assert.deepStrictEqual(toolOutput(text), { content: text, isError: false })
    }
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.boolean(), (content, isError) =>
        assert.deepStrictEqual(toolOutput(JSON.stringify({ content, is_error: isError })), { content, isError })
      )
    )
  })

  it("a skill's reply is a text", () => {
    assert.deepStrictEqual(messageReply('{"text":"hi"}'), Option.some("hi"))
    for (const text of ["hi", "{}", '{"text":null}']) assert.isTrue(Option.isNone(messageReply(text)))
  })
})

describe("errors", () => {
  it("speak with the words of their reason", () => {
    const call = new PluginError({ reason: new CallFailed({ plugin, kind: "trap", message: "it broke" }) })
    assert.strictEqual(call.message, "it broke")
    const start = new PluginError({ reason: new PluginRefused({ plugin, message: "no" }) })
    assert.strictEqual(start.message, "no")
  })
})
