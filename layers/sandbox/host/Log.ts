/** `log`: a plugin's words in the gateway's log, inspected, cut and on one line. */
import * as Effect from "effect/Effect"
import type { Severity } from "effect/LogLevel"
import * as Schema from "effect/Schema"
import type { Casil } from "../../../src/casil/Casil.ts"
import { open as openInspected } from "../../../src/casil/Inspected.ts"
import * as HostFunction from "../../../src/sandbox/HostFunction.ts"
import * as JsonBounds from "../../../src/sandbox/JsonBounds.ts"

const Argument = Schema.Struct({
  level: Schema.Literals(["trace", "debug", "info", "warn", "error"]),
  message: Schema.String
})
const LEVELS: Readonly<Record<(typeof Argument.Type)["level"], Severity>> = {
  trace: "Trace",
  debug: "Debug",
  info: "Info",
  warn: "Warn",
  error: "Error"
}
const MAX_CHARACTERS = 1000

/** Control characters could forge further lines or steer a terminal. */
const oneLine = (text: string): string => text.replace(/\p{C}/gu, " ")

export const log = (casil: Casil["Service"]): HostFunction.HostFunction =>
  HostFunction.open({
    name: "log",
    argument: Argument,
    bounds: { ...JsonBounds.small, characters: 64 * 1024 },
    run: ({ level, message }, call) =>
      casil.text("tool_output", oneLine(message)).pipe(
        Effect.match({
          // cut after it was inspected: the beginning of a secret is one too, and looks like nothing
          onSuccess: (line) => openInspected(line).slice(0, MAX_CHARACTERS),
          onFailure: (blocked) => `withheld: ${blocked.message}`
        }),
        Effect.flatMap((line) => Effect.logWithLevel(LEVELS[level])(line)),
        Effect.annotateLogs({ plugin: call.plugin }),
        Effect.as(null)
      )
  })
