/** What a client sent: a frame of the contract, or nothing that means anything. */
import { fromBinary, fromJsonString } from "@bufbuild/protobuf"
import type { Command, Join, Numbered, Request } from "../../../src/bus/Request.ts"
import type { ChannelSettings } from "../../../src/bus/Overflow.ts"
import type { Recipient } from "../../../src/bus/Message.ts"
import type { Join as WireJoin, SendPrivate } from "../../proto/generated/arqonbus/v1/channel_pb.js"
import type {
  ChannelSettings as WireSettings,
  Command as WireCommand
} from "../../proto/generated/arqonbus/v1/command_pb.js"
import { type ClientFrame, ClientFrameSchema } from "../../proto/generated/arqonbus/v1/frame_pb.js"
import * as Values from "./Values.ts"

const joinOf = ({ channel, mute, presence, recover, room }: WireJoin): Join => ({
  room,
  channel,
  presence,
  mute,
  recover: Values.channelPositions(recover)
})

const settingsOf = (value: WireSettings | undefined): Partial<ChannelSettings> => {
  if (value === undefined) return {}
  const overflow = Values.overflow(value.overflow)
  return {
    ...(overflow === undefined ? {} : { overflow }),
    ...(value.keepMessages === 0 ? {} : { keepMessages: value.keepMessages }),
    ...(value.keepSeconds === 0 ? {} : { keepSeconds: value.keepSeconds })
  }
}

const commandOf = ({ command }: WireCommand): Command | undefined => {
  switch (command.case) {
    case "status":
      return { _tag: "status" }
    case "createChannel": {
      const { channel, room, settings } = command.value
      return { _tag: "create_channel", room, channel, settings: settingsOf(settings) }
    }
    case "deleteChannel":
      return { _tag: "delete_channel", room: command.value.room, channel: command.value.channel }
    case "joinChannel":
      return { _tag: "join_channel", join: joinOf(command.value) }
    case "leaveChannel":
      return { _tag: "leave_channel", room: command.value.room, channel: command.value.channel }
    case "listChannels":
      return {
        _tag: "list_channels",
        room: command.value.room,
        limit: command.value.limit,
        after: command.value.after
      }
    case "channelInfo":
      return { _tag: "channel_info", room: command.value.room, channel: command.value.channel }
    case "ping":
      return { _tag: "ping", positions: command.value.positions }
    case "history": {
      const { after, channel, limit, room } = command.value
      return { _tag: "history", room, channel, limit, after: Values.position(after) }
    }
    case "help":
      return { _tag: "help" }
    case undefined:
      return undefined
  }
}

const recipientOf = ({ to }: SendPrivate): Recipient => {
  if (to.case === "principal") return { principal: to.value }
  return { connection: to.value ?? "" }
}

const requestOf = ({ frame }: ClientFrame): Request | undefined => {
  switch (frame.case) {
    case "hello": {
      const { maxVersion, metadata, minVersion, name, token, type } = frame.value
      return {
        _tag: "hello",
        hello: { minVersion, maxVersion, name, token, metadata, type: Values.clientType(type) }
      }
    }
    case "publish": {
      const { channel, content, id, room } = frame.value
      return { _tag: "publish", publish: { room, channel, id, content: Values.content(content) } }
    }
    case "join":
      return { _tag: "join", join: joinOf(frame.value) }
    case "leave":
      return { _tag: "leave", room: frame.value.room, channel: frame.value.channel }
    case "sendPrivate":
      return { _tag: "private", to: recipientOf(frame.value), content: Values.content(frame.value.content) }
    case "ping":
      return { _tag: "ping", positions: frame.value.positions }
    case "update":
      return { _tag: "update", metadata: frame.value.metadata }
    case "command": {
      const command = commandOf(frame.value)
      return command === undefined ? undefined : { _tag: "command", command }
    }
    case undefined:
      return undefined
  }
}

const numbered = (frame: ClientFrame): Numbered | undefined => {
  const body = requestOf(frame)
  return body === undefined ? undefined : { request: frame.request, body }
}

/** Undefined where the bytes are no frame of a client. */
export const decodeBinary = (bytes: Uint8Array): Numbered | undefined => {
  try {
    return numbered(fromBinary(ClientFrameSchema, bytes))
  } catch {
    return undefined
  }
}

/** Fields that a later version may have are passed over, as they are in the binary form. */
const lenient = { ignoreUnknownFields: true }

export const decodeText = (text: string): Numbered | undefined => {
  try {
    return numbered(fromJsonString(ClientFrameSchema, text, lenient))
  } catch {
    return undefined
  }
}
