import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Queue from "effect/Queue"
import * as Rpc from "effect/rpc/Rpc"
import * as RpcGroup from "effect/rpc/RpcGroup"
import * as Schema from "effect/Schema"
import * as Tracer from "effect/Tracer"
import * as fc from "fast-check"
import * as JsonRpcProtocol from "../../layers/http/JsonRpcProtocol.ts"
import type { ConnectionInfo } from "../../src/gateway/Connection.ts"
import { Api, Doorman, doorman, handlers, Observed, streams } from "./api.ts"

type Json = any

const setup = (options?: Partial<JsonRpcProtocol.Options<RpcGroup.Rpcs<typeof Api>>>, connection?: ConnectionInfo) =>
  Effect.gen(function* () {
    const observed = new Observed()
    const frames = yield* Queue.unbounded<string>()
    const layer = Layer.mergeAll(handlers(observed), Layer.succeed(Doorman, doorman(observed)))
    const context = yield* Layer.build(layer)
    const open = yield* Effect.provideContext(JsonRpcProtocol.make(Api, { streams, ...options }), context)
    const send = (frame: string) => void Queue.offerUnsafe(frames, frame)
    const peer = { id: 1, send, write: (frame: string) => Effect.sync(() => send(frame)), bufferedAmount: () => 0 }
    const session = open(peer, connection)
    const next: Effect.Effect<Json> = Effect.map(Queue.take(frames), (frame) => JSON.parse(frame))
    return {
      observed,
      session,
      next,
      /** Sends a message and takes its first frame. */
      ask: (message: unknown) => {
        session.onText(typeof message === "string" ? message : JSON.stringify(message))
        return next
      },
      waiting: Queue.size(frames)
    }
  })

const rpc = (id: unknown, method: string, params?: unknown) => ({ jsonrpc: "2.0", id, method, params })
const internal = (id: unknown) => ({ jsonrpc: "2.0", id, error: { code: -32603, message: "Internal error" } })
/** All logs go nowhere: failures are provoked here. */
const quiet = Logger.layer([])

