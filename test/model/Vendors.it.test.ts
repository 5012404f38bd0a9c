import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import type { Scope } from "effect/Scope"
import { make as anthropic } from "../../layers/model/Anthropic.ts"
import { make as openAi } from "../../layers/model/OpenAi.ts"
import { BudgetLedger, withPermit } from "../../src/budget/BudgetLedger.ts"
import { Model } from "../../src/model/Model.ts"
import type { ModelAdapter } from "../../src/model/ModelAdapter.ts"
import type { ModelError } from "../../src/model/ModelError.ts"
import type { ModelPart, ModelRequest } from "../../src/model/ModelRequest.ts"
import { decodeUsage } from "../../src/model/ModelUsage.ts"
import { content, spender, world } from "./fixtures.ts"
import { aimock, flush, head, http, last, mockingbird, raw } from "./servers.ts"
import { anthropicAnswer, chunk, cut, frame, openAiAnswer } from "./wires.ts"

const key = Effect.succeed(Redacted.make("sk-test-canary-123456"))
const wires = [
  { name: "Anthropic", make: anthropic, answer: anthropicAnswer, words: "Grüße 😀 世界" },
  { name: "OpenAI", make: openAi, answer: openAiAnswer, words: "Grüße 😀 世界" }
] as const

const request = (text: string, part: Partial<ModelRequest> = {}): ModelRequest => ({
  system: ["Be brief."],
  messages: [{ role: "user", content: text }],
  tools: [
    {
      name: "echo",
      description: "Repeats.",
      inputSchema: { type: "object", properties: { message: { type: "string" } } }
    }
  ],
  model: "m-1",
  maxOutputTokens: 100,
  ...part
})

const textOf = (parts: ReadonlyArray<ModelPart>): string =>
  parts.map((part) => (part.type === "text-delta" ? part.delta : "")).join("")
const callsOf = (parts: ReadonlyArray<ModelPart>) => parts.flatMap((part) => (part.type === "tool-call" ? [part] : []))
const finishOf = (parts: ReadonlyArray<ModelPart>) => {
  const part = parts.at(-1)
  return part?.type === "finish" ? part : undefined
}

const run = (adapter: ModelAdapter, one: ModelRequest) => Stream.runCollect(adapter.stream(one))

/** What came before a failure, and the failure. */
const failing = (adapter: ModelAdapter, one: ModelRequest): Effect.Effect<readonly [string, ModelError]> =>
  Effect.gen(function* () {
    const parts: Array<ModelPart> = []
    const error = yield* Effect.flip(
      Stream.runForEach(adapter.stream(one), (part) => Effect.sync(() => parts.push(part)))
    )
    return [textOf(parts), error] as const
  }).pipe(Effect.orDie)

const live = (name: string, test: () => Effect.Effect<void, unknown, Scope>) =>
  it.live(name, () => Effect.scoped(test()))

for (const { name, make } of wires)
  describe(`${name}'s wire against aimock`, () => {
    live("streams text with its usage", () =>
      Effect.gen(function* () {
        const mock = yield* aimock
        mock.onMessage("hello", {
          content: "Hi there, how are you?",
          usage:
            name === "OpenAI" ? { prompt_tokens: 21, completion_tokens: 7 } : { input_tokens: 21, output_tokens: 7 }
        })
        const parts = yield* run(make({ baseUrl: mock.url, key }), request("hello"))
        assert.strictEqual(textOf(parts), "Hi there, how are you?")
        const finish = finishOf(parts)
        assert.strictEqual(finish?.reason, "stop")
        assert.deepStrictEqual(finish && decodeUsage(finish.usage), {
          input: 21,
          output: 7,
          cacheRead: 0,
          cacheWrite: 0
        })
        const seen = mock.getLastRequest()
        assert.include(JSON.stringify(seen?.body), "m-1")
      })
    )

    live("calls a tool, and goes on with its result", () =>
      Effect.gen(function* () {
        const mock = yield* aimock
        mock.on(
          { userMessage: "use echo", hasToolResult: false },
          { toolCalls: [{ name: "echo", arguments: '{"message":"hi"}' }] }
        )
        mock.on({ userMessage: "use echo", hasToolResult: true }, { content: "The tool said hi." })
        const adapter = make({ baseUrl: mock.url, key })
        const first = yield* run(adapter, request("use echo"))
        const [call] = callsOf(first)
        assert.deepStrictEqual(call?.params, { message: "hi" })
        assert.strictEqual(finishOf(first)?.reason, "tool-calls")
        const { id = "", name = "" } = call ?? {}
        const second = yield* run(
          adapter,
          request("use echo", {
            messages: [
              { role: "user", content: "use echo" },
              { role: "assistant", content: [{ type: "tool-call", id, name, params: call?.params }] },
              { role: "tool", content: [{ type: "tool-result", id, name, isFailure: false, result: "echo: hi" }] }
            ]
          })
        )
        assert.strictEqual(textOf(second), "The tool said hi.")
      })
    )

    live("gives a typed error for a refusal, with the vendor's words for the operator only", () =>
      Effect.gen(function* () {
        const mock = yield* aimock
        mock.onMessage("hello", { content: "x" })
        const adapter = make({ baseUrl: mock.url, key })
        for (const [status, kind] of [
          [401, "authentication"],
          [429, "rate_limited"],
          [529, "overloaded"],
          [400, "invalid_request"]
        ] as const) {
          mock.nextRequestError(status, { message: "internal words", type: "some_error" })
          const [, error] = yield* failing(adapter, request("hello"))
          assert.strictEqual(error.kind, kind)
          assert.isTrue(error.unused)
          assert.notInclude(error.message, "internal words")
          assert.include(error.detail ?? "", "internal words")
        }
      })
    )

    live("fails where the connection is cut inside the answer", () =>
      Effect.gen(function* () {
        const mock = yield* aimock
        mock.onMessage(
          "hello",
          { content: "a long answer that is cut ".repeat(20) },
          { truncateAfterChunks: 4, chunkSize: 10, latency: 10 }
        )
        const [said, error] = yield* failing(make({ baseUrl: mock.url, key }), request("hello"))
        assert.isAbove(said.length, 0)
        assert.strictEqual(error.kind, "stream")
        assert.isFalse(error.unused)
      })
    )
  })

