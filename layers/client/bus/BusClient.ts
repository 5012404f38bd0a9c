/** A client that stays on the bus: it comes back by itself, joins again, and gets what it missed. */
import { ConnectionFailure } from "../Failure.ts"
import { delay } from "./Backoff.ts"
import type { BusEvent, Joined, Position } from "./Events.ts"
import { EventQueue } from "./EventQueue.ts"
import { BusFailure, isFinal } from "./Failure.ts"
import { type BusOptions, defaults, mostWaitingRequests, openSocket } from "./options.ts"
import { Positions } from "./Positions.ts"
import { Session } from "./Session.ts"
import * as Wire from "./Wire.ts"

export interface Pattern {
  /** A room, or `*` for all. */
  readonly room: string
  /** A channel, or `*` for all of the room. */
  readonly channel: string
}

export interface JoinOptions {
  /** Tell who comes and goes. */
  readonly presence?: boolean | undefined
  /** Send nothing of it: for those who only publish, or read the history. */
  readonly mute?: boolean | undefined
  /** What was had before this program began, by channel. */
  readonly recover?: ReadonlyArray<Pattern & { readonly position: Position }> | undefined
}

interface Waiting {
  /** Made when it is sent: what there is to recover changes meanwhile. */
  readonly frame: () => Wire.Ask
  readonly answered: (answer: Wire.Answer) => void
  readonly fail: (failure: Error) => void
  /** It may be asked again on the next connection: doing it twice is doing it once. */
  readonly isRepeatable: boolean
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const unexpected = (answer: Wire.Answer) =>
  new ConnectionFailure(`The bus answered with "${answer.case ?? "nothing"}".`)

export class BusClient {
  readonly events: EventQueue
  /** Settles when this client is closed for good: by `close`, or because the bus will not have it. */
  readonly closed: Promise<Error | undefined>
  readonly #options: BusOptions
  readonly #positions = new Positions()
  readonly #joins = new Map<string, Pattern & JoinOptions>()
  #session: Session | undefined
  #requests: Array<Waiting> = []
  #failures = 0
  #askedWait = 0
  #isFull = false
  #wasConnected = false
  #isClosed = false
  #resume: () => void = () => undefined
  #settle: (failure: Error | undefined) => void = () => undefined
  #watch: ReturnType<typeof setInterval> | undefined

  constructor(options: BusOptions) {
    this.#options = options
    this.events = new EventQueue(options.maxWaiting ?? defaults.maxWaiting, () => {
      this.#isFull = false
      this.#resume()
    })
    this.closed = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  /** Connects for the first time; from then on the client looks after itself. */
  async start(): Promise<void> {
    try {
      await this.#connect()
    } catch (failure) {
      this.#finish(failure instanceof Error ? failure : new Error("unknown"))
      throw failure
    }
  }

  /** Asks on this connection, or on the next one. Rejects with what the bus says, or when it cannot be asked again. */
  ask<A>(frame: Wire.Ask, read: (answer: Wire.Answer) => A | undefined, isRepeatable = true): Promise<A> {
    return this.#ask(() => frame, read, isRepeatable)
  }

  #ask<A>(frame: () => Wire.Ask, read: (answer: Wire.Answer) => A | undefined, isRepeatable: boolean): Promise<A> {
    return new Promise((resolve, reject) => {
      const answered = (answer: Wire.Answer) => {
        const value = read(answer)
        if (value === undefined) reject(unexpected(answer))
        else resolve(value)
      }
      this.#send({ frame, answered, fail: reject, isRepeatable })
    })
  }

  join(pattern: Pattern, options: JoinOptions = {}): Promise<Joined> {
    for (const { channel, position, room } of options.recover ?? []) this.#positions.set({ room, channel }, position)
    return this.#join({ ...pattern, ...options }, true)
  }

