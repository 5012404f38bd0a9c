/**
 * One tenant's rooms, channels and connections. Whatever is asked or sent goes through one of these, and none knows
 * another: that is all there is to isolation here.
 */
import * as Result from "effect/Result"
import type { TenantId } from "../../domain/Ids.ts"
import { type BusError, refuse } from "../BusError.ts"
import type { Recipient } from "../Bridge.ts"
import type { ChannelName, ChannelRef, RoomName } from "../ChannelName.ts"
import type { Member } from "../Event.ts"
import type { ChannelSettings } from "../Overflow.ts"
import type { Position } from "../Position.ts"
import { accessOf, mayRead } from "./Access.ts"
import { Channel } from "./Channel.ts"
import { Packet, skipPacket } from "./Packet.ts"
import { everything, patternOf, patternsOf } from "./Pattern.ts"
import { type HubLimits, Room } from "./Room.ts"
import type { Step } from "./Sequence.ts"
import type { Membership, Subscriber } from "./Subscriber.ts"

/** Tells a publisher that its message has had its turn. */
const answer = ({ waiting }: Channel, packet: Packet, delivered: number): void => {
  const done = waiting.get(packet)
  waiting.delete(packet)
  done?.(delivered)
}

export class Tenant {
  readonly id: TenantId
  readonly #limits: HubLimits
  readonly #rooms = new Map<RoomName, Room>()
  /** Those who joined all rooms. */
  readonly #everywhere = new Set<Subscriber>()
  readonly #connections = new Map<string, Subscriber>()
  readonly #principals = new Map<string, Set<Subscriber>>()
  #channels = 0
  /** When a connection was last closed; milliseconds of the owner's clock. */
  leftAt = -Infinity

  constructor(id: TenantId, limits: HubLimits) {
    this.id = id
    this.#limits = limits
  }

  get connections(): number {
    return this.#connections.size
  }