for (const { name, make } of wires)
  describe(`${name}'s wire against llm-mockingbird`, () => {
    live("streams text", () =>
      Effect.gen(function* () {
        const url = yield* mockingbird(name, {
          cannedResponse: "Grüße, 世界!",
          streamChunkSize: 2,
          inputTokens: 33,
          outputTokens: 9
        })
        const parts = yield* run(make({ baseUrl: url, key }), request("hello"))
        assert.strictEqual(textOf(parts), "Grüße, 世界!")
        assert.strictEqual(finishOf(parts)?.reason, "stop")
        if (name === "Anthropic") assert.strictEqual(finishOf(parts)?.usage.inputTokens.total, 33)
      })
    )

    live("ends with a typed error at an error event in the stream", () =>
      Effect.gen(function* () {
        const url = yield* mockingbird(name, {
          cannedResponse: "word ".repeat(500),
          streamChunkSize: 5,
          streamChunkDelayMs: 5,
          streamSseErrorAfterMs: 40
        })
        const [said, error] = yield* failing(make({ baseUrl: url, key }), request("hello"))
        assert.include(said, "word")
        assert.strictEqual(error.kind, "overloaded")
        assert.isFalse(error.unused)
      })
    )

    live("ends with a typed error where the socket is torn down", () =>
      Effect.gen(function* () {
        const url = yield* mockingbird(name, {
          cannedResponse: "word ".repeat(500),
          streamChunkSize: 5,
          streamChunkDelayMs: 5,
          streamErrorAfterMs: 40
        })
        const [said, error] = yield* failing(make({ baseUrl: url, key }), request("hello"))
        assert.include(said, "word")
        assert.strictEqual(error.kind, "stream")
      })
    )
  })

