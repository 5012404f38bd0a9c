/**
 * What the host offers to plugins, as data: name, wasm signature, the capability it spends, and how it runs.
 * Every function that `open` or `granted` makes takes one i64 offset of a UTF-8 JSON argument in the kernel's memory and
 * gives one i64 offset of a UTF-8 JSON reply: `{"ok": ...}` or `{"error": "..."}`.
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { PluginName } from "../domain/Ids.ts"
import type { Json } from "../domain/Json.ts"
import type { Principal } from "../identity/Principal.ts"
import { type Capability, type CapabilityKind, type CapabilityOf, ofKind } from "./Capability.ts"
import { Capabilities, type Grant } from "./Grant.ts"
import * as JsonBounds from "./JsonBounds.ts"
import type { CallContext } from "./Sandbox.ts"

export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128" | "funcref" | "externref"
export interface Signature {
  readonly params: ReadonlyArray<ValueType>
  readonly results: ReadonlyArray<ValueType>
}

/** The host function would not do it; the plugin reads `message` in its reply. */
export class HostRefused extends Schema.TaggedError<HostRefused>()("HostRefused", { message: Schema.String }) {}

/** For whom it runs. `plugin` is the configuration's name for it. */
export interface HostCall extends CallContext {
  readonly plugin: PluginName
}

export interface HostFunction extends Signature {
  readonly namespace: string
  readonly name: string
  /** What a plugin must be granted to import it; absent where everybody may. */
  readonly capability: CapabilityKind | undefined
  /** What is wrong with a grant for it that means nothing here; undefined where nothing is. */
  readonly objection?: ((capability: Capability) => string | undefined) | undefined
  /** Decodes the argument, takes the grant, runs, and encodes the reply; a refusal is a reply too. */
  readonly call: (argument: Uint8Array, call: HostCall) => Effect.Effect<Uint8Array, never, Capabilities | Principal>
}

/** Where exoclaw's own functions live. */
export const NAMESPACE = "extism:host/user"
const signature: Signature = { params: ["i64"], results: ["i64"] }

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()

/** Most replies are short: written here and copied, one costs a seventh of what a new array each time does. */
const scratch = new Uint8Array(4096)

// no schema is needed to write what is JSON already
const reply = (field: "ok" | "error", value: Json): Uint8Array => {
  const text = JSON.stringify({ [field]: value })
  // a UTF-16 unit is three bytes at most
  if (text.length * 3 > scratch.length) return encoder.encode(text)
  return scratch.slice(0, encoder.encodeInto(text, scratch).written)
}

const decoded = <A>(schema: Schema.Codec<A, unknown>, name: string, bounds: JsonBounds.JsonBounds) => {
  const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(schema))
  return (argument: Uint8Array): Effect.Effect<A, HostRefused> => {
    const refuse = (why: string) => new HostRefused({ message: `${name}: ${why}` })
    const text = Result.try({ try: () => utf8.decode(argument), catch: () => refuse("the argument is not UTF-8") })
    if (Result.isFailure(text)) return Effect.fail(text.failure)
    const much = JsonBounds.beyond(text.success, bounds)
    if (much !== undefined) return Effect.fail(refuse(`the argument has ${much}`))
    return Effect.mapError(decode(text.success), (error) => refuse(error.message))
  }
}

const answered = <R>(
  effect: Effect.Effect<Json, { readonly message: string }, R>
): Effect.Effect<Uint8Array, never, R> =>
  Effect.match(effect, {
    onSuccess: (value) => reply("ok", value),
    onFailure: (error) => reply("error", error.message)
  })

/** A function that any plugin may import. */
export const open = <A>(definition: {
  readonly name: string
  readonly argument: Schema.Codec<A, unknown>
  /** How much an argument may be; `any` where it is left out. */
  readonly bounds?: JsonBounds.JsonBounds
  readonly run: (argument: A, call: HostCall) => Effect.Effect<Json, HostRefused, Principal>
}): HostFunction => {
  const decode = decoded(definition.argument, definition.name, definition.bounds ?? JsonBounds.any)
  return {
    ...signature,
    namespace: NAMESPACE,
    name: definition.name,
    capability: undefined,
    call: (argument, call) => answered(Effect.flatMap(decode(argument), (value) => definition.run(value, call)))
  }
}

/** A function that needs a grant of `capability`: `run` opens it and checks its target against it. */
export const granted = <K extends CapabilityKind, A>(definition: {
  readonly name: string
  readonly capability: K
  readonly argument: Schema.Codec<A, unknown>
  /** How much an argument may be; `any` where it is left out. */
  readonly bounds?: JsonBounds.JsonBounds
  /** Why a grant names what does not exist; undefined where it does. */
  readonly objection?: (capability: CapabilityOf<K>) => string | undefined
  readonly run: (argument: A, call: HostCall) => Effect.Effect<Json, HostRefused, Grant<K> | Principal>
}): HostFunction => {
  const decode = decoded(definition.argument, definition.name, definition.bounds ?? JsonBounds.any)
  const { objection } = definition
  return {
    ...signature,
    namespace: NAMESPACE,
    name: definition.name,
    capability: definition.capability,
    ...(objection === undefined
      ? {}
      : { objection: (capability) => (ofKind(definition.capability)(capability) ? objection(capability) : undefined) }),
    call: (argument, call) =>
      answered(
        Effect.flatMap(decode(argument), (value) =>
          Capabilities.discharge<K, Json, HostRefused, Principal>(
            call.plugin,
            definition.capability,
            definition.run(value, call)
          )
        )
      )
  }
}
