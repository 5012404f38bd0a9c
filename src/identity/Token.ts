/** Access tokens as values: how ours look, and how strong one from elsewhere must be. */
import * as Schema from "effect/Schema"
import * as Base64Url from "effect/encoding/Base64Url"
import type { TenantId } from "../domain/Ids.ts"
import type { OwnLimits } from "../domain/Limit.ts"
import type { Scope } from "./Scope.ts"

/** A token's name in words; the principal of its holder is `token:NAME`. */
export const TokenName = Schema.String.pipe(
  Schema.check(Schema.isPattern(/^[A-Za-z0-9_.-]{1,64}$/, { expected: "1 to 64 of A-Z a-z 0-9 _ . -" })),
  Schema.brand("TokenName")
)
export type TokenName = typeof TokenName.Type

/** Names of principals that no stored or configured token may take. */
export const reservedNames: ReadonlySet<string> = new Set(["env", "operator"])

/** A token without its secret. Times are Unix milliseconds. */
export interface TokenRecord {
  readonly id: string
  readonly name: TokenName
  readonly tenant: TenantId
  readonly scopes: ReadonlyArray<Scope>
  /** What its holder may spend, on top of what the configuration says. */
  readonly budget: OwnLimits
  readonly createdAt: number
  readonly expiresAt: number | undefined
  readonly revokedAt: number | undefined
  readonly lastUsedAt: number | undefined
}

/** True while the token opens doors. */
export const isLive = (record: Pick<TokenRecord, "expiresAt" | "revokedAt">, now: number): boolean =>
  record.revokedAt === undefined && (record.expiresAt === undefined || now < record.expiresAt)

/** Bytes of randomness that one of our tokens is made of. */
export const tokenBytes = { id: 12, secret: 32 }

const letters = "0123456789abcdefghjkmnpqrstvwxyz"

/** `exo_ID_SECRET`: a fixed prefix by which scanners know it, 12 characters to look it up, 256 bits in Base64url. */
export const render = (id: Uint8Array, secret: Uint8Array): { readonly id: string; readonly text: string } => {
  const shown = Array.from(id, (byte) => letters.charAt(byte & 31)).join("")
  return { id: shown, text: `exo_${shown}_${Base64Url.encode(secret)}` }
}

const ours = /^exo_([0-9a-z]{12})_[A-Za-z0-9_-]{43}$/

/** The id within one of our tokens. */
export const idOf = (token: string): string | undefined => ours.exec(token)?.[1]

const words = /password|passwd|secret|token|admin|exoclaw|change.?me|letmein|welcome|default|example|test|user/gi
const keyboard = "qwertyuiopasdfghjklzxcvbnm"

const alphabetOf = (text: string): number => {
  if (/^[0-9]*$/.test(text)) return 10
  if (/^(?:[0-9a-f]*|[0-9A-F]*)$/.test(text)) return 16
  let size = 0
  if (/[0-9]/.test(text)) size += 10
  if (/[a-z]/.test(text)) size += 26
  if (/[A-Z]/.test(text)) size += 26
  return /[^0-9A-Za-z]/.test(text) ? size + 12 : size
}

/** How far a character lies from its predecessor, in the code or on the keyboard; none where they are far apart. */
const step = (before: string, after: string): number | undefined => {
  const code = after.charCodeAt(0) - before.charCodeAt(0)
  if (Math.abs(code) <= 1) return code
  const keys = [keyboard.indexOf(before.toLowerCase()), keyboard.indexOf(after.toLowerCase())]
  const [from = -1, to = -1] = keys
  return from >= 0 && to >= 0 && Math.abs(to - from) === 1 ? (to - from) * 2 : undefined
}

/** The characters that say something new: no third step of a run, nothing that stood there before. */
const surprising = (text: string): number => {
  const seen = new Set<string>()
  let count = 0
  for (let i = 0; i < text.length; i++) {
    const steps = [3, 2, 1].map((back) =>
      i < back ? undefined : step(text.charAt(i - back), text.charAt(i - back + 1))
    )
    const run = steps[0] !== undefined && steps[0] === steps[1] && steps[1] === steps[2]
    const chunk = text.slice(Math.max(0, i - 2), i + 1)
    const repeated = i >= 2 && seen.has(chunk)
    if (i >= 2) seen.add(chunk)
    if (!run && !repeated) count++
  }
  return count
}

/**
 * An estimate of a token's strength in bits: what its alphabet allows for each character that is not part of a
 * repetition, a sequence, a row of keys or a common word.
 */
export const estimatedBits = (text: string): number => {
  const core = text.replace(words, "\u0000")
  return surprising(core) * Math.log2(Math.max(2, alphabetOf(text)))
}

const leastLength = 16
const leastBits = 64
const advice = "Make a strong one with: openssl rand -hex 32"

/** Why a token chosen by somebody is refused, in a sentence without the token; none where it is strong enough. */
export const weakness = (text: string): string | undefined => {
  if (text.length === 0) return `it is empty. ${advice}`
  if (/[^\x21-\x7e]/.test(text)) return `it has spaces, line ends or characters outside ASCII. ${advice}`
  if (text.length < leastLength) return `it has fewer than ${leastLength} characters. ${advice}`
  if (text.length > 1_024) return `it has more than 1,024 characters. ${advice}`
  if (estimatedBits(text) < leastBits) return `it is too easy to guess (less than ${leastBits} bits). ${advice}`
  return undefined
}
