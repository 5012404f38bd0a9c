/** Which agent answers what: a binding matches when every field it names equals the message's. */
import type { AgentId } from "../domain/Ids.ts"

/** Fields of a message that a binding may name, from the most specific to the least. */
export const fields = ["peer", "guild", "team", "account", "channel"] as const
export type Field = (typeof fields)[number]

/** Where a message comes from. */
export interface Address {
  readonly channel: string
  readonly account: string
  readonly peer: string
  readonly guild?: string | undefined
  readonly team?: string | undefined
}

/** A binding names at least one field. */
export interface Binding {
  readonly agent: AgentId
  /** Of the agent's tools those that may be called at the addresses that match; undefined leaves them as they are. */
  readonly tools?: ReadonlyArray<string> | undefined
  readonly match: { readonly [F in Field]?: string | undefined }
}
