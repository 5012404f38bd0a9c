/**
 * Every turn's events on room `exoclaw`, channel `{channel}.{account}.{peer}`; and who does what, briefly, on
 * `system:activity`. Where nobody is there to hear them, a thousand conversations would hold ten megabytes for nobody.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ChannelName, type ChannelRef, RoomName, systemRoom } from "../../../src/bus/ChannelName.ts"
import type { Content, Sender } from "../../../src/bus/Message.ts"
import { turnsRoom } from "../../../src/bus/routing/Access.ts"
import { Broker } from "../../../src/bus/routing/Broker.ts"
import * as SubjectToken from "../../../src/bus/SubjectToken.ts"
import type { TurnEvent } from "../../../src/session/TurnEvent.ts"
import { TurnWatch, type WatchedTurn } from "../../../src/session/TurnWatch.ts"

const room = RoomName.make(turnsRoom)
const activity = ChannelName.make("activity")

const json = (value: unknown): Content => ({
  body: JSON.stringify(value),
  contentType: "application/json",
  headers: {},
  key: "",
  annotations: undefined
})

/** The conversation's channel; undefined where its name would be longer than a channel's may be. */
const channelOf = ({ session, tenant }: WatchedTurn): ChannelRef | undefined => {
  const { account, channel, conversation } = session
  const peer = [conversation.guild, conversation.team, conversation.peer].filter((part) => part !== undefined).join("/")
  const name = ChannelName.makeOption([channel, account, peer].map(SubjectToken.encode).join("."))
  return name._tag === "None" ? undefined : { tenant, room, channel: name.value }
}

const senderOf = ({ session }: WatchedTurn): Sender => ({
  principal: `agent:${session.agent}`,
  connection: "",
  type: "ai-agent",
  name: session.agent
})

/** What a dashboard may know of a turn without being able to read it; undefined where there is nothing to tell. */
const brief = ({ session }: WatchedTurn, { body, turnId }: TurnEvent): object | undefined => {
  const about = { agent: session.agent, channel: session.channel, turnId, type: body.type }
  switch (body.type) {
    case "accepted":
    case "approval":
      return about
    case "tool_call":
      return { ...about, tool: body.data.name }
    case "done":
      return { ...about, stopReason: body.data.stopReason }
    default:
      return undefined
  }
}

export const layer: Layer.Layer<never, never, Broker> = Layer.effect(
  TurnWatch,
  Effect.gen(function* () {
    const broker = yield* Broker
    const fork = Effect.runForkWith(yield* Effect.context<never>())

    const post = (channel: ChannelRef, turn: WatchedTurn, id: string, content: Content) =>
      // inspected before it was journalled; a bus that cannot take it takes nothing from the turn
      fork(Effect.ignore(broker.post({ channel, sender: senderOf(turn), id, content, inspected: true })))

    return (turn, events) => {
      // the store has them for whoever comes later
      if (!broker.attended(turn.tenant)) return
      const channel = channelOf(turn)
      const seen: ChannelRef = { tenant: turn.tenant, room: systemRoom, channel: activity }
      const isSeen = broker.listens(seen)
      for (const event of events) {
        const { body, seq, turnId } = event
        if (channel !== undefined)
          post(channel, turn, `${turnId}:${seq}`, json({ turnId, seq, type: body.type, data: body.data }))
        const told = isSeen ? brief(turn, event) : undefined
        if (told !== undefined) post(seen, turn, "", json(told))
      }
    }
  })
)
