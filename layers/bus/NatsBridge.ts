/**
 * Other nodes over NATS, by plain subjects or by a JetStream stream. What this node publishes waits here while NATS is away;
 * what comes in is delivered once, in the order in which it comes.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { randomUUID } from "node:crypto"
import type { NatsConnection } from "@nats-io/transport-node"
import { Bridge, type Relay, type Said } from "../../src/bus/Bridge.ts"
import type { TenantId } from "../../src/domain/Ids.ts"
import { addressOf } from "./nats/address.ts"
import { type Carrier, wait } from "./nats/Carrier.ts"
import type { Asking, Standing } from "./nats/Mark.ts"
import { type Bounds, type Letter, Outbox } from "./nats/Outbox.ts"
import { Receiver, subjectOf } from "./nats/Receiver.ts"
import * as RelayWire from "./nats/RelayWire.ts"
import { Sender } from "./nats/Sender.ts"
import { type Account, Spoken } from "./nats/Spoken.ts"

export interface Options {
  /** `nats://[user:password@]host[:port]` or `nats://TOKEN@host[:port]`; `tls://` for TLS. */
  readonly url: Redacted.Redacted<string>
  /** This node's name: unique among the nodes, and the same after a restart. */
  readonly node: string
  /** Keeps what is said in a stream of this name; without it a node that is away misses it. */
  readonly stream: string | undefined
  /** How long, and how much, a stream that is made here keeps. Milliseconds and bytes. */
  readonly keepMillis: number
  readonly keepBytes: number
  /** What may wait here while NATS is away. */
  readonly outbox: Bounds
  /** How often the others are told how far this node has come, where it has said something. Milliseconds. */
  readonly tellMillis: number
}

export const defaults: Omit<Options, "url" | "node"> = {
  stream: "exoclaw",
  keepMillis: 3_600_000,
  keepBytes: 1_073_741_824,
  outbox: { letters: 100_000, bytes: 67_108_864 },
  // the last message may be lost, and nothing comes after it that would show it
  tellMillis: 5_000
}

/** What a server may lose of what it confirmed: the last seconds before it went away. */
const tail = { millis: 10_000, letters: 20_000, bytes: 16_777_216 }

const retries = Schedule.min([Schedule.exponential("50 millis"), Schedule.spaced("5 seconds")]).pipe(Schedule.jittered)

/** An error's name: its text may hold an address with credentials. */
const nameOf = (error: unknown): string => (error instanceof Error ? error.name : "unknown")

const tenantOf = (what: Said | Standing | Asking): TenantId =>
  what._tag === "message" ? what.channel.tenant : what.tenant

const letterFor = (what: Said | Standing | Asking, bytes: Uint8Array): Letter => ({
  id: what.id,
  subject: subjectOf(what),
  bytes,
  tenant: tenantOf(what)
})

const carrierOn = async (
  connection: NatsConnection,
  options: Options & { readonly age: () => number },
  onDrop: () => void
): Promise<Carrier> => {
  if (options.stream === undefined) return (await import("./nats/CoreCarrier.ts")).make(connection, onDrop)
  return (await import("./nats/JetStreamCarrier.ts")).make(connection, { ...options, stream: options.stream })
}

