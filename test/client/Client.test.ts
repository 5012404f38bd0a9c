import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { Client, OperatorClient } from "../../layers/client/Client.ts"
import { OverBudget, Unauthorized } from "../../src/gateway/GatewayError.ts"
import { chatResult, FakeSocket, type Request } from "./fakeSocket.ts"

const on = (answer: (request: Request, socket: FakeSocket) => void, token?: string) => {
  const socket = new FakeSocket(answer)
  const options = {
    url: "ws://127.0.0.1:1",
    token: token === undefined ? undefined : Redacted.make(token),
    socket: () => socket
  }
  return { socket, client: Client.layer(options), operator: OperatorClient.layer(options) }
}

const budget = { scope: "day", unit: "tokens", limit: 10, spent: 9, held: 0, wanted: 5, resetsAt: null } as const

describe("Client", () => {
  it.effect("calls a method and decodes its result", () =>
    Effect.gen(function* () {
      const client = yield* Client
      assert.deepStrictEqual(yield* client.ping(), { pong: true, at: 7 })
    }).pipe(Effect.provide(on(({ id }, socket) => socket.result(id, { pong: true, at: 7 })).client))
  )

  it.effect("refuses a result that is not what the contract says", () =>
    Effect.gen(function* () {
      const client = yield* Client
      const exit = yield* Effect.exit(client.ping())
      assert.strictEqual(exit._tag, "Failure")
    }).pipe(Effect.provide(on(({ id }, socket) => socket.result(id, { pong: "yes" })).client))
  )

  it.effect("streams a turn: its events, and its result as the last element", () =>
    Effect.gen(function* () {
      const client = yield* Client
      const elements = yield* Stream.runCollect(client["chat.send"]({ content: "hi" }))
      assert.deepStrictEqual(
        elements.map((element) => ("seq" in element ? element.type : "result")),
        ["accepted", "text", "result"]
      )
    }).pipe(
      Effect.provide(
        on(({ id }, socket) => {
          socket.event(id, 1, "accepted", {})
          socket.event(id, 2, "text", { text: "hello" })
          socket.result(id, chatResult)
        }).client
      )
    )
  )

  it.effect("fails with the method's typed error, after the events that came", () =>
    Effect.gen(function* () {
      const client = yield* Client
      const seen: Array<number> = []
      const result = yield* client["chat.send"]({ content: "hi" }).pipe(
        Stream.runForEach((element) => Effect.sync(() => "seq" in element && seen.push(element.seq))),
        Effect.result
      )
      assert.deepStrictEqual(seen, [1])
      assert.deepStrictEqual(result, Result.fail(new OverBudget({ message: "Over budget.", ...budget })))
    }).pipe(
      Effect.provide(
        on(({ id }, socket) => {
          socket.event(id, 1, "accepted", {})
          socket.error(id, -32004, "Over budget.", { _tag: "OverBudget", ...budget })
        }).client
      )
    )
  )

  it.effect("fails with a client error for what the method has no error for", () =>
    Effect.gen(function* () {
      const client = yield* Client
      const failure = yield* Effect.flip(client["agent.list"]())
      assert.strictEqual(failure._tag, "RpcClientError")
      assert.match(failure.message, /Method not found/)
      // the connection is as good as before
      assert.deepStrictEqual(yield* client.ping(), { pong: true, at: 1 })
    }).pipe(
      Effect.provide(
        on(({ id, method }, socket) =>
          method === "ping" ? socket.result(id, { pong: true, at: 1 }) : socket.error(id, -32601, "Method not found")
        ).client
      )
    )
  )

  it.effect("fails every running call when the connection is lost", () => {
    const { client, socket } = on(({ method }, socket) => {
      if (method === "status") socket.drop(1001)
    })
    return Effect.gen(function* () {
      const gateway = yield* Client
      const failures = yield* Effect.all([Effect.flip(gateway.ping()), Effect.flip(gateway.status())], {
        concurrency: "unbounded"
      })
      for (const failure of failures) assert.match(failure.message, /shutting down/)
      assert.strictEqual(socket.readyState, 3)
    }).pipe(Effect.provide(client))
  })

  it.effect("tells the gateway when a call is interrupted", () => {
    const asked = Deferred.makeUnsafe<void>()
    const { client, socket } = on(() => Deferred.doneUnsafe(asked, Effect.void))
    return Effect.gen(function* () {
      const gateway = yield* Client
      const fiber = yield* Effect.forkChild(Stream.runDrain(gateway["chat.send"]({ content: "hi" })))
      yield* Deferred.await(asked)
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(socket.sent[1], { jsonrpc: "2.0", method: "rpc.cancel", params: { id: 1 } } as Request)
    }).pipe(Effect.provide(client))
  })

  it.effect("logs in when it has a token, and closes with its scope", () => {
    const { operator, socket } = on(
      ({ id, method }, socket) => socket.result(id, method === "auth.login" ? {} : { running: 0 }),
      "secret"
    )
    return Effect.gen(function* () {
      yield* Effect.gen(function* () {
        const gateway = yield* OperatorClient
        assert.deepStrictEqual(yield* gateway["gateway.drain"](), { running: 0 })
      }).pipe(Effect.provide(operator))
      assert.deepStrictEqual(
        socket.sent.map(({ method }) => method),
        ["auth.login", "gateway.drain"]
      )
      assert.strictEqual(socket.readyState, 3)
    })
  })

  it.effect("fails to connect in words", () =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(
        Effect.provide(
          Client,
          on(({ id }, socket) => socket.error(id, -32001, "The token is not valid."), "bad").client
        )
      )
      assert.match(failure.message, /The token is not valid/)
    })
  )

  it.effect("decodes the errors of the guard in front of a method", () =>
    Effect.gen(function* () {
      const client = yield* Client
      const failure = yield* Effect.flip(client["session.list"]({}))
      assert.deepStrictEqual(failure, new Unauthorized({ message: "Log in first." }))
    }).pipe(
      Effect.provide(on(({ id }, socket) => socket.error(id, -32001, "Log in first.", { _tag: "Unauthorized" })).client)
    )
  )
})
