/** What the compiler refuses about grants. Checked by `tsc` alone: an unused expectation is an error too. */
// @effect-diagnostics missingEffectContext:off
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { PluginName } from "../../src/domain/Ids.ts"
import type { Capability } from "../../src/sandbox/Capability.ts"
import * as GrantModule from "../../src/sandbox/Grant.ts"
import { Capabilities, type Grant, openGrant, type SealedCapabilities } from "../../src/sandbox/Grant.ts"
import { granted, open } from "../../src/sandbox/HostFunction.ts"

declare const plugin: PluginName
declare const table: SealedCapabilities
declare const one: Capability

const names = Effect.map(openGrant("store"), ({ granted: stores }) => stores.map((store) => store.name))
const hosts = Effect.map(openGrant("http"), ({ granted: servers }) => servers.map((server) => server.host))

// A grant is needed where it is used, and only `Capabilities` can be left over.
export const needs: Effect.Effect<ReadonlyArray<string>, never, Grant<"store">> = names
export const discharged: Effect.Effect<ReadonlyArray<string>, GrantModule.GrantDenied, Capabilities> = names.pipe(
  Capabilities.withGrants(plugin, "store")
)
// @ts-expect-error a grant that nobody gave is still missing
export const forgotten: Effect.Effect<ReadonlyArray<string>> = names
// @ts-expect-error the grant of another kind does not discharge it
export const other: Effect.Effect<unknown, unknown, Capabilities> = names.pipe(Capabilities.withGrants(plugin, "http"))
// @ts-expect-error one of two is not enough
export const half: Effect.Effect<unknown, unknown, Capabilities> = Effect.andThen(names, hosts).pipe(
  Capabilities.withGrants(plugin, "store")
)
export const both: Effect.Effect<unknown, unknown, Capabilities> = Effect.andThen(names, hosts).pipe(
  Capabilities.withGrants(plugin, "store"),
  Capabilities.withGrants(plugin, "http")
)
// @ts-expect-error a kind that is known only at run time proves nothing about "store"
export const widened: Effect.Effect<unknown, unknown, Capabilities> = names.pipe(
  Capabilities.withGrants(plugin, one.kind)
)
// @ts-expect-error invariant: evidence for one kind is none for more kinds
export const wider: Effect.Effect<unknown, never, Grant<"store" | "http">> = names

// What opens is what was granted, of that kind.
export const opened: Effect.Effect<string, never, Grant<"http">> = Effect.map(
  openGrant("http"),
  // @ts-expect-error an http grant has no store name
  (grant) => grant.granted[0]?.name
)

// The key, the seal and the classes stay at home; a look-alike has no private fields.
// @ts-expect-error the key is not exported
export const key = GrantModule.GrantKey
// @ts-expect-error nor is the class
export const set = GrantModule.GrantSet
// @ts-expect-error nor is the seal
export const seal = GrantModule.seal
// @ts-expect-error a record is no Capabilities
export const fake: SealedCapabilities = { of: () => [one] }
// @ts-expect-error nor can it be put in its place
export const provided = Effect.provideService(Effect.void, Capabilities, { of: () => [one] })
// @ts-expect-error a table of plain strings grants nothing
export const strings = GrantModule.capabilities([["notes", ["store:notes"]]])
export const context: Context.Context<Capabilities> = Context.make(Capabilities, table)

// A host function says which capability it spends, and may open that one only.
export const fine = granted({
  name: "fine",
  capability: "store",
  argument: Schema.String,
  run: () => Effect.as(openGrant("store"), null)
})
export const undeclared = granted({
  name: "undeclared",
  capability: "store",
  argument: Schema.String,
  // @ts-expect-error it declares "store" and opens "http"
  run: () => Effect.as(openGrant("http"), null)
})
export const ungranted = open({
  name: "ungranted",
  argument: Schema.String,
  // @ts-expect-error a function for everybody opens nothing
  run: () => Effect.as(openGrant("store"), null)
})
