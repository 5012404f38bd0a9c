/** One connection to one Redis server: it is made, used, and when anything is wrong with it, thrown away. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Script } from "./scripts.ts"

/** The server did not do what it was asked. The text is for the operator: a code, never what was sent or kept. */
export class LinkFailed extends Schema.TaggedError<LinkFailed>()("LinkFailed", {
  /** The server may have done it all the same. */
  outcomeUnknown: Schema.Boolean,
  why: Schema.String
}) {
  override get message(): string {
    return this.why
  }
}

export type Argument = string | Buffer

export interface Link {
  /** The server's name of its present run. */
  readonly runId: string
  /** Its version, such as `7.0.15`. */
  readonly version: string
  readonly run: (
    script: Script,
    keys: ReadonlyArray<string>,
    args: ReadonlyArray<Argument>
  ) => Effect.Effect<unknown, LinkFailed>
  /** Ends it at once; everything that waits fails. */
  readonly drop: () => void
}

export interface Options {
  /** `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS. */
  readonly url: Redacted.Redacted<string>
  /** Milliseconds that the server has to connect, and to say something while anybody waits. */
  readonly patience: number
  /** Called once, when the connection has ended by itself. */
  readonly onEnd: () => void
}

/** The first word of an error reply (`OOM`, `READONLY`), or the code of a socket's error; never more of it. */
const codeOf = (cause: unknown): string => {
  if (!(cause instanceof Error)) return "unknown"
  if ("code" in cause && typeof cause.code === "string") return cause.code
  return /^[A-Z]{2,}\b/.exec(cause.message)?.[0] ?? cause.constructor.name
}

const isReply = (cause: unknown): boolean => cause instanceof Error && /^[A-Z]{2,} /.test(cause.message)
const isUnknownScript = (cause: unknown): boolean => cause instanceof Error && cause.message.startsWith("NOSCRIPT")

const failed = (cause: unknown) => new LinkFailed({ outcomeUnknown: !isReply(cause), why: codeOf(cause) })

const field = (info: string, name: string): string =>
  new RegExp(`^${name}:([0-9a-zA-Z.]+)`, "m").exec(info)?.[1] ?? "unknown"

/** Connects, and asks the server which run of which version it is. */
export const connect = Effect.fnUntraced(function* (options: Options): Effect.fn.Return<Link, LinkFailed> {
  // a CommonJS package: its names are known to the bundle only under the default one
  const { createClient, RESP_TYPES } = (yield* Effect.promise(() => import("redis"))).default
  const client = createClient({
    url: Redacted.value(options.url),
    // what cannot be sent now fails now: who waits decides what to do instead
    disableOfflineQueue: true,
    clientInfoTag: "exoclaw-bus",
    maintNotifications: "disabled",
    socket: { reconnectStrategy: false, connectTimeout: options.patience, keepAlive: true }
  })
  const inBytes = { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } }
  let waiting = 0
  let heardAt = 0
  const drop = () => {
    clearInterval(watch)
    client.off("end", options.onEnd)
    if (client.isOpen) client.destroy()
  }
  // one timer for all commands: answers come in order, so that a server that says nothing for so long says nothing
  const watch = setInterval(() => {
    if (waiting > 0 && performance.now() - heardAt > options.patience) {
      drop()
      options.onEnd()
    }
  }, options.patience / 4).unref()
  // a failure is told to whoever waits; without a listener it would end the process
  client.on("error", () => undefined)
  client.once("end", options.onEnd)

  const heard = () => {
    waiting -= 1
    heardAt = performance.now()
  }
  const timed = <A>(answer: Promise<A>): Promise<A> => {
    if (waiting++ === 0) heardAt = performance.now()
    answer.then(heard, heard)
    return answer
  }
  const send = (words: ReadonlyArray<Argument>): Promise<unknown> => timed(client.sendCommand([...words], inBytes))
  const ask = <A>(run: () => Promise<A>) => Effect.tryPromise({ try: run, catch: failed })

  return yield* Effect.gen(function* () {
    yield* ask(() => timed(client.connect()))
    const info = String(yield* ask(() => send(["INFO", "server"])))
    return {
      runId: field(info, "run_id"),
      version: field(info, "redis_version"),
      run: (script, keys, args) => {
        const rest = [String(keys.length), ...keys, ...args]
        return ask(() =>
          send(["EVALSHA", script.sha1, ...rest]).catch((cause: unknown) =>
            isUnknownScript(cause) ? send(["EVAL", script.text, ...rest]) : Promise.reject(cause)
          )
        )
      },
      drop
    } satisfies Link
  }).pipe(Effect.onError(() => Effect.sync(drop)))
})
