/**
 * Log lines on standard error, JSON for programs and readable in a terminal: standard output belongs to the command's own
 * answer. Whatever a line was made of, a secret that inspection knows is not in it.
 */
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import type * as LogLevel from "effect/LogLevel"
import * as References from "effect/References"
import { type ForLogs, WITHHELD } from "../../src/casil/ForLogs.ts"
import type { Json } from "../../src/domain/Json.ts"
import { forTerminal } from "./LogLine.ts"

const levels: Readonly<Record<string, LogLevel.LogLevel>> = {
  none: "None",
  error: "Error",
  warn: "Warn",
  info: "Info",
  debug: "Debug"
}

const clean = ({ value }: ForLogs, line: string): Json => {
  // the library's own formatter wrote it; what cannot be read again is not shown
  try {
    return value(JSON.parse(line) as Json)
  } catch {
    return WITHHELD
  }
}

const lines = (forLogs: ForLogs): Logger.Logger<unknown, void> => {
  const written = process.stderr.isTTY ? forTerminal : JSON.stringify
  return Logger.map(Logger.formatJson, (line) => {
    process.stderr.write(`${written(clean(forLogs, line))}\n`)
  })
}

/** Writes lines of at least this level. */
export const layer = (level: string, forLogs: ForLogs): Layer.Layer<never> =>
  Layer.mergeAll(Logger.layer([lines(forLogs)]), Layer.succeed(References.MinimumLogLevel, levels[level] ?? "Info"))
