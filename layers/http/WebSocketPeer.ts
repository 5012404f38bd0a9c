/** One `ws` socket as the protocols see it, with the outbound bounds. */
import * as Effect from "effect/Effect"
import { Socket } from "node:net"
import type { WebSocket } from "ws"
import type { SocketPeer } from "../../src/gateway/SocketProtocol.ts"
import type { Limits } from "./Limits.ts"

export const make = (id: number, ws: WebSocket, limits: Pick<Limits, "highWater" | "maxBuffered">): SocketPeer => {
  const socket = socketOf(ws)
  const gather = gathering(socket, ws, Math.min(gathered, limits.highWater / 2, limits.maxBuffered / 2))
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
    gather(frame.length)
    if (admits(frame)) ws.send(frame)
  }
  return {
    id,
    send,
    write: (frame) =>
      Effect.suspend(() => {
        gather(frame.length)
        if (ws.bufferedAmount < limits.highWater) return Effect.sync(() => send(frame))
        if (!admits(frame)) return Effect.void
        return Effect.callback<void>((resume) => ws.send(frame, () => resume(Effect.void)))
      }),
    bufferedAmount: () => ws.bufferedAmount,
    writeFrames: (frames) =>
      // a frame behind our close frame would be a mistake of ours
      socket === undefined || ws.readyState !== ws.OPEN ? true : socket.write(frames),
    onDrain: (listener) => void socket?.on("drain", listener)
  }
}

/** The socket under a WebSocket; `ws` has no public way to it. */
const socketOf = (ws: WebSocket): Socket | undefined => {
  const socket: unknown = Reflect.get(ws, "_socket")
  return socket instanceof Socket ? socket : undefined
}

/** At most so many bytes wait for others of the same turn of the event loop. */
const gathered = 16 * 1024

/**
 * To be told of each frame before it is sent: small frames of one turn of the event loop reach the network in one
 * system call, which costs as much as the rest of a frame's way. What is larger, and all before it, goes at once, so
 * that what is queued is what the network did not take. Without the socket of `ws` each frame goes by itself.
 */
const gathering = (socket: Socket | undefined, ws: WebSocket, limit: number): ((bytes: number) => void) => {
  if (socket === undefined) return () => undefined
  let corked = false
  const release = (): void => {
    if (!corked) return
    corked = false
    socket.uncork()
  }
  return (bytes) => {
    if (ws.bufferedAmount + bytes > limit) return release()
    if (corked) return
    corked = true
    socket.cork()
    process.nextTick(release)
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
