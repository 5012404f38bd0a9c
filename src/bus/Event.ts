/** What the server tells a client, without a client's encoding. */
import type { BusErrorReason } from "./BusError.ts"
import type { Durability } from "./Durability.ts"
import type { BridgeHealth, HistoryHealth } from "./Health.ts"
import type { ClientType, Entry, PrivateDraft } from "./Message.ts"
import type { ChannelSettings } from "./Overflow.ts"
import type { Position } from "./Position.ts"
import type { Role } from "./Role.ts"

export interface ChannelPosition {
  readonly room: string
  readonly channel: string
  readonly position: Position
}

export type SkipReason = "overflow" | "conflated" | "trimmed" | "epoch" | "limit" | "unavailable" | "node"

/** A hole in what a connection gets of a channel. `to` stands below `from` where nothing is known to be missing. */
export interface Skipped {
  readonly room: string
  readonly channel: string
  readonly epoch: string
  readonly from: number
  readonly to: number
  readonly reason: SkipReason
  /** Of reason `node`: how many messages; 0 where nobody knows. */
  readonly missing?: number | undefined
}

export interface Member {
  readonly connection: string
  readonly principal: string
  readonly type: ClientType
  readonly name: string
  readonly metadata: Readonly<Record<string, string>>
}

export interface Limits {
  readonly maxFrameBytes: number
  readonly maxQueueBytes: number
  readonly maxJoins: number
  readonly publishesPerSecond: number
  readonly heartbeatMillis: number
}

export interface Welcome {
  readonly version: number
  readonly connection: string
  readonly principal: string
  readonly tenant: string
  readonly role: Role
  readonly limits: Limits
  readonly node: string
  readonly at: number
}

export interface Ack {
  /** Undefined for a private message. */
  readonly position: Position | undefined
  readonly duplicate: boolean
  readonly delivered: number
  readonly persisted: boolean
  readonly durability: Durability
  readonly id: string
}

export type RecoveryOutcome = "none" | "complete" | "gap"

export interface JoinedChannel extends ChannelPosition {
  readonly recovery: RecoveryOutcome
  readonly recovered: number
}

export interface Joined {
  readonly room: string
  readonly channel: string
  readonly channels: ReadonlyArray<JoinedChannel>
  readonly members: ReadonlyArray<Member>
  readonly already: boolean
}

export interface Pong {
  readonly at: number
  readonly queuedFrames: number
  readonly queuedBytes: number
  readonly positions: ReadonlyArray<ChannelPosition>
}

export interface Status {
  readonly node: string
  readonly uptimeMillis: number
  readonly connections: number
  readonly channels: number
  readonly history: HistoryHealth
  readonly bridge: BridgeHealth | undefined
  readonly version: number
}

export interface ChannelInfo extends ChannelPosition {
  readonly members: number
  /** Oldest that can be recovered; 0 where there is none. */
  readonly first: number
  readonly settings: ChannelSettings
  readonly system: boolean
}

export interface HistoryPage {
  readonly room: string
  readonly channel: string
  readonly messages: ReadonlyArray<Entry>
  readonly position: Position
  readonly skipped: Skipped | undefined
  /** What is missing between the messages. */
  readonly holes: ReadonlyArray<Skipped>
  readonly more: boolean
}

export interface CommandHelp {
  readonly name: string
  readonly summary: string
  readonly role: Role
}

/** The answer to a command, by the command's name. */
export type Reply =
  | { readonly _tag: "status"; readonly status: Status }
  | { readonly _tag: "create_channel"; readonly info: ChannelInfo }
  | { readonly _tag: "delete_channel" }
  | { readonly _tag: "join_channel"; readonly joined: Joined }
  | { readonly _tag: "leave_channel"; readonly room: string; readonly channel: string }
  | { readonly _tag: "list_channels"; readonly channels: ReadonlyArray<ChannelInfo>; readonly next: string }
  | { readonly _tag: "channel_info"; readonly info: ChannelInfo; readonly members: ReadonlyArray<Member> }
  | { readonly _tag: "ping"; readonly pong: Pong }
  | { readonly _tag: "history"; readonly page: HistoryPage }
  | { readonly _tag: "help"; readonly commands: ReadonlyArray<CommandHelp> }

/** What is told to one connection as the answer to its request. */
export type Answer =
  | { readonly _tag: "welcome"; readonly welcome: Welcome }
  | { readonly _tag: "ack"; readonly ack: Ack }
  | { readonly _tag: "joined"; readonly joined: Joined }
  | { readonly _tag: "left"; readonly room: string; readonly channel: string }
  | { readonly _tag: "updated" }
  | { readonly _tag: "pong"; readonly pong: Pong }
  | { readonly _tag: "reply"; readonly reply: Reply }
  | {
      readonly _tag: "error"
      readonly reason: BusErrorReason
      readonly message: string
      readonly retryAfterMillis: number
    }

/** What is told without having been asked for. */
export type Notice =
  | { readonly _tag: "message"; readonly room: string; readonly channel: string; readonly entry: Entry }
  | { readonly _tag: "skipped"; readonly skipped: Skipped }
  | {
      readonly _tag: "presence"
      readonly room: string
      readonly channel: string
      readonly kind: "joined" | "left" | "updated"
      readonly member: Member
    }
  | { readonly _tag: "private"; readonly draft: PrivateDraft }
  | { readonly _tag: "drain"; readonly reconnectAfterMillis: number; readonly reason: string }

export type Event = Answer | Notice

/** What takes the place of something that cannot be encoded. */
export const unsayable = (event: Event): Event => {
  if (event._tag !== "message")
    return { _tag: "error", reason: "internal", message: "Something here cannot be shown.", retryAfterMillis: 0 }
  const { channel, entry, room } = event
  const { epoch, offset } = entry.position
  return { _tag: "skipped", skipped: { room, channel, epoch, from: offset, to: offset, reason: "unavailable" } }
}
