/**
 * The history in Redis 6.2 or later: each method is one script, one round trip. While Redis is away the history is in
 * memory, and says so.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { type ChannelRef, keyOf } from "../../src/bus/ChannelName.ts"
import { type Appended, type ChannelState, History, HistoryUnavailable, type Retention } from "../../src/bus/History.ts"
import type { Draft } from "../../src/bus/Message.ts"
import { sameEpoch } from "../../src/bus/Position.ts"
import { Entropy } from "../../src/domain/Entropy.ts"
import * as MemoryHistory from "./MemoryHistory.ts"
import * as Failover from "./redis/Failover.ts"
import { type Argument, connect, LinkFailed } from "./redis/Link.ts"
import * as Outage from "./redis/Outage.ts"
import * as Recent from "./redis/Recent.ts"
import * as scripts from "./redis/scripts.ts"
import { entryOf, fieldsOf, salvage, type StoredEntry } from "./redis/Stored.ts"

export interface Options {
  /** `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS. */
  readonly url: Redacted.Redacted<string>
  /** Begins every key, so that several buses, and others, may share a database. */
  readonly prefix: string
  /** Milliseconds without any answer after which Redis counts as away. */
  readonly patienceMillis: number
  /** A channel that nobody used for so long is forgotten. Milliseconds. */
  readonly channelLifeMillis: number
  /** File that is there while messages were taken without Redis; without it a kill in that time goes unnoticed. */
  readonly outageFile: string | undefined
  /** Of the memory that stands in; its window of repeats holds in Redis too. */
  readonly memory: MemoryHistory.Options
}

export const defaults: Omit<Options, "url" | "outageFile"> = {
  prefix: "exoclaw:bus",
  patienceMillis: 2_000,
  channelLifeMillis: 30 * 86_400_000,
  memory: MemoryHistory.defaults
}

interface AppendOptions {
  readonly dedupe: string | undefined
  readonly retention: Retention
}

type Words = readonly [status: Buffer, ...rest: ReadonlyArray<unknown>]
const text = (value: unknown): string => String(value)

const unavailable = (error: LinkFailed) =>
  new HistoryUnavailable({ outcomeUnknown: error.outcomeUnknown, cause: error })

/** A name for an epoch or a generation that nobody has used. */
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")

const away = new LinkFailed({ outcomeUnknown: false, why: "Redis is away" })
const lost = new LinkFailed({ outcomeUnknown: true, why: "the connection broke before the answer came" })

