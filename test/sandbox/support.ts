/** What the sandbox's tests share: compiled plugins, a Casil that lets everything pass, principals, a ready Layer. */
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import * as path from "node:path"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Stream from "effect/Stream"
import { Casil } from "../../src/casil/Casil.ts"
import type { Inspected } from "../../src/casil/Inspected.ts"
import { sealInspected } from "../../src/casil/SealedInspected.ts"
import { AgentId, defaultTenant, PluginName, PrincipalId, TenantId } from "../../src/domain/Ids.ts"
import { Principal } from "../../src/identity/Principal.ts"
import { sealClaims } from "../../src/identity/SealedPrincipal.ts"
import type { HostCall, HostFunction } from "../../src/sandbox/HostFunction.ts"
import type { PluginError } from "../../src/sandbox/PluginError.ts"
import type { Sandbox } from "../../src/sandbox/Sandbox.ts"
import * as SandboxLayer from "../../layers/sandbox/Sandbox.ts"
import type { SlotPool } from "../../layers/sandbox/SlotPool.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { type Store, type StoreError } from "../../layers/store/Store.ts"

export const inspected = <A>(value: A): Inspected<A> => sealInspected(value, [])

export const casil: Layer.Layer<Casil> = Layer.succeed(Casil, {
  text: (_surface, text) => Effect.succeed(inspected(text)),
  value: (_surface, value) => Effect.succeed(inspected(value)),
  stream: () => (chunks) => Stream.map(chunks, inspected)
})

export const person = (id: string, tenant: string = defaultTenant) =>
  sealClaims({ id: PrincipalId.make(id), tenant: TenantId.make(tenant), scopes: ["chat:send"] })

export const as =
  (id: string, tenant?: string) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, Exclude<R, Principal>> =>
    Effect.provideService(effect, Principal, person(id, tenant))

export const context = { agent: AgentId.make("main") }

/** The plugins of the repository, compiled into a folder of their own; cached by their sources. */
export const compiled: Promise<string> = import(
  String(new URL("../../scripts/build-plugins.mjs", import.meta.url))
).then((builder) => {
  const folder = mkdtempSync(path.join(tmpdir(), "exoclaw-plugins-"))
  builder.buildPlugins(folder)
  return folder
})

export const echo = (folder: string) => ({
  name: PluginName.make("echo"),
  path: path.join(folder, "echo.wasm"),
  capabilities: []
})
export const notes = (folder: string) => ({
  name: PluginName.make("notes"),
  path: path.join(folder, "notes.wasm"),
  capabilities: ["store:notes"]
})

export const settings = { slots: { min: 1, max: 3, spare: 1 }, memoryMiB: 400, deadlineMs: 5000 }

export const sandbox = (
  config: Partial<SandboxLayer.SandboxConfig>
): Layer.Layer<Sandbox | SlotPool | Store, PluginError | StoreError> =>
  SandboxLayer.layer({ plugins: [], ...settings, ...config }).pipe(
    Layer.provide(casil),
    Layer.provideMerge(SqliteStore.layerMemory),
    Layer.provideMerge(Logger.layer([]))
  )

/** Calls a host function with a JSON text, and gives its reply as text. */
export const ask = (host: HostFunction, argument: string, call: HostCall) =>
  Effect.map(host.call(new TextEncoder().encode(argument), call), (reply) => new TextDecoder().decode(reply))
