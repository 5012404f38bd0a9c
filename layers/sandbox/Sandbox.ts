/** The sandbox over slots: loads what the configuration names, and runs its tools. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Casil } from "../../src/casil/Casil.ts"
import { open } from "../../src/casil/Inspected.ts"
import type { PluginName } from "../../src/domain/Ids.ts"
import type { JsonObject } from "../../src/domain/Json.ts"
import { capabilities } from "../../src/sandbox/Grant.ts"
import type { HostFunction } from "../../src/sandbox/HostFunction.ts"
import { messageReply, toolOutput } from "../../src/sandbox/Output.ts"
import { CallFailed, PluginError } from "../../src/sandbox/PluginError.ts"
import { Sandbox } from "../../src/sandbox/Sandbox.ts"
import { Store, type StoreError } from "../store/Store.ts"
import { now } from "./host/Clock.ts"
import { kv } from "./host/Kv.ts"
import { log } from "./host/Log.ts"
import { expected } from "./Plugin.ts"
import { has, type PluginEntry } from "./PluginFile.ts"
import { loadAll } from "./Plugins.ts"
import type { TrustPolicy } from "./PluginTrust.ts"
import * as SlotPool from "./SlotPool.ts"

export { layerTest, type TestTool } from "./SandboxTest.ts"

export interface SandboxConfig {
  readonly plugins: ReadonlyArray<PluginEntry>
  readonly slots: { readonly min: number; readonly max: number; readonly spare?: number | undefined }
  /** Resident memory above which a slot is killed. */
  readonly memoryMiB: number
  /** How long one call may take, waiting for host functions apart. */
  readonly deadlineMs: number
  /** Whose files are loaded; everybody's where it is left out. */
  readonly trust?: TrustPolicy | undefined
  /**
   * What is offered to plugins beside log, clock and store: functions of the embedding program, made by `open` or, for
   * `host_function:NAME` grants, `granted` of `src/sandbox/HostFunction.ts`. Every name must be its own.
   */
  readonly hostFunctions?: ReadonlyArray<HostFunction> | undefined
}

const wrap = (reason: PluginError["reason"]): PluginError => new PluginError({ reason })

const unknown = (plugin: string, what: string): PluginError =>
  wrap(new CallFailed({ plugin, kind: "unknown_tool", message: `There is no ${what}.` }))

/** Nesting without end, which a model may write, is more than the stack holds. */
const encode = (plugin: PluginName, value: JsonObject): Effect.Effect<string, PluginError> =>
  Effect.try({
    try: () => JSON.stringify(value),
    catch: () =>
      wrap(new CallFailed({ plugin, kind: "quota", message: `The input for "${plugin}" is nested too deeply.` }))
  })

const make = Effect.fnUntraced(function* (config: SandboxConfig) {
  const pool = yield* SlotPool.SlotPool
  const store = yield* Store
  const functions = [log(yield* Casil), now, ...kv(store), ...(config.hostFunctions ?? [])]
  const all = yield* loadAll(config.plugins, functions, config.deadlineMs, pool, store, config.trust)
  const table = capabilities(all.map(({ plugin }) => [plugin.name, plugin.file.capabilities]))
  const byName = new Map(all.map((one) => [one.plugin.name, one]))
  const byTool = new Map(all.flatMap((one) => one.description.tools.map((tool) => [tool.name, one])))

  const callTool: Sandbox["Service"]["callTool"] = Effect.fn("Sandbox.callTool")(function* (tool, input, context) {
    const one = byTool.get(tool)
    if (one === undefined) return yield* unknown("", `tool "${tool.slice(0, 64)}"`)
    yield* Effect.annotateCurrentSpan({ "gen_ai.tool.name": tool, "exoclaw.plugin": one.plugin.name })
    const argument = open(input)
    const text = yield* encode(one.plugin.name, one.description.several ? { tool, input: argument } : argument)
    return yield* one.plugin.call("handle_tool_call", text, table, context).pipe(
      Effect.map(toolOutput),
      Effect.mapError((failed) => wrap(failed))
    )
  })

  const handleMessage: Sandbox["Service"]["handleMessage"] = Effect.fn("Sandbox.handleMessage")(
    function* (plugin, message, context) {
      const one = byName.get(plugin)
      if (one === undefined || !has(one.plugin.file, "handle_message")) {
        return yield* unknown(plugin, `skill plugin "${plugin}"`)
      }
      yield* Effect.annotateCurrentSpan({ "exoclaw.plugin": plugin })
      return yield* one.plugin.call("handle_message", JSON.stringify(open(message)), table, context).pipe(
        Effect.flatMap(expected(plugin, messageReply, '{"text"}')),
        Effect.mapError((failed) => wrap(failed))
      )
    }
  )

  return Sandbox.of({
    plugins: all.map((one) => one.info),
    tools: all.flatMap((one) => one.description.tools),
    callTool,
    handleMessage
  })
})

/**
 * Real plugins in real processes. Fails where one plugin is refused. `SlotPool` comes along for `warm`: a start whose
 * plugins are known by hash needs no slot.
 */
export const layer = (
  config: SandboxConfig
): Layer.Layer<Sandbox | SlotPool.SlotPool, PluginError | StoreError, Store | Casil> =>
  Layer.effect(
    Sandbox,
    make(config).pipe(Effect.catchTag("PluginRefused", (refused) => Effect.fail(wrap(refused))))
  ).pipe(
    Layer.provideMerge(
      SlotPool.layer(
        { ...config.slots, spare: config.slots.spare ?? 1, memoryMiB: config.memoryMiB },
        config.deadlineMs
      )
    )
  )
