/** Agents that live on the bus: what is said in their rooms is a turn, and its answer is said there. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import type { Content } from "../../src/bus/Message.ts"
import { show } from "../../src/bus/ChannelName.ts"
import { Broker, type Taken } from "../../src/bus/routing/Broker.ts"
import { Casil, Circumstances } from "../../src/casil/Casil.ts"
import { type AgentId, IdempotencyKey, type TurnId } from "../../src/domain/Ids.ts"
import { Instance } from "../../src/domain/Instance.ts"
import { Authenticator } from "../../src/identity/Authenticator.ts"
import { Principal } from "../../src/identity/Principal.ts"
import { Inbox } from "../../src/session/Inbox.ts"
import type { Store } from "../store/Store.ts"
import { type Debt } from "./RoomDebts.ts"
import * as RoomDebts from "./RoomDebts.ts"

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

/** What is said of a turn. */
interface Said {
  readonly body: string
  readonly failed: boolean
  /** Empty where there is no turn. */
  readonly turn: string
}

/** How often the answers are looked for that another process owes, which may have ended. */
const lookEvery = "30 seconds"
const again = Schedule.max([Schedule.exponential("200 millis"), Schedule.recurs(5)])

/** Nothing, where there is no bus or no agent on it. */
export const layer = (
  agents: ReadonlyArray<RoomAgent>
): Layer.Layer<never, never, Authenticator | Casil | Inbox | Instance | Store> =>
  Layer.effectDiscard(
    Effect.gen(function* () {
      const found = yield* Effect.serviceOption(Broker)
      if (Option.isNone(found)) return
      const broker = found.value
      const casil = yield* Casil
      const inbox = yield* Inbox
      const authenticator = yield* Authenticator
      const debts = yield* RoomDebts.make(yield* Instance)
      const fork = Effect.runForkWith(yield* Effect.context<never>())

      const ended = (turnId: TurnId) =>
        Effect.map(inbox.result(turnId), ({ error, text: answer }): Said => ({
          body: error === undefined ? answer : error.message,
          failed: error !== undefined,
          turn: turnId
        }))

      /** The turn as the sender, whose budgets it is paid from; the message's position names it, so it runs once. */
      const ask = Effect.fnUntraced(function* ({ agent, channel, key, principal }: Debt, body: string) {
        const content = yield* Effect.provideService(casil.text("prompt", body), Circumstances, {
          tenant: channel.tenant,
          agent,
          client: principal
        })
        const { turnId } = yield* inbox.submit({
          session: {
            tenant: channel.tenant,
            agent,
            channel: "bus",
            account: principal,
            conversation: { peer: channel.channel, guild: channel.room }
          },
          content,
          idempotencyKey: key,
          maxTokens: undefined
        })
        return yield* ended(turnId)
      })

      /** Says it in the room, and strikes it out. Said twice at worst, under one id: where it ends between the two. */
      const say = (debt: Debt, said: Said) =>
        broker
          .post({
            channel: debt.channel,
            sender: { principal: `agent:${debt.agent}`, connection: "", type: "ai-agent", name: debt.agent },
            id: said.turn,
            content: text(said.body, {
              "in-reply-to": debt.message,
              ...(said.turn === "" ? {} : { turn: said.turn }),
              ...(said.failed ? { failed: "true" } : {})
            }),
            // what a turn says was inspected when it said it
            inspected: true
          })
          .pipe(
            Effect.retry(again),
            Effect.andThen(debts.paid(debt)),
            Effect.catch((error) => Effect.logWarning(`An answer could not be published on the bus: ${error.message}`))
          )

      const answer = (debt: Debt, body: string, principal: Principal["Service"]) =>
        Effect.andThen(debts.owe(debt), ask(debt, body)).pipe(
          Effect.provideService(Principal, principal),
          Effect.catch((error) => Effect.succeed<Said>({ body: error.message, failed: true, turn: "" })),
          Effect.flatMap((said) => say(debt, said))
        )

      /** What a process did not come to say. Where it did not even come to ask, nothing was promised. */
      const settle = (debt: Debt) =>
        Effect.flatMap(inbox.findByKey(debt.key), ended).pipe(
          Effect.provideService(
            Principal,
            authenticator.internal({ id: debt.principal, tenant: debt.channel.tenant, scopes: debt.scopes })
          ),
          Effect.matchEffect({
            onFailure: (error) =>
              error.reason._tag === "NotFound"
                ? debts.paid(debt)
                : Effect.logWarning(`An answer to a room is still owed: ${error.message}`),
            onSuccess: (said) => say(debt, said)
          }),
          Effect.catch((error) => Effect.logWarning(`An answer to a room is still owed: ${error.message}`))
        )
      yield* Effect.forkScoped(
        debts.inherit.pipe(
          Effect.flatMap((left) => Effect.forEach(left, (debt) => Effect.forkChild(settle(debt)), { discard: true })),
          Effect.catch((error) => Effect.logWarning(`Answers to rooms could not be looked up: ${error.message}`)),
          Effect.repeat(Schedule.spaced(lookEvery))
        )
      )

      if (agents.every(({ rooms }) => rooms.length === 0)) return
      broker.watch((taken) => {
        const { channel, entry, principal } = taken
        const { body } = entry.content
        // agents do not answer agents: two of them would never stop
        if (principal === undefined || !principal.has("chat:send") || entry.sender.type === "ai-agent") return
        if (typeof body !== "string" || body === "") return
        const { epoch, offset } = entry.position
        for (const one of agents) {
          if (!lives(one, taken)) continue
          const debt: Debt = {
            agent: one.id,
            channel,
            principal: principal.id,
            scopes: [...principal.scopes],
            message: entry.id,
            key: IdempotencyKey.make(`bus:${one.id}:${epoch}:${offset}`)
          }
          fork(Effect.asVoid(answer(debt, body, principal)))
        }
      })
    })
  )
