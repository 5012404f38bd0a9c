/** Plugins and their tools. Untrusted code runs nowhere else. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { Inspected } from "../casil/Inspected.ts"
import type { AgentId, PluginName, TurnId } from "../domain/Ids.ts"
import type { JsonObject } from "../domain/Json.ts"
import type { Principal } from "../identity/Principal.ts"
import type { Capability } from "./Capability.ts"
import type { PluginError, PluginRefused } from "./PluginError.ts"

/** A tool that a plugin's `describe` declared. */
export interface Tool {
  readonly name: string
  readonly plugin: PluginName
  readonly description: string
  readonly inputSchema: JsonObject
  /** Safe to run again when a crash hid its result. */
  readonly idempotent: boolean
}

/** A loaded plugin, for `plugin.list` and `plugin.inspect`. */
export interface PluginInfo {
  readonly name: PluginName
  readonly path: string
  /** SHA-256 of the file, lower-case hex; grants are pinned to it. */
  readonly sha256: string
  /** Size of the file in bytes. */
  readonly bytes: number
  readonly kinds: ReadonlyArray<"tool" | "skill" | "channel">
  readonly tools: ReadonlyArray<Tool>
  /** Capability strings in force. */
  readonly grants: ReadonlyArray<string>
  /** The same with their conditions. */
  readonly capabilities: ReadonlyArray<Capability>
  /** `namespace/name` of every function the module imports. */
  readonly imports: ReadonlyArray<string>
  /** Publisher of the configuration who signed the file. */
  readonly publisher?: string
}

/** What a tool said. Not yet inspected: the caller passes it through Casil. */
export interface ToolOutput {
  readonly content: string
  readonly isError: boolean
}

/** For whom a plugin runs; the principal comes from the context. */
export interface CallContext {
  readonly agent: AgentId
  /** The turn that pays for what the call spends; absent where no turn runs, and then nothing can be spent. */
  readonly turn?:
    | {
        readonly session: string
        readonly id: TurnId
        /** Tells apart the attempts at it. */
        readonly attempt?: number | undefined
      }
    | undefined
}

/** @effect-expect-leaking Principal */
export class Sandbox extends Context.Service<
  Sandbox,
  {
    /** As they are now: an operator may load and unload while the gateway runs, so nobody keeps what this says. */
    readonly plugins: ReadonlyArray<PluginInfo>
    readonly tools: ReadonlyArray<Tool>
    /** Plugins that the start left out because of what became of their files since they last ran, until each is loaded. */
    readonly leftOut: ReadonlyArray<PluginRefused>
    /** Runs one tool in a fresh instance in a slot, under the plugin's grants. */
    readonly callTool: (
      tool: string,
      input: Inspected<JsonObject>,
      context: CallContext
    ) => Effect.Effect<ToolOutput, PluginError, Principal>
    /** Lets a skill plugin answer a message itself (`handle_message`). */
    readonly handleMessage: (
      plugin: PluginName,
      message: Inspected<{ readonly text: string; readonly channel: string; readonly peer_id: string }>,
      context: CallContext
    ) => Effect.Effect<string, PluginError, Principal>
  }
>()("exoclaw/sandbox/Sandbox") {}
