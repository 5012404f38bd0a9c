/**
 * The fourth proof: `Grant<K>` in `R` says that the operator gave the running plugin a capability of kind `K`, and
 * opening it says which ones. Only `Capabilities.withGrants` discharges it; the key, the seal and the classes stay in
 * this file, so a forged grant dies when it is opened. Invariant in `K`: one kind never stands in for another.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { PluginName } from "../domain/Ids.ts"
import { type Capability, type CapabilityKind, type CapabilityOf, ofKind } from "./Capability.ts"

/** The plugin was not given any capability of that kind. Audience: the plugin and the operator. */
export class GrantDenied extends Schema.TaggedError<GrantDenied>()("GrantDenied", {
  plugin: Schema.String,
  denied: Schema.String
}) {
  override get message(): string {
    return `plugin "${this.plugin}" is not granted ${this.denied}`
  }
}

declare const GrantId: unique symbol
/** Evidence for one kind of capability. */
export interface Grant<in out K extends CapabilityKind> {
  readonly [GrantId]: (_: K) => K
}

/** What was granted, to check a target against. */
export interface Opened<K extends CapabilityKind> {
  readonly plugin: PluginName
  readonly granted: ReadonlyArray<CapabilityOf<K>>
}

const seal: unique symbol = Symbol("exoclaw/sandbox/Grant/seal")

class GrantSet {
  readonly #held: ReadonlyMap<CapabilityKind, Opened<CapabilityKind>>
  constructor(token: typeof seal, held: ReadonlyMap<CapabilityKind, Opened<CapabilityKind>>) {
    if (token !== seal) throw new TypeError("exoclaw: grants are made by Capabilities only")
    this.#held = held
    Object.freeze(this)
  }
  static held(u: unknown): ReadonlyMap<CapabilityKind, Opened<CapabilityKind>> | undefined {
    return typeof u === "object" && u !== null && #held in u ? u.#held : undefined
  }
}
const GrantKey = Context.Service<Grant<CapabilityKind>, GrantSet>("exoclaw/sandbox/Grant")

interface Held {
  readonly all: ReadonlyArray<Capability>
  readonly byKind: ReadonlyMap<CapabilityKind, HeldKind>
}
interface HeldKind {
  readonly opened: Opened<CapabilityKind>
  /** It alone, as it is where no other grant is open around it: made once, not for every host call. */
  readonly alone: GrantSet
}
const nothing: Held = { all: [], byKind: new Map() }

const heldBy = (plugin: PluginName, granted: ReadonlyArray<Capability>): Held => {
  const all = Object.freeze(granted.map((capability) => Object.freeze({ ...capability })))
  const kinds = new Set(all.map(({ kind }) => kind))
  const ofOne = (kind: CapabilityKind): HeldKind => {
    const opened = { plugin, granted: all.filter(ofKind(kind)) }
    return { opened, alone: new GrantSet(seal, new Map([[kind, opened]])) }
  }
  return { all, byKind: new Map(Array.from(kinds, (kind) => [kind, ofOne(kind)])) }
}

class SealedCapabilities {
  readonly #table: ReadonlyMap<PluginName, Held>
  constructor(token: typeof seal, table: Iterable<readonly [PluginName, ReadonlyArray<Capability>]>) {
    if (token !== seal) throw new TypeError("exoclaw: capabilities come from the configuration only")
    this.#table = new Map(Array.from(table, ([plugin, granted]) => [plugin, heldBy(plugin, granted)]))
    Object.freeze(this)
  }
  /** What `plugin` was granted of a kind, which is nothing where it is undefined. Throws on a forged table. */
  static held(u: unknown, plugin: PluginName, kind: CapabilityKind): HeldKind | undefined {
    if (typeof u !== "object" || u === null || !(#table in u)) throw new TypeError("exoclaw: forged Capabilities")
    return u.#table.get(plugin)?.byKind.get(kind)
  }
  /** Everything `plugin` was granted. */
  of(plugin: PluginName): ReadonlyArray<Capability> {
    return (this.#table.get(plugin) ?? nothing).all
  }
}
export type { SealedCapabilities }

/** Which plugin may do what, as the operator configured it. */
export class Capabilities extends Context.Service<Capabilities, SealedCapabilities>()("exoclaw/sandbox/Capabilities") {
  /**
   * Runs `effect` with what `plugin` was granted of this kind, or fails where that is nothing. The only way to
   * discharge a `Grant`. Grants of other kinds that are open around it stay open.
   */
  static readonly withGrants =
    <K extends CapabilityKind>(plugin: PluginName, kind: K) =>
    <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | GrantDenied, Exclude<R, Grant<K>> | Capabilities> =>
      Capabilities.discharge<K, A, E, Exclude<R, Grant<K>>>(
        plugin,
        kind,
        // every `R` is the grant and the rest; the compiler does not compute that for a type parameter
        // @effect-diagnostics-next-line unsafeEffectTypeAssertion:off
        effect as Effect.Effect<A, E, Exclude<R, Grant<K>> | Grant<K>>
      )

  /** `withGrants` for a kind that is a type parameter, where `Exclude` cannot be computed. */
  static readonly discharge = <K extends CapabilityKind, A, E, R>(
    plugin: PluginName,
    kind: K,
    effect: Effect.Effect<A, E, R | Grant<K>>
  ): Effect.Effect<A, E | GrantDenied, R | Capabilities> =>
    Effect.contextWith((context: Context.Context<Capabilities>): Effect.Effect<A, E | GrantDenied, R> => {
      const held = SealedCapabilities.held(Context.get(context, Capabilities), plugin, kind)
      if (held === undefined) return Effect.fail(new GrantDenied({ plugin, denied: kind }))
      const outer = GrantSet.held(Option.getOrUndefined(Context.getOption(context, GrantKey)))
      return Effect.provideService(
        // the one place where the run-time set answers for the evidence per kind in `R`
        // @effect-diagnostics-next-line unsafeEffectTypeAssertion:off
        effect as Effect.Effect<A, E, R>,
        GrantKey,
        outer === undefined ? held.alone : new GrantSet(seal, new Map([...outer, [kind, held.opened]]))
      )
    })
}

/** The table in force; `plugin` is the configuration's name for the file, never one the plugin gives itself. */
export const capabilities = (table: Iterable<readonly [PluginName, ReadonlyArray<Capability>]>): SealedCapabilities =>
  new SealedCapabilities(seal, table)

/** What was granted of `kind`. Needs the evidence to compile; dies on a forged or missing grant. */
export const openGrant = <K extends CapabilityKind>(kind: K): Effect.Effect<Opened<K>, never, Grant<K>> =>
  Effect.map(Effect.serviceOption(GrantKey), (set) => {
    const opened = GrantSet.held(Option.getOrUndefined(set))?.get(kind)
    if (opened === undefined) throw new TypeError(`exoclaw: no genuine grant for ${kind}`)
    return { plugin: opened.plugin, granted: opened.granted.filter(ofKind(kind)) }
  })
