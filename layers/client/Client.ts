/**
 * The typed client for Effect programs, derived from the contract: one function per method, results and errors decoded
 * by the contract's schemas, streaming methods as streams.
 *
 * ```ts
 * const program = Effect.gen(function* () {
 *   const gateway = yield* Client
 *   return yield* Stream.runCollect(gateway["chat.send"]({ content: "hello" }))
 * }).pipe(Effect.provide(Client.layer({ url: "ws://127.0.0.1:7200" })))
 * ```
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Rpc from "effect/rpc/Rpc"
import * as RpcClient from "effect/rpc/RpcClient"
import type { RpcClientError } from "effect/rpc/RpcClientError"
import * as RpcGroup from "effect/rpc/RpcGroup"
import { ClientRpcs, OpenRpcs } from "../../src/gateway/ClientRpcs.ts"
import { OperatorRpcs } from "../../src/gateway/OperatorRpcs.ts"
import { type ConnectOptions, open } from "./connect.ts"
import * as RpcProtocol from "./RpcProtocol.ts"

/** Where to connect, with the token wrapped. */
export interface Options extends Omit<ConnectOptions, "token"> {
  readonly token?: Redacted.Redacted<string> | undefined
}

const make = Effect.fnUntraced(function* <Rpcs extends Rpc.Any>(group: RpcGroup.RpcGroup<Rpcs>, options: Options) {
  const token = options.token === undefined ? undefined : Redacted.value(options.token)
  const wire = yield* Effect.acquireRelease(
    Effect.tryPromise({ try: () => open({ ...options, token }), catch: RpcProtocol.outside }),
    (opened) => Effect.promise(() => opened.close())
  )
  const protocol = yield* RpcProtocol.make(group, wire)
  return yield* RpcClient.make(group).pipe(Effect.provideService(RpcClient.Protocol, protocol))
})

const clientGroup = OpenRpcs.merge(ClientRpcs)
const operatorGroup = OpenRpcs.merge(OperatorRpcs)

/** The methods of a gateway's client listener. */
export class Client extends Context.Service<
  Client,
  RpcClient.RpcClient<RpcGroup.Rpcs<typeof clientGroup>, RpcClientError>
>()("exoclaw/client/Client") {
  /** A connection for as long as the layer lives; fails where there is no gateway, or it refuses the token. */
  static readonly layer = (options: Options): Layer.Layer<Client, RpcClientError> =>
    Layer.effect(Client, make(clientGroup, options))
}

/** The methods of a gateway's operator listener. */
export class OperatorClient extends Context.Service<
  OperatorClient,
  RpcClient.RpcClient<RpcGroup.Rpcs<typeof operatorGroup>, RpcClientError>
>()("exoclaw/client/OperatorClient") {
  /** As `Client.layer`; an operator listener always needs a token. */
  static readonly layer = (options: Options): Layer.Layer<OperatorClient, RpcClientError> =>
    Layer.effect(OperatorClient, make(operatorGroup, options))
}
