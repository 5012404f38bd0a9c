/**
 * `bus_publish`: a plugin sends a message to a channel of the bus, under its grants `bus:ROOM[:CHANNEL]`, in the name of
 * the caller and inspected.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Casil } from "../../../src/casil/Casil.ts"
import { json } from "../../../src/casil/Walker.ts"
import type { BusPublisher } from "../../../src/sandbox/BusPublisher.ts"
import { type Bus, show } from "../../../src/sandbox/Capability.ts"
import { openGrant } from "../../../src/sandbox/Grant.ts"
import { granted, type HostFunction, HostRefused } from "../../../src/sandbox/HostFunction.ts"
import * as JsonBounds from "../../../src/sandbox/JsonBounds.ts"

const name = (longest: number) => Schema.String.pipe(Schema.check(Schema.isBetweenLength(1, longest)))

const Argument = Schema.Struct({
  /** May be left out where the grants name one room. */
  room: Schema.optionalKey(name(128)),
  /** May be left out where the grants name one channel of the room. */
  channel: Schema.optionalKey(name(512)),
  payload: Schema.Json,
  id: Schema.optionalKey(name(128))
})

const refuse = (message: string) => Effect.fail(new HostRefused({ message }))

/** Every text and every key of a payload is inspected. */
const bounds: JsonBounds.JsonBounds = { characters: 64 * 1024, depth: 64, values: 2000 }

/** Where it goes, as far as the grants let it. */
const targetOf = (
  grants: ReadonlyArray<Bus>,
  asked: Pick<typeof Argument.Type, "room" | "channel">
): Effect.Effect<{ readonly room: string; readonly channel: string }, HostRefused> => {
  const all = grants.map(show).join(", ")
  const rooms = [...new Set(grants.map(({ room }) => room))]
  const room = asked.room ?? (rooms.length === 1 ? rooms[0] : undefined)
  if (room === undefined) return refuse(`name one of the rooms ${rooms.join(", ")}`)
  const here = grants.filter((grant) => grant.room === room)
  const only = here.length === 1 ? here[0]?.channel : undefined
  const channel = asked.channel ?? only
  const shown = `${room.slice(0, 64)}${asked.channel === undefined ? "" : `:${asked.channel.slice(0, 64)}`}`
  if (here.length === 0) return refuse(`"bus:${shown}" is not granted; granted: ${all}`)
  if (channel === undefined) return refuse(`name a channel of the room ${room}`)
  const allowed = here.some((grant) => grant.channel === undefined || grant.channel === channel)
  return allowed ? Effect.succeed({ room, channel }) : refuse(`"bus:${shown}" is not granted; granted: ${all}`)
}

/** Gives `{"epoch", "offset", "delivered", "durability"}`. */
export const busPublish = (bus: BusPublisher["Service"], casil: Casil["Service"]): HostFunction =>
  granted({
    name: "bus_publish",
    capability: "bus",
    bounds,
    argument: Argument,
    run: ({ id, payload, ...asked }, { plugin }) =>
      Effect.gen(function* () {
        const target = yield* targetOf((yield* openGrant("bus")).granted, asked)
        const inspected = yield* casil.value("tool_output", payload, json)
        const { delivered, durability, epoch, offset } = yield* bus.publish({
          ...target,
          plugin,
          payload: inspected,
          id
        })
        return { epoch, offset, delivered, durability }
      }).pipe(
        Effect.catchTags({
          Blocked: ({ message }) => refuse(message),
          BusRefused: ({ message }) => refuse(message)
        })
      )
  })
