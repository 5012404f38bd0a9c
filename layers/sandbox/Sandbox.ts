/** The sandbox over slots: loads what the configuration names, and runs its tools. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Semaphore from "effect/Semaphore"
import { Casil } from "../../src/casil/Casil.ts"
import { open } from "../../src/casil/Inspected.ts"
import type { PluginName } from "../../src/domain/Ids.ts"
import type { JsonObject } from "../../src/domain/Json.ts"
import type { HostFunction } from "../../src/sandbox/HostFunction.ts"
import { messageReply, toolOutput } from "../../src/sandbox/Output.ts"
import { CallFailed, PluginError } from "../../src/sandbox/PluginError.ts"
import { Sandbox } from "../../src/sandbox/Sandbox.ts"
import { Store, type StoreError } from "../store/Store.ts"
import { now } from "./host/Clock.ts"
import { kv } from "./host/Kv.ts"
import { log } from "./host/Log.ts"
import { expected } from "./Plugin.ts"
import { has, load as read, type PluginEntry } from "./PluginFile.ts"
import { loadAll } from "./Plugins.ts"
import { startAll } from "./PluginStart.ts"
import { PluginSet, snapshot } from "./PluginSet.ts"
import * as PluginTrust from "./PluginTrust.ts"
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
  readonly trust?: PluginTrust.TrustPolicy | undefined
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
  const own = [log(yield* Casil), now, ...kv(store)]
  const { deadlineMs, hostFunctions = [], trust } = config
  const loader = { deadlineMs, pool, store, trust }
  const started = yield* startAll({ ...loader, functions: [...own, ...hostFunctions] }, config.plugins)
  yield* Effect.forEach(started.leftOut, ({ message }) => Effect.logError(message), { discard: true })
  let current = snapshot(started.loaded)
  let leftOut = started.leftOut

  // its spans are the caller's `execute_tool` and the plugin's own
  const callTool: Sandbox["Service"]["callTool"] = Effect.fnUntraced(function* (tool, input, context) {
    const { byTool, table } = current
    const one = byTool.get(tool)
    if (one === undefined) return yield* unknown("", `tool "${tool.slice(0, 64)}"`)
    const argument = open(input)
    const { file, name } = one.plugin
    const own = tool.slice(file.entry.tool_prefix?.length ?? 0)
    const text = yield* encode(name, one.description.several ? { tool: own, input: argument } : argument)
    return yield* one.plugin.call("handle_tool_call", text, table, context).pipe(
      Effect.map(toolOutput),
      Effect.mapError((failed) => wrap(failed))
    )
  })

  const handleMessage: Sandbox["Service"]["handleMessage"] = Effect.fnUntraced(function* (plugin, message, context) {
    const { byName, table } = current
    const one = byName.get(plugin)
    if (one === undefined || !has(one.plugin.file, "handle_message")) {
      return yield* unknown(plugin, `skill plugin "${plugin}"`)
    }
    return yield* one.plugin.call("handle_message", JSON.stringify(open(message)), table, context).pipe(
      Effect.flatMap(expected(plugin, messageReply, '{"text"}')),
      Effect.mapError((failed) => wrap(failed))
    )
  })

  const lock = yield* Semaphore.make(1)
  const context = yield* Effect.context<never>()

  const load = Effect.fn("PluginSet.load")(function* (entry: PluginEntry, functions: ReadonlyArray<HostFunction>) {
    const others = current.all.filter(({ plugin }) => plugin.name !== entry.name)
    const tools = others.flatMap(({ description }) => description.tools)
    const loaded = yield* loadAll({ ...loader, functions: [...own, ...functions] }, [entry], tools).pipe(
      Effect.catchTag("PluginRefused", (refused) => Effect.fail(wrap(refused))),
      // the audit log of the program, where it has one
      Effect.provideContext(context)
    )
    // in its own place: the order of the tools is the configuration's
    const at = current.all.findIndex(({ plugin }) => plugin.name === entry.name)
    current = snapshot(
      at < 0 ? [...others, ...loaded] : current.all.flatMap((one, index) => (index === at ? loaded : [one]))
    )
    leftOut = leftOut.filter(({ plugin }) => plugin !== entry.name)
    return loaded.map(({ info }) => info)
  })

  const set = PluginSet.of({
    review: Effect.fn("PluginSet.review")(function* (entry, functions) {
      const file = yield* Effect.mapError(read(entry, [...own, ...functions]), wrap)
      return yield* PluginTrust.review(store, file, trust ?? PluginTrust.trusting)
    }),
    load: (entry, functions) =>
      lock
        .withPermit(load(entry, functions))
        .pipe(
          Effect.flatMap(([info]) =>
            info === undefined ? Effect.fail(unknown(entry.name, "such plugin")) : Effect.succeed(info)
          )
        ),
    unload: (name) =>
      lock.withPermit(
        Effect.sync(() => {
          const left = current.all.filter(({ plugin }) => plugin.name !== name)
          const found = left.length < current.all.length
          if (found) current = snapshot(left)
          return found
        })
      )
  })

  const sandbox = Sandbox.of({
    get plugins() {
      return current.plugins
    },
    get tools() {
      return current.tools
    },
    get leftOut() {
      return leftOut
    },
    callTool,
    handleMessage
  })
  return Context.make(Sandbox, sandbox).pipe(Context.add(PluginSet, set))
})

/**
 * Real plugins in real processes. Fails where one plugin is refused for what the configuration says. `SlotPool` comes along for `warm`: a start whose
 * plugins are known by hash needs no slot; `PluginSet` for changes while it runs.
 */
export const layer = (
  config: SandboxConfig
): Layer.Layer<Sandbox | PluginSet | SlotPool.SlotPool, PluginError | StoreError, Store | Casil> =>
  Layer.effectContext(
    make(config).pipe(Effect.catchTag("PluginRefused", (refused) => Effect.fail(wrap(refused))))
  ).pipe(
    Layer.provideMerge(
      SlotPool.layer(
        { ...config.slots, spare: config.slots.spare ?? 1, memoryMiB: config.memoryMiB },
        config.deadlineMs
      )
    )
  )
