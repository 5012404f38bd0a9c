/** How a call fails: the gateway said no, or the connection to it is gone. */

/** The gateway's answer to a call that failed. `message` is a sentence for people. */
export class GatewayFailure extends Error {
  override readonly name = "GatewayFailure"
  /** Code of the protocol: -32001 to -32014 are exoclaw's, -32700 and -32600 to -32603 those of JSON-RPC 2.0. */
  readonly code: number
  /** Typed details of the error, such as `retryAfterMs`; its `_tag` names the kind. */
  readonly data: unknown

  constructor(code: number, message: string, data?: unknown) {
    super(message)
    this.code = code
    this.data = data
  }
}

/** No connection, or none any more. Calls that were running may or may not have taken effect. */
export class ConnectionFailure extends Error {
  override readonly name = "ConnectionFailure"
  /** WebSocket close code; 1006 where the other side said none. */
  readonly closeCode: number

  constructor(message: string, closeCode = 1006) {
    super(message)
    this.closeCode = closeCode
  }
}

/** The peer did not show that it knows the token, which was not sent to it. */
export class UnprovenFailure extends Error {
  override readonly name = "UnprovenFailure"

  constructor(url: string) {
    super(`What listens at ${url} does not prove that it knows the operator's token, so it was not sent there.`)
  }
}

const meanings: ReadonlyMap<number, string> = new Map([
  [1001, "the gateway is shutting down"],
  [1007, "the gateway got a text that is not valid UTF-8"],
  [1009, "the message is larger than the gateway takes"],
  [1013, "the gateway has too many connections"],
  [4401, "the gateway got no valid token in time, or the token was revoked"],
  [4403, "an operator closed the connection"]
])

/** The failure of a connection that was closed. */
export const closedWith = (code: number, reason: string): ConnectionFailure => {
  const why = meanings.get(code) ?? (reason === "" ? `close code ${code}` : reason)
  return new ConnectionFailure(`The connection was closed: ${why}.`, code)
}
