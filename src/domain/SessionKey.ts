/** Whose conversation it is: tenant, agent, channel, account and conversation. Injective in both encodings (threats row 7). */
import type { AgentId, TenantId } from "./Ids.ts"

/** The other side: a peer, or a place in a group (guild, team). */
export interface Conversation {
  readonly peer: string
  readonly guild?: string | undefined
  readonly team?: string | undefined
}

export interface SessionKey {
  readonly tenant: TenantId
  readonly agent: AgentId
  readonly channel: string
  readonly account: string
  readonly conversation: Conversation
}

// encodeURIComponent leaves only A-Z a-z 0-9 - _ . ! ~ * ' ( ): neither ":" nor "/" survives, so both can separate.
// A lone surrogate, which encodeURIComponent refuses, becomes "%uXXXX": "%" itself is always encoded, so this is unambiguous.
const part = (text: string): string => {
  let out = ""
  for (const char of text) {
    const code = char.charCodeAt(0)
    out += char.length === 1 && code >= 0xd800 && code <= 0xdfff ? `%u${code.toString(16)}` : encodeURIComponent(char)
  }
  return out
}

const conversation = (c: Conversation): string =>
  c.guild === undefined && c.team === undefined
    ? part(c.peer)
    : `${c.guild === undefined ? "" : `g${part(c.guild)}`}/${c.team === undefined ? "" : `t${part(c.team)}`}/${part(c.peer)}`

/** What people and clients see: `agent:channel:account:conversation`, each part percent-encoded. */
export const show = (key: SessionKey): string =>
  [part(key.agent), part(key.channel), part(key.account), conversation(key.conversation)].join(":")

/** The key in the store: the shown form behind the tenant. */
export const storageKey = (key: SessionKey): string => storageKeyOf(key.tenant, show(key))

/** The same, from a key that is already shown. */
export const storageKeyOf = (tenant: TenantId, shown: string): string => `${part(tenant)}:${shown}`
