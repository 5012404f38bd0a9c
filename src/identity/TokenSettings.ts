/** `[[tokens]]`: tokens known by the digest of their value, besides those made by `exoclaw token create`. */
import * as Schema from "effect/Schema"
import { ownBudgets } from "../config/OwnBudgets.ts"
import * as Section from "../config/Section.ts"
import { sha256 } from "../config/Values.ts"
import { TenantId } from "../domain/Ids.ts"
import { clientScopes, operatorScopes, Scope } from "./Scope.ts"

export const TokenSettings = Schema.Struct({
  name: Section.required(Schema.String.pipe(Schema.check(Schema.isPattern(/^[A-Za-z0-9_.-]{1,64}$/))), {
    doc: "Name of the token, unique; its principal is token:NAME.",
    allowed: "1 to 64 of A-Z a-z 0-9 _ . -",
    example: "laptop"
  }),
  digest: Section.required(sha256, {
    doc: "SHA-256 of the token. The token itself never stands in a file.",
    allowed: "64 lower-case hexadecimal digits",
    example: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
  }),
  scopes: Section.required(Schema.Array(Scope), {
    doc: "What its holder may do.",
    allowed: `a list of ${[...clientScopes, ...operatorScopes].join(", ")}`,
    example: ["chat:send", "session:read"]
  }),
  tenant: Section.key(TenantId, {
    doc: "Tenant its holder belongs to.",
    allowed: "1 to 64 of A-Z a-z 0-9 _ -",
    default: "default"
  }),
  budget: Section.table(ownBudgets("its holder"), "What its holder may spend, on top of [budgets].")
})
export type TokenSettings = typeof TokenSettings.Type
