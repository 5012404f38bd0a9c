/** What the server says, as a frame of the contract. */
import { create, type MessageInitShape, toBinary, toJsonString } from "@bufbuild/protobuf"
import type { ChannelInfo, Event, Joined, Pong, Reply, Status, Welcome } from "../../../src/bus/Event.ts"
import { busErrorReasons } from "../../../src/bus/BusErrorReasons.ts"
import { versions } from "../../../src/bus/Version.ts"
import { ServerFrameSchema } from "../../proto/generated/arqonbus/v1/frame_pb.js"
import type { JoinedSchema } from "../../proto/generated/arqonbus/v1/channel_pb.js"
import type { ChannelInfoSchema, ReplySchema, StatusReplySchema } from "../../proto/generated/arqonbus/v1/command_pb.js"
import type { PongSchema, WelcomeSchema } from "../../proto/generated/arqonbus/v1/session_pb.js"
import * as Values from "./Values.ts"

type Frame = NonNullable<MessageInitShape<typeof ServerFrameSchema>["frame"]>

const presenceKinds = ["joined", "left", "updated"] as const
const recoveries = ["none", "complete", "gap"] as const

const welcomeInit = (welcome: Welcome): MessageInitShape<typeof WelcomeSchema> => {
  const { at, connection, limits, node, principal, role, tenant, version } = welcome
  return {
    version,
    connection,
    principal,
    tenant,
    role: Values.roleNumber(role),
    limits: {
      maxFrameBytes: limits.maxFrameBytes,
      maxQueueBytes: limits.maxQueueBytes,
      maxJoins: limits.maxJoins,
      publishesPerSecond: limits.publishesPerSecond,
      heartbeatMs: limits.heartbeatMillis
    },
    node,
    serverTimeMs: BigInt(at)
  }
}

const joinedInit = ({ already, channel, channels, members, room }: Joined): MessageInitShape<typeof JoinedSchema> => ({
  room,
  channel,
  already,
  channels: channels.map((one) => ({
    ...Values.channelPositionInit(one),
    recovery: recoveries.indexOf(one.recovery) + 1,
    recovered: one.recovered
  })),
  members: members.map(Values.memberInit)
})

const pongInit = ({ at, positions, queuedBytes, queuedFrames }: Pong): MessageInitShape<typeof PongSchema> => ({
  serverTimeMs: BigInt(at),
  queuedFrames,
  queuedBytes,
  positions: positions.map(Values.channelPositionInit)
})

const infoInit = (info: ChannelInfo): MessageInitShape<typeof ChannelInfoSchema> => ({
  ...Values.channelPositionInit(info),
  members: info.members,
  firstOffset: BigInt(info.first),
  settings: {
    overflow: Values.overflowNumber(info.settings.overflow),
    keepMessages: info.settings.keepMessages,
    keepSeconds: info.settings.keepSeconds
  },
  system: info.system
})

const statusInit = (status: Status): MessageInitShape<typeof StatusReplySchema> => {
  const { bridge, channels, connections, history, node, uptimeMillis, version } = status
  return {
    node,
    uptimeMs: BigInt(uptimeMillis),
    connections,
    channels,
    history: { ...history, durability: Values.durabilityNumber(history.durability) },
    ...(bridge === undefined ? {} : { bridge: { ...bridge } }),
    protocolVersion: version
  }
}

const replyInit = (reply: Reply): NonNullable<MessageInitShape<typeof ReplySchema>["reply"]> => {
  switch (reply._tag) {
    case "status":
      return { case: "status", value: statusInit(reply.status) }
    case "create_channel":
      return { case: "createChannel", value: { info: infoInit(reply.info) } }
    case "delete_channel":
      return { case: "deleteChannel", value: {} }
    case "join_channel":
      return { case: "joinChannel", value: joinedInit(reply.joined) }
    case "leave_channel":
      return { case: "leaveChannel", value: { room: reply.room, channel: reply.channel } }
    case "list_channels":
      return { case: "listChannels", value: { channels: reply.channels.map(infoInit), next: reply.next } }
    case "channel_info":
      return {
        case: "channelInfo",
        value: { info: infoInit(reply.info), members: reply.members.map(Values.memberInit) }
      }
    case "ping":
      return { case: "ping", value: pongInit(reply.pong) }
    case "history": {
      const { channel, holes, messages, more, position, room, skipped } = reply.page
      return {
        case: "history",
        value: {
          messages: messages.map((entry) => Values.messageInit(room, channel, entry, entry.position)),
          position: Values.positionInit(position),
          more,
          holes: holes.map(Values.skippedInit),
          ...(skipped === undefined ? {} : { skipped: Values.skippedInit(skipped) })
        }
      }
    }
    case "help":
      return {
        case: "help",
        value: { commands: reply.commands.map((one) => ({ ...one, role: Values.roleNumber(one.role) })) }
      }
  }
}

const frameInit = (event: Event): Frame => {
  switch (event._tag) {
    case "welcome":
      return { case: "welcome", value: welcomeInit(event.welcome) }
    case "ack": {
      const { delivered, durability, duplicate, id, persisted, position } = event.ack
      return {
        case: "ack",
        value: {
          duplicate,
          delivered,
          persisted,
          durability: Values.durabilityNumber(durability),
          id,
          ...(position === undefined ? {} : { position: Values.positionInit(position) })
        }
      }
    }
    case "joined":
      return { case: "joined", value: joinedInit(event.joined) }
    case "left":
      return { case: "left", value: { room: event.room, channel: event.channel } }
    case "updated":
      return { case: "updated", value: {} }
    case "pong":
      return { case: "pong", value: pongInit(event.pong) }
    case "reply":
      return { case: "reply", value: { reply: replyInit(event.reply) } }
    case "error":
      return {
        case: "error",
        value: {
          code: busErrorReasons.indexOf(event.reason) + 1,
          message: event.message,
          retryAfterMs: event.retryAfterMillis,
          ...(event.reason === "version_mismatch" ? { minVersion: versions.min, maxVersion: versions.max } : {})
        }
      }
    case "message":
      return {
        case: "message",
        value: Values.messageInit(event.room, event.channel, event.entry, event.entry.position)
      }
    case "skipped":
      return { case: "skipped", value: Values.skippedInit(event.skipped) }
    case "presence": {
      const { channel, kind, member, room } = event
      return {
        case: "presence",
        value: { room, channel, kind: presenceKinds.indexOf(kind) + 1, member: Values.memberInit(member) }
      }
    }
    case "private":
      return { case: "private", value: Values.privateInit(event.draft) }
    case "drain":
      return { case: "drain", value: { reconnectAfterMs: event.reconnectAfterMillis, reason: event.reason } }
  }
}

const message = (event: Event, request: number) => create(ServerFrameSchema, { request, frame: frameInit(event) })

export const encodeBinary = (event: Event, request: number): Uint8Array =>
  toBinary(ServerFrameSchema, message(event, request))

export const encodeText = (event: Event, request: number): string =>
  toJsonString(ServerFrameSchema, message(event, request))