  /** What waits for all its connections. Bytes. */
  get queuedBytes(): number {
    let bytes = 0
    for (const { sink } of this.#connections.values()) bytes += sink.queuedBytes
    return bytes
  }

  get channelCount(): number {
    return this.#channels
  }

  connect(subscriber: Subscriber): void {
    this.#connections.set(subscriber.member.connection, subscriber)
    const { principal } = subscriber.member
    const same = this.#principals.get(principal) ?? new Set<Subscriber>()
    this.#principals.set(principal, same.add(subscriber))
  }

  disconnect(subscriber: Subscriber): void {
    for (const { channel, room } of subscriber.joins.values()) this.leave(subscriber, room, channel)
    this.#connections.delete(subscriber.member.connection)
    const same = this.#principals.get(subscriber.member.principal)
    same?.delete(subscriber)
    if (same?.size === 0) this.#principals.delete(subscriber.member.principal)
  }

  find(room: RoomName, channel: ChannelName): Channel | undefined {
    return this.#rooms.get(room)?.channels.get(channel)
  }

  /** The channel, made if there is none. */
  open(ref: ChannelRef, settings: ChannelSettings, now: number): Result.Result<Channel, BusError> {
    const known = this.find(ref.room, ref.channel)
    if (known !== undefined) {
      known.usedAt = now
      return Result.succeed(known)
    }
    if (this.#channels >= this.#limits.maxChannels)
      return Result.fail(refuse("limit_exceeded", "There are as many channels as there may be.", 60_000))
    const channel = new Channel(ref, settings, now)
    this.#room(ref.room).channels.set(ref.channel, channel)
    this.#channels += 1
    return Result.succeed(channel)
  }

  close(channel: Channel): void {
    const room = this.#rooms.get(channel.ref.room)
    if (room?.channels.get(channel.ref.channel) !== channel) return
    room.channels.delete(channel.ref.channel)
    this.#channels -= 1
    this.#tidy(channel.ref.room, room)
  }

  *channels(room?: RoomName): Generator<Channel> {
    const rooms = room === undefined ? this.#rooms.values() : [this.#rooms.get(room)].filter((one) => one !== undefined)
    for (const one of rooms) yield* one.channels.values()
  }

  /** Registers the join; false when it was there before. From now on what is published is for it. */
  join(subscriber: Subscriber, membership: Membership): Result.Result<boolean, BusError> {
    const pattern = patternOf(membership.room, membership.channel)
    if (this.#connections.get(subscriber.member.connection) !== subscriber)
      return Result.fail(refuse("not_joined", "The connection is closed."))
    if (subscriber.joins.has(pattern)) return Result.succeed(false)
    if (subscriber.joins.size >= this.#limits.maxJoins)
      return Result.fail(refuse("limit_exceeded", "This connection has joined as much as it may."))
    if (!membership.mute) this.#place(membership.room, membership.channel, true)?.add(subscriber)
    subscriber.joins.set(pattern, membership)
    this.#tell(subscriber, membership, "joined")
    return Result.succeed(true)
  }

  leave(subscriber: Subscriber, room: string, channel: string): boolean {
    const pattern = patternOf(room, channel)
    const membership = subscriber.joins.get(pattern)
    if (membership === undefined) return false
    subscriber.joins.delete(pattern)
    this.#place(room, channel, false)?.delete(subscriber)
    for (const one of this.matching(room, channel)) {
      if (!this.hearsFrom(subscriber, one)) subscriber.forget(one)
      if (!this.listens(one)) this.#release(one)
    }
    this.#tell(subscriber, membership, "left")
    const node = this.#rooms.get(room as RoomName)
    if (node !== undefined) this.#tidy(room as RoomName, node)
    return true
  }

  /** The channels that are now, of a room and a name that may both be `*`. */
  *matching(room: string, channel: string): Generator<Channel> {
    if (channel === everything) return yield* this.channels(room === everything ? undefined : (room as RoomName))
    const one = this.find(room as RoomName, channel as ChannelName)
    if (one !== undefined) yield one
  }

  /** Whether the connection has joined this channel, by its name or with others. */
  covers(subscriber: Subscriber, room: string, channel: string): boolean {
    const { joins } = subscriber
    return joins.size > 0 && patternsOf(room, channel).some((pattern) => joins.has(pattern))
  }

  /** Whether anybody hears all of a room. */
  hears(room: RoomName): boolean {
    return this.#everywhere.size > 0 || (this.#rooms.get(room)?.everywhere.size ?? 0) > 0
  }

  /** Whether anybody hears this channel. */
  listens({ members, ref }: Channel): boolean {
    if (members.size > 0 || this.#everywhere.size > 0) return true
    return (this.#rooms.get(ref.room)?.everywhere.size ?? 0) > 0
  }

  /**
   * A message of the channel has its position. How many connections it was queued for; undefined where it has to wait
   * for one before it (`channel.waiting` tells when).
   */
  arrive(channel: Channel, position: Position, packet: Packet): number | undefined {
    const { sequence } = channel
    if (!this.listens(channel)) {
      if (!sequence.pass(position)) this.#release(channel)
      return 0
    }
    // nobody joined it by name, so nobody was told where it stands: it begins here
    if (sequence.position === undefined && channel.joining === 0)
      sequence.start({ epoch: position.epoch, offset: position.offset - 1 })
    const steps = sequence.arrive(position, packet)
    const delivered = this.perform(channel, steps, packet)
    if (delivered !== undefined) return delivered
    // what is not delivered and does not wait was delivered before
    return sequence.holds(position, packet) ? undefined : 0
  }

  /** Does what the channel's order says; gives how often `packet` was delivered, if it was. */
  perform(channel: Channel, steps: ReadonlyArray<Step<Packet>>, packet?: Packet): number | undefined {
    let own: number | undefined
    for (const step of steps) {
      const one = step._tag === "deliver" ? step.item : skipPacket(channel.ref, step.hole)
      if (channel.recent?.follow(one) === false) channel.recent = undefined
      const delivered = this.#deliver(channel, one)
      if (step._tag === "deliver" && one.event._tag === "message") {
        channel.messages += 1
        channel.deliveries += delivered
      }
      if (one === packet) own = delivered
      if (channel.waiting.size > 0) answer(channel, one, delivered)
    }
    // what turned out to be past waits for nothing
    for (const one of channel.waiting.keys())
      if (one.slot === undefined || !channel.sequence.holds(one.slot, one)) answer(channel, one, 0)
    return own
  }

  /** A message to one connection, or to all of one principal; how many it was queued for. */
  send(to: Recipient, packet: Packet): number {
    const recipients = "connection" in to ? [this.#connections.get(to.connection)] : this.#principals.get(to.principal)
    let count = 0
    for (const subscriber of recipients ?? []) if (subscriber?.sink.offer(packet) === true) count += 1
    return count
  }

  update(subscriber: Subscriber, metadata: Readonly<Record<string, string>>): void {
    subscriber.member = { ...subscriber.member, metadata }
    for (const membership of subscriber.joins.values()) this.#tell(subscriber, membership, "updated")
  }

  /** Those who joined exactly this, at most so many. */
  members(room: string, channel: string, limit: number): ReadonlyArray<Member> {
    const members: Array<Member> = []
    for (const { member } of this.#place(room, channel, false) ?? []) {
      if (members.length >= limit) break
      members.push(member)
    }
    return members
  }

  #deliver(channel: Channel, packet: Packet): number {
    let count = 0
    for (const subscriber of channel.members) if (subscriber.receive(channel, packet)) count += 1
    const room = this.#rooms.get(channel.ref.room)?.everywhere
    if (room !== undefined && room.size > 0) {
      for (const one of room) {
        if (!channel.members.has(one) && mayRead(one.subject, channel.access) && one.receive(channel, packet))
          count += 1
      }
    }
    for (const one of this.#everywhere) {
      if (channel.members.has(one) || room?.has(one) === true) continue
      if (mayRead(one.subject, channel.access) && one.receive(channel, packet)) count += 1
    }
    return count
  }

  /** Whether what comes on the channel is delivered to this connection. */
  hearsFrom(subscriber: Subscriber, channel: Channel): boolean {
    if (channel.members.has(subscriber) || this.#everywhere.has(subscriber)) return true
    return this.#rooms.get(channel.ref.room)?.everywhere.has(subscriber) === true
  }

  /** Nobody hears the channel any more: what waits for its order has been delivered to all of them. */
  #release(channel: Channel): void {
    channel.sequence.reset()
    for (const done of channel.waiting.values()) done(0)
    channel.waiting.clear()
  }

  /** Tells those who want to know it, each once. */
  #tell(subject: Subscriber, { channel, room }: Membership, kind: "joined" | "left" | "updated"): void {
    const places = [
      this.#place(room, channel, false),
      this.#place(room, everything, false),
      this.#place(everything, everything, false)
    ]
    const told = new Set<Subscriber>([subject])
    const access =
      channel === everything ? undefined : accessOf({ room: room as RoomName, channel: channel as ChannelName })
    let packet: Packet | undefined
    for (const [index, place] of places.entries()) {
      if (place === undefined || place.size > this.#limits.maxPresence) continue
      const pattern = index === 0 ? patternOf(room, channel) : patternOf(index === 1 ? room : everything, everything)
      for (const one of place) {
        const heardBy = one.joins.get(pattern)
        if (told.has(one) || heardBy?.presence !== true || heardBy === one.pending) continue
        if (access !== undefined && !mayRead(one.subject, access)) continue
        told.add(one)
        packet ??= new Packet({ _tag: "presence", room, channel, kind, member: subject.member })
        one.sink.offer(packet)
      }
    }
  }

  /** Where the joins of this room and channel are. */
  #place(room: string, channel: string, make: boolean): Set<Subscriber> | undefined {
    if (room === everything) return this.#everywhere
    const node = make ? this.#room(room as RoomName) : this.#rooms.get(room as RoomName)
    return channel === everything ? node?.everywhere : node?.channels.get(channel as ChannelName)?.members
  }

  #room(name: RoomName): Room {
    const room = this.#rooms.get(name) ?? new Room()
    this.#rooms.set(name, room)
    return room
  }

  #tidy(name: RoomName, room: Room): void {
    if (room.channels.size === 0 && room.everywhere.size === 0) this.#rooms.delete(name)
  }
}
