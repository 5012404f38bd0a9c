/** What the price lists are written in: dollars per million tokens, from a date on. */

export interface Row {
  readonly input: number
  readonly output: number
  /** Read from the vendor's cache. */
  readonly read: number
  /** Written to it. */
  readonly write: number
  /** Written to it for the vendor's longer time; absent where there is none. */
  readonly writeLong?: number | undefined
  /** Calls whose whole input is over so many tokens cost this instead. */
  readonly long?: { readonly over: number; readonly row: Omit<Row, "long"> } | undefined
}

/** A price and the day from which it holds (ISO 8601, UTC); the first of a model holds for all days before, too. */
export interface Entry extends Row {
  readonly since: string
}

/** Prices of one model, oldest first. */
export type Entries = readonly [Entry, ...ReadonlyArray<Entry>]

/** A price that has been the same since the model came out. */
export const always = (row: Row): Entries => [{ ...row, since: "" }]
