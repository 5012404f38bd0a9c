/**
 * `exoclaw/client/bus`: the message bus from Node 22 or later and from browsers. No dependencies at run time.
 *
 * ```ts
 * const bus = await connectBus({ url: "ws://127.0.0.1:7200", token, type: "service" })
 * await bus.join("ops", "lobby")
 * await bus.publish("ops", "lobby", "hello")
 * for await (const event of bus.events) if (event.type === "message") console.log(event.body)
 * ```
 *
 * A connection that is lost comes back by itself, with what was missed; a hole is an event of its own (`skipped`).
 */
import { BusClient, type JoinOptions } from "./BusClient.ts"
import type { Ack, BusEvent, HistoryPage, Joined, Position } from "./Events.ts"
import { BusFailure, ConnectionFailure, isPassing } from "./Failure.ts"
import { type BusOptions, defaults, mostInFlight } from "./options.ts"
import * as Wire from "./Wire.ts"

export type { JoinOptions } from "./BusClient.ts"
export type * from "./Events.ts"
export { BusFailure, ConnectionFailure, type BusErrorCode } from "./Failure.ts"
export type { BusOptions } from "./options.ts"
export type { BusSocket } from "./Session.ts"

export type Body = string | Uint8Array

export interface SayOptions {
  /** Media type of the body, such as `application/json`. */
  readonly contentType?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** On a channel that conflates: of all that wait for a slow reader under one key, the newest is kept. */
  readonly key?: string | undefined
}

export interface PublishOptions extends SayOptions {
  /** The same id again is the same message. One is made up where none is given, so that retries are safe. */
  readonly id?: string | undefined
}

export interface Bus {
  /** Everything that comes, in order. Take it from one loop. */
  readonly events: AsyncIterable<BusEvent>
  /** Joins a channel; `*` is all of them. Messages come after it. */
  readonly join: (room: string, channel: string, options?: JoinOptions) => Promise<Joined>
  readonly leave: (room: string, channel: string) => Promise<void>
  /**
   * Publishes to a channel that was joined. Over lost connections and refusals that pass it is tried again under the
   * same id; rejects with a `BusFailure`, or a `ConnectionFailure` where it is not known whether it was taken.
   */
  readonly publish: (room: string, channel: string, body: Body, options?: PublishOptions) => Promise<Ack>
  /** To one connection, or to all of a principal. Never tried again: it has no id of its own. */
  readonly send: (
    to: { readonly connection: string } | { readonly principal: string },
    body: Body,
    options?: SayOptions
  ) => Promise<Ack>
  /** Messages that are kept: after a position oldest first, else the newest. */
  readonly history: (
    room: string,
    channel: string,
    ask?: { readonly after?: Position | undefined; readonly limit?: number | undefined }
  ) => Promise<HistoryPage>
  /** Replaces what is shown of this connection. */
  readonly update: (metadata: Readonly<Record<string, string>>) => Promise<void>
  /** One of the built-in commands, with its reply as the contract has it. */
  readonly command: <C extends Wire.CommandName>(name: C, value?: Wire.CommandValue<C>) => Promise<Wire.ReplyValue<C>>
  /** What of this channel came so far; give it as `recover` to a later program's join. */
  readonly position: (room: string, channel: string) => Position | undefined
  readonly close: () => Promise<void>
  /** Settles when this client is closed for good, with the reason if the bus would not have it. */
  readonly closed: Promise<Error | undefined>
}

const content = (body: Body, { contentType = "", headers = {}, key = "" }: SayOptions) => ({
  body:
    typeof body === "string"
      ? { case: "text" as const, value: body }
      : { case: "data" as const, value: new Uint8Array(body) },
  contentType,
  headers: { ...headers },
  key
})

const ackOf = (answer: Wire.Answer): Ack | undefined => (answer.case === "ack" ? Wire.ack(answer.value) : undefined)

/** So many at once, the rest in order. */
const turnstile = (most: number) => {
  let inside = 0
  const waiting: Array<() => void> = []
  return async <A>(work: () => Promise<A>): Promise<A> => {
    if (inside >= most) await new Promise<void>((enter) => waiting.push(enter))
    else inside += 1
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next === undefined) inside -= 1
      else next()
    }
  }
}

/** Connects to a bus. Rejects where it does not answer, or will not have this client. */
export const connectBus = async (options: BusOptions): Promise<Bus> => {
  const client = new BusClient(options)
  await client.start()
  const inTurn = turnstile(mostInFlight)

  const patience = options.publishTimeoutMs ?? defaults.publishTimeoutMs
  const publish = async (frame: Wire.Ask): Promise<Ack> => {
    const until = performance.now() + patience
    for (;;) {
      try {
        return await client.ask(frame, ackOf)
      } catch (failure) {
        if (!(failure instanceof BusFailure) || !isPassing(failure)) throw failure
        const pause = failure.retryAfterMs * (1 + Math.random()) + 10
        if (performance.now() + pause > until) throw failure
        await new Promise((resolve) => setTimeout(resolve, pause))
      }
    }
  }
  const inTime = async (frame: Wire.Ask): Promise<Ack> => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<never>((_, reject) => {
      const failure = new ConnectionFailure(
        "The bus did not answer in time; publishing again with the same id is safe."
      )
      timer = setTimeout(() => reject(failure), patience)
    })
    return Promise.race([publish(frame), late]).finally(() => clearTimeout(timer))
  }

  return {
    events: client.events,
    join: (room, channel, join) => client.join({ room, channel }, join),
    leave: (room, channel) => client.leave({ room, channel }),
    publish: (room, channel, body, say = {}) => {
      const id = say.id ?? crypto.randomUUID()
      return inTurn(() => inTime({ case: "publish", value: { room, channel, id, content: content(body, say) } }))
    },
    send: (to, body, say = {}) => {
      const recipient =
        "connection" in to
          ? { case: "connection" as const, value: to.connection }
          : { case: "principal" as const, value: to.principal }
      return client.ask({ case: "sendPrivate", value: { to: recipient, content: content(body, say) } }, ackOf, false)
    },
    history: (room, channel, { after, limit = 0 } = {}) =>
      client.ask(
        Wire.command("history", {
          room,
          channel,
          limit,
          ...(after === undefined ? {} : { after: Wire.positionInit(after) })
        }),
        (answer) => {
          const reply = Wire.reply("history", answer)
          return reply === undefined ? undefined : Wire.page(reply)
        }
      ),
    update: async (metadata) => {
      await client.ask(
        { case: "update", value: { metadata: { ...metadata } } },
        ({ case: kind }) => kind === "updated" || undefined
      )
    },
    command: (name, value) =>
      client.ask(
        Wire.command(name, value),
        (answer) => Wire.reply(name, answer),
        name !== "createChannel" && name !== "deleteChannel"
      ),
    position: (room, channel) => client.position(room, channel),
    close: () => client.close(),
    closed: client.closed
  }
}