describe("JSON-RPC on the wire", () => {
  it.effect("answers a call with its result under its id, type kept", () =>
    Effect.gen(function* () {
      const { ask } = yield* setup()
      for (const id of [1, "abc", "1", 1.5, -3, null, ""]) {
        assert.deepStrictEqual(yield* ask(rpc(id, "ping", { n: 5 })), { jsonrpc: "2.0", id, result: { n: 5 } })
      }
    })
  )

  it.effect("answers a method that gives nothing with null, however 'no parameters' is said", () =>
    Effect.gen(function* () {
      const { ask } = yield* setup()
      for (const params of [undefined, {}, []]) {
        assert.deepStrictEqual(yield* ask(rpc(1, "nothing", params)), { jsonrpc: "2.0", id: 1, result: null })
      }
      assert.strictEqual((yield* ask(rpc(1, "sum", []))).result, 0)
      assert.strictEqual((yield* ask(rpc(1, "sum", [1, 2]))).result, 3)
      assert.strictEqual((yield* ask(rpc(1, "sum"))).result, 0)
    })
  )

  it.effect("answers an unknown method with -32601, also for names every object has", () =>
    Effect.gen(function* () {
      const { ask } = yield* setup()
      for (const method of ["nope", "", "constructor", "__proto__", "toString"]) {
        assert.deepStrictEqual(yield* ask(rpc(3, method)), {
          jsonrpc: "2.0",
          id: 3,
          error: { code: -32601, message: "Method not found" }
        })
      }
    })
  )

  it.effect("answers wrong parameters with -32602, the path and what was expected, never the value sent", () =>
    Effect.gen(function* () {
      const { ask } = yield* setup()
      assert.deepStrictEqual(yield* ask(rpc(1, "ping", { n: "hunter2" })), {
        jsonrpc: "2.0",
        id: 1,
        error: {
          code: -32602,
          message: "Invalid params",
          data: { issues: [{ path: ["n"], message: "Expected number" }] }
        }
      })
      const codes = []
      for (const params of [undefined, {}, [], [5], { n: null }, { n: true }]) {
        codes.push((yield* ask(rpc(1, "ping", params))).error.code)
      }
      assert.deepStrictEqual(codes, [-32602, -32602, -32602, -32602, -32602, -32602])
      assert.strictEqual((yield* ask(rpc(1, "sum", [1, "x"]))).error.data.issues[0].path[0], 1)
      assert.strictEqual((yield* ask(rpc(1, "nothing", { extra: 1 }))).error.code, -32602)
      const misspelt = (yield* ask(rpc(1, "ping", { n: 1, m: 2 }))).error
      assert.strictEqual(misspelt.code, -32602)
      assert.deepStrictEqual(misspelt.data.issues[0].path, ["m"])
    })
  )

  it.effect("answers text that is not JSON with -32700 and keeps the session", () =>
    Effect.gen(function* () {
      const { ask } = yield* setup()
      assert.deepStrictEqual(yield* ask("not json"), {
        jsonrpc: "2.0",
        id: null,
        error: { code: -32700, message: "Parse error" }
      })
      assert.deepStrictEqual((yield* ask(rpc(1, "ping", { n: 1 }))).result, { n: 1 })
    })
  )

  it.effect("answers what is no request with -32600", () =>
    Effect.gen(function* () {
      const { ask } = yield* setup()
      const seen = []
      for (const text of ["42", '{"foo":1}', '{"id":9}', "[]", '{"jsonrpc":"1.0","id":1,"method":"ping"}']) {
        const answer = yield* ask(text)
        seen.push([answer.id, answer.error.code])
      }
      assert.deepStrictEqual(seen, [
        [null, -32600],
        [null, -32600],
        [9, -32600],
        [null, -32600],
        [1, -32600]
      ])
    })
  )

  it.effect("answers a typed failure with its own code and message, and every other field as data", () =>
    Effect.gen(function* () {
      const { ask } = yield* setup()
      assert.deepStrictEqual(yield* ask(rpc(4, "fail")), {
        jsonrpc: "2.0",
        id: 4,
        error: { code: 4001, message: "nope", data: { _tag: "Refused", limit: 7 } }
      })
      assert.deepStrictEqual((yield* ask(rpc(5, "bare"))).error, {
        code: -32000,
        message: "Server error",
        data: { _tag: "Bare" }
      })
    })
  )

  it.effect("T31: a defect, a result that breaks its schema and one without JSON answer a bare -32603", () =>
    Effect.gen(function* () {
      const { ask } = yield* setup()
      for (const method of ["die", "lie", "cycle"]) {
        assert.deepStrictEqual(yield* ask(rpc(6, method)), internal(6), method)
      }
      assert.strictEqual((yield* ask(rpc(1, "ping", { n: 1 }))).result.n, 1)
    }).pipe(Effect.provide(quiet))
  )

  it.effect("T30: what a method died of is not in the logs", () => {
    const lines: Array<unknown> = []
    const logs = Logger.layer([
      Logger.make((entry) => lines.push(JSON.stringify([entry.message, String(entry.cause)])))
    ])
    return Effect.gen(function* () {
      const { ask } = yield* setup()
      yield* ask(rpc(6, "die"))
      assert.strictEqual(lines.length, 1)
      assert.notInclude(lines.join(""), "boom")
    }).pipe(Effect.provide(logs))
  })

  it.effect("answers a call that was interrupted inside with -32010", () =>
    Effect.gen(function* () {
      const { ask } = yield* setup()
      const answer = yield* ask(rpc(7, "interrupt"))
      assert.strictEqual(answer.id, 7)
      assert.strictEqual(answer.error.code, -32010)
    })
  )

  it.effect("runs a notification and answers nothing, whatever is wrong with it", () =>
    Effect.gen(function* () {
      const { ask, observed, session } = yield* setup()
      for (const message of [
        { method: "ping", params: { n: 1 } },
        { method: "ping", params: { n: "x" } },
        { method: "nope" },
        { method: "die" },
        { method: "count", params: { to: 3 } }
      ]) {
        session.onText(JSON.stringify({ jsonrpc: "2.0", ...message }))
      }
      assert.strictEqual((yield* ask(rpc(1, "ping", { n: 2 }))).id, 1)
      assert.strictEqual(observed.notified, 2)
      assert.strictEqual(observed.produced, 3)
    }).pipe(Effect.provide(quiet))
  )

  it.effect("handles lone surrogates in a value and in an id", () =>
    Effect.gen(function* () {
      const { ask } = yield* setup()
      const answer = yield* ask('{"jsonrpc":"2.0","id":"\\ud800","method":"echo","params":{"text":"\\ud800"}}')
      assert.deepStrictEqual(answer, { jsonrpc: "2.0", id: "\ud800", result: "\ud800" })
    })
  )
})

