/** `[gateway.jwt]` as a `JwtVerifier`; nothing of it is loaded where it is not configured. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Audit } from "../../src/audit/Audit.ts"
import type { IdentityError } from "../../src/identity/IdentityError.ts"
import type { JwtPolicy } from "../../src/identity/Jwt.ts"
import { isAddress, type JwtSettings } from "../../src/identity/JwtSettings.ts"
import { JwtVerifier } from "../../src/identity/JwtVerifier.ts"

/** The section as the verifier takes it. */
export const policyOf = (settings: JwtSettings): JwtPolicy => ({
  algorithms: settings.algorithms,
  audiences: settings.audience,
  issuer: settings.issuer,
  skewMillis: settings.clock_skew * 1000,
  tenantClaim: settings.tenant_claim,
  tenant: settings.tenant,
  scopesClaim: settings.scopes_claim,
  scopes: settings.scopes
})

/** `resolve` makes a path of the configuration absolute. */
export const layer = (
  settings: JwtSettings | undefined,
  resolve: (path: string) => string
): Layer.Layer<JwtVerifier, IdentityError, Audit> => {
  if (settings === undefined) return JwtVerifier.layerOff
  return Layer.unwrap(
    Effect.promise(async (): Promise<Layer.Layer<JwtVerifier, IdentityError, Audit>> => {
      const { layerFile, layerUrl } = await import("../identity/JoseVerifier.ts")
      const policy = policyOf(settings)
      if (!isAddress(settings.keys)) return layerFile(policy, resolve(settings.keys))
      const [egress, resolver] = await Promise.all([
        import("../egress/NodeEgress.ts"),
        import("../egress/NodeResolver.ts")
      ])
      return layerUrl(policy, settings.keys).pipe(Layer.provide(egress.layer), Layer.provide(resolver.layer))
    })
  )
}
