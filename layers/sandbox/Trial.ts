/** One export of one module, run once in a real slot under given grants: to try a plugin without loading it. */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { Principal } from "../../src/identity/Principal.ts"
import { capabilities } from "../../src/sandbox/Grant.ts"
import type { HostFunction } from "../../src/sandbox/HostFunction.ts"
import { CallFailed, type PluginRefused } from "../../src/sandbox/PluginError.ts"
import type { CallContext } from "../../src/sandbox/Sandbox.ts"
import { Plugin } from "./Plugin.ts"
import { has, load, type PluginEntry } from "./PluginFile.ts"
import type { SlotPool } from "./SlotPool.ts"

export interface TrialOptions {
  readonly entry: PluginEntry
  /** Name of the export; any function without parameters. */
  readonly export: string
  readonly input: string
  readonly functions: ReadonlyArray<HostFunction>
  readonly deadlineMs: number
  readonly context: CallContext
}

export interface TrialResult {
  readonly output: string
  /** Names of the host functions it called, in order. */
  readonly hostCalls: ReadonlyArray<string>
  readonly milliseconds: number
}

/** Admits, runs, and tells what happened. A module without `describe` is fine here. */
export const trial = Effect.fnUntraced(function* (
  pool: SlotPool["Service"],
  options: TrialOptions
): Effect.fn.Return<TrialResult, PluginRefused | CallFailed, Principal> {
  const { context, deadlineMs, entry, functions, input } = options
  const file = yield* load(entry, functions)
  if (!has(file, options.export)) {
    // names are the module's own words, and may be as long as it is
    const names = file.functions.slice(0, 20).map(({ name }) => name.slice(0, 64))
    const exported = names.join(", ")
    const message = `Plugin "${entry.name}" has no function "${options.export}" without parameters; it has: ${exported || "none"}.`
    return yield* new CallFailed({ plugin: entry.name, kind: "unknown_tool", message })
  }
  const hostCalls: Array<string> = []
  const counted = functions.map((known): HostFunction => ({
    ...known,
    call: (argument, call) => {
      hostCalls.push(known.name)
      return known.call(argument, call)
    }
  }))
  const plugin = new Plugin(file, pool, deadlineMs, counted)
  const started = yield* Clock.currentTimeMillis
  const output = yield* plugin.call(options.export, input, capabilities([[entry.name, file.capabilities]]), context)
  return { output, hostCalls, milliseconds: (yield* Clock.currentTimeMillis) - started }
})
