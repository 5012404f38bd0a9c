/** `random`: strong random bytes, under the grant `random`. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Entropy } from "../../../src/domain/Entropy.ts"
import { granted, type HostFunction } from "../../../src/sandbox/HostFunction.ts"
import * as JsonBounds from "../../../src/sandbox/JsonBounds.ts"

export const MAX_RANDOM_BYTES = 1024

/** Takes `{"bytes": 1 to 1024}`, gives them in base64. */
export const random = (entropy: Entropy["Service"]): HostFunction =>
  granted({
    name: "random",
    capability: "random",
    bounds: JsonBounds.small,
    argument: Schema.Struct({
      bytes: Schema.Int.pipe(Schema.check(Schema.isBetween({ minimum: 1, maximum: MAX_RANDOM_BYTES })))
    }),
    run: ({ bytes }) => Effect.map(entropy.bytes(bytes), (drawn) => Buffer.from(drawn).toString("base64"))
  })
