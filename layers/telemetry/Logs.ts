/**
 * Log lines as JSON on standard error: standard output belongs to the command's own answer. Whatever a line was made of,
 * a secret that inspection knows is not in it.
 */
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import type * as LogLevel from "effect/LogLevel"
import * as References from "effect/References"
import { type ForLogs, WITHHELD } from "../../src/casil/ForLogs.ts"
import type { Json } from "../../src/domain/Json.ts"

const levels: Readonly<Record<string, LogLevel.LogLevel>> = {
  none: "None",
  error: "Error",
  warn: "Warn",
  info: "Info",
  debug: "Debug"
}

const clean = ({ value }: ForLogs, line: string): string => {
  // the library's own formatter wrote it; what cannot be read again is not shown
  try {
    return JSON.stringify(value(JSON.parse(line) as Json))
  } catch {
    return JSON.stringify(WITHHELD)
  }
}

const lines = (forLogs: ForLogs): Logger.Logger<unknown, void> =>
  Logger.map(Logger.formatJson, (line) => {
    process.stderr.write(`${clean(forLogs, line)}\n`)
  })

/** Writes lines of at least this level. */
export const layer = (level: string, forLogs: ForLogs): Layer.Layer<never> =>
  Layer.mergeAll(Logger.layer([lines(forLogs)]), Layer.succeed(References.MinimumLogLevel, levels[level] ?? "Info"))
