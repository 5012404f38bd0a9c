/** The commands and requests of the contract, by the broker. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Clock from "effect/Clock"
import * as Layer from "effect/Layer"
import { type BusError, refuse } from "../../../src/bus/BusError.ts"
import * as Catalogue from "../../../src/bus/commands/Catalogue.ts"
import { type Ask, type Asker, Dispatcher, errorAnswer } from "../../../src/bus/commands/Dispatcher.ts"
import * as ErrorKind from "../../../src/domain/ErrorKind.ts"
import type { Answer, Pong, Reply } from "../../../src/bus/Event.ts"
import type { Command, CommandName } from "../../../src/bus/Request.ts"
import { scopeOf } from "../../../src/bus/Role.ts"
import { Broker, type Link } from "../../../src/bus/routing/Broker.ts"
import { versions } from "../../../src/bus/Version.ts"

const notYours = (command: CommandName): BusError =>
  refuse("forbidden", `The command ${command} takes the scope ${scopeOf(Catalogue.catalogue[command].role)}.`)
const broken: Answer = { _tag: "error", reason: "internal", message: "Something went wrong here.", retryAfterMillis: 0 }

export const make = (broker: Broker["Service"], clock: Clock.Clock): Dispatcher["Service"] => {
  const startedAt = clock.currentTimeMillisUnsafe()

  const pong = ({ link, queued }: Asker, positions: boolean): Pong => {
    const { bytes, frames } = queued()
    return {
      at: clock.currentTimeMillisUnsafe(),
      queuedFrames: frames,
      queuedBytes: bytes,
      positions: positions ? broker.positions(link) : []
    }
  }

  const status = ({ tenant }: Link) =>
    Effect.map(broker.health, ({ bridge, history }) => ({
      node: broker.node,
      uptimeMillis: clock.currentTimeMillisUnsafe() - startedAt,
      connections: tenant.connections,
      channels: tenant.channelCount,
      history,
      bridge,
      version: versions.max
    }))

  const reply = (answer: (answer: Answer) => void) => (given: Reply) => answer({ _tag: "reply", reply: given })

  const command = (asker: Asker, asked: Command, answer: (answer: Answer) => void): Effect.Effect<void, BusError> => {
    const { link } = asker
    const give = reply(answer)
    if (!Catalogue.mayUse(link.subscriber.subject.role, asked._tag)) return Effect.fail(notYours(asked._tag))
    switch (asked._tag) {
      case "status":
        return Effect.map(status(link), (status) => give({ _tag: "status", status }))
      case "create_channel":
        return Effect.map(broker.create(link, asked.room, asked.channel, asked.settings), (info) =>
          give({ _tag: "create_channel", info })
        )
      case "delete_channel":
        return Effect.map(broker.remove(link, asked.room, asked.channel), () => give({ _tag: "delete_channel" }))
      case "join_channel":
        return broker.join(link, asked.join, (joined) => give({ _tag: "join_channel", joined }))
      case "leave_channel": {
        const { channel, room } = asked
        return Effect.map(broker.leave(link, room, channel), () => give({ _tag: "leave_channel", room, channel }))
      }
      case "list_channels":
        return Effect.map(broker.list(link, asked), (page) => give({ _tag: "list_channels", ...page }))
      case "channel_info":
        return Effect.map(broker.info(link, asked.room, asked.channel), (told) =>
          give({ _tag: "channel_info", ...told })
        )
      case "ping":
        return Effect.sync(() => give({ _tag: "ping", pong: pong(asker, asked.positions) }))
      case "history":
        return Effect.map(broker.history(link, asked), (page) => give({ _tag: "history", page }))
      case "help":
        return Effect.sync(() => give({ _tag: "help", commands: Catalogue.help(link.subscriber.subject.role) }))
    }
  }

  const run = (asker: Asker, ask: Ask, answer: (answer: Answer) => void): Effect.Effect<void, BusError> => {
    const { link } = asker
    switch (ask._tag) {
      case "publish":
        return Effect.map(broker.publish(link, ask.publish), (ack) => answer({ _tag: "ack", ack }))
      case "join":
        return broker.join(link, ask.join, (joined) => answer({ _tag: "joined", joined }))
      case "leave":
        return Effect.map(broker.leave(link, ask.room, ask.channel), () =>
          answer({ _tag: "left", room: ask.room, channel: ask.channel })
        )
      case "private":
        return Effect.map(broker.sendPrivate(link, ask.to, ask.content), (ack) => answer({ _tag: "ack", ack }))
      case "ping":
        return Effect.sync(() => answer({ _tag: "pong", pong: pong(asker, ask.positions) }))
      case "update":
        return Effect.map(broker.update(link, ask.metadata), () => answer({ _tag: "updated" }))
      case "command":
        return command(asker, ask.command, answer)
    }
  }

  return {
    handle: (asker, ask, answer) => {
      let answered = false
      const once = (given: Answer): void => {
        if (answered) return
        answered = true
        answer(given)
      }
      return run(asker, ask, once).pipe(
        Effect.catch((error) => Effect.sync(() => once(errorAnswer(error)))),
        Effect.onExit((exit) => {
          once(broken)
          // the kind only: what was thrown may hold what the client sent
          return Exit.isFailure(exit)
            ? Effect.logError(`A request to the bus (${ask._tag}) failed: ${ErrorKind.ofCause(exit.cause)}.`)
            : Effect.void
        }),
        Effect.ignoreCause
      )
    }
  }
}

export const layer: Layer.Layer<Dispatcher, never, Broker> = Layer.effect(
  Dispatcher,
  Effect.map(Effect.all([Broker, Clock.Clock]), ([broker, clock]) => make(broker, clock))
)