const make = Effect.fnUntraced(function* (
  options: Options
): Effect.fn.Return<History["Service"], never, Entropy | Scope.Scope> {
  const entropy = yield* Entropy
  const { memory, prefix } = options
  const fresh = Effect.map(entropy.bytes(12), hex)
  const generationKey = `${prefix}:generation`

  const failover = yield* Failover.make({
    connect: (onEnd) => connect({ url: options.url, patience: options.patienceMillis, onEnd }),
    enter: (link, begin) =>
      Effect.flatMap(fresh, (candidate) =>
        Effect.map(
          link.run(scripts.enter, [generationKey, `${prefix}:run`], [link.runId, candidate, begin ? "1" : "0"]),
          text
        )
      ),
    makeMemory: Effect.provideService(MemoryHistory.make(memory), Entropy, entropy),
    outage: Outage.make(options.outageFile)
  })
  const recent = Recent.make(memory.window)

  /** A tenant's id and a room's name hold no colon, so that two channels never share a key. */
  const keysOf = ({ channel, room, tenant }: ChannelRef): ReadonlyArray<string> => [
    generationKey,
    ...["c", "s", "r", "a"].map((kind) => `${prefix}:${tenant}:${kind}:${room}:${channel}`)
  ]

  /** One script on one channel; once more where the generation was another one. */
  const ask = Effect.fnUntraced(function* (
    session: Failover.Session,
    script: scripts.Script,
    channel: ChannelRef,
    args: ReadonlyArray<Argument>
  ) {
    const now = yield* Clock.currentTimeMillis
    const keys = keysOf(channel)
    for (let attempt = 0; attempt < 3; attempt++) {
      const head = [session.generation, yield* fresh, String(now), String(options.channelLifeMillis)]
      const reply = (yield* session.link.run(script, keys, [...head, ...args])) as Words
      if (text(reply[0]) === "ok") return reply
      yield* failover.renew(session, false)
    }
    return yield* new LinkFailed({ outcomeUnknown: false, why: "its data are flushed again and again" })
  })

  const appendInRedis = Effect.fnUntraced(function* (
    session: Failover.Session,
    channel: ChannelRef,
    draft: Draft,
    { dedupe, retention }: AppendOptions
  ) {
    const { keys, millis } = memory.window
    const [, epoch, offset, duplicate, kept] = yield* ask(session, scripts.append, channel, [
      String(retention.messages),
      String(Number.isFinite(retention.millis) ? retention.millis : -1),
      dedupe === undefined ? "0" : "1",
      dedupe ?? "",
      String(millis),
      String(keys),
      ...fieldsOf(draft)
    ])
    return {
      position: { epoch: text(epoch), offset: Number(text(offset)) },
      duplicate: duplicate === 1,
      durability: kept === 1 ? "server" : "none"
    } satisfies Appended
  })

  /**
   * A message whose first attempt may have arrived. Under its key it is the same message. Without one it is not tried
   * again where it could stand twice; a new generation tells everybody that something may be missing.
   */
  const again = Effect.fnUntraced(function* (
    session: Failover.Session,
    channel: ChannelRef,
    draft: Draft,
    wanted: AppendOptions
  ) {
    if (wanted.dedupe === undefined) {
      yield* failover.renew(session, true)
      return yield* new HistoryUnavailable({ outcomeUnknown: true, cause: lost })
    }
    // nobody has heard of it yet, whichever attempt it was
    return { ...(yield* appendInRedis(session, channel, draft, wanted)), duplicate: false }
  })

  const append: History["Service"]["append"] = Effect.fnUntraced(function* (channel, draft, wanted) {
    const key = wanted.dedupe === undefined ? undefined : `${keyOf(channel)}\n${wanted.dedupe}`
    let isUncertain = false
    const once = failover.use<Appended, HistoryUnavailable>(
      Effect.fnUntraced(function* (now) {
        const millis = yield* Clock.currentTimeMillis
        const used = key === undefined ? undefined : recent.known(key, now.era, millis)
        // whether it is still kept, the other history would know
        if (used !== undefined) return { position: used, duplicate: true, durability: "none" }
        if (now._tag === "memory") yield* failover.beginOutage
        const done =
          now._tag === "memory"
            ? yield* now.history.append(channel, draft, wanted)
            : yield* (isUncertain ? again : appendInRedis)(now.session, channel, draft, wanted)
        if (key !== undefined) recent.add(key, done.position, now.era, millis)
        return done
      })
    )
    return yield* once.pipe(
      Effect.tapError((error) =>
        Effect.sync(() => {
          isUncertain ||= error instanceof LinkFailed && error.outcomeUnknown
        })
      ),
      Effect.retry({ times: 3, while: (error) => error instanceof LinkFailed }),
      Effect.catch((error) => Effect.fail(error instanceof LinkFailed ? unavailable(error) : error))
    )
  })

  /** For what may be done twice. */
  const retried = <A>(run: (now: Failover.Now) => Effect.Effect<A, HistoryUnavailable | LinkFailed>) =>
    failover.use(run).pipe(
      Effect.retry({ times: 2, while: (error) => error instanceof LinkFailed }),
      Effect.catch((error) => Effect.fail(error instanceof LinkFailed ? unavailable(error) : error))
    )

  const read: History["Service"]["read"] = (channel, wanted) =>
    retried(
      Effect.fnUntraced(function* (now) {
        if (now._tag === "memory") return yield* now.history.read(channel, wanted)
        const { after, end, limit } = wanted
        const args = [after?.epoch ?? "", String(after?.offset ?? 0), String(limit), end]
        const [, epochText, topText, firstText, found] = yield* ask(now.session, scripts.read, channel, args)
        const [epoch, top, first] = [text(epochText), Number(text(topText)), Number(text(firstText))]
        const stored = found as ReadonlyArray<StoredEntry>
        const { entries, lostBefore } = salvage(
          (end === "newest" ? stored.toReversed() : stored).map((entry) => entryOf(entry, epoch)),
          {
            from: after !== undefined && sameEpoch(after.epoch, epoch) ? Math.max(first, after.offset + 1) : first,
            top,
            limit,
            end
          }
        )
        return { epoch, top, first: lostBefore ?? first, entries }
      })
    )

  /** What must reach Redis, or it would come back with it. */
  const change = (channel: ChannelRef, script: scripts.Script, args: ReadonlyArray<Argument>) =>
    retried((now) =>
      now._tag === "memory" ? Effect.fail(unavailable(away)) : Effect.asVoid(ask(now.session, script, channel, args))
    )

  return {
    // a position that only this process's memory gave out means nothing to another node
    get scope() {
      return failover.mode() === "memory" ? "node" : "shared"
    },
    append,
    read,
    info: (channel) =>
      Effect.map(
        read(channel, { after: undefined, limit: 0, end: "oldest" }),
        ({ epoch, first, top }): ChannelState => ({ epoch, top, first })
      ),
    trim: (channel, upTo) => change(channel, scripts.trim, [String(upTo)]),
    forget: (channel) =>
      Effect.andThen(
        Effect.sync(() => recent.forget(`${keyOf(channel)}\n`)),
        change(channel, scripts.forget, [])
      ),
    health: Effect.sync(() => {
      const isAway = failover.mode() !== "redis"
      const version = failover.version()
      return {
        backend: "redis",
        degraded: isAway,
        durability: isAway ? "process" : "server",
        detail: isAway ? "Redis is away; messages are kept in memory" : `Redis ${version ?? ""}`
      }
    })
  }
})

/** Never fails: where Redis cannot be reached at the start, memory stands in until it can. */
export const layer = (
  options: Pick<Options, "url" | "outageFile"> & Partial<Options>
): Layer.Layer<History, never, Entropy> => Layer.effect(History, make({ ...defaults, ...options }))
