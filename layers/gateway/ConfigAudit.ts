/** The configuration that a gateway starts with, in the audit log: two starts with the same digest had the same one. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { hash } from "node:crypto"
import { Audit } from "../../src/audit/Audit.ts"
import { defaultTenant } from "../../src/domain/Ids.ts"
import { effectiveValues } from "../../src/settings/Effective.ts"
import type { SettingsShape } from "../../src/settings/Settings.ts"

export const layer = (settings: SettingsShape): Layer.Layer<never, never, Audit> =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const audit = yield* Audit
      // as `config print` shows them: without secrets
      const values = effectiveValues(settings)
      const data = { file: settings.configFile ?? null, digest: hash("sha256", JSON.stringify(values), "hex") }
      const event = { kind: "config.loaded", tenant: defaultTenant, principal: "gateway", outcome: "ok", data } as const
      yield* audit.append(event).pipe(
        Effect.catch((error) => Effect.logError(error.message, error.cause)),
        Effect.forkScoped
      )
    })
  )
