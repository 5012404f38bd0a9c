/** What this client has had of each channel, and what it is told it has not. Mutable, for one owner. */
import type { BusEvent, JoinedChannel, Position, Skipped } from "./Events.ts"

interface Place {
  readonly room: string
  readonly channel: string
}

interface At extends Place {
  readonly position: Position
}

const nameOf = ({ channel, room }: Place): string => `${room}:${channel}`

const covers = (pattern: Place, { channel, room }: Place): boolean =>
  (pattern.room === "*" || pattern.room === room) && (pattern.channel === "*" || pattern.channel === channel)

const hole = ({ channel, room }: Place, epoch: string, from: number, to: number, isEpoch: boolean): Skipped => ({
  type: "skipped",
  room,
  channel,
  epoch,
  from,
  to,
  reason: isEpoch ? "epoch" : "unavailable",
  missing: 0
})

export class Positions {
  readonly #known = new Map<string, At>()

  /**
   * A channel was joined. Where it was known, what was missed follows; where the server knows nothing of that, the hole
   * is told here.
   */
  joined(place: JoinedChannel): Skipped | undefined {
    const had = this.of(place)
    if (had !== undefined && place.recovery !== "none") return undefined
    const { position } = place
    this.set(place, position)
    if (had === undefined || (had.epoch === position.epoch && had.offset >= position.offset)) return undefined
    const isEpoch = had.epoch !== position.epoch
    return hole(place, position.epoch, isEpoch ? 1 : had.offset + 1, position.offset, isEpoch)
  }

  /** The event with the hole before it that nobody told of, or nothing where it was had before. */
  take(event: BusEvent): ReadonlyArray<BusEvent> {
    if (event.type === "skipped") {
      const had = this.of(event)
      const offset = Math.max(event.to, event.from - 1)
      if (had === undefined || had.epoch !== event.epoch || offset > had.offset)
        this.set(event, { epoch: event.epoch, offset })
      return [event]
    }
    if (event.type !== "message") return [event]
    const had = this.of(event)
    const { epoch, offset } = event.position
    if (had === undefined) {
      this.set(event, event.position)
      return [event]
    }
    const isEpoch = had.epoch !== epoch
    if (!isEpoch && offset <= had.offset) return []
    this.set(event, event.position)
    if (!isEpoch && offset === had.offset + 1) return [event]
    return [hole(event, epoch, isEpoch ? 1 : had.offset + 1, offset - 1, isEpoch), event]
  }

  of(place: Place): Position | undefined {
    return this.#known.get(nameOf(place))?.position
  }

  set({ channel, room }: Place, position: Position): void {
    this.#known.set(nameOf({ room, channel }), { room, channel, position })
  }

  /** What a join of this pattern has to recover from. */
  within(pattern: Place): ReadonlyArray<At> {
    return [...this.#known.values()].filter((at) => covers(pattern, at))
  }

  forget(pattern: Place): void {
    for (const [name, at] of this.#known) if (covers(pattern, at)) this.#known.delete(name)
  }
}
