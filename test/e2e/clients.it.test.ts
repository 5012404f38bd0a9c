/** Clients that others wrote, from npm, talking to the real gateway. */
import { assert, describe, it } from "@effect/vitest"
import jayson from "jayson"
import { JSONRPCClient } from "json-rpc-2.0"
import { once } from "node:events"
import { Client as RpcWebSocket } from "rpc-websockets"
import { onTestFinished } from "vitest"
import { WebSocket } from "ws"
import * as GatewayProcess from "../support/GatewayProcess.ts"

const wsOf = ({ url }: GatewayProcess.Gateway) => `${url.replace("http", "ws")}/ws`

const open = async (gateway: GatewayProcess.Gateway) => {
  const socket = new WebSocket(wsOf(gateway))
  onTestFinished(() => socket.terminate())
  await once(socket, "open")
  return socket
}

const echoed = (events: ReadonlyArray<any>, turnId: string) => {
  assert.deepStrictEqual(
    events.map(({ seq }) => seq),
    events.map((_, n) => n + 1)
  )
  assert.isTrue(events.every((event) => event.turnId === turnId))
  const types = events.map(({ type }) => type)
  assert.strictEqual(types[0], "accepted")
  assert.strictEqual(types.at(-1), "done")
  assert.strictEqual(events.find(({ type }) => type === "tool_result").data.content, "echo: hi")
}

const codeOf = (call: PromiseLike<unknown>) =>
  call.then(
    (value) => assert.fail(`expected an error, got ${JSON.stringify(value)}`),
    (error: { readonly code?: unknown }) => error.code
  )

describe("clients from npm", () => {
  it("json-rpc-2.0 streams a turn, gets typed errors and sends batches", async () => {
    const socket = await open(await GatewayProcess.start())
    const client: JSONRPCClient = new JSONRPCClient((request) => socket.send(JSON.stringify(request)))
    const events: Array<any> = []
    socket.on("message", (data) => {
      const frame = JSON.parse(String(data))
      if (frame.method === undefined) client.receive(frame)
      else events.push(frame.params)
    })
    const result = await client.request("chat.send", { content: "use echo to say hi" })
    echoed(events, result.turnId)
    assert.strictEqual(await codeOf(client.request("chat.nope", {})), -32601)
    assert.strictEqual(await codeOf(client.request("chat.send", {})), -32602)
    assert.strictEqual(await codeOf(client.request("chat.send", { content: "hi", agent: "nobody" })), -32005)
    const batch = ["ping", "status", "nope"].map((method, n) => ({ jsonrpc: "2.0" as const, id: `b${n}`, method }))
    const answers = await client.requestAdvanced(batch)
    assert.sameMembers(
      answers.map(({ id }) => id),
      ["b0", "b1", "b2"]
    )
    assert.strictEqual(answers.find(({ id }) => id === "b2")?.error?.code, -32601)
  })

  it("rpc-websockets streams a turn as its own events and gets typed errors", async () => {
    const gateway = await GatewayProcess.start()
    const client = new RpcWebSocket(wsOf(gateway), { reconnect: false })
    onTestFinished(() => client.close())
    await new Promise((resolve) => client.once("open", resolve))
    const events: Array<any> = []
    client.on("chat.event", (params: unknown) => events.push(params))
    const result: any = await client.call("chat.send", { content: "use echo to say hi" })
    echoed(events, result.turnId)
    assert.strictEqual(await codeOf(client.call("chat.nope", {})), -32601)
    assert.strictEqual(await codeOf(client.call("chat.send", {})), -32602)
    assert.strictEqual(await codeOf(client.call("chat.send", { content: "hi", agent: "nobody" })), -32005)
    await client.notify("ping")
    assert.strictEqual(((await client.call("ping")) as any).pong, true)
  })

  it("jayson runs a turn and gets typed errors and batches", async () => {
    const socket = await open(await GatewayProcess.start())
    const events: Array<any> = []
    socket.on("message", (data) => {
      const frame = JSON.parse(String(data))
      if (frame.method !== undefined) events.push(frame.params)
    })
    const client: any = jayson.Client.websocket({ ws: socket })
    const call = (...request: ReadonlyArray<unknown>) =>
      new Promise<any>((resolve, reject) => {
        client.request(...request, (failure: unknown, answer: unknown) => (failure ? reject(failure) : resolve(answer)))
      })
    const { result } = await call("chat.send", { content: "use echo to say hi" })
    echoed(events, result.turnId)
    assert.strictEqual((await call("chat.nope", {})).error.code, -32601)
    assert.strictEqual((await call("chat.send", {})).error.code, -32602)
    assert.strictEqual((await call("chat.send", { content: "hi", agent: "nobody" })).error.code, -32005)
    const batch = [client.request("ping", {}, undefined, false), client.request("nope", {}, undefined, false)]
    const answers = await call(batch)
    assert.sameMembers(
      answers.map(({ error, result: one }: any) => error?.code ?? one.pong),
      [true, -32601]
    )
  })
})
