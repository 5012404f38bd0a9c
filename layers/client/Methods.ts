/** What each method takes and gives, as it stands on the wire; derived from the contract, nothing of it at run time. */
import type * as Rpc from "effect/rpc/Rpc"
import type * as RpcGroup from "effect/rpc/RpcGroup"
import type * as RpcSchema from "effect/rpc/RpcSchema"
import type { ChatEvent as Event, ChatResult as Result } from "../../src/gateway/Chat.ts"
import type { ClientRpcs, OpenRpcs } from "../../src/gateway/ClientRpcs.ts"
import type { OperatorRpcs } from "../../src/gateway/OperatorRpcs.ts"

type Wire<Rpcs extends Rpc.Any> = {
  readonly [R in Rpcs as R["_tag"]]: R extends Rpc.Rpc<
    infer _Tag,
    infer Payload,
    infer Success,
    infer _Error,
    infer _Middleware,
    infer _Requires
  >
    ? {
        readonly params: Payload["Encoded"]
        readonly result: [Success] extends [RpcSchema.Stream<infer Element, infer _E>]
          ? Element["Encoded"]
          : Success["Encoded"]
      }
    : never
}

/** The methods of the client listener, by name. */
export type ClientMethods = Wire<RpcGroup.Rpcs<typeof OpenRpcs> | RpcGroup.Rpcs<typeof ClientRpcs>>
/** The methods of the operator listener, by name. */
export type OperatorMethods = Wire<RpcGroup.Rpcs<typeof OpenRpcs> | RpcGroup.Rpcs<typeof OperatorRpcs>>

/** One event of a turn. */
export type ChatEvent = (typeof Event)["Encoded"]
/** What a turn ends with. */
export type ChatResult = (typeof Result)["Encoded"]

type Streaming = "chat.send" | "chat.resume"
/** The methods that answer once. */
export type PlainMethods<Methods> = Omit<Methods, Streaming>

/** The arguments after a method's name: none where it takes no parameters, optional where none is required. */
export type Arguments<Params> = [Params] extends [void]
  ? []
  : Record<never, never> extends Params
    ? [params?: Params]
    : [params: Params]
