/** What is wrong with a cron expression, field by field, and what was probably meant. Pure. */
import * as Cron from "effect/Cron"
import * as Result from "effect/Result"
import { quote } from "../config/KeyPath.ts"
import { nearest } from "../config/Nearest.ts"
import { parseInterval, spanOf } from "./Interval.ts"

interface Field {
  readonly name: string
  readonly allowed: string
  readonly words: ReadonlyArray<string>
}

const fields: ReadonlyArray<Field> = [
  { name: "minute", allowed: "0 to 59", words: [] },
  { name: "hour", allowed: "0 to 23", words: [] },
  { name: "day of the month", allowed: "1 to 31", words: [] },
  {
    name: "month",
    allowed: "1 to 12 or jan to dec",
    words: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
  },
  {
    name: "day of the week",
    allowed: "0 to 7 or sun to sat",
    words: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]
  }
]

/** Names that other schedulers have for whole expressions. */
const macros: Readonly<Record<string, string>> = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *"
}

const partsOf = (text: string): ReadonlyArray<string> => text.trim().split(/\s+/)

/** Whether the field alone is at fault, the others being `*`. */
const isBroken = (index: number, part: string): boolean =>
  Result.isFailure(Cron.parse(fields.map((_, at) => (at === index ? part : "*")).join(" ")))

const hint = ({ words }: Field, part: string): string => {
  const word = /[a-z]{2,}/i.exec(part)?.[0]
  const meant = word === undefined ? undefined : nearest(word.toLowerCase().slice(0, 3), words)
  return meant === undefined || meant === word ? "." : `; did you mean ${quote(meant)}?`
}

/** The end of a sentence, or undefined for an expression that can be used. */
export const cronMistake = (text: string): string | undefined => {
  const span = spanOf(text)
  if (span !== undefined) {
    return parseInterval(span) === undefined ? 'it takes a span from "@every 1m" to "@every 366d".' : undefined
  }
  const parts = partsOf(text)
  const macro = macros[text.trim().toLowerCase()]
  if (macro !== undefined) return `write ${quote(macro)} instead.`
  if (parts.length !== fields.length) {
    return `it has ${parts.length} fields and needs five: ${fields.map(({ name }) => name).join(", ")}.`
  }
  for (const [index, field] of fields.entries()) {
    const part = parts[index] ?? ""
    if (isBroken(index, part)) {
      return `its ${field.name} is ${quote(part)}, and takes ${field.allowed}${hint(field, part)}`
    }
  }
  return Result.isFailure(Cron.parse(text)) ? "it cannot be read." : undefined
}

/** True where every hour of the day is meant, also the one that comes twice when clocks are set back. */
export const isEveryHour = (text: string): boolean => {
  const hour = partsOf(text)[1]
  return hour === "*" || hour === "*/1"
}
