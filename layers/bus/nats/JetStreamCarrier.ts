/**
 * Over a stream that keeps what was said for a while. A node has a consumer of its own and goes on where it was; where the
 * server lost its own end of the stream, it begins some way back, and what comes again is known by its id.
 */
import type { JetStreamClient, JetStreamManager } from "@nats-io/jetstream"
import type { NatsConnection } from "@nats-io/transport-node"
import { type Carrier, rootIn, type Take } from "./Carrier.ts"
import type { Letter } from "./Outbox.ts"

export interface Options {
  /** Made where there is none; an operator's own is taken as it is, with the subjects that are missing added. */
  readonly stream: string
  /** The node's name. Its consumer is forgotten after a day without it. */
  readonly node: string
  /** How long a new stream keeps messages. Milliseconds. */
  readonly keepMillis: number
  /** How much a new stream keeps. Bytes. */
  readonly keepBytes: number
  /** For how long this node has been running. Milliseconds, of a clock that nobody sets. */
  readonly age: () => number
}

const nanos = (millis: number): number => millis * 1_000_000
const day = 86_400_000
/** How long a repeated id is known to a new stream; what is sent again is never older. Milliseconds. */
const window = 120_000
/** How far back a consumer begins where the server's own memory of it is gone. Messages. */
const overlap = 20_000
/** Where numbers prove nothing, a node takes again what came so shortly before it began. Milliseconds. */
const slack = 10_000
/** Milliseconds for one publish to be confirmed. */
const patience = 5_000

/** The server knows nothing of that name. */
const isMissing = (error: unknown): boolean =>
  error instanceof Error && (error.name === "StreamNotFoundError" || error.name === "ConsumerNotFoundError")

const unlessMissing = <A>(asked: Promise<A>): Promise<A | undefined> =>
  asked.catch((error: unknown) => (isMissing(error) ? undefined : Promise.reject(error)))

export const make = async (connection: NatsConnection, options: Options): Promise<Carrier> => {
  const { default: package_ } = await import("@nats-io/jetstream")
  const { AckPolicy, DeliverPolicy, DiscardPolicy, StorageType, jetstream, jetstreamManager } = package_
  const js: JetStreamClient = jetstream(connection)
  const manager: JetStreamManager = await jetstreamManager(connection)
  const { node, stream } = options
  // no name of a consumer has a dot or a space
  const consumer = `exoclaw_${Buffer.from(node).toString("base64url")}`
  const wanted = new Set(["exoclaw"])
  let ensured: ReadonlySet<string> = new Set()
  /** The newest that this node has had; undefined where it is not known to have had any. */
  let lastSeen: number | undefined
  /** Up to here an earlier life of this node has had everything; undefined where there was none. */
  let had: number | undefined
  /** When this life began: what the server took before is not for it, unless it stands behind `had`. Of the server's clock. */
  let begunAt: number | undefined
  /** Of which stream, on which server's run. */
  let lastNumbering: string | undefined

  const subjectsOf = (roots: Iterable<string>) => Array.from(roots, (root) => `${root}.>`)

  /** The stream has the subjects of all roots; somebody else may be adding others, so it is looked at again. */
  const ensureStream = async (): Promise<void> => {
    for (let attempt = 0; attempt < 10; attempt++) {
      const info = await unlessMissing(manager.streams.info(stream))
      if (info === undefined) {
        await manager.streams.add({
          name: stream,
          subjects: subjectsOf(wanted),
          storage: StorageType.File,
          discard: DiscardPolicy.Old,
          max_age: nanos(options.keepMillis),
          max_bytes: options.keepBytes,
          duplicate_window: nanos(Math.min(window, options.keepMillis))
        })
        continue
      }
      const present = new Set(info.config.subjects)
      const missing = subjectsOf(wanted).filter((subject) => !present.has(subject))
      if (missing.length === 0) {
        ensured = new Set(wanted)
        return
      }
      await manager.streams.update(stream, { subjects: [...present, ...missing] })
    }
    throw new Error("others change the stream all the time")
  }

  /**
   * Where this node goes on. A server that ended may have lost the newest messages and given their numbers to others, and
   * a stream that was made again counts anew: then numbers prove nothing, and the consumer begins some way back. So does
   * one of a node that is new: somebody may have said something since it began.
   */
  const startOf = (top: number, numbering: string): number => {
    const done = lastSeen ?? had
    const isSame = done !== undefined && lastNumbering === numbering && done <= top
    return Math.max(1, isSame ? done + 1 : Math.min(done ?? top, top) - overlap)
  }

  /** A consumer made anew: what was handed to somebody who is gone does not have to time out first. */
  const renewConsumer = async (): Promise<void> => {
    const { created, state } = await manager.streams.info(stream)
    const numbering = `${connection.info?.server_id ?? ""} ${created}`
    const known = await unlessMissing(manager.consumers.info(stream, consumer))
    if (lastSeen === undefined && begunAt === undefined) {
      had = known?.ack_floor.stream_seq
      // it says itself under which numbering it was made
      lastNumbering = known?.config.description
    }
    if (known !== undefined) await manager.consumers.delete(stream, consumer)
    const made = await manager.consumers.add(stream, {
      durable_name: consumer,
      description: numbering,
      ack_policy: AckPolicy.All,
      max_ack_pending: 2 * overlap,
      inactive_threshold: nanos(day),
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: startOf(state.last_seq, numbering)
    })
    begunAt ??= Date.parse(made.created) - options.age() - (had === undefined ? 0 : slack)
    lastNumbering = numbering
  }

  /** Whether it is for this life of the node. Nanoseconds of the server's clock. */
  const isNew = (seq: number, takenAt: number): boolean =>
    (had !== undefined && seq > had) || takenAt / 1_000_000 > (begunAt ?? 0)

  const listen = (take: Take) => {
    let isStopped = false
    let stop = () => undefined as void
    const ended = (async () => {
      await ensureStream()
      await renewConsumer()
      if (isStopped) return
      const handle = await js.consumers.get(stream, consumer)
      const messages = await handle.consume({ max_messages: 1_000, expires: 2_000, abort_on_missing_resource: true })
      stop = () => void messages.stop()
      if (isStopped) return stop()
      for await (const message of messages) {
        if (isStopped) return
        if (isNew(message.seq, message.info.timestampNanos)) await take(message.subject, message.data)
        lastSeen = message.seq
        message.ack()
      }
    })()
    return {
      ended,
      stop: () => {
        isStopped = true
        stop()
      }
    }
  }

  const send = async (letters: ReadonlyArray<Letter>): Promise<ReadonlySet<Letter>> => {
    try {
      for (const { subject } of letters) wanted.add(rootIn(subject))
      if (wanted.size > ensured.size) await ensureStream()
    } catch {
      return new Set(letters)
    }
    const failed = new Set<Letter>()
    const publish = async (letter: Letter): Promise<void> => {
      try {
        await js.publish(letter.subject, letter.bytes, { msgID: letter.id, timeout: patience, retries: 0 })
      } catch {
        failed.add(letter)
      }
    }
    await Promise.all(letters.map(publish))
    // its subjects may have been taken out of the stream
    if (failed.size > 0) ensured = new Set()
    return failed
  }

  return { name: "JetStream", listen, send }
}
