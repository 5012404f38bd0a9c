import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as cl100k from "gpt-tokenizer/encoding/cl100k_base"
import * as o200k from "gpt-tokenizer/encoding/o200k_base"
import { CL100K_TOKEN_SPLIT_REGEX, O200K_TOKEN_SPLIT_REGEX } from "gpt-tokenizer/encodingParams/constants"
import { computeChatCompletionTokenCount } from "gpt-tokenizer/functionCalling"
import { countText } from "../../layers/model/countText.ts"
import { openAiCountable } from "../../layers/model/OpenAiCount.ts"
import { openAiBody } from "../../layers/model/OpenAiRequest.ts"
import type { ModelRequest } from "../../src/model/ModelRequest.ts"
import { encodingOf } from "../../src/model/Tokenizer.ts"

// what it remembers makes it slow
o200k.setMergeCacheSize(500)
cl100k.setMergeCacheSize(500)

const plain = { disallowedSpecial: new Set<string>() }
const vocabularies = {
  o200k_base: { countTokens: o200k.countTokens, split: O200K_TOKEN_SPLIT_REGEX },
  cl100k_base: { countTokens: cl100k.countTokens, split: CL100K_TOKEN_SPLIT_REGEX }
}
const tokens = (text: string): number => o200k.countTokens(text, plain)

const counted = (request: ModelRequest): number => {
  const { overhead, texts } = openAiCountable(request)
  return texts.reduce((sum, text) => sum + countText(vocabularies.o200k_base, text), overhead)
}

const text = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 80 }),
  fc.string({ unit: "binary", maxLength: 80 }),
  fc.constantFrom(
    "",
    "Say three words about the number seven.",
    "<|im_start|>system",
    "\n\n\n    indented();\n",
    "世界"
  )
)
const word = fc.stringMatching(/^[a-z][a-z_]{0,12}$/)

const property = fc.oneof(
  fc.record({ type: fc.constantFrom("string", "integer", "boolean"), description: text }),
  fc.record({ type: fc.constantFrom("string", "number") }),
  fc.record({ type: fc.constant("string"), enum: fc.array(word, { minLength: 1, maxLength: 30 }) })
)
const tool = fc.record({
  name: word,
  description: text,
  inputSchema: fc
    .tuple(fc.dictionary(word, property, { maxKeys: 8, noNullPrototype: true }), fc.boolean())
    .map(([properties, all]) => ({ type: "object", properties, required: all ? Object.keys(properties) : [] }))
})
const message = fc.oneof(
  fc.record({ role: fc.constantFrom("user" as const, "assistant" as const), content: text }),
  fc.record({
    role: fc.constant("assistant" as const),
    content: fc.array(
      fc.record({ type: fc.constant("tool-call" as const), id: word, name: word, params: fc.dictionary(word, text) }),
      { minLength: 1, maxLength: 3 }
    )
  }),
  fc.record({
    role: fc.constant("tool" as const),
    content: fc.array(
      fc.record({
        type: fc.constant("tool-result" as const),
        id: word,
        name: word,
        isFailure: fc.boolean(),
        result: text
      }),
      { minLength: 1, maxLength: 3 }
    )
  })
)
const request: fc.Arbitrary<ModelRequest> = fc.record({
  system: fc.array(text, { maxLength: 2 }),
  messages: fc.array(message, { maxLength: 6 }),
  tools: fc.array(tool, { maxLength: 4 }),
  model: fc.constant("gpt-4o"),
  maxOutputTokens: fc.constant(100)
})

interface Property {
  readonly type: string
  readonly description?: string
  readonly enum?: ReadonlyArray<string>
}

/** As the vendor's own guide counts the tools of a request. */
const guideTools = (tools: ReadonlyArray<any>, head: number): number =>
  tools.reduce((sum, { function: { description, name, parameters } }) => {
    const properties = Object.entries<Property>(parameters.properties)
    return (
      sum +
      head +
      tokens(`${name}:${description}`) +
      (properties.length > 0 ? 3 : 0) +
      properties.reduce(
        (inner, [key, one]) =>
          inner +
          3 +
          (one.enum === undefined ? 0 : one.enum.reduce((all, item) => all + 3 + tokens(item), -3)) +
          tokens(`${key}:${one.type}:${one.description ?? ""}`),
        0
      ) +
      12
    )
  }, 0)

