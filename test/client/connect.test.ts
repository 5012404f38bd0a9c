import { assert, describe, it } from "@effect/vitest"
import { addressOf } from "../../layers/client/connect.ts"
import {
  connect,
  ConnectionFailure,
  connectOperator,
  errorCode,
  type Gateway,
  GatewayFailure,
  type Operator
} from "../../layers/client/index.ts"
import { chatResult, FakeSocket, type Request } from "./fakeSocket.ts"

const gatewayOn = async (answer: (request: Request, socket: FakeSocket) => void, token?: string) => {
  const sockets: Array<FakeSocket> = []
  const gateway = await connect({
    url: "ws://127.0.0.1:1",
    token,
    socket: () => {
      const socket = new FakeSocket(answer)
      sockets.push(socket)
      return socket
    }
  })
  return { gateway, socket: sockets[0]! }
}

const failureOf = (promise: Promise<unknown>): Promise<any> =>
  promise.then(
    (value) => assert.fail(`expected a failure, got ${JSON.stringify(value)}`),
    (failure: unknown) => failure
  )

describe("addressOf", () => {
  it("takes every way to write a gateway's address", () => {
    assert.strictEqual(addressOf("ws://127.0.0.1:7200"), "ws://127.0.0.1:7200/ws")
    assert.strictEqual(addressOf("http://127.0.0.1:7200/"), "ws://127.0.0.1:7200/ws")
    assert.strictEqual(addressOf("https://chat.example.com"), "wss://chat.example.com/ws")
    assert.strictEqual(addressOf("wss://example.com/agents/ws"), "wss://example.com/agents/ws")
  })

  it("refuses what is no address of a gateway", () => {
    for (const url of ["", "127.0.0.1:7200", "ftp://example.com", "localhost"]) {
      assert.throws(() => addressOf(url), ConnectionFailure, "ws://127.0.0.1:7200")
    }
  })
})

describe("connect", () => {
  it("logs in with the first frame", async () => {
    const { socket } = await gatewayOn(({ id }, socket) => socket.result(id, {}), "secret")
    assert.deepStrictEqual(socket.sent, [
      { jsonrpc: "2.0", id: 1, method: "auth.login", params: { token: "secret" } } as Request
    ])
  })

  it("rejects with the gateway's failure and closes when the token is refused", async () => {
    const socket = new FakeSocket(({ id }, socket) =>
      socket.error(id, errorCode.unauthorized, "No.", { _tag: "Unauthorized" })
    )
    const failure = await failureOf(connectOperator({ url: "ws://127.0.0.1:1", token: "bad", socket: () => socket }))
    assert.instanceOf(failure, GatewayFailure)
    assert.strictEqual(failure.code, -32001)
    assert.strictEqual(socket.readyState, 3)
  })

  it("rejects when nothing listens", async () => {
    const failure = await failureOf(
      connect({ url: "ws://127.0.0.1:1", socket: () => new FakeSocket(() => undefined, false) })
    )
    assert.instanceOf(failure, ConnectionFailure)
    assert.strictEqual(failure.message, "No gateway answers at ws://127.0.0.1:1/ws.")
  })

  it("gives up on a gateway that does not answer, and leaves no socket open", async () => {
    const socket = new FakeSocket()
    const failure = await failureOf(
      connect({ url: "ws://127.0.0.1:1", token: "secret", timeoutMs: 1, socket: () => socket })
    )
    assert.instanceOf(failure, ConnectionFailure)
    assert.match(failure.message, /did not answer within 1 ms/)
    assert.strictEqual(socket.readyState, 3)
  })
})

describe("call", () => {
  it("gives each call its own answer, whatever their order", async () => {
    const { gateway, socket } = await gatewayOn(() => undefined)
    const ping = gateway.call("ping")
    const session = gateway.call("session.get", { sessionKey: "k" })
    socket.result(2, { sessionKey: "k" })
    socket.result(1, { pong: true, at: 5 })
    assert.deepStrictEqual(await ping, { pong: true, at: 5 })
    assert.strictEqual((await session).sessionKey, "k")
  })

  it("rejects with code, message and data of the gateway's error", async () => {
    const { gateway } = await gatewayOn(({ id }, socket) =>
      socket.error(id, -32003, "Too many requests.", { _tag: "RateLimited", retryAfterMs: 20 })
    )
    const failure = await failureOf(gateway.call("agent.list"))
    assert.instanceOf(failure, GatewayFailure)
    assert.strictEqual(failure.code, errorCode.rateLimited)
    assert.strictEqual(failure.message, "Too many requests.")
    assert.deepStrictEqual(failure.data, { _tag: "RateLimited", retryAfterMs: 20 })
  })

  it("is not disturbed by frames that belong to no call", async () => {
    const { gateway } = await gatewayOn(({ id }, socket) => {
      for (const frame of ["", "nonsense", "[]", "null", "1", new ArrayBuffer(1)]) socket.deliver(frame)
      socket.deliver({ jsonrpc: "2.0", id: 99, result: "somebody else's" })
      socket.deliver({ jsonrpc: "2.0", id: null, error: { code: -32700, message: "Parse error" } })
      socket.event(99, 1, "text", { text: "somebody else's" })
      socket.result(id, { pong: true, at: 1 })
    })
    assert.deepStrictEqual(await gateway.call("ping"), { pong: true, at: 1 })
  })

  it("survives an error that is none", async () => {
    const { gateway } = await gatewayOn(({ id }, socket) => socket.deliver({ jsonrpc: "2.0", id, error: 7 }))
    assert.strictEqual((await failureOf(gateway.call("ping"))).code, -32603)
  })

  it("rejects all that runs when the connection is lost, and says why", async () => {
    const { gateway, socket } = await gatewayOn(() => undefined)
    const calls = [gateway.call("ping"), gateway.call("status"), gateway.chat({ content: "hi" }).result].map(failureOf)
    socket.drop(1009)
    for (const failure of await Promise.all(calls)) {
      assert.instanceOf(failure, ConnectionFailure)
      assert.strictEqual(failure.closeCode, 1009)
      assert.match(failure.message, /larger than the gateway takes/)
    }
    assert.strictEqual((await gateway.closed).closeCode, 1009)
  })

  it("rejects at once on a connection that was closed", async () => {
    const { gateway, socket } = await gatewayOn(() => undefined)
    const running = failureOf(gateway.call("ping"))
    await gateway.close()
    assert.match((await running).message, /closed by this program/)
    assert.instanceOf(await failureOf(gateway.call("ping")), ConnectionFailure)
    assert.lengthOf(socket.sent, 1)
  })

  it("tells the reason of a close code that it does not know", async () => {
    const { gateway, socket } = await gatewayOn(() => undefined)
    socket.drop(4999, "maintenance")
    assert.strictEqual((await gateway.closed).message, "The connection was closed: maintenance.")
  })
})

