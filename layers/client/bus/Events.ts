/** What a client of the bus is told, and what it asks with: plain values, without the contract's generated messages. */
import type { BusFailure } from "./Failure.ts"

export type ClientType = "human" | "ai-agent" | "dashboard" | "service"

/** Where a message stands in its channel. Positions of two epochs have no order. */
export interface Position {
  readonly epoch: string
  readonly offset: number
}

export interface Sender {
  readonly principal: string
  /** The address of an answer; empty for a sender inside the server. */
  readonly connection: string
  readonly type: ClientType | undefined
  readonly name: string
}

interface Said {
  readonly id: string
  readonly sender: Sender
  /** Unix milliseconds, by the server's clock. */
  readonly at: number
  readonly body: string | Uint8Array
  readonly contentType: string
  readonly headers: Readonly<Record<string, string>>
  readonly key: string
}

export interface Message extends Said {
  readonly type: "message"
  readonly room: string
  readonly channel: string
  readonly position: Position
}

/** To this connection, or to all of its principal. */
export interface PrivateMessage extends Said {
  readonly type: "private"
}

export type SkipReason = "overflow" | "conflated" | "trimmed" | "epoch" | "limit" | "unavailable" | "node"

/** Messages that do not come. `to` stands below `from` where nobody knows which. */
export interface Skipped {
  readonly type: "skipped"
  readonly room: string
  readonly channel: string
  readonly epoch: string
  readonly from: number
  readonly to: number
  readonly reason: SkipReason
  /** Of reason `node`: how many messages one offset stands for; 0 where nobody knows. */
  readonly missing: number
}

export interface Member {
  readonly connection: string
  readonly principal: string
  readonly type: ClientType | undefined
  readonly name: string
  readonly metadata: Readonly<Record<string, string>>
}

export interface Presence {
  readonly type: "presence"
  readonly room: string
  readonly channel: string
  readonly kind: "joined" | "left" | "updated"
  readonly member: Member
}

/** The connection is there, first or again; what was missed meanwhile follows. */
export interface Connected {
  readonly type: "connected"
  /** This connection's id. */
  readonly connection: string
  readonly principal: string
  readonly tenant: string
  readonly node: string
  /** True for every connection but the first. */
  readonly again: boolean
}

/** The connection is gone; the client comes back by itself. */
export interface Disconnected {
  readonly type: "disconnected"
  readonly code: number
  readonly reason: string
}

/** A join that was there before the connection was lost is refused now. */
export interface Refused {
  readonly type: "refused"
  readonly room: string
  readonly channel: string
  readonly failure: BusFailure
}

export type BusEvent = Message | Skipped | Presence | PrivateMessage | Connected | Disconnected | Refused

export type Durability = "none" | "process" | "server" | "disk" | "replicated"

export interface Ack {
  readonly id: string
  /** Undefined for a private message. */
  readonly position: Position | undefined
  /** It had been published before; its first position is given. */
  readonly duplicate: boolean
  /** Connections of this server that it was queued for. */
  readonly delivered: number
  readonly persisted: boolean
  readonly durability: Durability
}

export interface JoinedChannel {
  readonly room: string
  readonly channel: string
  readonly position: Position
  readonly recovery: "none" | "complete" | "gap"
  readonly recovered: number
}

export interface Joined {
  /** This had been joined before; nothing changed. */
  readonly already: boolean
  readonly channels: ReadonlyArray<JoinedChannel>
  readonly members: ReadonlyArray<Member>
}

export interface HistoryPage {
  /** Oldest first. */
  readonly messages: ReadonlyArray<Message>
  /** The channel's newest. */
  readonly position: Position
  readonly skipped: Skipped | undefined
  /** What is missing between the messages. */
  readonly holes: ReadonlyArray<Skipped>
  readonly more: boolean
}
