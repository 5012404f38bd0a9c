/** What a principal may do on the bus, by its scopes. Each role may do what those before it may. */
import type { Scope } from "../identity/Scope.ts"

export const roles = ["guest", "user", "moderator", "admin", "system"] as const
/** `system` is the process itself: no connection has it. */
export type Role = (typeof roles)[number]

const rank: { readonly [R in Role]: number } = { guest: 0, user: 1, moderator: 2, admin: 3, system: 4 }

export const atLeast = (role: Role, needed: Role): boolean => rank[role] >= rank[needed]

/** The scope that gives it, for those who lack it. */
export const scopeOf = (role: Role): string => {
  switch (role) {
    case "guest":
      return "bus:join"
    case "user":
      return "bus:publish"
    case "moderator":
      return "bus:moderate"
    default:
      return "admin"
  }
}

/** Undefined: not on the bus at all. */
export const ofPrincipal = (principal: { readonly has: (scope: Scope) => boolean }): Role | undefined => {
  if (principal.has("admin")) return "admin"
  if (principal.has("bus:moderate")) return "moderator"
  if (principal.has("bus:publish")) return "user"
  return principal.has("bus:join") ? "guest" : undefined
}
