/** What a WebSocket listener and the protocols it serves (JSON-RPC, the bus) know of one another. */
import type * as Effect from "effect/Effect"
import type { Connection } from "./Connection.ts"

/** One open WebSocket as its protocol sees it, with the outbound bounds. */
export interface SocketPeer {
  /** Unique among the peers of the process. */
  readonly id: number
  /** Sends a frame at once; the transport drops a peer that lets too much queue up. */
  readonly send: (frame: string | Uint8Array) => void
  /** Sends a frame and waits while more than the high-water mark is queued. */
  readonly write: (frame: string | Uint8Array) => Effect.Effect<void>
  /** Bytes queued and not yet taken by the network. */
  readonly bufferedAmount: () => number
  /**
   * Writes complete WebSocket frames as they are, unmasked: the caller frames, and bounds what waits. False: the network
   * did not take all of it at once, and `onDrain` tells when it has.
   */
  readonly writeFrames: (frames: Uint8Array) => boolean
  /** Calls `listener` whenever the network has taken all that was written. */
  readonly onDrain: (listener: () => void) => void
}

/** What a protocol does with a connection. A kind of frame without a function closes it with 1003. */
export interface SocketHandlers {
  readonly onText?: ((text: string) => void) | undefined
  readonly onBinary?: ((bytes: Uint8Array) => void) | undefined
  /** A last word before the listener ends and closes the connection with 1001. */
  readonly onShutdown?: (() => void) | undefined
  /** Called once, whoever ended the connection. */
  readonly onClose: () => void
}

/** Takes over a connection whose handshake is done. */
export type SocketAccept = (connection: Connection, peer: SocketPeer, subprotocol: string) => SocketHandlers

/** A path with subprotocols of its own, whose program may load when the first client asks for it. */
export interface SocketDoor {
  /** The subprotocol among those offered, none being a choice too; undefined refuses the handshake with 400. */
  readonly choose: (offered: ReadonlyArray<string>) => string | undefined
  /** Said to those who are refused. */
  readonly refusal: string
  readonly accept: Effect.Effect<SocketAccept>
}
