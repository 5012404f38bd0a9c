/** What a client of the bus is made with, and how it finds and opens the socket. */
import { webSocketAddress } from "../address.ts"
import { ConnectionFailure } from "../Failure.ts"
import type { BackoffOptions } from "./Backoff.ts"
import type { BusEvent, ClientType } from "./Events.ts"
import type { BusSocket } from "./Session.ts"

export interface BusOptions {
  /** `ws://`, `wss://`, `http://` or `https://`; without a path it is `/bus`. */
  readonly url: string
  /** A token, or how to get one: asked for anew at each connection, so that it may be short-lived. */
  readonly token?: string | (() => string | Promise<string>) | undefined
  /** How it is shown to others; `service` unless said. JSON is for people and dashboards unless the server allows it. */
  readonly type?: ClientType | undefined
  readonly name?: string | undefined
  readonly metadata?: Readonly<Record<string, string>> | undefined
  /** Speaks JSON instead of the binary form. */
  readonly json?: boolean | undefined
  /** Gets every event at once, instead of the loop over `bus.events`. */
  readonly onEvent?: ((event: BusEvent) => void) | undefined
  /**
   * Events that may wait for the loop; 10,000 unless said. At that the client closes its connection, and comes back to
   * where it was when half of them are taken.
   */
  readonly maxWaiting?: number | undefined
  /** How long a publish is tried again, in milliseconds; 30,000 unless said. */
  readonly publishTimeoutMs?: number | undefined
  /** How long opening and saying hello may take, in milliseconds; 10,000 unless said. */
  readonly timeoutMs?: number | undefined
  /** Milliseconds of silence after which the connection counts as lost; 20,000 unless said. */
  readonly silenceMs?: number | undefined
  readonly backoff?: Partial<BackoffOptions> | undefined
  /** Makes the socket, where the global `WebSocket` will not do. */
  readonly socket?: ((url: string, protocol: string) => BusSocket) | undefined
}

export const defaults = {
  maxWaiting: 10_000,
  publishTimeoutMs: 30_000,
  timeoutMs: 10_000,
  silenceMs: 20_000,
  backoff: { minMs: 250, maxMs: 30_000 }
}

/** Publishes under way at once; more wait their turn. */
export const mostInFlight = 128
/** Requests that wait for a connection. */
export const mostWaitingRequests = 10_000

const protocols = { binary: "arqonbus.v1.proto", json: "arqonbus.v1.json" }

export const addressOf = (url: string): string => webSocketAddress(url, "/bus", "bus")

/** An address for a sentence: what follows the path may be a credential. */
const shown = (url: string): string => url.replace(/[?#].*$/s, "")

/** A socket that is open. */
export const openSocket = ({ json = false, socket: make, ...options }: BusOptions): Promise<BusSocket> => {
  const url = addressOf(options.url)
  if (make === undefined && typeof WebSocket === "undefined") {
    throw new ConnectionFailure("This platform has no WebSocket: use Node.js 22 or later, or give one as `socket`.")
  }
  const protocol = json ? protocols.json : protocols.binary
  const socket: BusSocket = make === undefined ? new WebSocket(url, protocol) : make(url, protocol)
  socket.binaryType = "arraybuffer"
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      socket.close()
      reject(new ConnectionFailure(`${shown(url)} did not answer in time.`))
    }, options.timeoutMs ?? defaults.timeoutMs)
    const refused = () => {
      clearTimeout(timer)
      reject(new ConnectionFailure(`No bus answers at ${shown(url)}.`))
    }
    socket.addEventListener("open", () => {
      clearTimeout(timer)
      resolve(socket)
    })
    socket.addEventListener("error", refused)
    socket.addEventListener("close", refused)
  })
}
