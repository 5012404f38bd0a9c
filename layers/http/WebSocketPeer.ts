/** One `ws` socket as the protocols see it, with the outbound bounds. */
import * as Effect from "effect/Effect"
import type { WebSocket } from "ws"
import type { Peer } from "./JsonRpcDialogue.ts"
import type { Limits } from "./Limits.ts"

/** A peer that also speaks binary. */
export interface WebSocketPeer extends Peer {
  readonly send: (frame: string | Uint8Array) => void
  readonly write: (frame: string | Uint8Array) => Effect.Effect<void>
}

export const make = (id: number, ws: WebSocket, limits: Pick<Limits, "highWater" | "maxBuffered">): WebSocketPeer => {
  /**
   * True unless this frame would queue more than a peer may; then the peer is dropped: others must not wait for it.
   * One that has read everything gets a frame of any size: it asked for it.
   */
  const admits = (frame: string | Uint8Array): boolean => {
    const queued = ws.bufferedAmount
    if (queued === 0 || queued + frame.length <= limits.maxBuffered) return true
    ws.terminate()
    return false
  }
  const send = (frame: string | Uint8Array): void => {
    if (admits(frame)) ws.send(frame)
  }
  return {
    id,
    send,
    write: (frame) =>
      Effect.suspend(() => {
        if (ws.bufferedAmount < limits.highWater) return Effect.sync(() => send(frame))
        if (!admits(frame)) return Effect.void
        return Effect.callback<void>((resume) => ws.send(frame, () => resume(Effect.void)))
      }),
    bufferedAmount: () => ws.bufferedAmount
  }
}

/**
 * Raises the largest frame of an open socket. `ws` takes this limit at the handshake only, so its receiver is set
 * directly; should a later version move the field, the small limit simply stays.
 */
export const raiseFrameLimit = (ws: WebSocket, maxFrame: number): void => {
  const receiver: unknown = Reflect.get(ws, "_receiver")
  if (typeof receiver === "object" && receiver !== null && "_maxPayload" in receiver) receiver._maxPayload = maxFrame
}

/** Closes with a reason cut to what a close frame holds (123 bytes). */
export const close = (ws: WebSocket, code: number, reason: string): void => {
  let text = reason
  while (Buffer.byteLength(text) > 123) text = text.slice(0, -1)
  ws.close(code, text)
}
