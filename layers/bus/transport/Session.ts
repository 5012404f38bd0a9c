/** One connection from its first frame to its last: hello, requests and their answers, the limits on both. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import { type BusError, type BusErrorReason, refuse } from "../../../src/bus/BusError.ts"
import { errorAnswer } from "../../../src/bus/commands/Dispatcher.ts"
import type { Answer } from "../../../src/bus/Event.ts"
import type { Hello, Numbered } from "../../../src/bus/Request.ts"
import * as Role from "../../../src/bus/Role.ts"
import type { Link } from "../../../src/bus/routing/Broker.ts"
import type { Format } from "../../../src/bus/routing/Packet.ts"
import { closeCode } from "../../../src/bus/transport/CloseCode.ts"
import * as Handshake from "../../../src/bus/transport/Handshake.ts"
import type { LockedOut } from "../../../src/gateway/AuthBackoff.ts"
import type { Connection } from "../../../src/gateway/Connection.ts"
import type { RateKeys } from "../../../src/gateway/RateLimit.ts"
import type { SocketPeer } from "../../../src/gateway/SocketProtocol.ts"
import type { NotLetIn } from "../../../src/identity/Authenticator.ts"
import type { SealedPrincipal } from "../../../src/identity/Principal.ts"
import { decodeBinary, decodeText } from "../wire/Decode.ts"
import * as Offender from "./Offender.ts"
import { Peer, type PeerOwner } from "./Peer.ts"
import type { Shared } from "./Shared.ts"

/** Frames that may come before the hello is answered. */
const maxEarly = 32

const malformed = refuse("malformed", "This is no frame of the contract.")
const outOfTurn = refuse("malformed", "A connection begins with one hello.")
const late = refuse("unauthenticated", "No hello came in time.")
const tooLarge = refuse("too_large", "The frame is larger than this connection may send.")
const noCredential = refuse("unauthenticated", "A valid token is needed.")
const noScope = refuse("forbidden", "The bus needs the scope bus:join.")
const notLetIn = (error: NotLetIn | LockedOut): BusError => {
  switch (error._tag) {
    case "Unauthenticated":
      return noCredential
    case "NobodyNow":
      return notNow(error.message)
    case "LockedOut":
      return refuse("temporarily_blocked", error.message, error.retryAfterMillis)
  }
}
const notNow = (why: string): BusError => refuse("unavailable", why, 2_000)
const full = refuse("limit_exceeded", "There are as many connections as there may be.", 5_000)
const busy = refuse("rate_limited", "Too many requests are under way.", 100)

/** An authenticated session. */
interface Open {
  readonly link: Link
  readonly principal: SealedPrincipal
  readonly offender: Offender.Offender
  readonly rateKeys: RateKeys
}

export class Session implements PeerOwner {
  readonly #shared: Shared
  readonly #connection: Connection
  readonly #peer: Peer
  readonly #format: Format
  #deadline: NodeJS.Timeout | undefined
  /** Frames that came while the hello was being decided; undefined before the hello, and after it. */
  #early: Array<Numbered> | undefined
  #open: Open | undefined
  #inFlight = 0
  #isOver = false

  constructor(shared: Shared, connection: Connection, socket: SocketPeer, format: Format) {
    this.#shared = shared
    this.#connection = connection
    this.#format = format
    this.#peer = new Peer(socket, format, shared.options.maxQueueBytes, shared.flusher, this)
    const nobody = Offender.nobody(connection)
    const wait = nobody === undefined ? 0 : shared.abuse.wait(nobody)
    if (wait > 0) this.#refuse(blockedFor(wait), closeCode.later)
    else this.#deadline = setTimeout(() => this.#refuse(late, closeCode.policy), shared.options.helloMillis)
  }

