/** What the parts of the broker share. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import type { Clock } from "effect/Clock"
import type { Bridge } from "../../../src/bus/Bridge.ts"
import { type BusError, refuse } from "../../../src/bus/BusError.ts"
import type { ChannelRef } from "../../../src/bus/ChannelName.ts"
import type { History, HistoryUnavailable, Retention } from "../../../src/bus/History.ts"
import type { BusInspection } from "../../../src/bus/inspection/BusInspection.ts"
import type { ChannelSettings } from "../../../src/bus/Overflow.ts"
import { type Action, may, turnsRoom, whyNot } from "../../../src/bus/routing/Access.ts"
import type { Link, Taken } from "../../../src/bus/routing/Broker.ts"
import type { Channel } from "../../../src/bus/routing/Channel.ts"
import { messagePacket, type Packet } from "../../../src/bus/routing/Packet.ts"
import type { HubLimits } from "../../../src/bus/routing/Room.ts"
import { Tenant } from "../../../src/bus/routing/Tenant.ts"
import type { Entry } from "../../../src/bus/Message.ts"
import type { BusTelemetry } from "../../../src/bus/telemetry/BusTelemetry.ts"
import type { TenantId } from "../../../src/domain/Ids.ts"
import type { Reads } from "./Reads.ts"

export interface Options extends HubLimits {
  /** Of channels that have no settings of their own. */
  readonly settings: ChannelSettings
  /** Messages that one join recovers at most. */
  readonly maxRecovered: number
  /** Whether clients are shown what inspection said; kept or not, it is not for them else. */
  readonly showNotes: boolean
}

export interface Core {
  readonly options: Options
  readonly history: History["Service"]
  readonly bridge: Bridge["Service"]
  readonly inspection: BusInspection["Service"]
  readonly telemetry: BusTelemetry["Service"]
  readonly clock: Clock
  readonly newId: Effect.Effect<string>
  /** Records that somebody was refused. */
  readonly refused: (link: Link, action: Action, channel: ChannelRef) => Effect.Effect<void>
  readonly fork: (effect: Effect.Effect<void>) => void
  readonly tenants: Map<TenantId, Tenant>
  readonly reads: Reads
  readonly watchers: Set<(taken: Taken) => void>
}

export const tenantOf = (core: Core, id: TenantId): Tenant => {
  const known = core.tenants.get(id)
  if (known !== undefined) return known
  const tenant = new Tenant(id, core.options)
  core.tenants.set(id, tenant)
  return tenant
}

/** A turn's events are in the store for those who resume it: what the bus keeps of them is for a short absence. */
const settingsOf = ({ options: { settings } }: Core, { room }: ChannelRef): ChannelSettings =>
  room === turnsRoom
    ? {
        ...settings,
        keepMessages: Math.min(256, settings.keepMessages),
        keepSeconds: Math.min(60, settings.keepSeconds)
      }
    : settings

export const open = (core: Core, ref: ChannelRef): Effect.Effect<Channel, BusError> =>
  Effect.suspend(() =>
    Effect.fromResult(tenantOf(core, ref.tenant).open(ref, settingsOf(core, ref), core.clock.currentTimeMillisUnsafe()))
  )

export const retentionOf = ({ keepMessages, keepSeconds }: ChannelSettings): Retention => ({
  messages: keepMessages,
  millis: keepSeconds * 1000
})

/** Asks for permission, where the bus gives it; a refusal is recorded. */
export const permit = (core: Core, link: Link, action: Action, channel: Channel): Effect.Effect<void, BusError> =>
  may(link.subscriber.subject, action, channel.access)
    ? Effect.void
    : Effect.andThen(
        core.refused(link, action, channel.ref),
        Effect.fail(refuse("forbidden", whyNot(link.subscriber.subject, action, channel.access)))
      )

/** For who publishes or reads where it has not joined. */
export const notJoined = (room: string, channel: string): BusError =>
  refuse("not_joined", `Join ${room}:${channel} first; with mute, if nothing of it is wanted.`)

/** The history's failure as a peer may see it. */
export const unavailable = (error: HistoryUnavailable): BusError =>
  error.outcomeUnknown
    ? refuse("unknown_outcome", "The history did not answer; publishing again with the same id is safe.", 1000)
    : refuse("unavailable", "The history does not answer; nothing was done.", 1000)

/** An entry as clients may see it. */
export const shown = ({ options }: Pick<Core, "options">, entry: Entry): Entry =>
  options.showNotes || entry.inspection === undefined ? entry : { ...entry, inspection: undefined }

export const packetOf = (core: Core, channel: Channel, entry: Entry): Packet =>
  messagePacket(channel, channel.ref, channel.settings.overflow, shown(core, entry))

export const result = <A>(value: Result.Result<A, BusError>): Effect.Effect<A, BusError> => Effect.fromResult(value)

/** One read less is under way that would tell where the channel stands. */
export const endReading = (tenant: Tenant, channel: Channel): void => {
  channel.joining -= 1
  if (channel.joining === 0 && channel.sequence.position === undefined)
    tenant.perform(channel, channel.sequence.startAnywhere())
}

/** How long something that should stand before others may be late before the history is asked for it. */
const patience = "100 millis"

/** A message of a channel has its position: delivers it in its turn, and answers when that has happened. */
export const deliver = (core: Core, tenant: Tenant, channel: Channel, packet: Packet): Effect.Effect<number> =>
  Effect.suspend(() => {
    const slot = packet.slot
    if (slot === undefined) return Effect.succeed(0)
    const now = tenant.arrive(channel, slot, packet)
    if (channel.sequence.hole !== undefined) core.fork(fill(core, tenant, channel))
    if (now !== undefined) return Effect.succeed(now)
    // registered at once: its turn may come before this fiber's
    const turn = Deferred.makeUnsafe<number>()
    channel.waiting.set(packet, (delivered) => Deferred.doneUnsafe(turn, Effect.succeed(delivered)))
    return Deferred.await(turn)
  })

/** Closes a hole in a channel's order: with time, else from the history, else by telling it. */
const fill = Effect.fnUntraced(function* (core: Core, tenant: Tenant, channel: Channel) {
  const hole = channel.sequence.hole
  if (hole === undefined) return
  yield* Effect.sleep(patience)
  const still = channel.sequence.hole
  if (still === undefined || still.after.offset !== hole.after.offset || still.after.epoch !== hole.after.epoch) return
  const limit = Math.min(hole.to - hole.after.offset, core.options.maxRecovered)
  const range = yield* Effect.option(core.history.read(channel.ref, { after: hole.after, limit, end: "oldest" }))
  const steps =
    range._tag === "None"
      ? channel.sequence.fill("", [])
      : channel.sequence.fill(
          range.value.epoch,
          range.value.entries.map((entry) => ({ offset: entry.position.offset, item: packetOf(core, channel, entry) }))
        )
  tenant.perform(channel, steps)
})
