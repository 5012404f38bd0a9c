/**
 * `exoclaw/client`: talks to a gateway from Node 22 or later and from browsers. No dependencies at run time.
 *
 * ```ts
 * const gateway = await connect({ url: "ws://127.0.0.1:7200" })
 * const chat = gateway.chat({ content: "remember that my dog is called Luna" })
 * for await (const event of chat) if (event.type === "text") process.stdout.write(event.data.text)
 * console.log((await chat.result).receipt)
 * await gateway.close()
 * ```
 */
import { type Chat, startChat } from "./Chat.ts"
import { type ConnectOptions, open } from "./connect.ts"
import type { Connection } from "./Connection.ts"
import type { ConnectionFailure } from "./Failure.ts"
import type { Arguments, ClientMethods, OperatorMethods, PlainMethods } from "./Methods.ts"

export { errorCode } from "../../src/domain/ErrorCode.ts"
export type { Chat } from "./Chat.ts"
export type { ConnectOptions } from "./connect.ts"
export type { Socket } from "./Connection.ts"
export { ConnectionFailure, GatewayFailure, UnprovenFailure } from "./Failure.ts"
export type { ChatEvent, ChatResult, ClientMethods, OperatorMethods } from "./Methods.ts"

interface Caller<Methods> {
  /** Calls a method. Rejects with a `GatewayFailure`, or a `ConnectionFailure` when the connection is gone. */
  readonly call: <M extends keyof Methods & string>(
    method: M,
    ...params: Arguments<Methods[M] extends { readonly params: infer Params } ? Params : never>
  ) => Promise<Methods[M] extends { readonly result: infer Result } ? Result : never>
  /** Closes the connection; calls that run are rejected. */
  readonly close: () => Promise<void>
  /** Settles with the reason once the connection is closed, by whichever side. */
  readonly closed: Promise<ConnectionFailure>
}

/** A connection to the client listener. */
export interface Gateway extends Caller<PlainMethods<ClientMethods>> {
  /** Sends a message and follows its turn. */
  readonly chat: (params: ClientMethods["chat.send"]["params"]) => Chat
  /** Replays a turn's events after `after` and follows it. */
  readonly resume: (params: ClientMethods["chat.resume"]["params"]) => Chat
}

/** A connection to the operator listener. */
export interface Operator extends Caller<OperatorMethods> {}

const callerOf = <Methods>(connection: Connection): Caller<Methods> => ({
  call: (method, ...[params]) => connection.call(method, params).result as Promise<never>,
  close: () => connection.close(),
  closed: connection.closed
})

/** Connects to a gateway's client listener. Rejects with a `ConnectionFailure`, or a `GatewayFailure` for the token. */
export const connect = async (options: ConnectOptions): Promise<Gateway> => {
  const connection = await open(options)
  return {
    ...callerOf<PlainMethods<ClientMethods>>(connection),
    chat: (params) => startChat(connection, "chat.send", params),
    resume: (params) => startChat(connection, "chat.resume", params)
  }
}

/** Connects to a gateway's operator listener, which always needs a token. */
export const connectOperator = async (options: ConnectOptions): Promise<Operator> => callerOf(await open(options))
