/** What nodes write for one another: `arqonbus.v1.Relay`. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf"
import * as Schema from "effect/Schema"
import type { PrivateDraft, Recipient, Said } from "../../../src/bus/Bridge.ts"
import { type ChannelRef, ChannelName, RoomName } from "../../../src/bus/ChannelName.ts"
import type { ClientType, Content, InspectionNote, Sender } from "../../../src/bus/Message.ts"
import { TenantId } from "../../../src/domain/Ids.ts"
import {
  AnnotationsSchema,
  ClientType as WireType,
  type Content as WireContent,
  type Inspection as WireInspection,
  type Sender as WireSender
} from "../../proto/generated/arqonbus/v1/content_pb.js"
import {
  type Relay as WireRelay,
  RelaySchema,
  type Stand as WireStand
} from "../../proto/generated/arqonbus/v1/relay_pb.js"
import type { Asking, Mark, Stand, Standing } from "./Mark.ts"

const types: ReadonlyArray<readonly [ClientType, WireType]> = [
  ["human", WireType.HUMAN],
  ["ai-agent", WireType.AI_AGENT],
  ["dashboard", WireType.DASHBOARD],
  ["service", WireType.SERVICE]
]
const wireTypes = new Map(types)
const ownTypes = new Map(types.map(([own, wire]) => [wire, own]))

const wireContent = ({ annotations, body, contentType, headers, key }: Content) => ({
  body: typeof body === "string" ? { case: "text" as const, value: body } : { case: "data" as const, value: body },
  contentType,
  headers: { ...headers },
  key,
  ...(annotations === undefined ? {} : { annotations: fromBinary(AnnotationsSchema, annotations) })
})

const wireDraft = ({ at, content, id, inspection, sender }: PrivateDraft) => ({
  id,
  sender: { ...sender, type: wireTypes.get(sender.type) ?? WireType.UNSPECIFIED },
  atMs: BigInt(at),
  content: wireContent(content),
  ...(inspection === undefined ? {} : { inspection: { ...inspection, rules: [...inspection.rules] } })
})

const wireStand = ({ channel, lostFrom, run, seq }: Stand) => ({
  room: channel.room,
  channel: channel.channel,
  run: BigInt(run),
  seq: BigInt(seq),
  lostFrom: BigInt(lostFrom)
})

const wireMark = ({ life, run, runs, seq }: Mark) => ({
  life,
  run: BigInt(run),
  runs: BigInt(runs),
  seq: BigInt(seq)
})

/** Throws where the content's annotations are none. */
export const encode = (relay: Said | Standing | Asking, mark?: Mark): Uint8Array => {
  const { id, node } = relay
  if (relay._tag === "asking") {
    const { tenant } = relay
    return toBinary(RelaySchema, create(RelaySchema, { node, id, tenant, relay: { case: "asking", value: {} } }))
  }
  if (relay._tag === "standing") {
    const { channels, ended, life, others, runs, tenant } = relay
    const value = { life, runs: BigInt(runs), channels: channels.map(wireStand), others, ended }
    return toBinary(RelaySchema, create(RelaySchema, { node, id, tenant, relay: { case: "standing", value } }))
  }
  if (relay._tag === "private") {
    const { draft, tenant, to } = relay
    const recipient =
      "connection" in to
        ? { case: "connection" as const, value: to.connection }
        : { case: "principal" as const, value: to.principal }
    const value = { to: recipient, private: wireDraft(draft) }
    return toBinary(RelaySchema, create(RelaySchema, { node, id, tenant, relay: { case: "private", value } }))
  }
  const { channel, draft, position } = relay
  const value = {
    ...wireDraft(draft),
    room: channel.room,
    channel: channel.channel,
    ...(position === undefined ? {} : { position: { epoch: position.epoch, offset: BigInt(position.offset) } })
  }
  return toBinary(
    RelaySchema,
    create(RelaySchema, {
      node,
      id,
      tenant: channel.tenant,
      relay: { case: "message", value },
      ...(mark === undefined ? {} : { mark: wireMark(mark) })
    })
  )
}

const decodeRef = Schema.decodeUnknownSync(Schema.Struct({ tenant: TenantId, room: RoomName, channel: ChannelName }))
const decodeTenant = Schema.decodeUnknownSync(TenantId)

