/** Complete WebSocket frames from a server (RFC 6455, 5.2): never masked, one for each message. */
import { encodeBinary, encodeText } from "../wire/Encode.ts"
import { type Event, unsayable } from "../../../src/bus/Event.ts"
import { type Format, frameOf, type Packet } from "../../../src/bus/routing/Packet.ts"

const text = 0x81
const binary = 0x82

/** A frame of `length` bytes of payload, which `fill` writes from an offset on. */
const framed = (opcode: number, length: number, fill: (frame: Buffer, at: number) => void): Uint8Array => {
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10
  // not from the pool: a frame that waits would keep the whole of it
  const frame = Buffer.allocUnsafeSlow(head + length)
  frame[0] = opcode
  if (head === 2) frame[1] = length
  else if (head === 4) {
    frame[1] = 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
  fill(frame, head)
  return frame
}

const encode = (event: Event, request: number, format: Format): Uint8Array => {
  if (format === 0) {
    const payload = encodeBinary(event, request)
    return framed(binary, payload.length, (frame, at) => frame.set(payload, at))
  }
  const payload = encodeText(event, request)
  return framed(text, Buffer.byteLength(payload), (frame, at) => frame.write(payload, at))
}

const encodable = (event: Event, request: number, format: Format): Uint8Array => {
  try {
    return encode(event, request, format)
  } catch {
    // something in it has no form on the wire, such as annotations that are none: the reader is told that it is missing
    return encode(unsayable(event), request, format)
  }
}

/** The packet's frame in this format, built the first time that it is asked for. */
export const frame = (packet: Packet, format: Format): Uint8Array => {
  const known = frameOf(packet, format)
  if (known !== undefined) return known
  const built = encodable(packet.event, packet.request, format)
  if (format === 0) packet.binary = built
  else packet.text = built
  return built
}
