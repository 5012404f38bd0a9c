/** Where a piece of context came from. Untrusted origins restrict what tools may do afterwards (DESIGN 4.3). */
import * as Schema from "effect/Schema"

/** `user` and `system` are trusted; `tool:NAME`, `web`, `channel` and `memory` are not. */
export const Origin = Schema.Union([
  Schema.Literals(["user", "system", "web", "channel", "memory"]),
  Schema.TemplateLiteral(["tool:", Schema.String])
])
export type Origin = typeof Origin.Type

/** All of them, each once: what is made of several texts comes from wherever any of them came. */
export const join = (...lists: ReadonlyArray<ReadonlyArray<Origin>>): ReadonlyArray<Origin> => [
  ...new Set(lists.flat())
]

/** Of a message: its sender's own, who over a channel is a stranger. */
export const ofSender = (principal: string): Origin => (principal.startsWith("channel:") ? "channel" : "user")

/** True where text of this origin may carry somebody else's instructions. */
export const isUntrusted = (origin: Origin): boolean => origin !== "user" && origin !== "system"
