/** Requests of plugins: from the guest through the slot and egress to a real server, and back. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { afterAll, assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { Audit } from "../../src/audit/Audit.ts"
import { PluginName } from "../../src/domain/Ids.ts"
import { Egress } from "../../src/egress/Egress.ts"
import type { GrantInput } from "../../src/sandbox/Capability.ts"
import { open as hostFunction } from "../../src/sandbox/HostFunction.ts"
import { CallFailed, PluginRefused } from "../../src/sandbox/PluginError.ts"
import { SecretName } from "../../src/secret/SecretName.ts"
import { Secrets } from "../../src/secret/Secrets.ts"
import { credentials } from "../../src/secret/SecretUse.ts"
import * as MemoryAudit from "../../layers/audit/MemoryAudit.ts"
import * as NodeEgress from "../../layers/egress/NodeEgress.ts"
import * as NodeResolver from "../../layers/egress/NodeResolver.ts"
import { secretExists } from "../../layers/sandbox/host/Secret.ts"
import * as MemorySecrets from "../../layers/secret/MemorySecrets.ts"
import { http } from "../../layers/sandbox/host/Http.ts"
import * as SlotPool from "../../layers/sandbox/SlotPool.ts"
import { trial } from "../../layers/sandbox/Trial.ts"
import { serve } from "../egress/server.ts"
import { plugin } from "../hostile/modules.ts"
import { block, data, helpers, requesting } from "./guest.ts"
import { as, context } from "./support.ts"

const folder = mkdtempSync(path.join(tmpdir(), "exoclaw-http-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const SECRET = "s3cret-value-0123456789"
const environment = Layer.mergeAll(
  SlotPool.layer({ min: 1, max: 1, spare: 0, memoryMiB: 400 }, 20_000),
  MemorySecrets.layerTest({ TOKEN: SECRET, OTHER: "0ther-value-0123456789" }),
  NodeEgress.layer.pipe(Layer.provide(NodeResolver.layerTest({})), Layer.provideMerge(MemoryAudit.layerMemory))
)
const credentialsFor = (secrets: Secrets["Service"]) => (names: ReadonlyArray<string>) =>
  credentials(
    secrets,
    names.map((name) => SecretName.make(name))
  )
let count = 0

/** What others said, as a store or a model gives it. */
const told = hostFunction({
  name: "told",
  argument: Schema.Struct({}),
  run: () => Effect.succeed("say {{secret:TOKEN}}, \\u007b{secret:TOKEN}}")
})
const listening = plugin(
  `(local $answer i64) (local.set $answer (call $told ${block("{}")}))
   (call $output (local.get $answer) (call $length (local.get $answer)))`,
  {
    imports: `(import "extism:host/user" "told" (func $told (param i64) (result i64)))
      (import "extism:host/env" "length" (func $length (param i64) (result i64)))`,
    more: `${helpers} ${data("{}")}`
  }
)

const run = (bytes: Uint8Array, capabilities: ReadonlyArray<GrantInput>, entry = "handle_tool_call", input = "") =>
  Effect.gen(function* () {
    const file = path.join(folder, `${++count}.wasm`)
    writeFileSync(file, bytes)
    return yield* trial(yield* SlotPool.SlotPool, {
      entry: { name: PluginName.make("asks"), path: file, capabilities },
      export: entry,
      input,
      functions: [http(yield* Egress, credentialsFor(yield* Secrets)), secretExists(yield* Secrets), told],
      deadlineMs: 20_000,
      context
    })
  }).pipe(as("alice"))

const denied = (bytes: Uint8Array, capabilities: ReadonlyArray<GrantInput>) =>
  Effect.map(Effect.flip(run(bytes, capabilities)), (failure) => {
    assert.instanceOf(failure, CallFailed)
    assert.strictEqual(failure.kind, "denied")
    return failure.message
  })

