/**
 * JSON-RPC 2.0 for an `RpcGroup`: the typed handlers, middleware, interruption and spans are `RpcServer`'s, the wire is
 * ours. A streaming method sends its elements as notifications and its result element as the response, so that any
 * plain JSON-RPC client works and none has to acknowledge; back-pressure is the peer's `write`.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as ErrorReporter from "effect/ErrorReporter"
import * as Option from "effect/Option"
import * as References from "effect/References"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import * as Headers from "effect/http/Headers"
import type * as Rpc from "effect/rpc/Rpc"
import type * as RpcGroup from "effect/rpc/RpcGroup"
import { type FromServer, RequestId } from "effect/rpc/RpcMessage"
import * as RpcServer from "effect/rpc/RpcServer"
import * as Metrics from "../../src/domain/Metrics.ts"
import type { ConnectionInfo } from "../../src/gateway/Connection.ts"
import { Overloaded, RateLimited } from "../../src/gateway/GatewayError.ts"
import * as JsonRpc from "../../src/gateway/JsonRpc.ts"
import * as JsonRpcCodec from "./JsonRpcCodec.ts"
import * as Limits from "./Limits.ts"
import { type Batch, type Call, Dialogue, type Peer, resultOrError, type StreamRule } from "./JsonRpcDialogue.ts"

export type { Peer, StreamRule } from "./JsonRpcDialogue.ts"

/** One connection's conversation. */
export interface Session {
  /** Takes one text frame. Never throws. */
  readonly onText: (text: string) => void
  /** Interrupts what runs; nothing is sent any more. */
  readonly close: () => void
}

/** A rule for each streaming method of the group; one that is left out does not compile. */
export type StreamRules<Rpcs extends Rpc.Any> = {
  readonly [
    R in Rpcs as Rpc.Success<R> extends Stream.Stream<infer _A, infer _E, infer _R> ? Rpc.Tag<R> : never
  ]: StreamRule<Rpc.SuccessChunk<R>>
}

export interface Options<Rpcs extends Rpc.Any> {
  readonly streams: StreamRules<Rpcs>
  readonly limits?: Partial<Pick<Limits.Limits, "maxBatch" | "maxDepth" | "maxInFlight">> | undefined
  /** Asked before each message: 0 admits it, else the milliseconds after which the peer may try again. */
  readonly admit?: ((connection: ConnectionInfo, method: string) => number) | undefined
  /** No span per call. */
  readonly disableTracing?: boolean | undefined
}

/** `rpc.cancel {id}`, the one method of the protocol itself: interrupts a call of the same connection. */
export const cancelMethod = "rpc.cancel"

const plainElements: StreamRule<unknown> = { notification: "rpc.event", isResult: () => false }

/** What a handler takes from the transport's side; everything else is its own layer's. */
const observability = Context.pick(
  Clock.Clock,
  Tracer.Tracer,
  References.TracerEnabled,
  References.CurrentLoggers,
  References.MinimumLogLevel,
  ErrorReporter.CurrentErrorReporters
)

/** Serves a group: gives the function that opens a session for each connected peer. */
export const make = Effect.fnUntraced(function* <Rpcs extends Rpc.Any>(
  group: RpcGroup.RpcGroup<Rpcs>,
  options: Options<Rpcs>
): Effect.fn.Return<
  (peer: Peer, connection?: ConnectionInfo) => Session,
  never,
  Rpc.ToHandler<Rpcs> | Rpc.Middleware<Rpcs> | Scope.Scope
> {
  const limits = Limits.withDefaults(options.limits)
  // by name, whatever the element's type: a rule only ever sees elements of its own method
  const rules = new Map<string, StreamRule<unknown>>(Object.entries(options.streams))
  const codecs = new Map<string, JsonRpcCodec.MethodCodec>()
  for (const [tag, rpc] of group.requests) codecs.set(tag, JsonRpcCodec.make(withProps(rpc)))
  const dialogues = new Map<number, Dialogue>()
  const server = yield* RpcServer.makeNoSerialization(group, {
    disableClientAcks: true,
    disableFatalDefects: true,
    disableTracing: options.disableTracing ?? false,
    onFromServer: (response) => respond(dialogues, response)
  })
  const fork = Effect.runForkWith(observability(yield* Effect.context<never>()))

  return (peer, connection) => {
    const info: ConnectionInfo = connection ?? { id: peer.id, remoteAddress: "", headers: {} }
    const dialogue = new Dialogue(peer, Headers.fromInput(info.headers))
    dialogues.set(peer.id, dialogue)
    let open = true

    const interrupt = (id: unknown): boolean => {
      const call = typeof id === "string" || typeof id === "number" ? dialogue.callOf(id) : undefined
      if (call === undefined) return false
      fork(server.write(peer.id, { _tag: "Interrupt", requestId: RequestId(call.key), interruptors: [] }))
      return true
    }

    const start = (call: Call, payload: unknown): void => {
      const request = {
        _tag: "Request" as const,
        id: RequestId(call.key),
        tag: call.codec.method as Rpc.Tag<Rpcs>,
        payload: payload as Rpc.Payload<Rpcs>,
        headers: dialogue.headers
      }
      fork(
        call.isNotification
          ? server.write(
              peer.id,
              { ...request, isNotification: true },
              { onRequest: Effect.ensuring(Effect.sync(() => dialogue.end(call))) }
            )
          : server.write(peer.id, request)
      )
    }

    /** Starts what a message asks for; gives the error or the frame that answers it at once. */
    const receive = (
      message: Exclude<JsonRpc.Message, { readonly _tag: "Invalid" }>,
      batch: Batch | undefined
    ): JsonRpc.ErrorObject | { readonly result: unknown } | undefined => {
      const id = message._tag === "Request" ? message.id : null
      const wait = options.admit?.(info, message.method) ?? 0
      if (wait > 0) {
        return JsonRpcCodec.gatewayError(
          new RateLimited({ message: "Too many messages.", retryAfterMs: Math.ceil(wait) })
        )
      }
      const codec = codecs.get(message.method)
      if (codec === undefined) {
        if (message.method !== cancelMethod) return JsonRpc.methodNotFound
        return { result: interrupt(Array.isArray(message.params) ? message.params[0] : named(message.params, "id")) }
      }
      const decoded = codec.decodeParams(message.params)
      if (decoded._tag === "Refused") return decoded.error
      if (id !== null && dialogue.callOf(id) !== undefined) {
        return { ...JsonRpc.invalidRequest, data: { reason: "a request with this id is still running" } }
      }
      if (dialogue.size >= limits.maxInFlight) {
        const message = `At most ${limits.maxInFlight} requests run at once on one connection.`
        return JsonRpcCodec.gatewayError(new Overloaded({ message }))
      }
      const isNotification = message._tag === "Notification"
      const rule = rules.get(codec.method) ?? plainElements
      start(dialogue.begin({ id, isNotification, codec, rule, batch }), decoded.payload)
      return undefined
    }

    const take = (message: JsonRpc.Message, batch: Batch | undefined): void => {
      if (message._tag === "Invalid") return dialogue.reply(batch, errorFrame(message.id, message.error))
      const at = receive(message, batch)
      if (at === undefined || message._tag === "Notification") return
      dialogue.reply(batch, "result" in at ? JsonRpc.resultFrame(message.id, at.result) : errorFrame(message.id, at))
    }

    return {
      onText: (text) => {
        if (!open) return
        const frame = readFrame(text, limits)
        if (frame._tag === "Single") return take(frame.message, undefined)
        const batch: Batch = { remaining: frame.answers, responses: [] }
        for (const message of frame.messages) take(message, batch)
      },
      close: () => {
        if (!open) return
        open = false
        dialogues.delete(peer.id)
        fork(server.disconnect(peer.id))
      }
    }
  }
})

