// Tools without processes or WASM: a test double of the sandbox. The agent loop, its limits and the receipt are real.
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as SandboxTest from "../layers/sandbox/SandboxTest.ts"
import { ask } from "./custom-graph.ts"
import { graph } from "./graph.ts"

const said: Array<string> = []

const tools = SandboxTest.layerTest([
  {
    name: "echo",
    description: "Says back what it is told.",
    inputSchema: { type: "object", properties: { message: { type: "string" } }, required: ["message"] },
    run: ({ message }) =>
      Effect.sync(() => {
        said.push(String(message))
        return `echo: ${message}`
      })
  }
])

export const program = Effect.gen(function* () {
  const { receipt, text } = yield* ask("use echo to say hi")
  yield* Console.log(text)
  yield* Console.log("the double heard", said, "and the receipt says", receipt?.tools)
}).pipe(Effect.provide(graph({ sandbox: tools })))

if (import.meta.main) await Effect.runPromise(program)
