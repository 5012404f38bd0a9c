/** Log lines as JSON on standard error: standard output belongs to the command's own answer. */
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import type * as LogLevel from "effect/LogLevel"
import * as References from "effect/References"

const levels: Readonly<Record<string, LogLevel.LogLevel>> = {
  none: "None",
  error: "Error",
  warn: "Warn",
  info: "Info",
  debug: "Debug"
}

const lines: Logger.Logger<unknown, void> = Logger.map(Logger.formatJson, (line) => {
  process.stderr.write(`${line}\n`)
})

/** Writes lines of at least this level. */
export const layer = (level: string): Layer.Layer<never> =>
  Layer.mergeAll(Logger.layer([lines]), Layer.succeed(References.MinimumLogLevel, levels[level] ?? "Info"))
