import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import * as Warming from "../../layers/gateway/Warming.ts"
import { PolicyInForce } from "../../src/casil/PolicyInForce.ts"
import { defaultPolicy } from "../../src/casil/Policy.ts"
import { type Connection, Connections } from "../../src/gateway/Connection.ts"
import { Embedder } from "../../src/memory/Embedder.ts"

const one = (id: number): Connection => ({
  id,
  remoteAddress: "127.0.0.1",
  headers: {},
  path: "/ws",
  listener: "client",
  bound: { host: "127.0.0.1", port: 7200 },
  openedAt: 0,
  bufferedAmount: () => 0,
  principal: () => undefined,
  authenticate: () => undefined,
  close: () => undefined
})

const over = (local: boolean, asked: Array<string>) =>
  Warming.layer.pipe(
    Layer.provide([
      Layer.succeed(Embedder, {
        id: "words",
        local,
        embed: (texts) => Effect.sync(() => void asked.push(`vectors for ${texts.length}`)).pipe(Effect.as([]))
      }),
      Layer.succeed(PolicyInForce, {
        policy: defaultPolicy,
        get hash() {
          asked.push("tables")
          return ""
        },
        of: () => assert.fail("nobody is to ask this"),
        rules: [],
        classifiers: [],
        covers: () => false,
        neverLogs: () => false
      })
    ])
  )

for (const local of [true, false]) {
  it.effect(`the first connection makes ready what a turn needs, once${local ? "" : ", and asks no vendor"}`, () => {
    const asked: Array<string> = []
    return Effect.gen(function* () {
      const connections = yield* Connections
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(asked, [])
      connections.add(one(1))
      assert.deepStrictEqual(asked, [])
      yield* TestClock.adjust("1 second")
      connections.add(one(2))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(asked, local ? ["tables", "vectors for 0"] : ["tables"])
      assert.deepStrictEqual(
        connections.list().map(({ id }) => id),
        [1, 2]
      )
    }).pipe(Effect.provide(over(local, asked)))
  })
}
