/** `now`: what time it is, under the grant `clock`. */
import * as Clock from "effect/Clock"
import * as Schema from "effect/Schema"
import { granted, type HostFunction } from "../../../src/sandbox/HostFunction.ts"
import * as JsonBounds from "../../../src/sandbox/JsonBounds.ts"

/** Takes `{}`, gives milliseconds since 1970. */
export const now: HostFunction = granted({
  name: "now",
  capability: "clock",
  bounds: JsonBounds.small,
  argument: Schema.Struct({}),
  run: () => Clock.currentTimeMillis
})
