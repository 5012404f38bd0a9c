/** What a principal may do. `admin` opens every operator method; nothing else implies anything. */
import * as Schema from "effect/Schema"

export const clientScopes = [
  "chat:send",
  "session:read",
  "session:write",
  "session:any",
  "budget:read",
  "budget:any",
  "memory:read",
  "memory:write",
  "approve",
  "bus:join",
  "bus:publish",
  "bus:moderate"
] as const

export const operatorScopes = ["admin", "plugin:admin", "audit:read"] as const

export const Scope = Schema.Literals([...clientScopes, ...operatorScopes])
export type Scope = typeof Scope.Type
