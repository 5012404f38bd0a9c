import { assert, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { PluginName } from "../../src/domain/Ids.ts"
import { Sandbox } from "../../src/sandbox/Sandbox.ts"
import { layerTest } from "../../layers/sandbox/Sandbox.ts"
import { as, context, inspected } from "./support.ts"

const double = layerTest([
  { name: "shout", run: (input) => Effect.succeed(String(input["text"]).toUpperCase()) },
  { name: "refuse", idempotent: true, run: () => Effect.succeed({ content: "no", isError: true }) },
  { name: "break", run: () => Effect.fail("it broke") }
])

layer(double)("the sandbox of functions", (it) => {
  it.effect("runs functions as tools", () =>
    Effect.gen(function* () {
      const { callTool, plugins, tools } = yield* Sandbox
      assert.deepStrictEqual(plugins[0]?.tools, tools)
      assert.deepStrictEqual(
        tools.map((tool) => [tool.name, tool.idempotent]),
        [
          ["shout", false],
          ["refuse", true],
          ["break", false]
        ]
      )
      assert.deepStrictEqual(yield* callTool("shout", inspected({ text: "hi" }), context), {
        content: "HI",
        isError: false
      })
      assert.deepStrictEqual(yield* callTool("refuse", inspected({}), context), { content: "no", isError: true })
      assert.strictEqual((yield* Effect.flip(callTool("break", inspected({}), context))).message, "it broke")
      assert.match((yield* Effect.flip(callTool("nothing", inspected({}), context))).message, /no tool "nothing"/)
    }).pipe(as("local"))
  )

  it.effect("has no skill", () =>
    Effect.gen(function* () {
      const { handleMessage } = yield* Sandbox
      const message = inspected({ text: "hi", channel: "cli", peer_id: "me" })
      const failed = yield* Effect.flip(handleMessage(PluginName.make("s"), message, context))
      assert.match(failed.message, /no skill plugin "s"/)
    }).pipe(as("local"))
  )
})

it.effect("asks for inspected input as the real one does", () =>
  Effect.gen(function* () {
    const { callTool } = yield* Sandbox
    const forged = { value: { text: "hi" } } as unknown as Parameters<typeof callTool>[1]
    const exit = yield* Effect.exit(callTool("shout", forged, context))
    assert.strictEqual(exit._tag, "Failure")
  }).pipe(as("local"), Effect.provide(double))
)
