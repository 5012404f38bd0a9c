// The whole gateway inside a program of your own: doors, sandbox and budgets as its configuration says, with a provider
// and a rule of inspection that are yours. The store is in memory, and the ports are free ones.
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { connect } from "../layers/client/index.ts"
import * as Exoclaw from "../layers/Exoclaw.ts"
import { Doors } from "../layers/gateway/Doors.ts"
import { BudgetLedger } from "../src/budget/BudgetLedger.ts"
import type { Classifier } from "../src/casil/Classifier.ts"
import { defaultTenant } from "../src/domain/Ids.ts"
import { counter } from "./another-provider.ts"

const free = (key: string) => ({ key, flag: key, value: 0 })
const target = { provider: "counter", model: "counter-1", maxOutputTokens: 64 }
const patients: Classifier = {
  id: "patients",
  rules: [{ id: "patient-number", pattern: "PAT-[0-9]{6}", action: "redact", matches: ["PAT-123456"], ignores: [] }]
}

/** All that it writes is the operator's token, into the state folder. */
const gateway = (state: string) =>
  Exoclaw.Live(
    { state, values: [free("gateway.port"), free("gateway.operator_port")] },
    {
      inMemory: true,
      adapters: [counter],
      inspection: [patients],
      agents: (configured) => configured.map((agent) => ({ ...agent, targets: [target] }))
    }
  )

/** What any client does, over the wire. */
const talk = async (url: string) => {
  const client = await connect({ url })
  const { receipt, text } = await client.chat({ content: "I am PAT-424242. How long is this?" }).result
  await client.close()
  return { text, calls: receipt?.calls }
}

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "exoclaw-example-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true }))
)

export const program = Effect.gen(function* () {
  const { client } = yield* Doors
  const { calls, text } = yield* Effect.promise(() => talk(client.url))
  yield* Console.log(text)
  yield* Console.log(calls)
  const [installation] = yield* (yield* BudgetLedger).status({ tenant: defaultTenant })
  yield* Console.log(installation)
}).pipe(Effect.provide(Layer.unwrap(Effect.map(folder, gateway))))

if (import.meta.main) await Effect.runPromise(program)