describe("batches", () => {
  it.effect("are answered in one frame, notifications left out", () =>
    Effect.gen(function* () {
      const { ask } = yield* setup()
      const answers: ReadonlyArray<Json> = yield* ask([
        rpc(1, "ping", { n: 1 }),
        { jsonrpc: "2.0", method: "ping", params: { n: 9 } },
        rpc("x", "fail"),
        rpc(null, "ping", { n: 3 }),
        rpc(null, "ping", { n: 4 }),
        7
      ])
      const byId = answers.map(({ error, id, result }) => [id, error?.code ?? result.n])
      assert.sameDeepMembers(byId, [
        [1, 1],
        ["x", 4001],
        [null, 3],
        [null, 4],
        [null, -32600]
      ])
    })
  )

  it.effect("of notifications only are not answered; empty and huge ones get a single error", () =>
    Effect.gen(function* () {
      const { ask, session } = yield* setup()
      session.onText(JSON.stringify([{ jsonrpc: "2.0", method: "ping", params: { n: 1 } }]))
      assert.strictEqual((yield* ask("[]")).error.code, -32600)
      const huge = Array.from({ length: 65 }, (_, id) => rpc(id, "ping", { n: id }))
      assert.strictEqual((yield* ask(huge)).error.code, -32600)
      const full = huge.slice(0, 64)
      assert.strictEqual((yield* ask(full)).length, 64)
    })
  )

  it.effect("are answered when one of their calls dies, and hold a stream's result", () =>
    Effect.gen(function* () {
      const { ask, next } = yield* setup()
      const event = yield* ask([rpc(1, "die"), rpc(2, "count", { to: 1 })])
      assert.strictEqual(event.params.requestId, 2)
      assert.sameDeepMembers(yield* next, [internal(1), { jsonrpc: "2.0", id: 2, result: { total: 1 } }])
    }).pipe(Effect.provide(quiet))
  )
})

describe("streaming methods", () => {
  it.effect(
    "send each element as a notification with the caller's request id, the result element as the response",
    () =>
      Effect.gen(function* () {
        const { ask, next } = yield* setup()
        for (const id of [1, "1", null]) {
          const first = yield* ask(rpc(id, "count", { to: 2 }))
          const event = (seq: number) => ({
            jsonrpc: "2.0",
            method: "chat.event",
            params: { seq, type: "tick", data: { pad: "" }, requestId: id }
          })
          assert.deepStrictEqual(first, event(1))
          assert.deepStrictEqual(yield* next, event(2))
          assert.deepStrictEqual(yield* next, { jsonrpc: "2.0", id, result: { total: 2 } })
        }
      })
  )

  it.effect("answer null when no element was the result, and wrap elements that are no objects", () =>
    Effect.gen(function* () {
      const { ask, next } = yield* setup()
      assert.deepStrictEqual((yield* ask(rpc(1, "plain", { values: [8] }))).params, { requestId: 1, value: 8 })
      assert.deepStrictEqual(yield* next, { jsonrpc: "2.0", id: 1, result: null })
    })
  )

  it.effect("answer a failure of the stream by the stream's error schema", () =>
    Effect.gen(function* () {
      const { ask, next } = yield* setup()
      yield* ask(rpc(1, "count", { to: 1, fail: true }))
      assert.deepStrictEqual((yield* next).error, {
        code: 4002,
        message: "broken at 1",
        data: { _tag: "Broken", at: 1 }
      })
    })
  )

  it.effect("answer -32603 once when an element breaks its schema or its rule throws", () =>
    Effect.gen(function* () {
      const { ask, next, waiting } = yield* setup()
      assert.strictEqual((yield* ask(rpc(1, "lies"))).params.value, 1)
      assert.deepStrictEqual(yield* next, internal(1))
      assert.deepStrictEqual(yield* ask(rpc(2, "plain", { values: [-1] })), internal(2))
      assert.strictEqual((yield* ask(rpc(1, "ping", { n: 1 }))).result.n, 1)
      assert.strictEqual(yield* waiting, 0)
    }).pipe(Effect.provide(quiet))
  )
})

