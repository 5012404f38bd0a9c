/** A channel while somebody uses it: who listens, where it stands, and what it allows. */
import { type ChannelRef, show } from "../ChannelName.ts"
import type { ChannelSettings } from "../Overflow.ts"
import { accessOf, type ChannelAccess } from "./Access.ts"
import type { Packet } from "./Packet.ts"
import type { Recent } from "./Recent.ts"
import { Sequence } from "./Sequence.ts"
import type { Subscriber } from "./Subscriber.ts"

export class Channel {
  readonly ref: ChannelRef
  /** `room:channel`. */
  readonly name: string
  readonly access: ChannelAccess
  settings: ChannelSettings
  /** Made by command: it stays without being used. */
  explicit = false
  /** Those who joined it by its name. */
  readonly members = new Set<Subscriber>()
  readonly sequence = new Sequence<Packet>()
  /** Publishers that wait for a message to be delivered. */
  readonly waiting = new Map<Packet, (delivered: number) => void>()
  /** Reads of its history that are under way, by those who join. */
  joining = 0
  /** What was read lately for those who came back. */
  recent: Recent | undefined = undefined
  /** Whether its content is inspected; undefined until it is asked for. */
  inspected: boolean | undefined = undefined
  /** Since it is here: messages, and how many connections they were queued for together. */
  messages = 0
  deliveries = 0
  /** When it was last used; milliseconds of the owner's clock. */
  usedAt: number

  constructor(ref: ChannelRef, settings: ChannelSettings, now: number) {
    this.ref = ref
    this.name = show(ref)
    this.access = accessOf(ref)
    this.settings = settings
    this.usedAt = now
  }
}
