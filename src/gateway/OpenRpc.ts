/** The OpenRPC document of a listener, made from its contract. Events stand in the `x-notifications` extension. */
import * as Context from "effect/Context"
import * as Schema from "effect/Schema"
import type * as Rpc from "effect/rpc/Rpc"
import * as RpcSchema from "effect/rpc/RpcSchema"
import { ChatEvent, ChatResult } from "./Chat.ts"
import { ClientRpcs, OpenRpcs } from "./ClientRpcs.ts"
import { errorClasses } from "./GatewayError.ts"
import { OperatorRpcs } from "./OperatorRpcs.ts"
import { RequiredScope, Summary } from "./ScopedRpc.ts"

type JsonSchema = Readonly<Record<string, unknown>>

/** One schema as a self-contained JSON Schema; references point into its own `$defs`. */
const jsonSchema = (schema: Schema.Top): JsonSchema => {
  const { definitions, schema: root } = Schema.toJsonSchemaDocument(schema)
  return Object.keys(definitions).length === 0 ? root : { ...root, $defs: definitions }
}

const params = (rpc: Rpc.AnyWithProps): ReadonlyArray<JsonSchema> => {
  const schema = jsonSchema(rpc.payloadSchema)
  const properties = (schema["properties"] ?? {}) as Readonly<Record<string, JsonSchema>>
  const required = new Set((schema["required"] ?? []) as ReadonlyArray<string>)
  return Object.entries(properties).map(([name, property]) => ({
    name,
    required: required.has(name),
    schema: schema["$defs"] === undefined ? property : { ...property, $defs: schema["$defs"] }
  }))
}

const method = (rpc: Rpc.AnyWithProps): JsonSchema => {
  const scope = Context.get(rpc.annotations, RequiredScope)
  const streams = RpcSchema.isStreamSchema(rpc.successSchema)
  return {
    name: rpc._tag,
    summary: Context.get(rpc.annotations, Summary),
    paramStructure: "by-name",
    params: params(rpc),
    result: { name: "result", schema: jsonSchema(streams ? ChatResult : rpc.successSchema) },
    "x-scope": scope ?? null,
    ...(streams ? { "x-notifications": ["chat.event"] } : {})
  }
}

const errors = (): ReadonlyArray<JsonSchema> =>
  errorClasses.map(({ code, schema }) => ({ code, message: schema.identifier, data: jsonSchema(schema) }))

/** The one method of the wire itself: stops a call of the same connection. */
const cancel: JsonSchema = {
  name: "rpc.cancel",
  summary: "Stops a running call of this connection; a turn goes on. The stopped call answers -32010.",
  paramStructure: "by-name",
  params: [{ name: "id", required: true, schema: { type: ["string", "number"] } }],
  result: { name: "result", schema: { type: "boolean" } },
  "x-scope": null
}

const documents = new Map<string, JsonSchema>()

/** Built at the first request for it, then kept: its contract does not change while the program runs. */
export const document = (listener: "client" | "operator", version: string): JsonSchema => {
  const known = documents.get(listener)
  if (known !== undefined) return known
  const group = listener === "client" ? ClientRpcs : OperatorRpcs
  const rpcs = [...OpenRpcs.requests.values(), ...group.requests.values()]
  const made: JsonSchema = {
    openrpc: "1.3.2",
    info: { title: `exoclaw gateway, ${listener} listener`, version },
    methods: [...rpcs.map((rpc) => method(rpc as Rpc.AnyWithProps)), cancel],
    ...(listener === "client" ? { "x-notifications": { "chat.event": jsonSchema(ChatEvent) } } : {}),
    components: { errors: errors() }
  }
  documents.set(listener, made)
  return made
}
