/** Where a piece of context came from. Untrusted origins restrict what tools may do afterwards (DESIGN 4.3). */
import * as Schema from "effect/Schema"

/** `user` and `system` are trusted; `tool:NAME`, `web`, `channel` and `memory` are not. */
export const Origin = Schema.Union([
  Schema.Literals(["user", "system", "web", "channel", "memory"]),
  Schema.TemplateLiteral(["tool:", Schema.String])
])
export type Origin = typeof Origin.Type

/** True where text of this origin may carry somebody else's instructions. */
export const isUntrusted = (origin: Origin): boolean => origin !== "user" && origin !== "system"