describe("calls in flight", () => {
  it.effect("answer a repeated id with -32600 and leave the first call alone", () =>
    Effect.gen(function* () {
      const { ask, next, observed, session } = yield* setup()
      session.onText(JSON.stringify(rpc(1, "hang")))
      yield* Deferred.await(observed.hanging)
      const second = yield* ask(rpc(1, "ping", { n: 1 }))
      assert.deepStrictEqual([second.id, second.error.code], [1, -32600])
      assert.strictEqual((yield* ask(rpc("1", "ping", { n: 1 }))).id, "1")
      const both = [yield* ask(rpc(2, "rpc.cancel", { id: 1 })), yield* next]
      assert.sameDeepMembers(
        both.map(({ error, id, result }) => [id, error?.code ?? result]),
        [
          [1, -32010],
          [2, true]
        ]
      )
      assert.strictEqual((yield* ask(rpc(1, "ping", { n: 1 }))).result.n, 1)
    })
  )

  it.effect("rpc.cancel by position, of nothing, of null and as a notification", () =>
    Effect.gen(function* () {
      const { ask, next, observed, session } = yield* setup()
      for (const params of [undefined, {}, { id: 99 }, { id: null }, { id: {} }, []]) {
        assert.deepStrictEqual(yield* ask(rpc(2, "rpc.cancel", params)), { jsonrpc: "2.0", id: 2, result: false })
      }
      session.onText(JSON.stringify(rpc("h", "hang")))
      yield* Deferred.await(observed.hanging)
      session.onText(JSON.stringify({ jsonrpc: "2.0", method: "rpc.cancel", params: ["h"] }))
      yield* Deferred.await(observed.interrupted)
      assert.strictEqual((yield* next).id, "h")
    })
  )

  it.effect("T5: are capped, notifications included: -32008 beyond", () =>
    Effect.gen(function* () {
      const { ask, session } = yield* setup({ limits: { maxInFlight: 2 } })
      session.onText(JSON.stringify(rpc(1, "hang")))
      session.onText(JSON.stringify({ jsonrpc: "2.0", method: "hang" }))
      const refused = yield* ask(rpc(2, "ping", { n: 1 }))
      assert.strictEqual(refused.error.code, -32008)
    })
  )

  it.effect("free their place when a notification has run", () =>
    Effect.gen(function* () {
      const { ask, session } = yield* setup({ limits: { maxInFlight: 1 } })
      for (let n = 0; n < 5; n++) session.onText(JSON.stringify({ jsonrpc: "2.0", method: "ping", params: { n } }))
      assert.strictEqual((yield* ask(rpc(1, "ping", { n: 1 }))).result.n, 1)
    })
  )

  it.effect("are interrupted when the session closes, and nothing is sent afterwards", () =>
    Effect.gen(function* () {
      const { observed, session, waiting } = yield* setup()
      session.onText(JSON.stringify(rpc(1, "hang")))
      yield* Deferred.await(observed.hanging)
      session.close()
      session.close()
      yield* Deferred.await(observed.interrupted)
      session.onText(JSON.stringify(rpc(2, "ping", { n: 1 })))
      assert.strictEqual(yield* waiting, 0)
      assert.strictEqual(observed.notified, 0)
    })
  )

  it.effect("wait with the peer's write: a stream makes no more than the peer takes", () =>
    Effect.gen(function* () {
      const observed = new Observed()
      const gate = yield* Deferred.make<void>()
      const written = yield* Deferred.make<void>()
      const context = yield* Layer.build(Layer.mergeAll(handlers(observed), Layer.succeed(Doorman, doorman(observed))))
      const open = yield* Effect.provideContext(JsonRpcProtocol.make(Api, { streams }), context)
      const write = () => Effect.andThen(Deferred.succeed(written, undefined), Deferred.await(gate))
      const session = open({ id: 1, send: () => undefined, write, bufferedAmount: () => 0 })
      session.onText(JSON.stringify(rpc(1, "endless")))
      yield* Deferred.await(written)
      assert.isBelow(observed.produced, 4)
      session.close()
    })
  )
})

