/**
 * `secret_exists`: whether a secret that the plugin may use has a value, under its grant `secret:NAME`. No function
 * gives a value: a plugin writes `{{secret:NAME}}` into a request, and the value is filled in on its way out.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { openGrant } from "../../../src/sandbox/Grant.ts"
import { granted, type HostFunction, HostRefused } from "../../../src/sandbox/HostFunction.ts"
import type { Secrets } from "../../../src/secret/Secrets.ts"
import * as JsonBounds from "../../../src/sandbox/JsonBounds.ts"

/** Takes `{"name"}`, gives true or false. */
export const secretExists = (secrets: Secrets["Service"]): HostFunction =>
  granted({
    name: "secret_exists",
    capability: "secret",
    bounds: JsonBounds.small,
    argument: Schema.Struct({ name: Schema.String }),
    run: ({ name }) =>
      Effect.gen(function* () {
        const names = (yield* openGrant("secret")).granted.map((grant) => grant.name)
        if (!names.includes(name)) {
          return yield* new HostRefused({
            message: `secret "${name.slice(0, 64)}" is not granted; granted: ${names.join(", ")}`
          })
        }
        const known = yield* Effect.mapError(
          secrets.list,
          () => new HostRefused({ message: "the secrets are not available" })
        )
        return known.some((secret) => secret.name === name)
      })
  })
