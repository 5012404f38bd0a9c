/** Agents that live on the bus: what is said in their rooms is a turn, and its answer is said there. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type { Content } from "../../src/bus/Message.ts"
import { show } from "../../src/bus/ChannelName.ts"
import { Broker, type Taken } from "../../src/bus/routing/Broker.ts"
import { Casil, Circumstances } from "../../src/casil/Casil.ts"
import { type AgentId, IdempotencyKey } from "../../src/domain/Ids.ts"
import { Principal } from "../../src/identity/Principal.ts"
import { Inbox } from "../../src/session/Inbox.ts"

export interface RoomAgent {
  readonly id: AgentId
  /** `room`, or `room:channel`. */
  readonly rooms: ReadonlyArray<string>
}

const text = (body: string, headers: Readonly<Record<string, string>>): Content => ({
  body,
  contentType: "text/plain",
  headers,
  key: "",
  annotations: undefined
})

const lives = ({ rooms }: RoomAgent, { channel }: Taken): boolean =>
  rooms.includes(channel.room) || rooms.includes(show(channel))

/** Nothing, where there is no bus or no agent on it. */
export const layer = (agents: ReadonlyArray<RoomAgent>): Layer.Layer<never, never, Casil | Inbox> =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const found = yield* Effect.serviceOption(Broker)
      if (Option.isNone(found) || agents.every(({ rooms }) => rooms.length === 0)) return
      const broker = found.value
      const casil = yield* Casil
      const inbox = yield* Inbox
      const fork = Effect.runForkWith(yield* Effect.context<never>())

      /** The turn as the sender, whose budgets it is paid from; the message's position names it, so it runs once. */
      const ask = Effect.fnUntraced(function* (agent: AgentId, { channel, entry }: Taken, body: string) {
        const { epoch, offset } = entry.position
        const content = yield* Effect.provideService(casil.text("prompt", body), Circumstances, {
          tenant: channel.tenant,
          agent,
          client: entry.sender.principal
        })
        const { turnId } = yield* inbox.submit({
          session: {
            tenant: channel.tenant,
            agent,
            channel: "bus",
            account: entry.sender.principal,
            conversation: { peer: channel.channel, guild: channel.room }
          },
          content,
          idempotencyKey: IdempotencyKey.make(`bus:${epoch}:${offset}`),
          maxTokens: undefined
        })
        const { error, text: answer } = yield* inbox.result(turnId)
        return {
          body: error === undefined ? answer : error.message,
          failed: error !== undefined,
          turn: turnId as string
        }
      })

      const answer = (agent: AgentId, taken: Taken, body: string, principal: Principal["Service"]) =>
        ask(agent, taken, body).pipe(
          Effect.provideService(Principal, principal),
          Effect.catch((error) => Effect.succeed({ body: error.message, failed: true, turn: "" })),
          Effect.flatMap((said) =>
            broker.post({
              channel: taken.channel,
              sender: { principal: `agent:${agent}`, connection: "", type: "ai-agent", name: agent },
              id: said.turn,
              content: text(said.body, {
                "in-reply-to": taken.entry.id,
                ...(said.turn === "" ? {} : { turn: said.turn }),
                ...(said.failed ? { failed: "true" } : {})
              }),
              // what a turn says was inspected when it said it
              inspected: true
            })
          ),
          Effect.catch((error) => Effect.logWarning(`An answer could not be published on the bus: ${error.message}`))
        )

      broker.watch((taken) => {
        const { entry, principal } = taken
        const { body } = entry.content
        // agents do not answer agents: two of them would never stop
        if (principal === undefined || !principal.has("chat:send") || entry.sender.type === "ai-agent") return
        if (typeof body !== "string" || body === "") return
        for (const one of agents) if (lives(one, taken)) fork(Effect.asVoid(answer(one.id, taken, body, principal)))
      })
    })
  )
