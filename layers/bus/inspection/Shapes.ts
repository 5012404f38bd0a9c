/** Schemas of the bus's own contract, as inspection knows them. */
import type { DescField, DescMessage } from "@bufbuild/protobuf"
import { ScalarType } from "@bufbuild/protobuf"
import type { Kind, Shape } from "../../../src/casil/Protobuf.ts"
import { file_arqonbus_v1_channel } from "../../proto/generated/arqonbus/v1/channel_pb.js"
import { file_arqonbus_v1_command } from "../../proto/generated/arqonbus/v1/command_pb.js"
import { AnnotationsSchema, file_arqonbus_v1_content } from "../../proto/generated/arqonbus/v1/content_pb.js"
import { file_arqonbus_v1_frame } from "../../proto/generated/arqonbus/v1/frame_pb.js"
import { file_arqonbus_v1_relay } from "../../proto/generated/arqonbus/v1/relay_pb.js"
import { file_arqonbus_v1_session } from "../../proto/generated/arqonbus/v1/session_pb.js"

const scalar = (type: ScalarType | undefined): Kind => {
  if (type === ScalarType.STRING) return { _tag: "Text" }
  return type === ScalarType.BYTES ? { _tag: "Bytes" } : { _tag: "Other" }
}

const kindOf = (field: DescField): Kind => {
  switch (field.fieldKind) {
    case "scalar":
      return scalar(field.scalar)
    case "message":
      return { _tag: "Message", shape: () => shapeOf(field.message) }
    case "enum":
      return { _tag: "Other" }
    case "list":
      return field.message === undefined
        ? scalar(field.scalar)
        : { _tag: "Message", shape: () => shapeOf(field.message) }
    case "map":
      return {
        _tag: "Entries",
        key: scalar(field.mapKey),
        value:
          field.message === undefined ? scalar(field.scalar) : { _tag: "Message", shape: () => shapeOf(field.message) }
      }
  }
}

const known = new Map<string, Shape>()

/** The schema of a generated message; of messages within each other, made when first needed. */
export const shapeOf = (message: DescMessage): Shape => {
  const found = known.get(message.typeName)
  if (found !== undefined) return found
  const shape: Shape = new Map(
    message.fields.map((field) => [field.number, { name: field.name, kind: kindOf(field) }] as const)
  )
  known.set(message.typeName, shape)
  return shape
}

export const annotations = (): Shape => shapeOf(AnnotationsSchema)

const files = [
  file_arqonbus_v1_channel,
  file_arqonbus_v1_command,
  file_arqonbus_v1_content,
  file_arqonbus_v1_frame,
  file_arqonbus_v1_relay,
  file_arqonbus_v1_session
]

/** The schema of a message of the contract by its full name, such as `arqonbus.v1.Content`. */
export const shapeNamed = (typeName: string): Shape | undefined => {
  for (const { messages } of files) {
    for (const message of messages) if (message.typeName === typeName) return shapeOf(message)
  }
  return undefined
}