  async leave(pattern: Pattern): Promise<void> {
    this.#joins.delete(`${pattern.room}:${pattern.channel}`)
    await this.ask({ case: "leave", value: { ...pattern } }, ({ case: kind }) => kind === "left" || undefined)
    if (![...this.#joins.values()].some((join) => join.room === pattern.room || join.room === "*"))
      this.#positions.forget(pattern)
  }

  /** What of this channel came so far; give it as `recover` to a later program. */
  position(room: string, channel: string): Position | undefined {
    return this.#positions.of({ room, channel })
  }

  close(): Promise<void> {
    this.#finish(undefined)
    return Promise.resolve()
  }

  #join(join: Pattern & JoinOptions, isRepeatable: boolean): Promise<Joined> {
    const { channel, mute = false, presence = false, room } = join
    const frame = () => ({
      case: "join" as const,
      value: {
        room,
        channel,
        presence,
        mute,
        recover: mute
          ? []
          : this.#positions.within(join).map((at) => ({ ...at, position: Wire.positionInit(at.position) }))
      }
    })
    const read = (answer: Wire.Answer): Joined | undefined => {
      if (answer.case !== "joined") return undefined
      const joined = Wire.joined(answer.value)
      this.#joins.set(`${room}:${channel}`, join)
      // before anything of it is read
      if (!mute && !joined.already) {
        for (const one of joined.channels) {
          const skipped = this.#positions.joined(one)
          if (skipped !== undefined) this.#tell(skipped)
        }
      }
      return joined
    }
    return this.#ask(frame, read, isRepeatable)
  }

  #send(request: Waiting): void {
    const session = this.#session
    if (this.#isClosed) return request.fail(new ConnectionFailure("The client is closed.", 1000))
    if (session === undefined) {
      if (this.#requests.length >= mostWaitingRequests)
        return request.fail(new ConnectionFailure("Too many requests wait for a connection."))
      this.#requests.push(request)
      // whoever takes the events may be the one who waits for this
      this.#resume()
      return
    }
    session.ask(request.frame(), request.answered).catch((failure: unknown) => {
      const isGone = failure instanceof ConnectionFailure
      if (isGone && request.isRepeatable && !this.#isClosed) this.#send(request)
      else request.fail(failure instanceof Error ? failure : new Error("unknown"))
    })
  }

  #tell(event: BusEvent): void {
    if (this.#options.onEvent !== undefined) return this.#options.onEvent(event)
    if (!this.events.add(event)) this.#isFull = true
    this.#hold()
  }

  /** Takes no more while too many events wait, unless somebody waits for an answer: it may be who takes them. */
  #hold(): void {
    if (this.#isFull && this.#session?.waiting === 0) this.#session.close(1000, "too many events wait")
  }

  async #connect(): Promise<void> {
    const { json = false, metadata = {}, name = "", token, type = "service" } = this.#options
    const secret = typeof token === "function" ? await token() : (token ?? "")
    const socket = await openSocket(this.#options)
    if (this.#isClosed) return socket.close(1000, "closed")
    const session = new Session(socket, {
      json,
      onEvent: (event) => {
        for (const one of this.#positions.take(event)) this.#tell(one)
      },
      onDrain: (waitMs) => {
        this.#askedWait = waitMs
      },
      onIdle: () => this.#hold(),
      onEnd: (code, reason, failure) => this.#ended(session, code, reason, failure)
    })
    const hello = {
      minVersion: 1,
      maxVersion: 1,
      type: Wire.typeNumber(type),
      name,
      metadata: { ...metadata },
      token: secret
    }
    const late = setTimeout(() => session.close(1000, "no welcome"), this.#options.timeoutMs ?? defaults.timeoutMs)
    const welcome = await session
      .ask({ case: "hello", value: hello }, (answer) => {
        if (answer.case !== "welcome") throw unexpected(answer)
        return answer.value
      })
      .finally(() => clearTimeout(late))
    this.#session = session
    this.#failures = 0
    const { connection, node, principal, tenant } = welcome
    this.#keepAlive(session)
    for (const join of this.#joins.values()) {
      // where this connection is lost too, the next one joins again
      this.#join(join, false).catch((failure: unknown) => {
        if (!(failure instanceof BusFailure)) return
        this.#joins.delete(`${join.room}:${join.channel}`)
        this.#tell({ type: "refused", room: join.room, channel: join.channel, failure })
      })
    }
    for (const request of this.#requests.splice(0)) this.#send(request)
    // their answers come later than this
    this.#tell({ type: "connected", connection, principal, tenant, node, again: this.#wasConnected })
    this.#wasConnected = true
  }

  /** Asks now and then where the channels stand: that keeps quiet ones recoverable, and finds a server that is gone. */
  #keepAlive(session: Session): void {
    const silence = this.#options.silenceMs ?? defaults.silenceMs
    clearInterval(this.#watch)
    this.#watch = setInterval(() => {
      if (performance.now() - session.heardAt > silence) return session.close(1000, "no answer")
      session
        .ask({ case: "ping", value: { positions: true } }, (answer) => {
          if (answer.case !== "pong") return
          for (const { channel, position, room } of answer.value.positions)
            this.#positions.set({ room, channel }, Wire.position(position))
        })
        .catch(() => undefined)
    }, silence / 3)
  }

  #ended(session: Session, code: number, reason: string, failure: BusFailure | undefined): void {
    // one that never got so far is its caller's business
    if (this.#session !== session) return
    this.#session = undefined
    clearInterval(this.#watch)
    if (this.#isClosed) return
    this.#askedWait = Math.max(this.#askedWait, failure?.retryAfterMs ?? 0)
    this.#tell({ type: "disconnected", code, reason })
    void this.#comeBack()
  }

  async #comeBack(): Promise<void> {
    while (!this.#isClosed) {
      if (this.#isFull && this.#requests.length === 0) {
        await new Promise<void>((resolve) => {
          this.#resume = resolve
        })
      } else {
        const backoff = { ...defaults.backoff, ...this.#options.backoff }
        await wait(delay(this.#failures, this.#askedWait, Math.random(), backoff))
      }
      if (this.#isClosed) return
      this.#askedWait = 0
      try {
        return await this.#connect()
      } catch (failure) {
        this.#failures += 1
        if (failure instanceof BusFailure) {
          // a token from a function may be another one next time
          const mayChange = failure.code === "unauthenticated" && typeof this.#options.token === "function"
          if (isFinal(failure) && !mayChange) return this.#finish(failure)
          this.#askedWait = failure.retryAfterMs
        }
      }
    }
  }

  #finish(failure: Error | undefined): void {
    if (this.#isClosed) return
    this.#isClosed = true
    clearInterval(this.#watch)
    const gone = failure ?? new ConnectionFailure("The client was closed by this program.", 1000)
    for (const request of this.#requests.splice(0)) request.fail(gone)
    this.#session?.close(1000, "closed")
    this.events.end(failure)
    this.#resume()
    this.#settle(failure)
  }
}