for (const { answer, make, name, words } of wires)
  describe(`${name}'s wire, byte by byte`, () => {
    const path = name === "OpenAI" ? "/v1/chat/completions" : "/v1/messages"

    live("survives a cut through every CRLF and every character", () =>
      Effect.gen(function* () {
        const bytes = new TextEncoder().encode(answer("\r\n"))
        const server = yield* raw(async (socket) => {
          socket.setNoDelay(true)
          socket.write(head)
          for (const piece of cut(bytes, Array.from(bytes.keys()))) {
            socket.write(http(piece))
            if (piece[0] === 13 || (piece[0] ?? 0) > 127) await flush()
          }
          socket.write(last)
        })
        const parts = yield* run(make({ baseUrl: server.url, key }), request("x"))
        assert.strictEqual(textOf(parts), words)
        assert.deepStrictEqual(callsOf(parts)[0]?.params, { message: "hi ü" })
        assert.match(server.requests[0] ?? "", new RegExp(`^POST ${path} HTTP/1.1`))
      })
    )

    live("uses one connection for several calls, and sends the key as the wire wants it", () =>
      Effect.gen(function* () {
        const server = yield* raw(
          (socket) => void socket.write(Buffer.concat([Buffer.from(head), http(answer()), Buffer.from(last)]))
        )
        const adapter = make({ baseUrl: server.url, key })
        yield* run(adapter, request("x"))
        // the socket is free once its last bytes were read
        for (let i = 0; i < 20; i++) yield* Effect.promise(flush)
        yield* run(adapter, request("x"))
        assert.strictEqual(server.sockets.length, 1)
        const header =
          name === "OpenAI" ? "authorization: Bearer sk-test-canary-123456" : "x-api-key: sk-test-canary-123456"
        for (const one of server.requests) assert.include(one, header)
        if (name === "Anthropic") assert.include(server.requests[0] ?? "", "anthropic-version: 2023-06-01")
      })
    )

    live("closes the connection when nobody reads the answer any more", () =>
      Effect.gen(function* () {
        const server = yield* raw(
          (socket) => void socket.write(Buffer.concat([Buffer.from(head), http(answer().slice(0, 900))]))
        )
        const adapter = make({ baseUrl: server.url, key })
        yield* Stream.runDrain(Stream.take(adapter.stream(request("x")), 1))
        yield* Effect.promise(server.closed)
        const fiber = yield* Effect.forkChild(run(make({ baseUrl: server.url, key }), request("x")))
        while (server.requests.length < 2) yield* Effect.promise(flush)
        yield* Fiber.interrupt(fiber)
      })
    )

    live("stops reading an event that never ends", () =>
      Effect.gen(function* () {
        const server = yield* raw(async (socket) => {
          socket.write(`${head}`)
          const piece = http(`data: ${"x".repeat(65_000)}`)
          for (let i = 0; i < 100 && !socket.destroyed; i++) {
            if (!socket.write(piece))
              await new Promise<void>((resolve) => socket.once("drain", () => resolve()).once("close", () => resolve()))
          }
        })
        const [, error] = yield* failing(make({ baseUrl: server.url, key }), request("x"))
        assert.strictEqual(error.kind, "protocol")
        yield* Effect.promise(server.closed)
      })
    )

    live("takes a stream without its terminator for broken, and one after the last word for whole", () =>
      Effect.gen(function* () {
        const marks =
          name === "OpenAI"
            ? ["[DONE]", '"finish_reason":"tool_calls"']
            : ["event: message_stop", "event: message_delta"]
        for (const [i, mark] of marks.entries()) {
          const wire = answer().slice(0, answer().indexOf(mark))
          const server = yield* raw(
            (socket) => void socket.end(Buffer.concat([Buffer.from(head), http(wire), Buffer.from(last)]))
          )
          const adapter = make({ baseUrl: server.url, key })
          if (i === 0) assert.isDefined(finishOf(yield* run(adapter, request("x"))))
          else {
            const parts = yield* Effect.result(run(adapter, request("x")))
            assert.isTrue(parts._tag === "Failure" || finishOf(parts.success) === undefined)
          }
        }
      })
    )

    live("does not follow a redirect, and says so", () =>
      Effect.gen(function* () {
        const server = yield* raw(
          (socket) =>
            void socket.end(
              "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"
            )
        )
        const [, error] = yield* failing(make({ baseUrl: server.url, key }), request("x"))
        assert.strictEqual(error.kind, "protocol")
        assert.strictEqual(server.requests.length, 1)
      })
    )

    live("waits as long as the vendor's header says", () =>
      Effect.gen(function* () {
        const server = yield* raw(
          (socket) => void socket.end("HTTP/1.1 429 Too Many Requests\r\nretry-after: 7\r\ncontent-length: 2\r\n\r\n{}")
        )
        const [, error] = yield* failing(make({ baseUrl: server.url, key }), request("x"))
        assert.strictEqual(error.retryAfterMs, 7_000)
      })
    )

    live("knows a server that is not there from one that hung up", () =>
      Effect.gen(function* () {
        const gone = yield* Effect.scoped(
          Effect.map(
            raw(() => {}),
            (server) => server.url
          )
        )
        const [, unreachable] = yield* failing(make({ baseUrl: gone, key }), request("x"))
        assert.isTrue(unreachable.kind === "unreachable" && unreachable.unused)
        const server = yield* raw((socket) => void socket.destroy())
        const [, hungUp] = yield* failing(make({ baseUrl: server.url, key }), request("x"))
        assert.isTrue(hungUp.kind === "unreachable" && !hungUp.unused)
      })
    )

    live("gives up on a server that never answers, or falls silent", () =>
      Effect.gen(function* () {
        const timeouts = { connectMs: 1_000, responseMs: 50, idleMs: 50 }
        const mute = yield* raw(() => {})
        const [, silent] = yield* failing(make({ baseUrl: mute.url, key, timeouts }), request("x"))
        assert.isTrue(silent.kind === "timeout" && !silent.unused)
        const half = yield* raw(
          (socket) => void socket.write(Buffer.concat([Buffer.from(head), http(answer().slice(0, 600))]))
        )
        const [, stalled] = yield* failing(make({ baseUrl: half.url, key, timeouts }), request("x"))
        assert.strictEqual(stalled.kind, "timeout")
      })
    )

    live("gives up on a server that sends comments, or pieces of one event, and never an answer", () =>
      Effect.gen(function* () {
        const timeouts = { connectMs: 1_000, responseMs: 1_000, idleMs: 50 }
        for (const piece of [": still here\n\n", ":", "data: "]) {
          const server = yield* raw(async (socket) => {
            socket.write(head)
            while (!socket.destroyed) {
              if (socket.writableNeedDrain)
                await new Promise((resolve) => socket.once("drain", resolve).once("close", resolve))
              socket.write(http(piece))
              await flush()
            }
          })
          const [, error] = yield* failing(make({ baseUrl: server.url, key, timeouts }), request("x"))
          assert.strictEqual(error.kind, "timeout")
          yield* Effect.promise(server.closed)
        }
      })
    )

    live("says of a success that is no stream that base_url may be wrong, and does not ask, and pay, again", () =>
      Effect.gen(function* () {
        const server = yield* raw(
          (socket) =>
            void socket.end("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}")
        )
        const [, error] = yield* failing(make({ baseUrl: server.url, key }), request("x"))
        assert.isTrue(error.kind === "no_stream" && !error.unused && !error.retryable)
        assert.match(error.message, /base_url/)
        assert.strictEqual(error.detail, "content-type application/json")
      })
    )
  })