/** Counted by code: the texts are for the peer. */
const errorFrame = (id: JsonRpc.Id, error: JsonRpc.ErrorObject): string => {
  Metrics.rpcRefused.recordUnsafe({ code: String(error.code) }, 1)
  return JsonRpc.errorFrame(id, error)
}

// every rpc has these members; the group's type parameter is too general to show them
const withProps = (rpc: Rpc.Any): Rpc.AnyWithProps => rpc as Rpc.AnyWithProps

// JSON.parse and not a schema: it stands in the way of every frame, and costs a third of what a schema does
const readFrame = (text: string, limits: JsonRpc.ReadLimits): JsonRpc.Frame => {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return JsonRpc.unreadable
  }
  return JsonRpc.read(value, limits)
}

const named = (params: JsonRpc.Params, name: string): unknown =>
  params !== undefined && Object.hasOwn(params, name) ? (params as Readonly<Record<string, unknown>>)[name] : undefined

/** Carries what a handler gave to the peer that asked. */
const respond = <Rpcs extends Rpc.Any>(
  dialogues: ReadonlyMap<number, Dialogue>,
  response: FromServer<Rpcs>
): Effect.Effect<void> => {
  const dialogue = dialogues.get(response.clientId)
  if (response._tag === "ClientEnd" || dialogue === undefined) return Effect.void
  if (response._tag === "Defect") return Effect.logError("The RPC server failed outside of a call.")
  const call = dialogue.call(Number(response.requestId))
  if (call === undefined) return Effect.void
  if (response._tag === "Chunk") {
    return Effect.forEach(response.values, (value) => writeElement(dialogue, call, value), { discard: true })
  }
  if (response.exit._tag === "Success") {
    const isStream = response.exit.value === undefined && Option.isSome(call.result)
    dialogue.answer(call, resultOrError(call.id, isStream ? call.result : encodeExit(call, response.exit.value)))
    return Effect.void
  }
  const error = call.codec.encodeCause(response.exit.cause)
  dialogue.answer(call, errorFrame(call.id, error))
  return error === JsonRpc.internalError ? logBroken(call) : Effect.void
}

/** A stream without a result element, and a method that gives nothing, answer null. */
const encodeExit = (call: Call, value: unknown): Option.Option<unknown> =>
  value === undefined ? Option.some(null) : call.codec.encodeValue(value)

// The server takes a chunk write that fails as answered already, so the answer comes first.
const writeElement = (dialogue: Dialogue, call: Call, value: unknown): Effect.Effect<void> =>
  Effect.suspend(() => dialogue.element(call, value)).pipe(
    // the rule is a function of the group's owner, and may throw on an element it did not expect
    Effect.catchDefect(() => Effect.succeed(false)),
    Effect.flatMap((written) => {
      if (written) return Effect.void
      dialogue.answer(call, errorFrame(call.id, JsonRpc.internalError))
      return Effect.andThen(logBroken(call), Effect.die(new TypeError("a stream element does not fit its schema")))
    })
  )

// The method only: a defect's text may hold what a peer sent. Its cause goes to the error reporters and the span.
const logBroken = (call: Call): Effect.Effect<void> =>
  Effect.annotateLogs(Effect.logError("A method failed with an internal error."), "rpc.method", call.codec.method)