const missing = (what: string) => new TypeError(`a relay without ${what}`)

const ownSender = (sender: WireSender | undefined): Sender => {
  const type = sender === undefined ? undefined : ownTypes.get(sender.type)
  if (sender === undefined || type === undefined) throw missing("sender")
  return { principal: sender.principal, connection: sender.connection, type, name: sender.name }
}

const ownContent = (content: WireContent | undefined): Content => {
  if (content === undefined) throw missing("content")
  return {
    body: content.body.value ?? "",
    contentType: content.contentType,
    headers: content.headers,
    key: content.key,
    annotations: content.annotations === undefined ? undefined : toBinary(AnnotationsSchema, content.annotations)
  }
}

const ownInspection = (note: WireInspection | undefined): InspectionNote | undefined =>
  note === undefined
    ? undefined
    : { outcome: note.outcome, reason: note.reason, risk: note.risk, rules: note.rules, policy: note.policy }

interface WireDraft {
  readonly id: string
  readonly sender?: WireSender | undefined
  readonly atMs: bigint
  readonly content?: WireContent | undefined
  readonly inspection?: WireInspection | undefined
}

const ownDraft = ({ atMs, content, id, inspection, sender }: WireDraft): PrivateDraft => ({
  id,
  sender: ownSender(sender),
  at: Number(atMs),
  content: ownContent(content),
  inspection: ownInspection(inspection)
})

/** A number that a node counts to; throws where it is none that could be counted on from. */
const counted = (value: bigint): number => {
  if (value < 0n || value >= BigInt(Number.MAX_SAFE_INTEGER)) throw new TypeError("a relay with a number of no use")
  return Number(value)
}

const ownMark = (mark: { life: string; run: bigint; runs: bigint; seq: bigint } | undefined): Mark | undefined =>
  mark === undefined || mark.life === ""
    ? undefined
    : { life: mark.life, run: counted(mark.run), runs: counted(mark.runs), seq: counted(mark.seq) }

const ownStand = (tenant: string, { channel, lostFrom, room, run, seq }: WireStand): Stand => ({
  channel: decodeRef({ tenant, room, channel }),
  run: counted(run),
  seq: counted(seq),
  lostFrom: counted(lostFrom)
})

/** What a node wrote; a message's number where it has one. */
export interface Written {
  readonly what: Said | Standing | Asking
  readonly mark: Mark | undefined
}

/** Throws where the bytes are no relay, or name what no bus has. */
export const decode = (bytes: Uint8Array): Written => {
  const { mark, ...read } = fromBinary(RelaySchema, bytes)
  return { what: whatOf(read), mark: ownMark(mark) }
}

const whatOf = ({ id, node, relay, tenant }: Omit<WireRelay, "mark">): Said | Standing | Asking => {
  if (id === "" || node === "") throw missing("id or node")
  switch (relay.case) {
    case "message": {
      const { channel, position, room } = relay.value
      if (position !== undefined && position.epoch === "") throw missing("epoch")
      return {
        _tag: "message",
        node,
        id,
        channel: decodeRef({ tenant, room, channel }) satisfies ChannelRef,
        draft: ownDraft(relay.value),
        position: position === undefined ? undefined : { epoch: position.epoch, offset: Number(position.offset) }
      }
    }
    case "private": {
      const { private: sent, to } = relay.value
      if (sent === undefined || to.case === undefined) throw missing("recipient")
      const recipient: Recipient = to.case === "connection" ? { connection: to.value } : { principal: to.value }
      return { _tag: "private", node, id, tenant: decodeTenant(tenant), to: recipient, draft: ownDraft(sent) }
    }
    case "standing": {
      const { channels, ended, life, others, runs } = relay.value
      if (life === "") throw missing("life")
      return {
        _tag: "standing",
        node,
        id,
        tenant: decodeTenant(tenant),
        life,
        runs: counted(runs),
        channels: channels.map((stand) => ownStand(tenant, stand)),
        others,
        ended
      }
    }
    case "asking":
      return { _tag: "asking", node, id, tenant: decodeTenant(tenant) }
    default:
      throw missing("message")
  }
}