describe("who is asking", () => {
  const connection: ConnectionInfo = {
    id: 1,
    remoteAddress: "127.0.0.1",
    headers: { authorization: "Bearer good", "x-more": "1" }
  }

  it.effect("a middleware sees the handshake's headers on every message", () =>
    Effect.gen(function* () {
      const { ask, observed } = yield* setup({}, connection)
      assert.strictEqual((yield* ask(rpc(1, "secret"))).result, "told")
      assert.strictEqual(observed.headers["x-more"], "1")
    })
  )

  it.effect("T10: headers inside a message are not believed, and the middleware's error keeps its code", () =>
    Effect.gen(function* () {
      const { ask } = yield* setup()
      const answer = yield* ask({ ...rpc(1, "secret"), headers: [["authorization", "Bearer good"]] })
      assert.deepStrictEqual(answer.error, { code: -32001, message: "Who are you?", data: { _tag: "NotYou" } })
    })
  )

  it.effect("a message over the rate gets -32003 and when to try again; a notification over it is dropped", () =>
    Effect.gen(function* () {
      let left = 1
      const { ask, observed, session } = yield* setup({ admit: () => (left-- > 0 ? 0 : 12.3) }, connection)
      assert.strictEqual((yield* ask(rpc(1, "ping", { n: 1 }))).result.n, 1)
      session.onText(JSON.stringify({ jsonrpc: "2.0", method: "ping", params: { n: 2 } }))
      const refused = yield* ask(rpc(2, "ping", { n: 3 }))
      assert.strictEqual(refused.error.code, -32003)
      assert.strictEqual(refused.error.data.retryAfterMs, 13)
      assert.strictEqual(observed.notified, 1)
    })
  )

  it.effect("a handler keeps its own layer's services and clock of the program, not the transport's", () => {
    class Greeting extends Context.Service<Greeting, string>()("test/Greeting") {}
    const Hello = RpcGroup.make(Rpc.make("hello", { success: Schema.Array(Schema.Unknown) }))
    const layer = Hello.toLayer({
      hello: () =>
        Effect.gen(function* () {
          return [yield* Greeting, yield* Clock.currentTimeMillis]
        })
    }).pipe(Layer.provide(Layer.succeed(Greeting, "the handler's own")))
    return Effect.gen(function* () {
      const context = yield* Layer.build(layer)
      const open = yield* Effect.provideContext(JsonRpcProtocol.make(Hello, { streams: {} }), context)
      const sent: Array<string> = []
      const send = (frame: string) => void sent.push(frame)
      const session = open({ id: 1, send, write: () => Effect.void, bufferedAmount: () => 0 })
      session.onText(JSON.stringify(rpc(1, "hello")))
      assert.deepStrictEqual(JSON.parse(sent[0] ?? "").result, ["the handler's own", 0])
    }).pipe(Effect.provideService(Greeting, "the transport's"))
  })
})

