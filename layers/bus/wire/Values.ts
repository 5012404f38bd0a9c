/** The values that frames are made of, between the contract's generated messages and the bus's own types. */
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf"
import type { ClientType, Content, Draft, InspectionNote, Sender } from "../../../src/bus/Message.ts"
import type { ChannelPosition, Member, Skipped, SkipReason } from "../../../src/bus/Event.ts"
import type { Position } from "../../../src/bus/Position.ts"
import { durabilities, type Durability } from "../../../src/bus/Durability.ts"
import { overflows, type Overflow } from "../../../src/bus/Overflow.ts"
import { roles, type Role } from "../../../src/bus/Role.ts"
import {
  type Content as WireContent,
  AnnotationsSchema,
  type ChannelPosition as WireChannelPosition,
  type ContentSchema,
  type InspectionSchema,
  type Position as WirePosition,
  type PositionSchema,
  type SenderSchema
} from "../../proto/generated/arqonbus/v1/content_pb.js"
import type {
  MemberSchema,
  MessageSchema,
  PrivateSchema,
  SkippedSchema
} from "../../proto/generated/arqonbus/v1/channel_pb.js"

type Init<S extends Parameters<typeof create>[0]> = MessageInitShape<S>

/** Wire enumerations begin with "unspecified": theirs is 0, our first is 1. */
const indexOf = <A>(values: ReadonlyArray<A>, value: A): number => values.indexOf(value) + 1
const valueAt = <A>(values: ReadonlyArray<A>, number: number): A | undefined => values[number - 1]

const clientTypes: ReadonlyArray<ClientType> = ["human", "ai-agent", "dashboard", "service"]
export const clientType = (number: number): ClientType | undefined => valueAt(clientTypes, number)
export const clientTypeNumber = (type: ClientType): number => indexOf(clientTypes, type)

const skipReasons: ReadonlyArray<SkipReason> = [
  "overflow",
  "conflated",
  "trimmed",
  "epoch",
  "limit",
  "unavailable",
  "node"
]
export const overflow = (number: number): Overflow | undefined => valueAt(overflows, number)
export const overflowNumber = (value: Overflow): number => indexOf(overflows, value)
export const durabilityNumber = (value: Durability): number => indexOf(durabilities, value)
export const roleNumber = (value: Role): number => indexOf(roles, value)

/** A number of the wire; undefined where JavaScript has no such integer. */
export const integer = (value: bigint): number | undefined =>
  value >= 0n && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined

export const position = (value: WirePosition | undefined): Position | undefined => {
  const offset = value === undefined ? undefined : integer(value.offset)
  return value === undefined || offset === undefined ? undefined : { epoch: value.epoch, offset }
}

export const positionInit = ({ epoch, offset }: Position): Init<typeof PositionSchema> => ({
  epoch,
  offset: BigInt(offset)
})

export const channelPositions = (values: ReadonlyArray<WireChannelPosition>): ReadonlyArray<ChannelPosition> =>
  values.flatMap(({ channel, position: at, room }) => {
    const known = position(at)
    return known === undefined ? [] : [{ room, channel, position: known }]
  })

const nothing: Content = { body: "", contentType: "", headers: {}, key: "", annotations: undefined }

/** What a frame brought, on its own: no part of the buffer that it was read from stays in use. */
export const content = (value: WireContent | undefined): Content => {
  if (value === undefined) return nothing
  const { annotations, body, contentType, headers, key } = value
  return {
    body: body.case === "data" ? body.value.slice() : (body.value ?? ""),
    contentType,
    headers,
    key,
    annotations: annotations === undefined ? undefined : toBinary(AnnotationsSchema, annotations)
  }
}

export const contentInit = ({ annotations, body, contentType, headers, key }: Content): Init<typeof ContentSchema> => ({
  body: typeof body === "string" ? { case: "text", value: body } : { case: "data", value: new Uint8Array(body) },
  contentType,
  headers: { ...headers },
  key,
  ...(annotations === undefined ? {} : { annotations: fromBinary(AnnotationsSchema, annotations) })
})

export const senderInit = ({ connection, name, principal, type }: Sender): Init<typeof SenderSchema> => ({
  principal,
  connection,
  name,
  type: clientTypeNumber(type)
})

export const inspectionInit = ({
  outcome,
  policy,
  reason,
  risk,
  rules
}: InspectionNote): Init<typeof InspectionSchema> => ({
  outcome,
  reason,
  risk,
  rules: [...rules],
  policy
})

const said = ({ at, content: value, id, inspection, sender }: Omit<Draft, "position">) => ({
  id,
  sender: senderInit(sender),
  atMs: BigInt(at),
  content: contentInit(value),
  ...(inspection === undefined ? {} : { inspection: inspectionInit(inspection) })
})

export const messageInit = (
  room: string,
  channel: string,
  entry: Draft,
  at: Position | undefined
): Init<typeof MessageSchema> => ({
  room,
  channel,
  ...said(entry),
  ...(at === undefined ? {} : { position: positionInit(at) })
})

export const privateInit = (draft: Draft): Init<typeof PrivateSchema> => said(draft)

export const skippedInit = ({
  channel,
  epoch,
  from,
  missing = 0,
  reason,
  room,
  to
}: Skipped): Init<typeof SkippedSchema> => ({
  room,
  channel,
  epoch,
  from: BigInt(Math.max(0, from)),
  to: BigInt(Math.max(0, to)),
  reason: indexOf(skipReasons, reason),
  missing: BigInt(missing)
})

export const memberInit = ({ connection, metadata, name, principal, type }: Member): Init<typeof MemberSchema> => ({
  connection,
  principal,
  name,
  type: clientTypeNumber(type),
  metadata: { ...metadata }
})

export const channelPositionInit = ({ channel, position: at, room }: ChannelPosition) => ({
  room,
  channel,
  position: positionInit(at)
})
