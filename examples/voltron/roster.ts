// The Brain: who is where, learned from the bus, and told to whoever asks on `presence:ask`. It is the same as a program
// of its own and as a Layer, for all it has is a client of the bus.
import type { Bus, Presence } from "../../layers/client/bus/index.ts"

/** Who is in which channel. */
export class Roster {
  readonly #places = new Map<string, Map<string, string>>()

  take({ channel, kind, member, room }: Pick<Presence, "channel" | "kind" | "member" | "room">): void {
    const place = `${room}:${channel}`
    const there = this.#places.get(place) ?? new Map<string, string>()
    if (kind === "left") there.delete(member.connection)
    else there.set(member.connection, member.principal)
    this.#places.set(place, there)
  }

  clear(): void {
    this.#places.clear()
  }

  in(place: string): ReadonlyArray<string> {
    return [...new Set(this.#places.get(place)?.values())].toSorted()
  }
}

/** Everybody who is there already: from then on it is told who comes and goes. */
const learn = async (bus: Bus, roster: Roster): Promise<void> => {
  const { channels } = await bus.command("listChannels", { limit: 1_000 })
  for (const { channel, room } of channels) {
    const { members } = await bus.command("channelInfo", { room, channel })
    for (const member of members) {
      roster.take({ room, channel, kind: "joined", member: { ...member, type: undefined } })
    }
  }
}

/** Runs until the bus's client is closed. `ready` is called whenever it is there to answer. */
export const presence = async (bus: Bus, ready: () => void): Promise<void> => {
  const roster = new Roster()
  await bus.join("*", "*", { presence: true })
  await learn(bus, roster)
  ready()
  for await (const event of bus.events) {
    // who went meanwhile, nobody told
    if (event.type === "connected" && event.again) {
      roster.clear()
      await learn(bus, roster)
      ready()
    }
    if (event.type === "presence") roster.take(event)
    if (event.type === "message" && event.room === "presence" && event.channel === "ask") {
      const place = String(event.body)
      const answer = JSON.stringify({ place, members: roster.in(place) })
      // whoever is gone, or was not reached, asks again
      await bus
        .send({ connection: event.sender.connection }, answer, { contentType: "application/json" })
        .catch(() => undefined)
    }
  }
}
