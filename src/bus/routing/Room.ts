/** A tenant's room: its channels, and those who hear all of them. */
import type { ChannelName } from "../ChannelName.ts"
import type { Channel } from "./Channel.ts"
import type { Subscriber } from "./Subscriber.ts"

export class Room {
  readonly channels = new Map<ChannelName, Channel>()
  /** Those who joined all of the room. */
  readonly everywhere = new Set<Subscriber>()
}

export interface HubLimits {
  /** Channels of one tenant. */
  readonly maxChannels: number
  /** Joins of one connection. */
  readonly maxJoins: number
  /** In channels with more members nobody is told who comes and goes. */
  readonly maxPresence: number
}