describe("the model door over a real wire", () => {
  const target = (provider: string) => ({ provider, model: "m-1", maxOutputTokens: 100 })
  const charges = Effect.gen(function* () {
    const ledger = yield* BudgetLedger
    yield* ledger.settled(spender.turn)
    return yield* ledger.charges(spender.turn)
  })

  live("charges what the vendor says, and writes the clamp into the request", () =>
    Effect.gen(function* () {
      const server = yield* raw(
        (socket) => void socket.write(Buffer.concat([Buffer.from(head), http(anthropicAnswer()), Buffer.from(last)]))
      )
      yield* Effect.gen(function* () {
        const model = yield* Model
        const quote = yield* model.quote(target("anthropic"), content("hello"))
        yield* Stream.runDrain(model.stream(quote)).pipe(withPermit(quote, spender))
        const [charge] = yield* charges
        assert.deepStrictEqual(charge?.reported, { input: 12, output: 17, cacheRead: 3, cacheWrite: 2 })
        assert.include(server.requests[0] ?? "", '"max_tokens":100')
      }).pipe(Effect.provide(world([anthropic({ baseUrl: server.url, key })])))
    })
  )

  live("drains a cancelled answer for its usage", () =>
    Effect.gen(function* () {
      let goOn = (): void => {}
      const cancelled = new Promise<void>((resolve) => (goOn = resolve))
      const [begin, rest] = [openAiAnswer().slice(0, 700), openAiAnswer().slice(700)]
      const server = yield* raw(async (socket) => {
        socket.write(Buffer.concat([Buffer.from(head), http(begin)]))
        await cancelled
        socket.write(Buffer.concat([http(rest), Buffer.from(last)]))
      })
      yield* Effect.gen(function* () {
        const model = yield* Model
        const quote = yield* model.quote(target("openai"), content("hello"))
        yield* model.stream(quote).pipe(Stream.take(1), Stream.runDrain, withPermit(quote, spender))
        goOn()
        const [charge] = yield* charges
        assert.deepStrictEqual(charge?.reported, { input: 12, output: 9, cacheRead: 8, cacheWrite: 0, reasoning: 4 })
      }).pipe(Effect.provide(world([openAi({ baseUrl: server.url, key })])))
    })
  )

  live("charges nothing for a refusal and the bound for a broken answer", () =>
    Effect.gen(function* () {
      let broken = false
      const server = yield* raw((socket) => {
        if (broken)
          socket.end(
            Buffer.concat([
              Buffer.from(head),
              http(
                chunk({ choices: [{ delta: { content: "a" } }] }) + frame("error", { error: { type: "server_error" } })
              ),
              Buffer.from(last)
            ])
          )
        else socket.end("HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n")
      })
      yield* Effect.gen(function* () {
        const model = yield* Model
        const quote = yield* model.quote(target("openai"), content("hello"))
        const attempt = Effect.exit(Stream.runDrain(model.stream(quote)).pipe(withPermit(quote, spender)))
        yield* attempt
        broken = true
        yield* attempt
        assert.deepStrictEqual(
          (yield* charges).map((charge) => charge.basis),
          ["none", "bound"]
        )
      }).pipe(Effect.provide(world([openAi({ baseUrl: server.url, key })])))
    })
  )
})
