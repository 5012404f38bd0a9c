/** The whole gateway inside a program that brings parts of its own. */
import { assert, it, vi } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import { existsSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { connect, connectOperator, GatewayFailure } from "../../layers/client/index.ts"
import * as Exoclaw from "../../layers/Exoclaw.ts"
import { Doors } from "../../layers/gateway/Doors.ts"
import type { Own } from "../../layers/gateway/Own.ts"
import { Audit } from "../../src/audit/Audit.ts"
import type { Classifier } from "../../src/casil/Classifier.ts"
import { BudgetLedger } from "../../src/budget/BudgetLedger.ts"
import { defaultTenant, PrincipalId } from "../../src/domain/Ids.ts"
import { Authenticator } from "../../src/identity/Authenticator.ts"
import type { ModelAdapter } from "../../src/model/ModelAdapter.ts"
import type { ModelPart, ModelRequest } from "../../src/model/ModelRequest.ts"
import { encodeUsage } from "../../src/model/ModelUsage.ts"
import { openGrant } from "../../src/sandbox/Grant.ts"
import { granted } from "../../src/sandbox/HostFunction.ts"
import { plugin } from "../hostile/modules.ts"
import { block, data, helpers } from "../sandbox/guest.ts"
import * as GatewayProcess from "../support/GatewayProcess.ts"

const finish = (reason: "stop" | "tool-calls"): ModelPart => ({
  type: "finish",
  reason,
  usage: encodeUsage({ input: 400, output: 40, cacheRead: 0, cacheWrite: 0 })
})

/** Asks for the tool, and says what it answered. */
const asking: ModelAdapter = {
  provider: "asking",
  free: false,
  minimumOutput: 1,
  bound: (request) => Effect.sync(() => ({ upper: JSON.stringify(request).length + 400, estimate: 400 })),
  stream: ({ messages }: ModelRequest) => {
    const last = messages.at(-1)
    return last?.role === "tool"
      ? Stream.make<ReadonlyArray<ModelPart>>(
          { type: "text-start", id: "t" },
          { type: "text-delta", id: "t", delta: JSON.stringify(last.content) },
          { type: "text-end", id: "t" },
          finish("stop")
        )
      : Stream.make<ReadonlyArray<ModelPart>>(
          { type: "tool-call", id: "c", name: "evil", params: {}, providerExecuted: false },
          finish("tool-calls")
        )
  }
}

const stock = granted({
  name: "stock",
  capability: "host_function",
  argument: Schema.Struct({ item: Schema.String }),
  run: ({ item }, call) =>
    Effect.map(openGrant("host_function"), ({ granted: functions }) => ({
      item,
      left: 7,
      plugin: call.plugin,
      by: functions.map(({ name }) => name)
    }))
})

/** A plugin that asks `stock` and puts out its reply. */
const shop = plugin(
  `(local $reply i64) (local.set $reply (call $ask ${block('{"item":"screw"}')}))
   (call $output (local.get $reply) (call $length (local.get $reply)))`,
  {
    imports: `(import "extism:host/user" "stock" (func $ask (param i64) (result i64)))
      (import "extism:host/env" "length" (func $length (param i64) (result i64)))`,
    more: `${helpers} ${data('{"item":"screw"}')}`
  }
)

const ports = ["gateway.port", "gateway.operator_port"].map((key) => ({ key, flag: key, value: 0 }))
const values = [...ports, { key: "telemetry.logs", flag: "telemetry.logs", value: "none" }]

const folder = (config = "") => {
  const state = GatewayProcess.temporaryFolder()
  mkdirSync(state, { recursive: true })
  writeFileSync(join(state, "shop.wasm"), shop)
  writeFileSync(join(state, "config.toml"), config)
  return state
}

const gateway = (state: string, own: Own) =>
  Exoclaw.Live({ state, config: join(state, "config.toml"), values }, { inMemory: true, ...own })

const models: Own = {
  adapters: [asking],
  agents: (configured) =>
    configured.map((agent) => ({
      ...agent,
      targets: [{ provider: "asking", model: "asking-1", maxOutputTokens: 100 }]
    }))
}

const config = '[[plugins]]\nname = "shop"\npath = "shop.wasm"\ncapabilities = ["host_function:stock"]\n'

it.live("a plugin calls a function of the program for an agent of its own model, under a grant and the budget", () => {
  const state = folder(config)
  return Effect.gen(function* () {
    const { client } = yield* Doors
    const { receipt, text } = yield* Effect.promise(async () => {
      const connection = await connect({ url: client.url })
      return connection.chat({ content: "What is left?" }).result.finally(connection.close)
    })
    assert.include(text, String.raw`{\"ok\":{\"item\":\"screw\",\"left\":7,\"plugin\":\"shop\",\"by\":[\"stock\"]}}`)
    assert.deepStrictEqual(
      receipt?.calls.map(({ provider }) => provider),
      ["asking", "asking"]
    )
    const [installation] = yield* (yield* BudgetLedger).status({ tenant: defaultTenant })
    assert.deepInclude(installation, { spent: receipt?.totalTokens ?? -1, held: 0 })
    assert.isFalse(existsSync(join(state, "exoclaw.db")))
  }).pipe(Effect.provide(gateway(state, { ...models, hostFunctions: [stock] })))
})

it.live("without the program's function the start says what the plugin lacks", () =>
  Effect.gen(function* () {
    const failed = yield* Effect.flip(Layer.build(gateway(folder(config), models)))
    assert.include(failed.message, '"host_function:stock" is not available')
  }).pipe(Effect.scoped)
)

it.live("a store in memory begins anew each time, and its audit chain is whole", () => {
  const state = folder()
  const once = Effect.gen(function* () {
    const audit = yield* Audit
    const verdict = yield* audit.verify
    assert.isUndefined(verdict.broken)
    return verdict.entries
  }).pipe(Effect.provide(gateway(state, {})), Effect.scoped)
  return Effect.gen(function* () {
    const first = yield* once
    assert.isAbove(first, 0)
    assert.strictEqual(yield* once, first)
  })
})

it.live("a link of the program's own refuses what is inspected before it, in its own name", () => {
  const link: Classifier = {
    id: "no-prices",
    rules: [{ id: "price", pattern: "EUR [0-9]{1,9}", action: "redact", matches: ["EUR 12"], ignores: [] }],
    classify: ({ findings }) => (findings.some(({ rule }) => rule === "price") ? { flags: ["prices"] } : {}),
    mayPass: ({ flags }, { surface }) => !(surface === "prompt" && flags.includes("prices"))
  }
  return Effect.gen(function* () {
    const { client } = yield* Doors
    yield* Effect.promise(async () => {
      const guest = await connect({ url: client.url })
      const refused = await guest.chat({ content: "It costs EUR 1200." }).result.catch((error: unknown) => error)
      assert.instanceOf(refused, GatewayFailure)
      assert.strictEqual(refused.code, -32007)
      assert.include(JSON.stringify(refused.data), "no-prices")
      assert.include((await guest.chat({ content: "It costs nothing." }).result).text, "offline model")
      await guest.close()
    })
  }).pipe(Effect.provide(gateway(folder(), { inspection: [link] })))
})

it.live("a log line has nothing that a rule of the program's own finds, though content keeps it", () => {
  const link: Classifier = {
    id: "prices",
    rules: [{ id: "price", pattern: "EUR [0-9]{1,9}", action: "monitor", matches: ["EUR 12"], ignores: [] }]
  }
  const state = folder('[telemetry]\nlogs = "info"\n')
  const lines: Array<string> = []
  const written = vi.spyOn(process.stderr, "write").mockImplementation((line) => lines.push(String(line)) > 0)
  return Effect.gen(function* () {
    yield* Effect.logInfo("It costs EUR 1200.", { "EUR 34": "or EUR 56" })
    const line = lines.find((each) => each.includes("It costs")) ?? ""
    assert.include(line, "It costs [redacted:price].")
    assert.include(line, "or [redacted:price]")
    assert.notInclude(line, "EUR")
  }).pipe(
    Effect.provide(
      Exoclaw.Live({ state, config: join(state, "config.toml"), values: ports }, { inMemory: true, inspection: [link] })
    ),
    Effect.ensuring(Effect.sync(() => written.mockRestore()))
  )
})

it.live("a tracer of the program's own gets the spans of a turn, and of an error its kind alone", () => {
  const spans: Array<Tracer.Span> = []
  const ended: Array<Exit.Exit<unknown, unknown>> = []
  const mine = Tracer.make({
    span: (options) => {
      const span = new Tracer.NativeSpan(options)
      const end = span.end.bind(span)
      span.end = (at, exit) => {
        ended.push(exit)
        end(at, exit)
      }
      spans.push(span)
      return span
    }
  })
  return Effect.gen(function* () {
    const { client } = yield* Doors
    yield* Effect.promise(async () => {
      const guest = await connect({ url: client.url })
      await guest.chat({ content: "use echo to say hi" }).result
      await guest.chat({ content: "Hello", agent: "marzipan" }).result.catch(() => undefined)
      await guest.close()
    })
    const names = spans.map(({ name }) => name)
    for (const name of ["invoke_agent default", "chat offline", "execute_tool echo", "plugin.call"]) {
      assert.include(names, name)
    }
    assert.isTrue(spans.some(({ attributes }) => attributes.get("error.type") === "NoAgent"))
    const failed = ended.filter(Exit.isFailure).map(({ cause }) => Cause.pretty(cause))
    assert.isAbove(failed.length, 0)
    for (const text of failed) assert.notInclude(text, "marzipan")
  }).pipe(Effect.provide(gateway(folder(), { tracing: Layer.succeed(Tracer.Tracer, mine) })))
})

it.live("an authenticator of the program decides at both doors", () => {
  const authenticator = Authenticator.layerWith(
    Effect.succeed({
      verify: ({ listener }) =>
        Effect.succeed({
          id: PrincipalId.make("guest"),
          tenant: defaultTenant,
          scopes: listener === "client" ? (["chat:send"] as const) : []
        }),
      valid: () => Effect.succeed(true)
    })
  )
  return Effect.gen(function* () {
    const { client, operator } = yield* Doors
    yield* Effect.promise(async () => {
      const guest = await connect({ url: client.url })
      assert.include((await guest.chat({ content: "Hello" }).result).text, "offline model")
      const refused = await guest.call("budget.status", {}).catch((error: unknown) => error)
      assert.instanceOf(refused, GatewayFailure)
      assert.strictEqual(refused.code, -32002)
      await guest.close()
      // which always wants a token, and then asks for its scopes
      const nobody = await connectOperator({ url: operator.url })
      const operating = await nobody.call("audit.verify").catch((error: unknown) => error)
      assert.instanceOf(operating, GatewayFailure)
      assert.strictEqual(operating.code, -32001)
      await nobody.close()
    })
  }).pipe(Effect.provide(gateway(folder(), { authenticator })))
})
