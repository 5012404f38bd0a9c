/** `[telemetry]`: traces, metrics and logs. Payloads are in none of them. */
import * as Schema from "effect/Schema"
import * as Section from "./Section.ts"
import { httpUrl, number } from "./Values.ts"

export const TelemetrySettings = Schema.Struct({
  otlp_endpoint: Section.optional(httpUrl, {
    doc: "OpenTelemetry collector (OTLP over HTTP). Without it nothing is exported.",
    allowed: "an http:// or https:// address",
    example: "http://127.0.0.1:4318"
  }),
  sample: Section.key(number(0, 1), {
    doc: "Part of the turns that is traced.",
    allowed: "a number from 0 to 1",
    default: 1
  }),
  logs: Section.key(Schema.Literals(["none", "error", "warn", "info", "debug"]), {
    doc: "Least severe log line that is written.",
    allowed: '"none", "error", "warn", "info" or "debug"',
    default: "info"
  })
})
export type TelemetrySettings = typeof TelemetrySettings.Type
