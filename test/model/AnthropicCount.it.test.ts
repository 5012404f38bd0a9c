import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type { Scope } from "effect/Scope"
import { make } from "../../layers/model/Anthropic.ts"
import { anthropicBound } from "../../layers/model/AnthropicRequest.ts"
import type { ModelRequest } from "../../src/model/ModelRequest.ts"
import { raw } from "./servers.ts"

const request: ModelRequest = {
  system: ["Be brief."],
  messages: [{ role: "user", content: "Say three words about the number seven, please. ".repeat(20) }],
  tools: [],
  model: "claude-sonnet-4-5",
  maxOutputTokens: 100
}
const { estimate, upper } = anthropicBound(request)
const key = Effect.succeed(Redacted.make("sk-test-canary-123456"))

const reply = (status: number, body: string): string =>
  `HTTP/1.1 ${status} X\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

/** An adapter for a server of the user's own, and how often that was asked; answers in turn, the last again and again. */
const counting = (...answers: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const server = yield* raw((socket) => {
      socket.write(answers[Math.min(server.requests.length, answers.length) - 1] ?? "")
    })
    const { count } = make({ baseUrl: server.url, key })
    assert.isDefined(count)
    return { count: count?.(request) ?? Effect.succeed(undefined), requests: server.requests }
  })

const live = (name: string, test: () => Effect.Effect<void, unknown, Scope>) =>
  it.live(name, () => Effect.scoped(test()))

describe("the count of an Anthropic model's input, on a server of the user's own", () => {
  live("is the server's word with a margin, less than the bytes, and asks what the call would ask", () =>
    Effect.gen(function* () {
      const { count, requests } = yield* counting(reply(200, `{"input_tokens":${estimate}}`))
      assert.strictEqual(yield* count, Math.ceil(estimate * 1.03) + 16)
      assert.isBelow(estimate, upper / 2)
      const [asked = ""] = requests
      assert.match(asked, /^POST \/v1\/messages\/count_tokens HTTP/)
      assert.include(asked, "x-api-key: sk-test-canary-123456")
      const body = JSON.parse(asked.slice(asked.indexOf("\r\n\r\n")))
      assert.deepStrictEqual(Object.keys(body).sort(), ["messages", "model", "system"])
    })
  )

  for (const [what, answer] of [
    ["404", reply(404, `{"error":{"type":"not_found_error"}}`)],
    ["405", reply(405, "")],
    ["501", reply(501, "no")],
    ["a page instead of a count", reply(200, "<html>welcome</html>")],
    ["a count that is none", reply(200, `{"input_tokens":"many"}`)],
    ["a negative count", reply(200, `{"input_tokens":-1}`)]
  ] as const)
    live(`is none where the server answers with ${what}, and the server is not asked again`, () =>
      Effect.gen(function* () {
        const { count, requests } = yield* counting(answer)
        assert.isUndefined(yield* count)
        assert.isUndefined(yield* count)
        assert.strictEqual(requests.length, 1)
      })
    )

  live("fails where the server is only out of order, and is asked for again", () =>
    Effect.gen(function* () {
      const { count, requests } = yield* counting(
        reply(529, `{"error":{"message":"sk-test-canary-123456"}}`),
        reply(200, `{"input_tokens":${estimate}}`)
      )
      const error = yield* Effect.flip(count)
      assert.strictEqual(error._tag === "ModelError" ? error.kind : "", "overloaded")
      assert.notInclude(JSON.stringify(error), "canary")
      assert.strictEqual(yield* count, Math.ceil(estimate * 1.03) + 16)
      assert.strictEqual(requests.length, 2)
    })
  )

  live("T15: is none where the server says less than anybody would bill", () =>
    Effect.gen(function* () {
      const { count } = yield* counting(reply(200, `{"input_tokens":0}`))
      assert.isUndefined(yield* count)
    })
  )
})
