/**
 * What an imported file may say for the user. Nobody knows who wrote it, so what it wants from now on is data, unless the
 * operator says that what is imported are the users' own words.
 */
import * as Context from "effect/Context"
import { instruction, type Statement } from "./facts/Statement.ts"

export const Imports = Context.Reference<{
  /** Whether a standing request in a file holds as one of the user's. */
  readonly requests: boolean
}>("exoclaw/memory/Imports", { defaultValue: () => ({ requests: false }) })

/** What a standing request of a file is called where it does not hold. */
export const importedRequest = "imported request"

/** A statement of a file as it is kept: one that asks for something says so, and takes the place of none of the user's. */
export const asImported = (said: Statement, { requests }: { readonly requests: boolean }): Statement => {
  if (requests || said.attribute !== instruction) return said
  const { slot: _, ...rest } = said
  return { ...rest, attribute: importedRequest }
}
