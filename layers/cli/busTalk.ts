/** `exoclaw bus tail` and `exoclaw bus send`. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import {
  type Bus,
  type BusEvent,
  BusFailure,
  connectBus,
  ConnectionFailure,
  type Durability,
  type Position,
  type SkipReason
} from "../client/bus/index.ts"
import { addressOf } from "../client/bus/options.ts"
import { type ExitCode, exitCode } from "./ExitCode.ts"
import { type CliFailure, failure } from "./Failure.ts"
import { Io } from "./Io.ts"
import * as Lines from "./Lines.ts"
import { clientUrl, givenToken, settingsOf, type Target } from "./reach.ts"
import { escaped, oneLine } from "./text.ts"
import { unanswered } from "./Unanswered.ts"

interface Place {
  readonly room: string
  readonly channel: string
}

/** `room:channel`, `room` for all of it, `*` for everything. */
export const placeOf = (text: string): Place => {
  const colon = text.indexOf(":")
  return colon === -1 ? { room: text, channel: "*" } : { room: text.slice(0, colon), channel: text.slice(colon + 1) }
}

/** `EPOCH:OFFSET`, as `tail --json` and `send --json` show it. */
export const positionOf = (text: string): Position | undefined => {
  const found = /^([^:]{1,128}):(\d{1,15})$/.exec(text)
  return found === null ? undefined : { epoch: found[1] ?? "", offset: Number(found[2]) }
}

const exitCodes: Partial<Readonly<Record<BusFailure["code"], ExitCode>>> = {
  unauthenticated: exitCode.notAllowed,
  forbidden: exitCode.notAllowed,
  invalid_argument: exitCode.usage,
  rate_limited: exitCode.busy,
  limit_exceeded: exitCode.busy,
  temporarily_blocked: exitCode.busy,
  content_blocked: exitCode.blocked
}

const nextSteps: Partial<Readonly<Record<BusFailure["code"], string>>> = {
  unauthenticated:
    " Give one by --token-file or EXOCLAW_TOKEN; a running gateway makes one: `exoclaw token create NAME`."
}

const ofBus =
  (url: string) =>
  (cause: unknown): CliFailure => {
    if (cause instanceof BusFailure)
      return failure(`${cause.message}${nextSteps[cause.code] ?? ""}`, exitCodes[cause.code] ?? exitCode.failure)
    if (cause instanceof ConnectionFailure)
      return failure(
        `No bus answers at ${url.replace(/\?.*$/s, "")}: start one with \`exoclaw gateway\` or \`exoclaw bus serve\`.`,
        exitCode.noGateway
      )
    return failure(cause instanceof Error ? cause.message : String(cause))
  }

/** A client of the bus as the given token's holder, closed with the scope. */
const open = Effect.fnUntraced(function* (target: Target, onEvent: ((event: BusEvent) => void) | undefined) {
  const token = yield* givenToken(target.tokenFile)
  const given = target.url === undefined ? yield* clientUrl(yield* settingsOf(target)) : target.url
  const url = yield* Effect.try({
    try: () => addressOf(given),
    catch: (cause) => failure(`--url: ${cause instanceof Error ? cause.message : String(cause)}`, exitCode.usage)
  })
  const bus = yield* Effect.acquireRelease(
    Effect.tryPromise({
      try: () =>
        connectBus({ url, token: token === undefined ? undefined : Redacted.value(token), name: "cli", onEvent }),
      catch: (cause) => (cause instanceof ConnectionFailure ? cause : ofBus(url)(cause))
    }).pipe(
      Effect.catch((cause) =>
        cause instanceof ConnectionFailure ? unanswered(url, ofBus(url)(cause).message) : Effect.fail(cause)
      )
    ),
    (opened) => Effect.promise(() => opened.close())
  )
  const use = <A>(work: (bus: Bus) => Promise<A>): Effect.Effect<A, CliFailure> =>
    Effect.tryPromise({ try: () => work(bus), catch: ofBus(url) })
  return { bus, use }
})

const plain = (value: unknown): unknown =>
  value instanceof Uint8Array ? { base64: Buffer.from(value).toString("base64") } : value
const json = (value: object): string => `${JSON.stringify(value, (_, one: unknown) => plain(one))}\n`

const time = (at: number): string => new Date(at).toISOString().slice(11, 19)

const bodyOf = (body: string | Uint8Array): string =>
  typeof body === "string" ? escaped(body) : `(${body.length} bytes)`

const whySkipped: Readonly<Record<SkipReason, string>> = {
  overflow: "this reader was too slow",
  conflated: "newer ones of the same key came",
  trimmed: "no longer kept",
  epoch: "the bus's history began anew",
  limit: "more than come at once",
  unavailable: "the bus's history does not answer",
  node: "another node had them"
}

