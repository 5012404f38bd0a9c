/** A listener that could not be opened, with what to do about it. For the operator. */
import * as Schema from "effect/Schema"

export class ListenError extends Schema.TaggedError<ListenError>()("ListenError", {
  reason: Schema.Literals(["in_use", "denied", "no_such_address", "bad_tls", "other"]),
  host: Schema.String,
  port: Schema.Int,
  message: Schema.String
}) {}

/** Where it was to listen, and as which of the two listeners: each has a flag and keys of its own. */
export interface ListenAddress {
  readonly name: "client" | "operator"
  readonly host: string
  readonly port: number
}

const another = {
  client: "--port or gateway.port",
  operator: "--operator-port or gateway.operator_port"
} as const

/** The operator listener is at 127.0.0.1 always. */
const settings = { client: "gateway.bind and gateway.port", operator: "gateway.operator_port" } as const

/** From the system's error code (`EADDRINUSE`, ...) to the error and its next step. */
export const fromCode = (code: string | undefined, { host, name, port }: ListenAddress): ListenError => {
  switch (code) {
    case "EADDRINUSE":
      return new ListenError({
        reason: "in_use",
        host,
        port,
        message: `port ${port} is in use on ${host}; stop the other program or choose another port with ${another[name]}`
      })
    case "EACCES":
      return new ListenError({
        reason: "denied",
        host,
        port,
        message: `no permission to listen on ${host} port ${port}; choose a port above 1023 with ${another[name]}`
      })
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new ListenError({
        reason: "no_such_address",
        host,
        port,
        message: `this machine has no address ${host}; set gateway.bind to one it has, such as 127.0.0.1`
      })
    default:
      return new ListenError({
        reason: "other",
        host,
        port,
        message: `cannot listen on ${host} port ${port} (${code ?? "unknown error"}); check ${settings[name]}`
      })
  }
}
