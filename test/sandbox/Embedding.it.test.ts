/** Functions of an embedding program, called from inside a slot. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { afterAll, assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { PluginName } from "../../src/domain/Ids.ts"
import { currentPrincipal } from "../../src/identity/Principal.ts"
import { openGrant } from "../../src/sandbox/Grant.ts"
import { granted, HostRefused, open } from "../../src/sandbox/HostFunction.ts"
import { Sandbox } from "../../src/sandbox/Sandbox.ts"
import { plugin } from "../hostile/modules.ts"
import { block, data, helpers } from "./guest.ts"
import { as, context, inspected, sandbox } from "./support.ts"

const folder = mkdtempSync(path.join(tmpdir(), "exoclaw-embedding-"))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Looks up what is on stock, for whoever asks. */
const stock = granted({
  name: "stock",
  capability: "host_function",
  argument: Schema.Struct({ item: Schema.String }),
  run: ({ item }, call) =>
    Effect.gen(function* () {
      const { granted: functions } = yield* openGrant("host_function")
      const { id } = yield* currentPrincipal
      if (item === "") return yield* new HostRefused({ message: "which item?" })
      return { item, plugin: call.plugin, agent: call.agent, for: id, by: functions.map(({ name }) => name) }
    })
})
const greeting = open({
  name: "greeting",
  argument: Schema.Struct({}),
  run: () => Effect.succeed("hello")
})

/** Puts out the reply of one call. */
const asking = (name: string, argument: unknown) => {
  const text = JSON.stringify(argument)
  return plugin(
    `(local $reply i64) (local.set $reply (call $ask ${block(text)}))
     (call $output (local.get $reply) (call $length (local.get $reply)))`,
    {
      imports: `(import "extism:host/user" "${name}" (func $ask (param i64) (result i64)))
        (import "extism:host/env" "length" (func $length (param i64) (result i64)))`,
      more: `${helpers} ${data(text)}`
    }
  )
}
const reply = (name: string, argument: unknown, capabilities: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const file = path.join(folder, `${name}-${JSON.stringify(argument).length}.wasm`)
    writeFileSync(file, asking(name, argument))
    const entry = { name: PluginName.make("shop"), path: file, capabilities }
    return yield* Effect.flatMap(Sandbox, ({ callTool }) => callTool("evil", inspected({}), context)).pipe(
      as("alice"),
      Effect.provide(sandbox({ plugins: [entry], hostFunctions: [stock, greeting] }))
    )
  })

it.live("an embedding program's function learns who asks, and its reply reaches the plugin", () =>
  Effect.gen(function* () {
    const said = yield* reply("stock", { item: "screw" }, ["host_function:stock"])
    assert.deepStrictEqual(JSON.parse(said.content), {
      ok: { item: "screw", plugin: "shop", agent: "main", for: "alice", by: ["stock"] }
    })
    const refused = yield* reply("stock", { item: "" }, ["host_function:stock"])
    assert.strictEqual(refused.content, '{"error":"which item?"}')
    assert.strictEqual((yield* reply("greeting", {}, [])).content, '{"ok":"hello"}')
  })
)

it.live("T19: without its grant the plugin is not loaded", () =>
  Effect.gen(function* () {
    const failure = yield* Effect.flip(reply("stock", { item: "screw" }, []))
    assert.include(failure.message, 'it needs "host_function:stock"')
    const other = yield* Effect.flip(reply("stock", { item: "screw" }, ["host_function:greeting"]))
    assert.include(other.message, '"host_function:greeting" is not available')
  })
)
