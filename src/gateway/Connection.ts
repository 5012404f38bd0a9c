/** Live connections of every listener: who they are, and the one place where a login or a cut takes effect. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { SealedPrincipal } from "../identity/Principal.ts"
import type { ConnectionInfo as ConnectionSummary } from "./OperatorRpcs.ts"

/** What is known of a connection from its handshake. Never logged whole: `headers` may hold a credential. */
export interface ConnectionInfo {
  /** Unique in the process; the RPC client id of the connection's requests. */
  readonly id: number
  /** The peer's IP address, behind trusted proxies that of the client they name. */
  readonly remoteAddress: string
  readonly origin?: string
  /** Handshake headers, names in lower case; a middleware sees them on every request of the connection. */
  readonly headers: Readonly<Record<string, string>>
  /** The `Authorization` header of the handshake. */
  readonly authorization?: string
  /** Why nobody could be let in when it was opened, who may be by now; for the peer. */
  readonly nobodyNow?: string
}

export interface Connection extends ConnectionInfo {
  /** Path it was opened on, such as `/ws`. */
  readonly path: string
  readonly listener: "client" | "operator"
  /** The address that the listener is bound to, and its port. */
  readonly bound: { readonly host: string; readonly port: number }
  /** Milliseconds since the epoch. */
  readonly openedAt: number
  /** Bytes queued for it and not yet taken by the network. */
  readonly bufferedAmount: () => number
  /** Who it acts for; `undefined` until it has authenticated. */
  readonly principal: () => SealedPrincipal | undefined
  /** Sets or replaces who it acts for, ends the authentication deadline and lifts the frame limit. */
  readonly authenticate: (principal: SealedPrincipal) => void
  /** Interrupts its requests at once and closes it with a WebSocket close code and a reason (123 bytes at most). */
  readonly close: (code: number, reason: string) => void
}

/** What an operator sees of a connection. */
export const summary = (connection: Connection): typeof ConnectionSummary.Type => ({
  id: String(connection.id),
  listener: connection.listener,
  remoteAddress: connection.remoteAddress,
  principal: connection.principal()?.id ?? null,
  openedAt: connection.openedAt,
  queuedBytes: connection.bufferedAmount()
})

/**
 * Close codes of our own (4000 to 4999 is free for applications), beside the standard 1001 shutting down,
 * 1003 binary where text is spoken, 1007 invalid UTF-8, 1009 frame too large.
 */
export const closeCodes = {
  /** Not authenticated within the deadline, or the credential is no longer valid. */
  unauthenticated: 4401,
  /** Closed by an operator. */
  disconnected: 4403
} as const

/** Every open connection of this process. */
export class Connections extends Context.Service<
  Connections,
  {
    /** A number no other connection of this process has or had. */
    readonly nextId: () => number
    readonly add: (connection: Connection) => void
    readonly remove: (id: number) => void
    readonly get: (id: number) => Connection | undefined
    readonly list: () => ReadonlyArray<Connection>
    /** Closes one connection; false when there is none of that id. */
    readonly disconnect: (id: number, code: number, reason: string) => Effect.Effect<boolean>
    /** Closes all that match and says how many: revoked credentials, a drained listener. */
    readonly closeWhere: (
      matches: (connection: Connection) => boolean,
      code: number,
      reason: string
    ) => Effect.Effect<number>
  }
>()("exoclaw/gateway/Connections") {}
