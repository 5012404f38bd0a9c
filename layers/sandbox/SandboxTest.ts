/** A sandbox without processes: tools are functions of the test or the example at hand. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { open } from "../../src/casil/Inspected.ts"
import { PluginName } from "../../src/domain/Ids.ts"
import type { JsonObject } from "../../src/domain/Json.ts"
import { currentPrincipal } from "../../src/identity/Principal.ts"
import { type Capability, show } from "../../src/sandbox/Capability.ts"
import { CallFailed, PluginError } from "../../src/sandbox/PluginError.ts"
import { Sandbox, type Tool, type ToolOutput } from "../../src/sandbox/Sandbox.ts"

/** A tool as a function. What is left out is as plain as it can be. */
export interface TestTool {
  readonly name: string
  readonly description?: string
  readonly inputSchema?: JsonObject
  readonly idempotent?: boolean
  /** A text is a good answer; a failure is the tool's, `trap`. */
  readonly run: (input: JsonObject) => Effect.Effect<string | ToolOutput, string>
}

const plugin = PluginName.make("test")

const failed = (kind: CallFailed["kind"], message: string): PluginError =>
  new PluginError({ reason: new CallFailed({ plugin, kind, message }) })

const declared = (tool: TestTool): Tool => ({
  name: tool.name,
  plugin,
  description: tool.description ?? "",
  inputSchema: tool.inputSchema ?? { type: "object" },
  idempotent: tool.idempotent ?? false
})

/** All tools belong to a plugin `test`, which holds these capabilities and uses none. Proofs are asked for as in the real sandbox. */
export const layerTest = (
  tools: ReadonlyArray<TestTool>,
  capabilities: ReadonlyArray<Capability> = []
): Layer.Layer<Sandbox> =>
  Layer.succeed(Sandbox, {
    plugins: [
      {
        name: plugin,
        path: "test.wasm",
        sha256: "0".repeat(64),
        bytes: 0,
        kinds: ["tool"],
        tools: tools.map(declared),
        grants: capabilities.map(show),
        capabilities,
        imports: []
      }
    ],
    tools: tools.map(declared),
    leftOut: [],
    callTool: Effect.fn("Sandbox.callTool")(function* (name, input) {
      yield* currentPrincipal
      const tool = tools.find((one) => one.name === name)
      if (tool === undefined) return yield* failed("unknown_tool", `There is no tool "${name}".`)
      const said = yield* Effect.mapError(tool.run(open(input)), (message) => failed("trap", message))
      return typeof said === "string" ? { content: said, isError: false } : said
    }),
    handleMessage: (name) => Effect.fail(failed("unknown_tool", `There is no skill plugin "${name}".`))
  })
