/** Names of rooms and channels, and a channel's identity: tenant, room and channel. */
import * as Schema from "effect/Schema"
import type { TenantId } from "../domain/Ids.ts"

// No control character, no lone surrogate, no wildcard; a room ends at the first colon of `room:channel`.
const roomPattern = /^[^\p{C}:*]{1,128}$/u
const channelPattern = /^[^\p{C}*]{1,512}$/u

const name = (pattern: RegExp, expected: string) =>
  Schema.String.pipe(Schema.check(Schema.isPattern(pattern, { expected })))

export const RoomName = name(roomPattern, "1 to 128 printable characters without : and *").pipe(
  Schema.brand("RoomName")
)
export type RoomName = typeof RoomName.Type

export const ChannelName = name(channelPattern, "1 to 512 printable characters without *").pipe(
  Schema.brand("ChannelName")
)
export type ChannelName = typeof ChannelName.Type

export const isRoomName = (text: string): text is RoomName => roomPattern.test(text)
export const isChannelName = (text: string): text is ChannelName => channelPattern.test(text)

/** A channel of a tenant. */
export interface ChannelRef {
  readonly tenant: TenantId
  readonly room: RoomName
  readonly channel: ChannelName
}

/** `room:channel`. */
export const show = ({ channel, room }: Pick<ChannelRef, "channel" | "room">): string => `${room}:${channel}`

/** The channel's key among all tenants'; injective, because neither a tenant's id nor a room's name holds a colon. */
export const keyOf = ({ channel, room, tenant }: ChannelRef): string => `${tenant}:${room}:${channel}`

/** The room of the streams that the bus itself writes. */
export const systemRoom: RoomName = RoomName.make("system")
