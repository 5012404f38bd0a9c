import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { gzipSync } from "node:zlib"
import { Audit } from "../../src/audit/Audit.ts"
import { Egress, type EgressRequest } from "../../src/egress/Egress.ts"
import { outcomeOf } from "../../src/egress/EgressError.ts"
import { SecretName } from "../../src/secret/SecretName.ts"
import { Secrets } from "../../src/secret/Secrets.ts"
import { credentials } from "../../src/secret/SecretUse.ts"
import * as MemoryAudit from "../../layers/audit/MemoryAudit.ts"
import * as NodeEgress from "../../layers/egress/NodeEgress.ts"
import * as NodeResolver from "../../layers/egress/NodeResolver.ts"
import * as MemorySecrets from "../../layers/secret/MemorySecrets.ts"
import { serve } from "../egress/server.ts"
import { leaks } from "../support/canary.ts"
import { operator } from "./somebody.ts"

const canary = "cnry-Zq81Lw0PmXe7Tb"
const ungranted = "other-Secret-Value-4711"

const environment = Layer.mergeAll(
  NodeEgress.layer.pipe(Layer.provide(NodeResolver.layerTest({})), Layer.provideMerge(MemoryAudit.layerMemory)),
  MemorySecrets.layerTest({ CANARY: canary, OTHER: ungranted }),
  operator
)

const ask = (
  port: number,
  request: Partial<EgressRequest> & { readonly path?: string },
  ports: ReadonlyArray<number> = []
) =>
  Effect.gen(function* () {
    const egress = yield* Egress
    return yield* egress.request({
      caller: "plugin:test",
      rules: [port, ...ports].map((port) => ({ host: "127.0.0.1", port })),
      method: "POST",
      url: `http://127.0.0.1:${port}${request.path ?? "/"}`,
      headers: [],
      ...request,
      credentials: credentials(yield* Secrets, [SecretName.make("CANARY")])
    })
  })

describe("secrets over egress", () => {
  it.effect("T22: the server gets the secret, the plugin never sees it again, and the audit log never did", () =>
    Effect.gen(function* () {
      const server = yield* serve((seen, response) => {
        const all = `${seen.url} ${seen.headers.authorization} ${seen.body}`
        const text = `${all}\n${Buffer.from(all).toString("base64")}\n${Buffer.from(all).toString("hex")}\n${encodeURIComponent(all)}`
        response.writeHead(200, { "x-echo": seen.headers.authorization ?? "", "content-encoding": "gzip" })
        response.end(gzipSync(text))
      })
      const answer = yield* ask(server.port, {
        path: "/bot{{secret:CANARY}}?k={{secret:CANARY}}",
        headers: [
          ["authorization", "Bearer {{secret:CANARY}}"],
          ["content-type", "text/plain"]
        ],
        body: Buffer.from("b={{secret:CANARY}}")
      })
      const [seen] = server.seen
      assert.strictEqual(seen?.url, `/bot${canary}?k=${canary}`)
      assert.strictEqual(seen?.headers.authorization, `Bearer ${canary}`)
      assert.strictEqual(seen?.body, `b=${canary}`)
      assert.strictEqual(seen?.headers["content-length"], String(seen?.body.length))
      for (const text of [Buffer.from(answer.body).toString(), JSON.stringify(answer.headers), answer.url]) {
        assert.deepStrictEqual(leaks(canary, text), [])
      }
      assert.include(answer.url, "{{secret:CANARY}}")
      assert.deepStrictEqual(leaks(canary, JSON.stringify(yield* (yield* Audit).query({ limit: 9 }))), [])
    }).pipe(Effect.provide(environment))
  )

  it.effect("T21: a redirect takes no secret to another origin, and asks for none at its own", () =>
    Effect.gen(function* () {
      const there = yield* serve((_, response) => response.end("there"))
      const here = yield* serve(({ url }, response) => {
        const location =
          url === "/own" ? "/next?x={{secret:CANARY}}" : `http://127.0.0.1:${there.port}/?x={{secret:CANARY}}`
        response.writeHead(url.startsWith("/next") ? 200 : 307, { location }).end()
      })
      const headers = [
        ["x-mine", "{{secret:CANARY}}"],
        ["accept", "text/plain"]
      ] as const
      yield* ask(here.port, { path: "/own", headers })
      assert.deepStrictEqual(
        here.seen.map(({ headers, url }) => [url, headers["x-mine"]]),
        [
          ["/own", canary],
          ["/next?x=%7B%7Bsecret:CANARY%7D%7D", canary]
        ]
      )
      yield* ask(here.port, { path: "/other", headers }, [there.port])
      assert.strictEqual(there.seen.length, 1)
      assert.deepStrictEqual(leaks(canary, JSON.stringify(there.seen)), [])
      const body = Buffer.from("{{secret:CANARY}}")
      const error = yield* Effect.flip(ask(here.port, { path: "/other", body }, [there.port]))
      assert.strictEqual(outcomeOf(error.reason), "denied.secret")
      assert.strictEqual(there.seen.length, 1)
    }).pipe(Effect.provide(environment))
  )

  it.effect("T22: what a plugin learned elsewhere does not go out either", () =>
    Effect.gen(function* () {
      const server = yield* serve((_, response) => response.end())
      for (const text of [ungranted, Buffer.from(ungranted).toString("base64"), [...canary].join("-")]) {
        const error = yield* Effect.flip(ask(server.port, { body: Buffer.from(text) }))
        assert.strictEqual(outcomeOf(error.reason), "denied.leak")
        assert.notInclude(error.message, text)
      }
      const error = yield* Effect.flip(ask(server.port, { headers: [["x", "{{secret:OTHER}}"]] }))
      assert.strictEqual(outcomeOf(error.reason), "denied.secret")
      assert.strictEqual(server.seen.length, 0)
    }).pipe(Effect.provide(environment))
  )
})
