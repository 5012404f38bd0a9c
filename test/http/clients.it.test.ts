/** Contract tests: JSON-RPC clients that others wrote, from npm, against the real listener. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import jayson from "jayson"
import { JSONRPCClient } from "json-rpc-2.0"
import { Client as RpcWebSocket } from "rpc-websockets"
import { connect, good, listening } from "./listening.ts"

const quiet = Logger.layer([])

/** How a client reports failure differs; the code is what counts. */
const codeOf = (call: () => Promise<unknown>): Effect.Effect<unknown> =>
  Effect.promise(() =>
    call().then(
      (value) => assert.fail(`expected an error, got ${JSON.stringify(value)}`),
      (error: { readonly code?: unknown }) => error.code
    )
  )

describe("npm clients", () => {
  it.live("json-rpc-2.0: results, typed errors, defects, notifications, batches and streams", () =>
    Effect.gen(function* () {
      const { observed, ws } = yield* listening()
      const socket = yield* connect(ws, good)
      const events: Array<any> = []
      const client: JSONRPCClient = new JSONRPCClient((request) => Promise.resolve(socket.send(request)))
      socket.ws.removeAllListeners("message")
      socket.ws.on("message", (data) => {
        const frame = JSON.parse(String(data))
        if (frame.method === undefined) client.receive(frame)
        else events.push(frame)
      })
      assert.deepStrictEqual(yield* Effect.promise(() => client.request("ping", { n: 1 })), { n: 1 })
      assert.strictEqual(yield* codeOf(() => Promise.resolve(client.request("nope", undefined))), -32601)
      assert.strictEqual(yield* codeOf(() => Promise.resolve(client.request("ping", { n: "x" }))), -32602)
      assert.strictEqual(yield* codeOf(() => Promise.resolve(client.request("die", undefined))), -32603)
      assert.strictEqual(yield* codeOf(() => Promise.resolve(client.request("fail", undefined))), 4001)
      client.notify("ping", { n: 2 })
      const batch = [1, 2].map((n) => ({ jsonrpc: "2.0" as const, id: `b${n}`, method: "ping", params: { n } }))
      const answers: any = yield* Effect.promise(() => Promise.resolve(client.requestAdvanced(batch)))
      assert.deepStrictEqual(
        answers.map(({ result }: any) => result.n),
        [1, 2]
      )
      assert.deepStrictEqual(yield* Effect.promise(() => client.request("count", { to: 3 })), { total: 3 })
      assert.deepStrictEqual(
        events.map(({ method, params }) => [method, params.seq]),
        [1, 2, 3].map((seq) => ["chat.event", seq])
      )
      assert.strictEqual(observed.notified, 4)
    }).pipe(Effect.provide(quiet))
  )

  it.live("rpc-websockets: results, typed errors, defects, notifications and events", () =>
    Effect.gen(function* () {
      const { observed, ws } = yield* listening()
      const client = yield* Effect.acquireRelease(
        Effect.promise(async () => {
          const client = new RpcWebSocket(ws, { reconnect: false, ...good } as object)
          await new Promise((resolve) => client.once("open", resolve))
          return client
        }),
        (client) => Effect.sync(() => client.close())
      )
      assert.deepStrictEqual(yield* Effect.promise(() => client.call("ping", { n: 1 })), { n: 1 })
      assert.strictEqual(yield* Effect.promise(() => client.call("nothing")), null)
      assert.strictEqual(yield* codeOf(() => client.call("nope")), -32601)
      assert.strictEqual(yield* codeOf(() => client.call("ping", { n: "x" })), -32602)
      assert.strictEqual(yield* codeOf(() => client.call("die")), -32603)
      assert.strictEqual(yield* codeOf(() => client.call("fail")), 4001)
      yield* Effect.promise(() => client.notify("ping", { n: 2 }))
      const events: Array<any> = []
      client.on("chat.event", (params: unknown) => events.push(params))
      assert.deepStrictEqual(yield* Effect.promise(() => client.call("count", { to: 3 })), { total: 3 })
      assert.deepStrictEqual(
        events.map(({ seq }) => seq),
        [1, 2, 3]
      )
      assert.strictEqual(observed.notified, 2)
    }).pipe(Effect.provide(quiet))
  )

  it.live("jayson: results, typed errors, defects and batches", () =>
    Effect.gen(function* () {
      const { ws } = yield* listening()
      const socket = yield* connect(ws, good)
      const client: any = jayson.Client.websocket({ ws: socket.ws })
      const call = (method: string, params: unknown) =>
        Effect.promise(
          () =>
            new Promise<any>((resolve, reject) => {
              client.request(method, params, (failure: unknown, answer: unknown) =>
                failure ? reject(failure) : resolve(answer)
              )
            })
        )
      assert.deepStrictEqual((yield* call("ping", { n: 1 })).result, { n: 1 })
      assert.strictEqual((yield* call("nothing", [])).result, null)
      assert.strictEqual((yield* call("nope", {})).error.code, -32601)
      assert.strictEqual((yield* call("ping", { n: "x" })).error.code, -32602)
      assert.strictEqual((yield* call("die", {})).error.code, -32603)
      assert.strictEqual((yield* call("fail", {})).error.code, 4001)
      const requests = [
        client.request("ping", { n: 1 }, undefined, false),
        client.request("fail", {}, undefined, false)
      ]
      const answers = yield* Effect.promise(
        () =>
          new Promise<any>((resolve, reject) => {
            client.request(requests, (failure: unknown, answer: unknown) =>
              failure ? reject(failure) : resolve(answer)
            )
          })
      )
      assert.sameMembers(
        answers.map(({ error, result }: any) => error?.code ?? result.n),
        [1, 4001]
      )
    }).pipe(Effect.provide(quiet))
  )
})