describe("observability and types", () => {
  it.effect("a call is a span of the program's tracer, named by its method", () => {
    const names: Array<string> = []
    const tracer = Tracer.make({
      span: (options) => {
        names.push(options.name)
        return new Tracer.NativeSpan(options)
      }
    })
    return Effect.gen(function* () {
      const { ask } = yield* setup()
      yield* ask(rpc(1, "ping", { n: 1 }))
      const silent = yield* setup({ disableTracing: true })
      yield* silent.ask(rpc(1, "ping", { n: 1 }))
      assert.deepStrictEqual(names, ["ping"])
    }).pipe(Effect.provideService(Tracer.Tracer, tracer))
  })

  it("a streaming method without a rule, and a rule for a method that does not stream, do not compile", () => {
    const { lies: _, ...incomplete } = streams
    // @ts-expect-error "lies" streams and has no rule
    const missing: JsonRpcProtocol.StreamRules<RpcGroup.Rpcs<typeof Api>> = incomplete
    // @ts-expect-error "ping" does not stream
    const needless: JsonRpcProtocol.StreamRules<RpcGroup.Rpcs<typeof Api>> = { ...streams, ping: streams.plain }
    assert.isFalse("lies" in missing)
    assert.isTrue("ping" in needless)
  })
})

describe("any input", () => {
  const scalar = fc.oneof(fc.integer(), fc.string({ unit: "binary" }), fc.constant(null), fc.double())
  const method = fc.oneof(
    fc.constantFrom("ping", "fail", "die", "count", "nothing", "plain", "interrupt", "cycle", "echo", "rpc.cancel"),
    fc.string()
  )
  const params = fc.oneof(
    fc.constant(undefined),
    fc.record({ n: scalar, to: fc.integer({ min: 0, max: 3 }), values: fc.array(fc.integer()) }, { requiredKeys: [] }),
    fc.jsonValue({ maxDepth: 4 })
  )
  const message = fc.record(
    { jsonrpc: fc.constantFrom("2.0", "1.0"), id: scalar, method, params },
    { requiredKeys: [] }
  )

  it.effect("gets every request with an id exactly one answer, and never throws", () =>
    Effect.gen(function* () {
      const run = Effect.runPromiseWith(yield* Effect.context<never>())
      const property = fc.asyncProperty(
        fc.array(message, { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        (many, batch) =>
          run(
            Effect.gen(function* () {
              const { next, session } = yield* setup()
              const expected = many.filter((one) => "id" in one || one.jsonrpc !== "2.0" || !isCall(one)).length
              if (batch) session.onText(JSON.stringify(many))
              else for (const one of many) session.onText(JSON.stringify(one))
              session.onText(JSON.stringify([rpc("the end", "nothing")]))
              let answers = 0
              for (;;) {
                const frame: Json = yield* next
                const responses: ReadonlyArray<Json> = Array.isArray(frame) ? frame : [frame]
                if (responses[0].id === "the end") break
                answers += responses.filter((one) => one.method === undefined).length
              }
              assert.strictEqual(answers, expected)
            }).pipe(Effect.scoped, Effect.provide(quiet))
          )
      )
      yield* Effect.promise(() => fc.assert(property, { numRuns: 150 }))
    })
  )

  it.effect("that is no JSON-RPC at all gets at most one frame", () =>
    Effect.gen(function* () {
      const { ask } = yield* setup()
      for (const text of fc.sample(fc.oneof(fc.string({ unit: "binary" }), fc.json()), 200)) {
        if (JSON.stringify(text).includes("jsonrpc")) continue
        const frame = yield* ask(text)
        for (const one of [frame].flat()) assert.oneOf(one.error.code, [-32700, -32600])
      }
    })
  )
})

const isCall = (one: { readonly method?: unknown; readonly params?: unknown }): boolean =>
  typeof one.method === "string" &&
  (one.params === undefined || (typeof one.params === "object" && one.params !== null))
