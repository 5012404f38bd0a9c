/** Both clients against the real gateway: what they think of the wire is what it speaks. */
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as fs from "node:fs"
import * as path from "node:path"
import { Client, OperatorClient } from "../../layers/client/Client.ts"
import { connect, connectOperator, errorCode, GatewayFailure } from "../../layers/client/index.ts"
import { type Gateway, startGateway } from "../cli/processes.ts"
import { folder } from "../cli/support.ts"

let gateway: Gateway
let url: string
let operatorUrl: string
let token: string

beforeAll(async () => {
  gateway = await startGateway(folder())
  const state = path.join(gateway.home, ".exoclaw")
  const [port, operatorPort] = fs.readFileSync(path.join(state, "config.toml"), "utf8").match(/\d+/g)!
  url = `ws://127.0.0.1:${port}`
  operatorUrl = `ws://127.0.0.1:${operatorPort}`
  token = fs.readFileSync(path.join(state, "operator.token"), "utf8").trim()
})
afterAll(() => gateway.stop())

const failureOf = async (promise: Promise<unknown>): Promise<GatewayFailure> => {
  const failure = await promise.then(
    (value) => assert.fail(`expected a failure, got ${JSON.stringify(value)}`),
    (error: unknown) => error
  )
  assert.instanceOf(failure, GatewayFailure)
  return failure as GatewayFailure
}

describe("the promise client", () => {
  it("chats, resumes the turn, and reads it in the history", async () => {
    const client = await connect({ url })
    assert.isTrue((await client.call("status")).ready)
    const chat = client.chat({ content: "use echo to say hi", peer: "promises" })
    const events = []
    for await (const event of chat) events.push(event)
    assert.deepStrictEqual(
      events.map(({ seq }) => seq),
      events.map((_, index) => index + 1)
    )
    assert.includeMembers(
      events.map(({ type }) => type),
      ["accepted", "tool_call", "tool_result", "text", "usage", "done"]
    )
    const result = await chat.result
    assert.strictEqual(result.stopReason, "end_turn")
    assert.isAbove(result.receipt!.totalTokens, 0)

    const again = client.resume({ turnId: result.turnId, after: 2 })
    const replayed = []
    for await (const event of again) replayed.push(event.seq)
    assert.deepStrictEqual(
      replayed,
      events.slice(2).map(({ seq }) => seq)
    )
    assert.deepStrictEqual(await again.result, result)
    assert.isFalse(await client.resume({ turnId: result.turnId }).cancel())

    const { turns } = await client.call("chat.history", { sessionKey: result.sessionKey })
    assert.deepStrictEqual(
      turns.map(({ assistant, user }) => ({ assistant, user })),
      [{ user: "use echo to say hi", assistant: result.text }]
    )
    await client.close()
  })

  it("gets typed failures: no agent, no such method, wrong parameters, a wrong token", async () => {
    const client = await connect({ url })
    const noAgent = await failureOf(client.chat({ content: "hi", agent: "nobody" }).result)
    assert.strictEqual(noAgent.code, errorCode.noAgent)
    assert.deepInclude(noAgent.data as object, { _tag: "NoAgent" })
    const loose = client as unknown as { call: (method: string, params?: unknown) => Promise<unknown> }
    assert.strictEqual((await failureOf(loose.call("gateway.shutdown"))).code, -32601)
    assert.strictEqual((await failureOf(loose.call("session.get", { sessionKey: 5 }))).code, -32602)
    await client.close()
    assert.strictEqual((await failureOf(connect({ url, token: "wrong" }))).code, errorCode.unauthorized)
    const anonymous = await connectOperator({ url: operatorUrl })
    assert.strictEqual((await failureOf(anonymous.call("token.list"))).code, errorCode.unauthorized)
    await anonymous.close()
  })

  it("operates with the operator's token", async () => {
    const operator = await connectOperator({ url: operatorUrl, token })
    const { connections } = await operator.call("gateway.connections")
    assert.isTrue(connections.some(({ principal }) => principal === "token:operator"))
    assert.strictEqual((await operator.call("plugin.inspect", { name: "echo" })).name, "echo")
    await operator.close()
  })
})

describe("the Effect client", () => {
  // the address is known when the gateway runs
  const live = Layer.unwrap(Effect.sync(() => Client.layer({ url })))

  it.live("streams typed events and ends with the result", () =>
    Effect.gen(function* () {
      const client = yield* Client
      const elements = yield* Stream.runCollect(client["chat.send"]({ content: "hello", peer: "effects" }))
      assert.strictEqual("seq" in elements[0]! ? elements[0].type : "", "accepted")
      const last = elements.at(-1)!
      assert.isFalse("seq" in last)
      const { sessions } = yield* client["session.list"]({})
      assert.isAbove(sessions.length, 0)
    }).pipe(Effect.provide(live))
  )

  it.live("fails with the contract's errors, and goes on", () =>
    Effect.gen(function* () {
      const client = yield* Client
      const failure = yield* Effect.flip(
        Stream.runDrain(client["chat.send"]({ content: "hi", agent: "nobody" as never }))
      )
      assert.strictEqual(failure._tag, "NoAgent")
      assert.isTrue((yield* client.ping()).pong)
    }).pipe(Effect.provide(live))
  )

  it.live("operates, and is refused in words without a token", () =>
    Effect.gen(function* () {
      const refused = yield* Effect.flip(
        Effect.provide(
          Effect.flatMap(OperatorClient, (operator) => operator["token.list"]()),
          OperatorClient.layer({ url: operatorUrl })
        )
      )
      assert.strictEqual(refused._tag, "Unauthorized")
      const { tokens } = yield* Effect.provide(
        Effect.flatMap(OperatorClient, (operator) => operator["token.list"]()),
        OperatorClient.layer({ url: operatorUrl, token: Redacted.make(token) })
      )
      assert.deepStrictEqual(tokens, [])
    })
  )
})