/** Never run: what must, and what must not, compile. */
export const typed = (gateway: Gateway, operator: Operator) => [
  () => gateway.call("ping"),
  () => gateway.call("session.list"),
  () => gateway.call("session.list", { limit: 5 }).then(({ sessions }) => sessions.map(({ peer }) => peer.length)),
  // @ts-expect-error -- an operator's method is not on the client listener
  () => gateway.call("gateway.shutdown"),
  // @ts-expect-error -- a client's method is not on the operator listener
  () => operator.call("session.list"),
  // @ts-expect-error -- a streaming method is no plain call
  () => gateway.call("chat.send", { content: "hi" }),
  // @ts-expect-error -- parameters that are required
  () => gateway.call("session.get"),
  // @ts-expect-error -- parameters of another type
  () => gateway.call("session.list", { limit: "5" }),
  // @ts-expect-error -- no parameters at all
  () => gateway.call("ping", { loud: true }),
  // @ts-expect-error -- a message needs its content
  () => gateway.chat({ peer: "main" })
]

const turn = ({ id, method }: Request, socket: FakeSocket): void => {
  if (method !== "chat.send" && method !== "chat.resume") return
  socket.event(id, 1, "accepted", {})
  socket.event(id, 2, "text", { text: "hel" })
  socket.event(id, 3, "text", { text: "lo" })
  socket.event(id, 4, "done", { stopReason: "end_turn" })
  socket.result(id, chatResult)
}

describe("chat", () => {
  it("gives the events in order and then the result", async () => {
    const { gateway } = await gatewayOn(turn)
    const chat = gateway.chat({ content: "hi" })
    const types: Array<string> = []
    for await (const event of chat) types.push(event.type)
    assert.deepStrictEqual(types, ["accepted", "text", "text", "done"])
    assert.deepStrictEqual(await chat.result, chatResult as never)
  })

  it("gives events as they come", async () => {
    const { gateway, socket } = await gatewayOn(() => undefined)
    const reader = gateway.resume({ turnId: "turn_0000000000000000", after: 1 })[Symbol.asyncIterator]()
    const first = reader.next()
    socket.event(1, 2, "text", { text: "hel" })
    assert.strictEqual((await first).value.seq, 2)
    const second = reader.next()
    socket.event(1, 3, "text", { text: "lo" })
    assert.strictEqual((await second).value.seq, 3)
  })

  it("keeps two turns on one connection apart", async () => {
    const { gateway, socket } = await gatewayOn(() => undefined)
    const chats = [gateway.chat({ content: "a" }), gateway.chat({ content: "b" })]
    for (const id of [2, 1]) {
      socket.event(id, 1, "text", { text: `of ${id}` })
      socket.result(id, chatResult)
    }
    for (const [index, chat] of chats.entries()) {
      for await (const event of chat) assert.deepStrictEqual(event.data, { text: `of ${index + 1}` })
    }
  })

  it("throws from the iteration what the result rejects with, after the events that came", async () => {
    const { gateway } = await gatewayOn(({ id }, socket) => {
      socket.event(id, 1, "accepted", {})
      socket.error(id, errorCode.budgetExceeded, "Over budget.", { _tag: "OverBudget", limit: 5 })
    })
    const chat = gateway.chat({ content: "hi" })
    const seen: Array<number> = []
    const failure = await failureOf(
      (async () => {
        for await (const event of chat) seen.push(event.seq)
      })()
    )
    assert.deepStrictEqual(seen, [1])
    assert.strictEqual(failure.code, -32004)
    assert.strictEqual(await failureOf(chat.result), failure)
  })

  it("lets the turn go on when the reader stops", async () => {
    const { gateway, socket } = await gatewayOn(turn)
    const chat = gateway.chat({ content: "hi" })
    for await (const _ of chat) break
    assert.strictEqual((await chat.result).text, "hello")
    assert.lengthOf(socket.sent, 1)
  })

  it("cancels the turn by its id once that is known", async () => {
    const { gateway, socket } = await gatewayOn(({ id, method, params }, socket) => {
      if (method === "chat.cancel") socket.result(id, { cancelled: params.turnId === chatResult.turnId })
    })
    const cancelled = gateway.chat({ content: "hi" }).cancel()
    socket.event(1, 1, "accepted", {})
    assert.isTrue(await cancelled)
  })

  it("has nothing to cancel in a turn that was refused", async () => {
    const { gateway, socket } = await gatewayOn(({ id }, socket) => socket.error(id, -32008, "Busy."))
    assert.isFalse(await gateway.chat({ content: "hi" }).cancel())
    assert.lengthOf(socket.sent, 1)
  })
})