layer(environment)("requests of plugins", (it) => {
  it.effect("bring body, status and headers, and leave an entry in the audit log", () =>
    Effect.gen(function* () {
      const server = yield* serve((_, response) => response.writeHead(201, { "x-y": "z" }).end("hello"))
      const url = `http://127.0.0.1:${server.port}/a/b?c`
      const grant = `http:127.0.0.1:${server.port}/a`
      const request = { url, method: "POST", headers: { "x-mine": "1" } }
      const said = yield* run(requesting(request, undefined, "(call $block (i32.const 0) (i32.const 7))"), [grant])
      assert.strictEqual(said.output, "hello")
      assert.deepStrictEqual(said.hostCalls, ["http_request"])
      const [seen] = server.seen
      assert.deepInclude(seen, { method: "POST", url: "/a/b?c", body: '{"name"' })
      assert.strictEqual(seen?.headers["x-mine"], "1")
      const headers = yield* run(requesting(request, "(call $headers)"), [grant])
      assert.strictEqual(JSON.parse(headers.output)["x-y"], "z")
      const status = "(call $alloc (i64.extend_i32_u (call $status)))"
      assert.strictEqual((yield* run(requesting(request, status), [grant])).output.length, 201)
      const entries = yield* Effect.flatMap(Audit, (audit) => audit.query({ limit: 10 }))
      assert.strictEqual(entries.length, 3)
      assert.notInclude(JSON.stringify(entries), "hello")
    })
  )

  it.effect("T21: another host, port, path or method than granted is denied before anything is sent", () =>
    Effect.gen(function* () {
      const server = yield* serve((_, response) => response.end("hello"))
      const at = (rest: string) => requesting({ url: `http://127.0.0.1:${server.port}${rest}` })
      const local = `http:127.0.0.1:${server.port}`
      for (const [module, grant] of [
        [at("/"), "http:example.com"],
        [at("/"), "http:127.0.0.1:1"],
        [at("/ab"), `${local}/a`],
        [at("/a/../b"), `${local}/a`],
        [at("/"), { grant: local, methods: ["POST"] }]
      ] as const) {
        assert.match(yield* denied(module, [grant]), /denied/)
      }
      for (const host of ["2130706433", "0x7f.1", "[::ffff:127.0.0.1]", "localhost"]) {
        const url = `http://${host}:${server.port}/`
        const failure = yield* Effect.flip(run(requesting({ url }), ["http:example.com"]))
        assert.instanceOf(failure, CallFailed, host)
      }
      assert.strictEqual(server.seen.length, 0)
      assert.strictEqual((yield* run(at("/"), [local])).output, "hello")
    })
  )

  it.effect("T21: a redirect to a private address is refused at its hop", () =>
    Effect.gen(function* () {
      const inner = yield* serve((_, response) => response.end("metadata"))
      const server = yield* serve((_, response) =>
        response.writeHead(302, { location: `http://127.0.0.2:${inner.port}/latest/meta-data` }).end()
      )
      const module = requesting({ url: `http://127.0.0.1:${server.port}/` })
      assert.match(yield* denied(module, [`http:127.0.0.1:${server.port}`]), /127\.0\.0\.2/)
      assert.strictEqual(inner.seen.length, 0)
    })
  )

  it.effect("T22: a placeholder is filled in for a granted secret, and what comes back is redacted", () =>
    Effect.gen(function* () {
      const server = yield* serve((seen, response) => response.end(`you sent ${String(seen.headers["authorization"])}`))
      const request = {
        url: `http://127.0.0.1:${server.port}/`,
        headers: { authorization: "Bearer {{secret:TOKEN}}" }
      }
      const grant = `http:127.0.0.1:${server.port}`
      const said = yield* run(requesting(request), [grant, "secret:TOKEN"])
      assert.strictEqual(server.seen[0]?.headers["authorization"], `Bearer ${SECRET}`)
      assert.match(said.output, /^you sent Bearer /)
      assert.notInclude(said.output, SECRET)
      for (const grants of [[grant], [grant, "secret:OTHER"]]) {
        assert.match(yield* denied(requesting(request), grants), /no grant secret:TOKEN/)
      }
      const open = requesting({ ...request, headers: { "x-a": Buffer.from(SECRET).toString("base64") } })
      assert.match(yield* denied(open, [grant, "secret:TOKEN"]), /secret in the open/)
      assert.strictEqual(server.seen.length, 1)
    })
  )

  it.effect("T22: what a server or a store says is no placeholder where the plugin sends it on", () =>
    Effect.gen(function* () {
      const server = yield* serve((seen, response) => {
        const written =
          seen.url === "/json"
            ? JSON.stringify({ say: "{{secret:TOKEN}}" })
            : "%7B{secret:TOKEN}} <b>{</b>{secret:TOKEN}}"
        response.setHeader("x-say", "{{secret:TOKEN}}")
        response.end(written)
      })
      const grants = [`http:127.0.0.1:${server.port}`, "secret:TOKEN"]
      const request = (at: string) => ({ url: `http://127.0.0.1:${server.port}${at}`, method: "POST" })
      const again = (at: string, what: string) =>
        requesting(request(at), `(call $http ${block(JSON.stringify(request(at)))} ${what})`)
      for (const at of ["/json", "/"]) {
        for (const what of ["(local.get $answer)", "(call $headers)"]) {
          server.seen.length = 0
          yield* run(again(at, what), grants)
          const sent = server.seen[1]?.body ?? ""
          assert.include(sent, "[placeholder]TOKEN}}")
          assert.notInclude(sent, SECRET)
        }
      }
    })
  )

  it.effect("T22: what any other function of the host says is none either, where the plugin has a secret", () =>
    Effect.gen(function* () {
      const written = { ok: "say {{secret:TOKEN}}, \\u007b{secret:TOKEN}}" }
      assert.deepStrictEqual(JSON.parse((yield* run(listening, [])).output), written)
      const left = { ok: "say [placeholder]TOKEN}}, [placeholder]TOKEN}}" }
      assert.deepStrictEqual(JSON.parse((yield* run(listening, ["secret:TOKEN"])).output), left)
    })
  )

  it.effect("a server that does not answer is a failure, not a denial", () =>
    Effect.gen(function* () {
      const port = yield* Effect.scoped(
        Effect.map(
          serve(() => {}),
          (server) => server.port
        )
      )
      const failure = yield* Effect.flip(
        run(requesting({ url: `http://127.0.0.1:${port}/` }), [`http:127.0.0.1:${port}`])
      )
      assert(failure instanceof CallFailed && failure.kind === "trap")
      assert.match(failure.message, /No connection/)
    })
  )

  it.effect("T20: an answer beyond the limit ends the call, and so does asking for ever", () =>
    Effect.gen(function* () {
      const server = yield* serve((_, response) => response.end(Buffer.alloc(2_000_000)))
      const grant = `http:127.0.0.1:${server.port}`
      const url = `http://127.0.0.1:${server.port}/`
      const failure = yield* Effect.flip(run(requesting({ url }), [grant]))
      assert.match(failure.message, /may have \d+ bytes at most/)
      const small = yield* serve((_, response) => response.end("x"))
      const again = `(loop (result i64) (drop (call $headers)) (br 0))`
      const endless = yield* Effect.flip(
        run(requesting({ url: `http://127.0.0.1:${small.port}/` }, again), [`http:127.0.0.1:${small.port}`])
      )
      assert(endless instanceof CallFailed && endless.kind === "quota")
    })
  )

  it.effect("T19: without the grant the module is not even loaded", () =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(run(requesting({ url: "https://example.com" }), ["store:x"].slice(1)))
      assert.instanceOf(failure, PluginRefused)
      assert.include(failure.message, 'it needs "http:HOST[:PORT][/path]"')
    })
  )
})
