/** Opens a connection to a gateway: finds the address, waits for the socket, and logs in. */
import { webSocketAddress } from "./address.ts"
import { Connection, type Socket } from "./Connection.ts"
import { ConnectionFailure } from "./Failure.ts"
import { proven } from "./prove.ts"

export interface ConnectOptions {
  /** `ws://`, `wss://`, `http://` or `https://`; without a path it is `/ws`. */
  readonly url: string
  /** Sent in the first frame. None is needed on loopback where the gateway has none. */
  readonly token?: string | undefined
  /**
   * True where `token` is the operator's own: it is sent to a gateway on this machine that shows first that it knows
   * it, at the very port of `url`, and to nobody else.
   */
  readonly prove?: boolean | undefined
  /** How long opening and logging in may take, in milliseconds; 10,000 unless said. */
  readonly timeoutMs?: number | undefined
  /** Makes the socket, where the global `WebSocket` will not do (own headers, a proxy). */
  readonly socket?: ((url: string) => Socket) | undefined
}

export const addressOf = (url: string): string => webSocketAddress(url, "/ws", "gateway")

const within = <A>(ms: number, work: Promise<A>, url: string): Promise<A> => {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new ConnectionFailure(`${url} did not answer within ${ms} ms.`)), ms)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

const opened = (socket: Socket, url: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const refused = () => reject(new ConnectionFailure(`No gateway answers at ${url}.`))
    socket.addEventListener("open", resolve)
    socket.addEventListener("error", refused)
    socket.addEventListener("close", refused)
  })

/** A connection that is open and, where there is a token, authenticated. */
export const open = async (options: ConnectOptions): Promise<Connection> => {
  const url = addressOf(options.url)
  if (options.socket === undefined && typeof WebSocket === "undefined") {
    throw new ConnectionFailure("This platform has no WebSocket: use Node.js 22 or later, or give one as `socket`.")
  }
  const socket: Socket = options.socket === undefined ? new WebSocket(url) : options.socket(url)
  const ready = async (): Promise<Connection> => {
    await opened(socket, url)
    const connection = new Connection(socket)
    if (options.token !== undefined && options.prove === true) await proven(connection, url, options.token)
    if (options.token !== undefined) await connection.call("auth.login", { token: options.token }).result
    return connection
  }
  // whoever gave up on it must not leave a socket open behind
  return within(options.timeoutMs ?? 10_000, ready(), url).catch((failure: unknown) => {
    socket.close()
    throw failure
  })
}
