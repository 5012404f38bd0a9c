/** A log line as a person reads it in a terminal; programs get the same record as JSON. */
import type { Json } from "../../src/domain/Json.ts"

/** Nothing in a line steers the terminal or begins another line. */
const harmless = (text: string): string =>
  text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
    character === "\n" ? " " : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
  )

const isRecord = (value: Json | undefined): value is { readonly [name: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const fieldsOf = (value: { readonly [name: string]: Json }): ReadonlyArray<string> =>
  Object.entries(value).map(
    ([name, one]) => `${name}=${typeof one === "string" && /^[\w.:/-]+$/.test(one) ? one : JSON.stringify(one)}`
  )

const partsOf = (value: Json): ReadonlyArray<string> => {
  if (Array.isArray(value)) return value.flatMap(partsOf)
  if (isRecord(value)) return fieldsOf(value)
  return [typeof value === "string" ? value : JSON.stringify(value)]
}

/** `08:41:46 WARN  What happened. field=value`, of the record that the JSON logger makes. */
export const forTerminal = (line: Json): string => {
  if (!isRecord(line)) return harmless(partsOf(line).join(" "))
  const { annotations, cause, level, message, timestamp } = line
  const at = typeof timestamp === "string" ? timestamp.slice(11, 19) : ""
  const parts = [
    ...partsOf(message ?? ""),
    ...(isRecord(annotations) ? fieldsOf(annotations) : []),
    ...(typeof cause === "string" ? [cause] : [])
  ]
  return harmless(`${at} ${String(level).padEnd(5)} ${parts.filter((part) => part !== "").join(" ")}`)
}