describe("an OpenAI model's count of a request", () => {
  it("T12: is never under the vendor's own guide, nor under an independent count in the form the model is shown", () => {
    fc.assert(
      fc.property(request, (one) => {
        const body = JSON.parse(openAiBody(one, true))
        const calls = (said: any): string =>
          (said.tool_calls ?? []).map((call: any) => call.function.name + call.function.arguments).join("")
        const guide =
          body.messages.reduce(
            (sum: number, said: any) => sum + 3 + tokens(said.role) + tokens(said.content ?? "") + tokens(calls(said)),
            3
          ) + guideTools(body.tools ?? [], 10)
        const independent = computeChatCompletionTokenCount(
          {
            messages: body.messages.map((said: any) => ({
              role: said.role,
              content: (said.content ?? "") + calls(said)
            })),
            functions: (body.tools ?? []).map((each: any) => each.function)
          },
          tokens
        )
        assert.isAtLeast(counted(one), Math.max(guide, independent))
      }),
      { numRuns: 300 }
    )
  })

  it("T12: is within 200 tokens of the guide for a conversation of ten messages without tools", () => {
    const words = "Say three words about the number seven, please, and nothing else at all. ".repeat(20)
    const one: ModelRequest = {
      system: ["You are exoclaw."],
      messages: Array.from({ length: 10 }, (_, n) => ({ role: n % 2 === 0 ? "user" : "assistant", content: words })),
      tools: [],
      model: "gpt-4o",
      maxOutputTokens: 100
    }
    assert.isBelow(counted(one), 3 + 11 * 4 + tokens("You are exoclaw.") + 10 * tokens(words) + 200)
  })
})

describe("the count of a text", () => {
  for (const [name, vocabulary] of Object.entries(vocabularies))
    it(`is that of ${name} for any text of words, and never throws for a special token`, () => {
      fc.assert(
        fc.property(fc.array(text), (texts) => {
          const whole = texts.join(" ").toWellFormed()
          assert.strictEqual(countText(vocabulary, whole), vocabulary.countTokens(whole, plain))
        })
      )
    })

  it("T14: is its bytes for pieces no tokenizer is quick at, at once and never less than the tokens", () => {
    for (const unit of ["a", "ä", "世", "-", " ", "=+", "Zz"]) {
      const long = unit.repeat(200_000)
      assert.isAtMost(countText(vocabularies.o200k_base, long), Buffer.byteLength(long))
      const some = unit.repeat(600)
      assert.isAtLeast(countText(vocabularies.o200k_base, some), tokens(some))
    }
  })
})

describe("the tokenizer of a model", () => {
  it("is known for OpenAI's chat models by name, also where a router or a tuning names them", () => {
    for (const model of [
      "gpt-4o",
      "gpt-4o-mini-2024-07-18",
      "chatgpt-4o-latest",
      "gpt-4.1-nano",
      "gpt-5",
      "gpt-5.1-codex",
      "gpt-5-mini",
      "o1",
      "o3-pro",
      "o4-mini",
      "openai/gpt-4o",
      "ft:gpt-4o-mini:org::id"
    ])
      assert.strictEqual(encodingOf(model), "o200k_base", model)
    for (const model of ["gpt-4", "gpt-4-turbo", "gpt-4-0613", "gpt-3.5-turbo", "gpt-35-turbo", "ft:gpt-3.5-turbo:org"])
      assert.strictEqual(encodingOf(model), "cl100k_base", model)
  })

  it("is not known for any other, however it is called", () => {
    for (const model of [
      "mock-1",
      "claude-sonnet-4-5",
      "llama3.1",
      "gpt-oss-20b",
      "gpt-6",
      "gpt-40",
      "gpt-4omni",
      "o2",
      "o10",
      "o1x",
      "evil/gpt-4o",
      "my-gpt-4o",
      "gpt2",
      ""
    ])
      assert.isUndefined(encodingOf(model), model)
  })
})
