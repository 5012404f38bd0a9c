/** Every bound of a listener in one place. All have defaults; configuration overrides single ones. */

export interface Limits {
  /** WebSocket connections at once, over all addresses. */
  readonly maxConnections: number
  /** WebSocket connections at once from one address (IPv6: one /64). */
  readonly maxConnectionsPerAddress: number
  /** Largest frame, in bytes, before the connection has authenticated. */
  readonly maxFrameUnauthenticated: number
  /** Largest frame, in bytes, after that. */
  readonly maxFrame: number
  /** Largest HTTP request body, in bytes. */
  readonly maxBody: number
  /** Largest HTTP request head, in bytes. */
  readonly maxHeaderSize: number
  /** Milliseconds for the head of a request to arrive. */
  readonly headersTimeout: number
  /** Milliseconds for a whole HTTP request to arrive. */
  readonly requestTimeout: number
  /** Milliseconds an idle HTTP connection is kept. */
  readonly keepAliveTimeout: number
  /** Milliseconds between two looks for connections over the two time-outs above. */
  readonly timeoutCheckInterval: number
  /** Milliseconds for the decision on an upgrade. */
  readonly handshakeTimeout: number
  /** Milliseconds from the handshake to an authenticated principal; then close code 4401. */
  readonly authTimeout: number
  /** Milliseconds between pings; a connection silent for two of them is dropped. */
  readonly heartbeatInterval: number
  /** Queued outbound bytes above which a stream waits. */
  readonly highWater: number
  /** Queued outbound bytes above which the connection is dropped. */
  readonly maxBuffered: number
  /** Milliseconds a closing connection has to finish, on shutdown and on every close of ours. */
  readonly drainTimeout: number
  /** Messages in one batch. */
  readonly maxBatch: number
  /** Nesting of arrays and objects in a request's parameters. */
  readonly maxDepth: number
  /** Requests and notifications that run at once on one connection. */
  readonly maxInFlight: number
}

export const defaults: Limits = {
  maxConnections: 20_000,
  maxConnectionsPerAddress: 2_048,
  maxFrameUnauthenticated: 64 * 1024,
  maxFrame: 1024 * 1024,
  maxBody: 1024 * 1024,
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 5_000,
  timeoutCheckInterval: 5_000,
  handshakeTimeout: 5_000,
  authTimeout: 10_000,
  heartbeatInterval: 30_000,
  highWater: 64 * 1024,
  maxBuffered: 4 * 1024 * 1024,
  drainTimeout: 2_000,
  maxBatch: 64,
  maxDepth: 64,
  maxInFlight: 2_048
}

/** The defaults with some of them replaced. */
export const withDefaults = (some: Partial<Limits> | undefined): Limits => ({ ...defaults, ...some })
