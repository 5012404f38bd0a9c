/** Loads and unloads plugins while the gateway runs: what may be loaded, and what it may do, the configuration says. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import { Approvals } from "../../src/approval/Approvals.ts"
import { Audit } from "../../src/audit/Audit.ts"
import type { ConfigError } from "../../src/config/ConfigError.ts"
import {
  ApprovalDenied,
  type GatewayError,
  InvalidParams,
  Missing,
  PluginFailed,
  Unavailable
} from "../../src/gateway/GatewayError.ts"
import { PluginAdmin } from "../../src/gateway/PluginAdmin.ts"
import { currentPrincipal } from "../../src/identity/Principal.ts"
import type { HostFunction } from "../../src/sandbox/HostFunction.ts"
import type { PluginError, PluginRefused } from "../../src/sandbox/PluginError.ts"
import { Sandbox } from "../../src/sandbox/Sandbox.ts"
import type { PluginEntry } from "../sandbox/PluginFile.ts"
import { PluginSet } from "../sandbox/PluginSet.ts"
import { consent as agree } from "../sandbox/PluginTrust.ts"
import { Store, type StoreError } from "../store/Store.ts"
import * as errors from "./errors.ts"
import { questionOf } from "./PluginConsent.ts"

export interface PluginLoadingOptions<R> {
  /** The entries of the configuration as it stands now. */
  readonly entries: Effect.Effect<ReadonlyArray<PluginEntry>, ConfigError | PluginRefused>
  /** Where an entry would stand. */
  readonly configFile: string
  /** Everything the gateway offers beside what the sandbox does; built once, when it is first needed. */
  readonly hostFunctions: Effect.Effect<ReadonlyArray<HostFunction>, never, R | Scope.Scope>
}

const ofStore = ({ message }: StoreError): Effect.Effect<never, GatewayError> =>
  Effect.fail(new Unavailable({ message }))
const ofPlugin = ({ message, reason: { plugin } }: PluginError): Effect.Effect<never, GatewayError> =>
  Effect.fail(new PluginFailed({ message, plugin }))

export const layer = <R>({
  configFile,
  entries,
  hostFunctions
}: PluginLoadingOptions<R>): Layer.Layer<
  PluginAdmin,
  never,
  Exclude<R, Scope.Scope> | Approvals | Audit | PluginSet | Sandbox | Store
> =>
  Layer.effect(
    PluginAdmin,
    Effect.gen(function* () {
      const approvals = yield* Approvals
      const audit = yield* Audit
      const sandbox = yield* Sandbox
      const set = yield* PluginSet
      const store = yield* Store
      const context = yield* Effect.context<R | Scope.Scope>()
      const functions = yield* Effect.cached(Effect.provideContext(hostFunctions, context))

      const entryOf = Effect.fnUntraced(function* (name: string) {
        const known = yield* Effect.mapError(entries, ({ message }) => new InvalidParams({ message }))
        const entry = known.find((one) => one.name === name)
        if (entry !== undefined) return entry
        const names = known.map((one) => one.name).join(", ") || "none"
        const wanted = `[[plugins]] with name = "${name.slice(0, 64)}", path = its .wasm file and capabilities = what it may do`
        return yield* new Missing({
          message: `The configuration has no plugin of that name. It has: ${names}. Add ${wanted} to ${configFile}, then load it again.`
        })
      })

      const record = Effect.fnUntraced(function* (
        kind: "plugin.loaded" | "plugin.unloaded",
        plugin: string,
        more = {}
      ) {
        const { id, tenant } = yield* currentPrincipal
        yield* audit
          .append({ kind, tenant, principal: id, outcome: "ok", data: { plugin, ...more } })
          .pipe(Effect.catchTag("AuditUnavailable", errors.ofAudit))
      })

      const consented = Effect.fnUntraced(function* (entry: PluginEntry, sha256: string) {
        yield* agree(store, entry.name, sha256).pipe(
          Effect.catchTags({ StoreError: ofStore, AuditUnavailable: errors.ofAudit })
        )
      })

      const review = Effect.fnUntraced(function* (entry: PluginEntry) {
        const seen = yield* set
          .review(entry, yield* functions)
          .pipe(Effect.catchTags({ StoreError: ofStore, PluginError: ofPlugin }))
        const { tenant } = yield* currentPrincipal
        return { seen, question: questionOf(entry.name, seen, tenant, approvals.hashOf) }
      })

      /** A changed file waits for its approval, or uses the one that was given. */
      const consentTo = Effect.fnUntraced(function* (entry: PluginEntry) {
        const { question, seen } = yield* review(entry)
        if (seen.objection?.kind !== "consent") return
        const asked = yield* Effect.catchTag(approvals.request(question), "ApprovalError", errors.ofApproval)
        const { hash, id, status } = asked
        if (status !== "approved") {
          const message = `Plugin "${entry.name}": ${seen.objection.message} Or answer its approval: exoclaw approve ${id}`
          return yield* new ApprovalDenied({ message, approval: id, what: "grant", status })
        }
        yield* Effect.catchTag(approvals.consume(id, hash), "ApprovalError", errors.ofApproval)
        yield* consented(entry, seen.candidate.sha256)
      })

      const load = Effect.fnUntraced(function* (entry: PluginEntry) {
        const info = yield* set
          .load(entry, yield* functions)
          .pipe(Effect.catchTags({ StoreError: ofStore, PluginError: ofPlugin }))
        yield* record("plugin.loaded", entry.name, { sha256: info.sha256, grants: info.grants.join(" ") })
        return info
      })

      return PluginAdmin.of({
        load: Effect.fn("PluginAdmin.load")(function* (name: string, consent: string | undefined) {
          const entry = yield* entryOf(name)
          yield* consent === undefined ? consentTo(entry) : consented(entry, consent)
          return yield* load(entry)
        }),
        approved: Effect.fn("PluginAdmin.approved")(function* ({ hash, id, subject }) {
          const entry = yield* entryOf(subject.plugin)
          const { question } = yield* review(entry)
          if (approvals.hashOf(question) !== hash) {
            const message = `Plugin "${entry.name}": its file or its grants are no more what was approved. Load it again.`
            return yield* new InvalidParams({ message })
          }
          yield* Effect.catchTag(approvals.consume(id, hash), "ApprovalError", errors.ofApproval)
          yield* consented(entry, subject.sha256)
          return yield* load(entry)
        }),
        unload: Effect.fn("PluginAdmin.unload")(function* (name: string) {
          // first what cannot be undone is recorded, then it is done
          if (!sandbox.plugins.some((plugin) => plugin.name === name)) return false
          yield* record("plugin.unloaded", name)
          return yield* set.unload(name)
        })
      })
    })
  )
