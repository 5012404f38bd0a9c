/** What went wrong as words of the code's own: an error's tag and kind, never its message. For spans and metrics. */
import * as Cause from "effect/Cause"

/** Long texts and texts with spaces were written by or for somebody, and are no kinds. */
const word = /^[A-Za-z][A-Za-z0-9_]{0,39}$/

const member = (value: object, key: "_tag" | "kind" | "name" | "reason"): unknown =>
  key in value ? (value as Readonly<Record<string, unknown>>)[key] : undefined

const wordOf = (value: unknown): ReadonlyArray<string> => (typeof value === "string" && word.test(value) ? [value] : [])

const words = (error: unknown): ReadonlyArray<string> => {
  if (typeof error !== "object" || error === null) return []
  const tag = wordOf(member(error, "_tag"))
  // the kind of something without a tag is anybody's text
  return tag.length === 0 ? [] : [...tag, ...wordOf(member(error, "kind")), ...words(member(error, "reason"))]
}

/** Such as `ModelError.timeout` or `PluginError.CallFailed.deadline`; an error without a tag gives its class's name. */
export const ofError = (error: unknown): string => {
  const told = words(error)
  if (told.length > 0) return told.join(".")
  return (error instanceof Error ? wordOf(error.name)[0] : undefined) ?? "Unknown"
}

/** The same of a cause; `interrupted` where nothing else happened. */
export const ofCause = (cause: Cause.Cause<unknown>): string =>
  Cause.hasInterruptsOnly(cause) ? "interrupted" : ofError(Cause.squash(cause))
