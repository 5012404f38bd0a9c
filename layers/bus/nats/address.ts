/** The address of a NATS server as the client takes it: credentials apart. */
import type { NodeConnectionOptions } from "@nats-io/transport-node"

/** `nats://[user:password@]host[:port]` or `nats://TOKEN@host[:port]`; `tls://` for TLS. */
export const addressOf = (text: string): NodeConnectionOptions => {
  const { hostname, password, port, protocol, username } = new URL(text)
  const user = decodeURIComponent(username)
  const credentials =
    user === "" ? {} : password === "" ? { token: user } : { user, pass: decodeURIComponent(password) }
  return {
    servers: `${hostname}:${port === "" ? 4222 : port}`,
    ...credentials,
    ...(protocol === "tls:" ? { tls: {} } : {})
  }
}
