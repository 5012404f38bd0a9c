/** Joining, with what was missed since a position; and leaving. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Bounds from "../../../src/bus/Bounds.ts"
import { type BusError, refuse } from "../../../src/bus/BusError.ts"
import type { ChannelPosition, Joined } from "../../../src/bus/Event.ts"
import type { Position } from "../../../src/bus/Position.ts"
import type { Join } from "../../../src/bus/Request.ts"
import { mayRead } from "../../../src/bus/routing/Access.ts"
import type { Link } from "../../../src/bus/routing/Broker.ts"
import type { Channel } from "../../../src/bus/routing/Channel.ts"
import { everything } from "../../../src/bus/routing/Pattern.ts"
import type { CatchUp, Membership } from "../../../src/bus/routing/Subscriber.ts"
import { type Core, endReading, open, permit, result } from "./Core.ts"
import { catchUp, type Caught } from "./Recovering.ts"

/** Channels that one join recovers, and that its answer names. */
const maxNamed = 256
/** Members that an answer names. */
export const maxMembers = 100
/** Positions that a pong tells. */
const maxPositions = 1000
/** Reads of the history at once for one join. */
const concurrency = 16

const badPattern = refuse("invalid_argument", "Join a channel of a room, * of a room, or * of *.")
const tooMuch = refuse("invalid_argument", `One join recovers at most ${maxNamed} channels.`)
const gone = refuse("not_joined", "It was left before it was joined.")
const notJoined = refuse("not_joined", "This is not joined.")

interface Target {
  readonly channel: Channel
  readonly had: Position | undefined
}

/** The channels whose past is asked for. */
const targetsOf = Effect.fnUntraced(function* (core: Core, link: Link, { channel, recover, room }: Join) {
  const { subscriber, tenant } = link
  if (recover.length > maxNamed) return yield* tooMuch
  const targets = new Map<Channel, Target>()
  if (channel !== everything) {
    const ref = {
      tenant: tenant.id,
      room: yield* result(Bounds.room(room)),
      channel: yield* result(Bounds.channel(channel))
    }
    const one = yield* open(core, ref)
    yield* permit(core, link, "join", one)
    const had = recover.find((position) => position.room === room && position.channel === channel)?.position
    targets.set(one, { channel: one, had })
    return targets
  }
  if (room !== everything) yield* result(Bounds.room(room))
  for (const { channel: name, position, room: of } of recover) {
    if (room !== everything && room !== of) continue
    const ref = {
      tenant: tenant.id,
      room: yield* result(Bounds.room(of)),
      channel: yield* result(Bounds.channel(name))
    }
    const one = yield* open(core, ref)
    // as if it were not there
    if (mayRead(subscriber.subject, one.access)) targets.set(one, { channel: one, had: position })
  }
  return targets
})

/** The channels of a wildcard that are not recovered, where they stand. */
const others = (link: Link, { channel, room }: Join, targets: ReadonlyMap<Channel, Target>) => {
  const known: Array<Joined["channels"][number]> = []
  if (channel !== everything) return known
  for (const one of link.tenant.matching(room, channel)) {
    if (known.length + targets.size >= maxNamed) break
    const { position } = one.sequence
    if (position === undefined || targets.has(one) || !mayRead(link.subscriber.subject, one.access)) continue
    known.push({ room: one.ref.room, channel: one.ref.channel, position, recovery: "none", recovered: 0 })
  }
  return known
}

/** What came back of a channel, and what is held back meanwhile. */
interface Held extends Caught {
  readonly catching: CatchUp
}

/** Reads what is missing while everything new is held back; nothing of it stays where that fails. */
const reading = (core: Core, link: Link, membership: Membership, targets: ReadonlyArray<Target>) => {
  const { subscriber, tenant } = link
  const holding = targets.map((target) => {
    target.channel.joining += 1
    return { ...target, catching: subscriber.catchUp(target.channel) }
  })
  const reads = Effect.forEach(
    holding,
    ({ catching, channel, had }) =>
      Effect.map(catchUp(core, channel, had), (caught): Held => ({ ...caught, catching })),
    { concurrency }
  )
  return Effect.onExit(reads, (exit) =>
    Effect.sync(() => {
      if (exit._tag === "Success") {
        for (const { catching, channel, top } of exit.value) {
          subscriber.readIn(channel, catching, top.epoch)
          tenant.perform(channel, channel.sequence.start(top))
        }
      } else {
        if (isCurrent(link, membership)) tenant.leave(subscriber, membership.room, membership.channel)
        for (const { catching, channel } of holding) subscriber.release(channel, catching)
      }
      for (const { channel } of holding) endReading(tenant, channel)
    })
  )
}

/** Whether it was not left meanwhile, nor joined again. */
const isCurrent = ({ subscriber }: Link, membership: Membership): boolean =>
  subscriber.joins.get(`${membership.room}:${membership.channel}`) === membership

