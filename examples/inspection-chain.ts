// Content inspection with two links of your own: one says what content is and looks for more, one says what may pass.
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Casil } from "../src/casil/Casil.ts"
import * as Classifier from "../src/casil/Classifier.ts"
import { ask } from "./custom-graph.ts"
import { graph } from "./graph.ts"

const medical = Classifier.layer({
  id: "medical",
  rules: [
    { id: "patient-number", pattern: "PAT-[0-9]{6}", action: "redact", matches: ["PAT-123456"], ignores: ["PAT-1"] }
  ],
  classify: ({ texts }) =>
    texts.some((text) => text.includes("diagnosis")) ? { risk: "high", flags: ["medical"] } : {}
})
const staysHere = Classifier.layer({
  id: "medical-stays-here",
  mayPass: ({ flags }, { surface }) => !(surface === "prompt" && flags.includes("medical"))
})
const inspection = Casil.layer().pipe(Layer.provide(Layer.provideMerge(staysHere, medical)))

export const program = Effect.gen(function* () {
  const { text } = yield* ask("Remember my number PAT-424242.")
  yield* Console.log(text)
  const refused = yield* Effect.flip(ask("What does the diagnosis of PAT-424242 mean?"))
  yield* Console.log(`refused: ${refused.message}`)
}).pipe(Effect.provide(graph({}, inspection)))

if (import.meta.main) await Effect.runPromise(program)
