/** Effect's RPC client over our wire: its requests become JSON-RPC calls, our events and answers its messages. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Queue from "effect/Queue"
import type * as Rpc from "effect/rpc/Rpc"
import * as RpcClient from "effect/rpc/RpcClient"
import { RpcClientDefect, RpcClientError } from "effect/rpc/RpcClientError"
import type * as RpcGroup from "effect/rpc/RpcGroup"
import type { FromServerEncoded, RequestEncoded } from "effect/rpc/RpcMessage"
import * as RpcSchema from "effect/rpc/RpcSchema"
import * as Schema from "effect/Schema"
import type { Connection } from "./Connection.ts"
import { GatewayFailure } from "./Failure.ts"

/** What is no error of a method's own: the connection, a method that this gateway does not have, a broken frame. */
export const outside = (cause: unknown): RpcClientError =>
  new RpcClientError({
    reason: new RpcClientDefect({ message: cause instanceof Error ? cause.message : String(cause), cause })
  })

type Step =
  | { readonly _tag: "Event"; readonly value: unknown }
  | { readonly _tag: "Result"; readonly value: unknown }
  | { readonly _tag: "Failure"; readonly cause: unknown }

interface Method {
  readonly isStream: boolean
  /** The error as the method's schemas encode it; undefined for one that they do not have. */
  readonly ownError: (cause: unknown) => { readonly error: unknown } | undefined
}

const methodOf = ({ errorSchema, middlewares, successSchema }: Rpc.AnyWithProps): Method => {
  const stream = RpcSchema.isStreamSchema(successSchema) ? successSchema : undefined
  const errors = [errorSchema, ...[...middlewares].map(({ error }) => error)]
  if (stream !== undefined) errors.push(stream.error)
  // an rpc's type does not show its schemas' services; what crosses the wire is plain data and needs none
  const schema = Schema.Union(errors) as Schema.Top as Schema.Codec<unknown, unknown>
  const decode = Schema.decodeUnknownExit(Schema.toCodecJson(schema))
  return {
    isStream: stream !== undefined,
    ownError: (cause) => {
      if (!(cause instanceof GatewayFailure)) return undefined
      // the wire keeps the message apart from an error's other fields
      const error = { ...Object(cause.data), message: cause.message }
      return Exit.isSuccess(decode(error)) ? { error } : undefined
    }
  }
}

/** The protocol of one open connection for the methods of `group`. */
export const make = <Rpcs extends Rpc.Any>(
  group: RpcGroup.RpcGroup<Rpcs>,
  wire: Connection
): Effect.Effect<RpcClient.Protocol["Service"]> => {
  const methods = new Map<string, Method>()
  // every rpc has these members; the group's type parameter is too general to show them
  for (const [tag, rpc] of group.requests) methods.set(tag, methodOf(rpc as Rpc.Any as Rpc.AnyWithProps))

  return RpcClient.Protocol.make((write) => {
    const running = new Map<string | number, number>()

    const request = Effect.fnUntraced(function* (clientId: number, { id, payload, tag }: RequestEncoded) {
      const method = methods.get(tag)
      const steps = yield* Queue.unbounded<Step>()
      const call = wire.call(tag, payload ?? undefined, (value) => Queue.offerUnsafe(steps, { _tag: "Event", value }))
      running.set(id, call.id)
      call.result.then(
        (value) => Queue.offerUnsafe(steps, { _tag: "Result", value }),
        (cause: unknown) => Queue.offerUnsafe(steps, { _tag: "Failure", cause })
      )
      const tell = (message: FromServerEncoded) => write(clientId, message)
      const chunk = (value: unknown) => tell({ _tag: "Chunk", requestId: id, values: [value] })
      while (true) {
        const step = yield* Queue.take(steps)
        if (step._tag === "Event") {
          yield* chunk(step.value)
          continue
        }
        running.delete(id)
        if (step._tag === "Failure") {
          const own = method?.ownError(step.cause)
          if (own === undefined) return yield* outside(step.cause)
          const cause = [{ _tag: "Fail" as const, ...own }]
          return yield* tell({ _tag: "Exit", requestId: id, exit: { _tag: "Failure", cause } })
        }
        // a stream's result is its last element
        if (method?.isStream === true) yield* chunk(step.value)
        const value = method?.isStream === true ? null : step.value
        return yield* tell({ _tag: "Exit", requestId: id, exit: { _tag: "Success", value } })
      }
    })

    return Effect.succeed({
      send: (clientId, message) => {
        if (message._tag === "Request") return request(clientId, message)
        return Effect.sync(() => {
          const call = message._tag === "Interrupt" ? running.get(message.requestId) : undefined
          if (call === undefined || message._tag !== "Interrupt") return
          running.delete(message.requestId)
          wire.abandon(call)
        })
      },
      supportsAck: false,
      supportsTransferables: false,
      codecFor: Schema.toCodecJson
    })
  })
}
