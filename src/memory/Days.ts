/** Whose days memory counts: those of `memory.timezone`. UTC's unless a layer is given. */
import * as Context from "effect/Context"
import { dayOf } from "./Calendar.ts"

/** Days since 1970-01-01 of a Unix time in milliseconds. */
export type DayOf = (at: number) => number

export const Days = Context.Reference<{
  /** IANA name, for another thread. */
  readonly zone: string
  readonly dayOf: DayOf
}>("exoclaw/memory/Days", { defaultValue: () => ({ zone: "UTC", dayOf }) })
