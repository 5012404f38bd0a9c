/** Calls of a plugin, each in a fresh instance, end to end. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Casil } from "../../src/casil/Casil.ts"
import { jsonObject } from "../../src/casil/Walker.ts"
import { AgentId, defaultTenant, PrincipalId } from "../../src/domain/Ids.ts"
import { Authenticator } from "../../src/identity/Authenticator.ts"
import { Principal } from "../../src/identity/Principal.ts"
import { Sandbox } from "../../src/sandbox/Sandbox.ts"
import { layerTest as authenticator } from "../../layers/identity/TokenAuthenticator.ts"
import { bundledPlugins } from "../../layers/sandbox/Bundled.ts"
import * as SandboxLayer from "../../layers/sandbox/Sandbox.ts"
import { SlotPool } from "../../layers/sandbox/SlotPool.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { percentile, type Row } from "./row.ts"

const graph = SandboxLayer.layer({
  plugins: bundledPlugins(),
  slots: { min: 2, max: 4 },
  memoryMiB: 400,
  deadlineMs: 5_000
}).pipe(Layer.provideMerge(Layer.mergeAll(SqliteStore.layerMemory, Casil.layer(), authenticator())))

export const sandboxBench = (calls = 3_000): Promise<ReadonlyArray<Row>> =>
  Effect.runPromise(
    Effect.gen(function* () {
      const sandbox = yield* Sandbox
      const casil = yield* Casil
      const pool = yield* SlotPool
      yield* pool.warm
      // what is measured is a call, not the start of a process
      while ((yield* pool.processes).idle === 0) yield* Effect.sleep(10)
      const principal = (yield* Authenticator).internal({
        id: PrincipalId.make("local"),
        tenant: defaultTenant,
        scopes: []
      })
      const input = yield* casil.value("tool_input", { message: "hi" }, jsonObject)
      const call = Effect.gen(function* () {
        const began = performance.now()
        yield* sandbox.callTool("echo", input, { agent: AgentId.make("default") })
        return performance.now() - began
      }).pipe(Effect.provideService(Principal, principal))
      const first = yield* call
      for (let i = 0; i < 500; i++) yield* call
      const times: Array<number> = []
      for (let i = 0; i < calls; i++) times.push(yield* call)
      times.sort((a, b) => a - b)
      const p50 = percentile(times, 0.5)
      const p99 = percentile(times, 0.99)
      const rows: ReadonlyArray<Row> = [
        {
          name: "plugin, first call in a slot, with compile",
          value: first,
          unit: "ms",
          goal: "< 20",
          met: first < 20,
          better: "lower",
          scale: "start"
        },
        {
          name: "plugin call with a fresh instance, end to end, p50",
          value: p50,
          unit: "ms",
          goal: "< 0.1",
          met: p50 < 0.1,
          better: "lower",
          scale: "cpu"
        },
        {
          name: "plugin call with a fresh instance, end to end, p99",
          value: p99,
          unit: "ms",
          goal: "< 2",
          met: p99 < 2,
          better: "lower",
          scale: "cpu",
          tail: true
        }
      ]
      return rows
    }).pipe(Effect.provide(graph))
  )