  onBinary(bytes: Uint8Array): void {
    if (this.#isOver) return
    if (bytes.length > this.#shared.options.maxFrameBytes) return this.#refuse(tooLarge, closeCode.tooLarge)
    this.#receive(decodeBinary(bytes))
  }

  onText(text: string): void {
    if (this.#isOver) return
    if (Buffer.byteLength(text) > this.#shared.options.maxFrameBytes) return this.#refuse(tooLarge, closeCode.tooLarge)
    this.#receive(decodeText(text))
  }

  onShutdown(): void {
    this.#peer.tell({ _tag: "drain", reconnectAfterMillis: this.#shared.reconnectAfter(), reason: "shutting down" })
    this.#peer.flushNow()
  }

  onClose(): void {
    this.#isOver = true
    clearTimeout(this.#deadline)
    this.#peer.closed()
    this.#shared.rates.release(String(this.#connection.id))
    if (this.#open === undefined) return
    const { link, offender, principal } = this.#open
    this.#shared.abuse.left(offender)
    this.#shared.broker.detach(link)
    this.#shared.places.free(principal.tenant, principal.id)
  }

  close(code: number, reason: string): void {
    this.#connection.close(code, reason)
  }

  gaveWay(dropped: number, conflated: number): void {
    const tenant = this.#open?.principal.tenant
    if (tenant === undefined) return
    if (dropped > 0) this.#shared.telemetry.count("dropped", tenant, dropped)
    if (conflated > 0) this.#shared.telemetry.count("conflated", tenant, conflated)
  }

  wasCut(): void {
    this.#count("cut")
  }

  #receive(frame: Numbered | undefined): void {
    if (frame === undefined) {
      this.#count("malformed")
      this.#strike()
      return this.#refuse(malformed, closeCode.malformed)
    }
    if (this.#open !== undefined) return this.#request(this.#open, frame)
    if (this.#early !== undefined) {
      if (this.#early.length >= maxEarly || frame.body._tag === "hello")
        return this.#refuse(outOfTurn, closeCode.policy)
      this.#early.push(frame)
      return
    }
    if (frame.body._tag !== "hello") {
      this.#strike()
      return this.#refuse(outOfTurn, closeCode.policy, frame.request)
    }
    this.#early = []
    this.#shared.fork(this.#hello(frame.body.hello, frame.request))
  }

  readonly #hello = (hello: Hello, request: number): Effect.Effect<void> =>
    Effect.gen({ self: this }, function* () {
      const agreed = Handshake.agree(hello, { json: this.#format === 1, allowJson: this.#shared.options.allowJson })
      if (Result.isFailure(agreed)) {
        const code = agreed.failure.reason === "version_mismatch" ? closeCode.version : closeCode.policy
        return this.#refuse(agreed.failure, code, request)
      }
      const who = yield* Effect.result(this.#who(hello))
      if (this.#isOver) return
      if (Result.isFailure(who)) {
        const isWrong = who.failure.reason === "unauthenticated"
        return this.#refuse(who.failure, isWrong ? closeCode.unauthenticated : closeCode.later, request)
      }
      const principal = who.success
      const role = Role.ofPrincipal(principal)
      if (role === undefined) return this.#refuse(noScope, closeCode.policy, request)
      const offender = Offender.somebody(principal, this.#connection, hello.token)
      const wait = this.#shared.abuse.wait(offender)
      if (wait > 0) return this.#refuse(blockedFor(wait), closeCode.later, request)
      const id = yield* this.#shared.newConnectionId
      if (this.#isOver) return
      if (!this.#shared.places.take(principal.tenant, principal.id)) return this.#refuse(full, closeCode.later, request)
      if (hello.token !== "") this.#connection.authenticate(principal)
      clearTimeout(this.#deadline)
      const { metadata, name } = hello
      const member = { connection: id, principal: principal.id, type: agreed.success.type, name, metadata }
      const subject = { role, principal: principal.id, any: principal.has("session:any") }
      const link = this.#shared.broker.attach({ tenant: principal.tenant, subject, member, principal }, this.#peer)
      this.#open = {
        link,
        principal,
        offender,
        rateKeys: this.#shared.rateKeys(this.#connection, principal)
      }
      const { limits } = this.#shared.options
      this.#peer.tell(
        {
          _tag: "welcome",
          welcome: {
            version: agreed.success.version,
            connection: id,
            principal: principal.id,
            tenant: principal.tenant,
            role,
            limits,
            node: this.#shared.broker.node,
            at: this.#shared.clock.currentTimeMillisUnsafe()
          }
        },
        request
      )
      const early = this.#early ?? []
      this.#early = undefined
      for (const frame of early) this.#request(this.#open, frame)
    })

  /** Whom the connection belongs to by now. */
  #who({ token }: Hello): Effect.Effect<SealedPrincipal, BusError> {
    if (token !== "")
      return Effect.mapError(this.#shared.authenticate(Redacted.make(token), this.#connection), notLetIn)
    const known = this.#connection.principal()
    if (known !== undefined) return Effect.succeed(known)
    const { nobodyNow } = this.#connection
    return Effect.fail(nobodyNow === undefined ? noCredential : notNow(nobodyNow))
  }

  #request(open: Open, { body, request }: Numbered): void {
    if (this.#isOver) return
    if (body._tag === "hello") return this.#refuse(outOfTurn, closeCode.policy, request)
    const wait = this.#shared.rates.take(open.rateKeys)
    if (wait > 0) {
      this.#answer(open, request, errorAnswer(refuse("rate_limited", "Too many requests.", wait)))
      if (this.#shared.abuse.refused(open.offender)) this.#block(open)
      return
    }
    if (this.#inFlight >= this.#shared.options.maxInFlight) return this.#answer(open, request, errorAnswer(busy))
    this.#inFlight += 1
    const began = performance.now()
    const queued = () => ({ frames: this.#peer.queuedFrames, bytes: this.#peer.queuedBytes })
    const answer = (given: Answer) => {
      this.#inFlight -= 1
      this.#shared.telemetry.handled(body._tag, open.principal.tenant, (performance.now() - began) * 1000)
      this.#answer(open, request, given)
    }
    this.#shared.fork(this.#shared.dispatcher.handle({ link: open.link, queued }, body, answer))
  }

  #answer(open: Open, request: number, answer: Answer): void {
    if (answer._tag === "error") {
      this.#shared.telemetry.refused(answer.reason, open.principal.tenant)
      if (answer.reason === "limit_exceeded" && this.#shared.abuse.refused(open.offender)) this.#block(open)
    }
    if (request !== 0 || answer._tag === "error") this.#peer.tell(answer, request)
  }

  #block({ offender }: Open): void {
    this.#refuse(blockedFor(this.#shared.abuse.wait(offender)), closeCode.later)
  }

  /** Says why, and ends the connection. */
  #refuse(error: BusError, code: number, request = 0): void {
    if (this.#isOver) return
    this.#shared.telemetry.refused(error.reason satisfies BusErrorReason, this.#open?.principal.tenant)
    this.#peer.tell(errorAnswer(error), request)
    this.#peer.end(code, closeReason(error))
  }

  #strike(): void {
    const offender = this.#open?.offender ?? Offender.nobody(this.#connection)
    if (offender !== undefined) this.#shared.abuse.strike(offender)
  }

  #count(what: "cut" | "malformed"): void {
    const tenant = this.#open?.principal.tenant
    if (tenant !== undefined) this.#shared.telemetry.count(what, tenant)
  }
}

const blockedFor = (millis: number): BusError =>
  refuse("temporarily_blocked", "After repeated mistakes nothing is taken from this client for a while.", millis)

/** What stands in a close frame besides its code: the reason's name. */
const closeReason = ({ reason }: BusError): string => reason
