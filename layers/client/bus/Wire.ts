/** Frames of the contract, from and to what this client speaks of. */
import { create, fromBinary, fromJsonString, type MessageInitShape, toBinary, toJsonString } from "@bufbuild/protobuf"
import {
  type Message as WireMessage,
  type Private,
  type Joined as WireJoined,
  type Ack as WireAck,
  type Skipped as WireSkipped,
  type Member as WireMember
} from "../../proto/generated/arqonbus/v1/channel_pb.js"
import type { CommandSchema, HistoryReply, Reply } from "../../proto/generated/arqonbus/v1/command_pb.js"
import type { Position as WirePosition, Sender as WireSender } from "../../proto/generated/arqonbus/v1/content_pb.js"
import { ClientFrameSchema, type ServerFrame, ServerFrameSchema } from "../../proto/generated/arqonbus/v1/frame_pb.js"
import type { Error as WireError } from "../../proto/generated/arqonbus/v1/session_pb.js"
import type {
  Ack,
  BusEvent,
  ClientType,
  Durability,
  HistoryPage,
  Joined,
  Member,
  Message,
  Position,
  Sender,
  Skipped,
  SkipReason
} from "./Events.ts"
import { BusFailure, codes } from "./Failure.ts"

export type Ask = NonNullable<MessageInitShape<typeof ClientFrameSchema>["frame"]>
export type Answer = ServerFrame["frame"]
type Asked = NonNullable<MessageInitShape<typeof CommandSchema>["command"]>
type Replied = Reply["reply"]
/** A built-in command by its name in the contract. */
export type CommandName = NonNullable<Asked["case"]>
export type CommandValue<C extends CommandName> = Extract<Asked, { case: C }>["value"]
export type ReplyValue<C extends CommandName> = Extract<Replied, { case: C }>["value"]

const types: ReadonlyArray<ClientType> = ["human", "ai-agent", "dashboard", "service"]
const durabilities: ReadonlyArray<Durability> = ["none", "process", "server", "disk", "replicated"]
const reasons: ReadonlyArray<SkipReason> = ["overflow", "conflated", "trimmed", "epoch", "limit", "unavailable", "node"]
const recoveries = ["none", "complete", "gap"] as const
const kinds = ["joined", "left", "updated"] as const

export const typeNumber = (type: ClientType): number => types.indexOf(type) + 1

/** A frame as one of the two subprotocols has it. */
export const write = (request: number, frame: Ask, json: boolean): string | Uint8Array<ArrayBuffer> => {
  const message = create(ClientFrameSchema, { request, frame })
  return json ? toJsonString(ClientFrameSchema, message) : toBinary(ClientFrameSchema, message)
}

/** Undefined for what is no frame, or one of a kind that this client does not know. */
export const read = (data: unknown): ServerFrame | undefined => {
  // both ways to decode tell of what they cannot read by throwing
  try {
    if (typeof data === "string") return fromJsonString(ServerFrameSchema, data, { ignoreUnknownFields: true })
    return data instanceof ArrayBuffer ? fromBinary(ServerFrameSchema, new Uint8Array(data)) : undefined
  } catch {
    return undefined
  }
}

export const position = (value: WirePosition | undefined): Position => ({
  epoch: value?.epoch ?? "",
  offset: Number(value?.offset ?? 0)
})

export const positionInit = ({ epoch, offset }: Position) => ({ epoch, offset: BigInt(offset) })

const sender = (value: WireSender | undefined): Sender => ({
  principal: value?.principal ?? "",
  connection: value?.connection ?? "",
  type: types[(value?.type ?? 0) - 1],
  name: value?.name ?? ""
})

const said = ({ atMs, content, id, sender: from }: WireMessage | Private) => ({
  id,
  sender: sender(from),
  at: Number(atMs),
  body: content?.body.value ?? "",
  contentType: content?.contentType ?? "",
  headers: content?.headers ?? {},
  key: content?.key ?? ""
})

export const message = (value: WireMessage): Message => ({
  type: "message",
  room: value.room,
  channel: value.channel,
  position: position(value.position),
  ...said(value)
})

const skipped = ({ channel, epoch, from, missing, reason, room, to }: WireSkipped): Skipped => ({
  type: "skipped",
  room,
  channel,
  epoch,
  from: Number(from),
  to: Number(to),
  reason: reasons[reason - 1] ?? "unavailable",
  missing: Number(missing)
})

const member = ({ connection, metadata, name, principal, type }: WireMember): Member => ({
  connection,
  principal,
  type: types[type - 1],
  name,
  metadata
})

/** What is told without having been asked for; undefined for everything else. */
export const event = (frame: Answer): BusEvent | undefined => {
  switch (frame.case) {
    case "message":
      return message(frame.value)
    case "skipped":
      return skipped(frame.value)
    case "private":
      return { type: "private", ...said(frame.value) }
    case "presence": {
      const { channel, kind, member: who, room } = frame.value
      if (who === undefined) return undefined
      return { type: "presence", room, channel, kind: kinds[kind - 1] ?? "updated", member: member(who) }
    }
    default:
      return undefined
  }
}

export const ack = ({ delivered, duplicate, durability, id, persisted, position: at }: WireAck): Ack => ({
  id,
  position: at === undefined ? undefined : position(at),
  duplicate,
  delivered,
  persisted,
  durability: durabilities[durability - 1] ?? "none"
})

export const joined = ({ already, channels, members }: WireJoined): Joined => ({
  already,
  channels: channels.map(({ channel, position: at, recovered, recovery, room }) => ({
    room,
    channel,
    position: position(at),
    recovery: recoveries[recovery - 1] ?? "none",
    recovered
  })),
  members: members.map(member)
})

export const page = ({ holes, messages, more, position: at, skipped: hole }: HistoryReply): HistoryPage => ({
  messages: messages.map(message),
  position: position(at),
  skipped: hole === undefined ? undefined : skipped(hole),
  holes: holes.map(skipped),
  more
})

export const command = <C extends CommandName>(name: C, value?: CommandValue<C>): Ask => ({
  case: "command",
  value: { command: { case: name, value: value ?? {} } as Asked }
})

/** The reply to that command; undefined where it is none. */
export const reply = <C extends CommandName>(name: C, answer: Answer): ReplyValue<C> | undefined =>
  answer.case === "reply" && answer.value.reply.case === name ? (answer.value.reply.value as never) : undefined

export const failure = ({ code, message: text, retryAfterMs }: WireError): BusFailure =>
  new BusFailure(codes[code - 1] ?? "internal", text, retryAfterMs)