const whereKept: Readonly<Record<Durability, string>> = {
  none: "not kept",
  process: "kept in the bus's memory",
  server: "kept by another server",
  disk: "kept on a disk",
  replicated: "kept by several servers"
}

/** An event as a line for a person; nothing for what only programs need. */
export const lineOf = (event: BusEvent): string | undefined => {
  switch (event.type) {
    case "message": {
      const { at, body, channel, position, room, sender } = event
      const where = oneLine(`${room}:${channel}`, 200)
      return `${time(at)} ${where} #${position.offset} ${oneLine(sender.principal, 80)}: ${bodyOf(body)}\n`
    }
    case "private":
      return `${time(event.at)} private ${oneLine(event.sender.principal, 80)}: ${bodyOf(event.body)}\n`
    case "presence":
      return `-- ${oneLine(event.member.principal, 80)} ${event.kind} ${oneLine(`${event.room}:${event.channel}`, 200)}\n`
    case "skipped": {
      const range = event.to < event.from ? "messages" : `#${event.from} to #${event.to}`
      const which = event.missing > 0 ? `${event.missing} messages of another node (#${event.to})` : range
      return `-- ${oneLine(`${event.room}:${event.channel}`, 200)}: ${which} missing (${whySkipped[event.reason]})\n`
    }
    case "refused":
      return `-- ${oneLine(`${event.room}:${event.channel}`, 200)}: ${oneLine(event.failure.message, 200)}\n`
    case "disconnected":
      return "-- the connection is lost; coming back\n"
    case "connected":
      return event.again ? "-- connected again\n" : undefined
  }
}

export interface TailInput extends Target {
  readonly place: string
  readonly since: string | undefined
  readonly presence: boolean
  readonly json: boolean
}

/** Shows what is said until it is interrupted. */
export const tail = Effect.fnUntraced(function* (input: TailInput) {
  const io = yield* Io
  const { channel, room } = placeOf(input.place)
  const since = input.since === undefined ? undefined : positionOf(input.since)
  if (input.since !== undefined && (since === undefined || channel === "*")) {
    return yield* failure("--since needs one channel, and a position as EPOCH:OFFSET.", exitCode.usage)
  }
  const { bus, use } = yield* open(input, (event) => {
    if (input.json) return io.out(json(event))
    const line = lineOf(event)
    if (line === undefined) return
    if (event.type === "message" || event.type === "private") io.out(line)
    else io.err(line)
  })
  yield* use(({ join }) =>
    join(room, channel, {
      presence: input.presence,
      recover: since === undefined ? undefined : [{ room, channel, position: since }]
    })
  )
  if (!input.json) io.err(`Listening to ${oneLine(input.place, 200)}; Ctrl-C ends.\n`)
  const ended = Effect.flatMap(
    Effect.promise(() => bus.closed),
    (cause) => (cause === undefined ? Effect.void : Effect.fail(ofBus("the bus")(cause)))
  )
  yield* Effect.raceFirst(ended, io.untilSignal)
}, Effect.scoped)

export interface SendInput extends Target {
  readonly place: string
  readonly text: ReadonlyArray<string>
  readonly id: string | undefined
  readonly json: boolean
}

/** Publishes one text, or each line of what comes in. */
export const send = Effect.fnUntraced(function* (input: SendInput) {
  const io = yield* Io
  const { channel, room } = placeOf(input.place)
  if ([room, channel].some((part) => part === "*" || part === "")) {
    return yield* failure("A message goes to one channel: ROOM:CHANNEL, as in ops:lobby.", exitCode.usage)
  }
  if (input.id !== undefined && input.text.length === 0) {
    return yield* failure("--id names one message, which is given as an argument.", exitCode.usage)
  }
  const { use } = yield* open(input, () => undefined)
  yield* use(({ join }) => join(room, channel, { mute: true }))
  const say = (text: string) =>
    Effect.map(
      use(({ publish }) => publish(room, channel, text, { id: input.id, contentType: "text/plain" })),
      (ack) => {
        if (input.json) return io.out(json(ack))
        const at = ack.position === undefined ? "" : ` at ${ack.position.epoch}:${ack.position.offset}`
        const kept = ack.persisted ? whereKept[ack.durability] : "not kept"
        io.err(`${ack.duplicate ? "Published before" : "Published"}${at}, ${kept}, heard by ${ack.delivered}.\n`)
      }
    )
  if (input.text.length > 0) return yield* say(input.text.join(" "))
  const lines = yield* Lines.open(false)
  for (let line = yield* lines.next; line !== undefined; line = yield* lines.next) if (line !== "") yield* say(line)
}, Effect.scoped)