/** Sends what was missed, as fast as the connection takes it, and then what came meanwhile. */
const send = Effect.fnUntraced(function* (
  core: Core,
  { subscriber, tenant }: Link,
  { catching, channel, holes, missed, outcome, top }: Held
) {
  const { sink } = subscriber
  let recovered = 0
  for (const packet of [...holes, ...missed]) {
    if (sink.isFull()) yield* sink.ready
    if (!subscriber.isCatchingUp(channel)) return
    // what is not taken gave way, and is told; whoever is gone is not catching up any more
    if (sink.offer(packet) && packet.event._tag === "message") recovered += 1
  }
  if (outcome === "gap") core.telemetry.count("gap", tenant.id)
  if (recovered > 0) core.telemetry.count("recovered", tenant.id, recovered)
  subscriber.caughtUp(channel, catching, top)
})

/** Whoever hears a channel already, and asks for nothing of its past, goes on where it is. */
const needed = ({ subscriber, tenant }: Link, channel: Channel, had: Position | undefined): boolean =>
  had !== undefined || channel.sequence.position === undefined || !tenant.hearsFrom(subscriber, channel)

/** What is said of a named channel that nothing was read of. */
const standing = ({ ref, sequence }: Channel): Joined["channels"] =>
  sequence.position === undefined
    ? []
    : [{ room: ref.room, channel: ref.channel, position: sequence.position, recovery: "none", recovered: 0 }]

const joinNow = Effect.fnUntraced(function* (core: Core, link: Link, ask: Join, answer: (joined: Joined) => void) {
  const { subscriber, tenant } = link
  if ((ask.room === everything && ask.channel !== everything) || ask.channel === "") return yield* badPattern
  const { member } = subscriber
  if (core.inspection.covers(ask.room, ask.channel)) {
    const names = [ask.room, ask.channel, member.name, ...Object.values(member.metadata)]
    const where = { tenant: tenant.id, room: ask.room, channel: ask.channel, client: member.principal }
    yield* core.inspection.names(names, where)
  }
  const asked = yield* targetsOf(core, link, ask)
  const membership: Membership = { room: ask.room, channel: ask.channel, presence: ask.presence, mute: ask.mute }
  const joined = { room: ask.room, channel: ask.channel }
  const present = () =>
    ask.presence
      ? tenant.members(ask.room, ask.channel, maxMembers + 1).filter((member) => member !== subscriber.member)
      : []
  const targets = new Map([...asked].filter(([channel, { had }]) => !ask.mute && needed(link, channel, had)))
  subscriber.pending = membership
  if (!(yield* result(tenant.join(subscriber, membership)))) {
    return answer({ ...joined, channels: [], members: present(), already: true })
  }
  const caught = yield* reading(core, link, membership, [...targets.values()])
  if (!isCurrent(link, membership)) {
    for (const { catching, channel } of caught) subscriber.release(channel, catching)
    return yield* gone
  }
  core.telemetry.count("joined", tenant.id)
  // who comes and goes until now is in the answer, and told from now on
  const members = present()
  const channels = caught.map(({ channel: { ref }, missed, outcome, top }) => ({
    room: ref.room,
    channel: ref.channel,
    position: top,
    recovery: outcome,
    recovered: missed.filter(({ event }) => event._tag === "message").length
  }))
  const rest = ask.channel === everything ? others(link, ask, targets) : []
  const still = ask.mute || ask.channel === everything ? [] : [...asked.keys()].filter((one) => !targets.has(one))
  answer({ ...joined, channels: [...channels, ...still.flatMap(standing), ...rest], members, already: false })
  subscriber.pending = undefined
  for (const one of caught) yield* send(core, link, one)
})

/** One join after the other: two of one connection may hear the same channel. */
export const join = Effect.fnUntraced(function* (
  core: Core,
  link: Link,
  ask: Join,
  answer: (joined: Joined) => void
): Effect.fn.Return<void, BusError> {
  const { subscriber } = link
  const before = subscriber.joining
  const over = Deferred.makeUnsafe<void>()
  subscriber.joining = over
  if (before !== undefined) {
    yield* Deferred.await(before)
    // whoever was before says first how it ended
    yield* Effect.yieldNow
  }
  yield* Effect.ensuring(
    joinNow(core, link, ask, answer),
    Effect.suspend(() => {
      if (subscriber.joining === over) subscriber.joining = undefined
      subscriber.pending = undefined
      return Deferred.succeed(over, undefined)
    })
  )
}, Effect.uninterruptible)

export const leave = (
  core: Core,
  { subscriber, tenant }: Link,
  room: string,
  name: string
): Effect.Effect<void, BusError> =>
  Effect.suspend(() => {
    if (!tenant.leave(subscriber, room, name)) return Effect.fail(notJoined)
    const now = core.clock.currentTimeMillisUnsafe()
    for (const channel of tenant.matching(room, name)) channel.usedAt = now
    return Effect.void
  })

/** Everything up to these was sent to the connection, or told as skipped. */
export const positions = ({ subscriber, tenant }: Link): ReadonlyArray<ChannelPosition> => {
  const found = new Map<Channel, ChannelPosition>()
  for (const { channel, mute, room } of subscriber.joins.values()) {
    if (mute) continue
    for (const one of tenant.matching(room, channel)) {
      if (found.size >= maxPositions) return [...found.values()]
      const { position } = one.sequence
      if (position === undefined || found.has(one) || subscriber.isCatchingUp(one)) continue
      if (!mayRead(subscriber.subject, one.access)) continue
      found.set(one, { room: one.ref.room, channel: one.ref.channel, position })
    }
  }
  return [...found.values()]
}