const make = Effect.fnUntraced(function* (options: Options): Effect.fn.Return<Bridge["Service"], never, Scope.Scope> {
  const { node } = options
  const clock = yield* Clock.Clock
  const now = () => clock.currentTimeMillisUnsafe()
  const startedAt = now()
  const beganAt = clock.monotonicTimeNanosUnsafe()
  const age = () => Number((clock.monotonicTimeNanosUnsafe() - beganAt) / 1_000_000n)
  const run = Effect.runPromiseWith(yield* Effect.context<never>())
  const spoken = new Spoken(randomUUID())
  let dropped: (tenant: TenantId) => void = () => undefined
  const outbox = new Outbox(options.outbox, tail, ({ said, tenant }) => {
    if (said !== undefined) spoken.lost(said)
    dropped(tenant)
  })
  const newId = () => `${spoken.life}:${(state.ids += 1)}`
  const letterOf = (account: Account) => {
    const what = { _tag: "standing", node, id: newId(), life: spoken.life, runs: spoken.runs, ...account } as const
    return letterFor(what, RelayWire.encode(what))
  }
  const sender = new Sender({ outbox, spoken, letterOf, now })
  const state = { isClosing: false, detail: "NATS was not reached yet", overrun: 0, unfit: 0, ids: 0, warned: false }
  let carrier: Carrier | undefined
  let isConnected = false
  let receive: Parameters<Bridge["Service"]["receive"]>[0] | undefined

  /** Rejects where nobody takes it any more: then it is not confirmed, and comes again. */
  const deliver = (relay: Relay): Promise<void> =>
    run(
      Effect.suspend(() => (receive === undefined ? Effect.interrupt : receive(relay))).pipe(
        Effect.retry({ schedule: retries, while: () => !state.isClosing && receive !== undefined })
      )
    )
  const receiver = new Receiver({
    node,
    deliver,
    onFailure: (error) => void run(Effect.logWarning(`The bus cannot read from NATS: ${nameOf(error)}.`)),
    onTwin: ({ draft }) => {
      // what an earlier life of this node sent may come late
      if (state.warned || draft.at < startedAt) return
      state.warned = true
      void run(Effect.logError(`Another node is called "${node}" too, and each misses what the other publishes.`))
    },
    onAsked: (tenant) => spoken.asked(tenant),
    onReading: (tenants) => {
      for (const tenant of tenants) {
        const what = { _tag: "asking", node, id: newId(), tenant } as const
        outbox.add(letterFor(what, RelayWire.encode(what)))
      }
      sender.notice()
    }
  })

  const up = (connection: NatsConnection, by: Carrier): void => {
    isConnected = true
    state.detail = `NATS ${connection.info?.version ?? ""}, ${by.name}`
    sender.up(by, connection.info?.max_payload ?? Infinity)
    if (receive !== undefined) receiver.up(by)
  }
  const down = (why: string): void => {
    isConnected = false
    state.detail = `NATS is away (${why})`
    sender.down()
    receiver.down()
  }

  /** One connection, which mends itself, until it ends for good. */
  const session = Effect.gen(function* () {
    // a CommonJS package: its names are known to the bundle only under the default one
    const { connect } = (yield* Effect.promise(() => import("@nats-io/transport-node"))).default
    const connection = yield* Effect.acquireRelease(
      Effect.tryPromise(() =>
        connect({
          ...addressOf(Redacted.value(options.url)),
          name: `exoclaw ${node}`,
          noEcho: true,
          timeout: 2_000,
          maxReconnectAttempts: -1,
          reconnectTimeWait: 100,
          reconnectJitter: 50,
          pingInterval: 2_000,
          maxPingOut: 2
        })
      ),
      (opened) => Effect.promise(() => opened.close())
    )
    const by = yield* Effect.tryPromise(() =>
      carrierOn(connection, { ...options, age }, () => void (state.overrun += 1))
    )
    carrier = by
    up(connection, by)
    yield* Effect.logInfo(`The bus reaches its other nodes: ${state.detail}.`)
    const watch = async () => {
      for await (const status of connection.status()) {
        if (status.type === "disconnect") {
          down("the connection is lost")
          void run(Effect.logWarning("NATS is away: the bus goes on without its other nodes, and catches up later."))
        } else if (status.type === "reconnect") {
          up(connection, by)
          void run(Effect.logInfo("NATS is back."))
        } else if (status.type === "error") {
          void run(Effect.logWarning(`NATS refuses something to the bus: ${nameOf(status.error)}.`))
        }
      }
    }
    yield* Effect.promise(() => Promise.all([watch(), connection.closed()]))
  })
  const forever = session.pipe(
    Effect.scoped,
    Effect.catch((error) => Effect.sync(() => down(nameOf(error.cause)))),
    Effect.andThen(Effect.sync(() => down("the connection ended"))),
    Effect.andThen(Effect.sleep("1 second")),
    Effect.forever
  )
  yield* Effect.forkScoped(forever)
  yield* Effect.forkScoped(
    Effect.repeat(
      Effect.sync(() => sender.tell()),
      Schedule.spaced(options.tellMillis)
    )
  )
  // before the connection is closed: what is still here goes out, if it can within a moment
  yield* Effect.addFinalizer(() =>
    Effect.promise(() => {
      state.isClosing = true
      receiver.down()
      return Promise.race([sender.close(), wait(1_000)])
    })
  )

  return {
    node,
    publish: (relay) => {
      const mark = relay._tag === "message" ? spoken.next(relay.channel) : undefined
      const said = relay._tag === "message" && mark !== undefined ? { channel: relay.channel, mark } : undefined
      try {
        outbox.add({ ...letterFor(relay, RelayWire.encode(relay, mark)), said })
      } catch {
        state.unfit += 1
        if (said !== undefined) spoken.lost(said)
        dropped(tenantOf(relay))
        sender.notice()
        return false
      }
      receiver.sent(relay.id)
      sender.notice()
      return true
    },
    receive: (by) =>
      Effect.gen(function* () {
        yield* Effect.acquireRelease(
          Effect.sync(() => {
            receive = by
            if (isConnected && carrier !== undefined) receiver.up(carrier)
          }),
          () =>
            Effect.sync(() => {
              receive = undefined
              receiver.down()
            })
        )
      }),
    onDrop: (handle) => {
      dropped = handle
    },
    health: Effect.sync(() => {
      const dropped = outbox.dropped + state.overrun + state.unfit
      const counts = [
        [outbox.size, "wait"],
        [dropped, "were dropped"],
        [receiver.refused, "of others were refused"]
      ] as const
      const said = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
      return { backend: "nats", connected: isConnected, detail: [state.detail, ...said].join("; ") }
    })
  }
})

/** Never fails: while NATS cannot be reached, this node is alone and keeps what it has to say. */
export const layer = (options: Pick<Options, "url" | "node"> & Partial<Options>): Layer.Layer<Bridge> =>
  Layer.effect(Bridge, make({ ...defaults, ...options }))
