import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layers from "../../layers/http/Connections.ts"
import { type Connection, Connections, summary } from "../../src/gateway/Connection.ts"
import { fromCode } from "../../src/gateway/ListenError.ts"

const connection = (id: number, closed: Array<string>): Connection => ({
  id,
  remoteAddress: "127.0.0.1",
  headers: { authorization: "Bearer canary" },
  authorization: "Bearer canary",
  path: "/ws",
  listener: "client",
  bound: { host: "127.0.0.1", port: 7200 },
  openedAt: 5,
  bufferedAmount: () => 7,
  principal: () => undefined,
  authenticate: () => undefined,
  close: (code, reason) => void closed.push(`${id} ${code} ${reason}`)
})

describe("Connections", () => {
  it.effect("gives ids that never repeat, and closes one by id or all that match", () =>
    Effect.gen(function* () {
      const connections = yield* Connections
      const closed: Array<string> = []
      const ids = [connections.nextId(), connections.nextId(), connections.nextId()]
      for (const id of ids) connections.add(connection(id, closed))
      assert.strictEqual(new Set(ids).size, 3)
      assert.isTrue(yield* connections.disconnect(ids[0] ?? 0, 4403, "bye"))
      assert.isFalse(yield* connections.disconnect(999, 4403, "bye"))
      connections.remove(ids[0] ?? 0)
      assert.strictEqual(connections.get(ids[0] ?? 0), undefined)
      assert.strictEqual(yield* connections.closeWhere(() => true, 4401, "revoked"), 2)
      assert.deepStrictEqual(closed, [`${ids[0]} 4403 bye`, `${ids[1]} 4401 revoked`, `${ids[2]} 4401 revoked`])
      assert.notInclude(ids, connections.nextId())
    }).pipe(Effect.provide(Layers.layer))
  )

  it("T30: what an operator sees of a connection holds no header", () => {
    const shown = summary(connection(1, []))
    assert.notInclude(JSON.stringify(shown), "canary")
    assert.deepStrictEqual(shown, {
      id: "1",
      listener: "client",
      remoteAddress: "127.0.0.1",
      principal: null,
      openedAt: 5,
      queuedBytes: 7
    })
  })
})

describe("ListenError", () => {
  it("says for every cause what to do next", () => {
    const of = (code: string | undefined) => fromCode(code, { name: "client", host: "127.0.0.1", port: 7200 })
    assert.strictEqual(
      of("EADDRINUSE").message,
      "port 7200 is in use on 127.0.0.1; stop the other program or choose another port with --port or gateway.port"
    )
    assert.deepStrictEqual(
      ["EADDRINUSE", "EACCES", "EADDRNOTAVAIL", "ENOTFOUND", "EAI_AGAIN", "EWEIRD", undefined].map(
        (code) => of(code).reason
      ),
      ["in_use", "denied", "no_such_address", "no_such_address", "no_such_address", "other", "other"]
    )
    assert.include(of("EACCES").message, "above 1023")
    assert.include(of("EWEIRD").message, "EWEIRD")
  })

  it("names the operator port's own flag and key", () => {
    const of = (code: string) => fromCode(code, { name: "operator", host: "127.0.0.1", port: 7201 }).message
    assert.strictEqual(
      of("EADDRINUSE"),
      "port 7201 is in use on 127.0.0.1; stop the other program or choose another port with --operator-port or gateway.operator_port"
    )
    assert.match(of("EACCES"), / with --operator-port or gateway\.operator_port$/)
    assert.match(of("EWEIRD"), /; check gateway\.operator_port$/)
  })
})
