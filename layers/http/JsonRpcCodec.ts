/** What the wire needs of one method: its parameters in, its result, events and errors out. */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import * as Rpc from "effect/rpc/Rpc"
import * as RpcSchema from "effect/rpc/RpcSchema"
import { Cancelled, GatewayError } from "../../src/gateway/GatewayError.ts"
import * as JsonRpc from "../../src/gateway/JsonRpc.ts"

export interface MethodCodec {
  readonly method: string
  /** Parameters to payload; what comes back otherwise is the error to answer with. */
  readonly decodeParams: (params: JsonRpc.Params) => Decoded
  /** A result, or a stream's element. None where the handler broke its own schema. */
  readonly encodeValue: (value: unknown) => Option.Option<unknown>
  /** The error member for a failed call. */
  readonly encodeCause: (cause: Cause.Cause<unknown>) => JsonRpc.ErrorObject
}

export type Decoded =
  | { readonly _tag: "Payload"; readonly payload: unknown }
  | { readonly _tag: "Refused"; readonly error: JsonRpc.ErrorObject }

const formatIssues = SchemaIssue.makeFormatterStandardSchemaV1()

/** The codec of one rpc. Its schemas must need no services: what crosses the wire is plain data. */
export const make = (rpc: Rpc.AnyWithProps): MethodCodec => {
  const stream = RpcSchema.isStreamSchema(rpc.successSchema) ? rpc.successSchema : undefined
  const parseOptions = Context.get(rpc.annotations, Rpc.ParseOptions)
  const errors = [rpc.errorSchema, ...[...rpc.middlewares].map((middleware) => middleware.error)]
  if (stream !== undefined) errors.push(stream.error)

  // a misspelt parameter must not be taken for one that was left out
  const decode = Schema.decodeUnknownExit(plain(rpc.payloadSchema), { onExcessProperty: "error", ...parseOptions })
  const encode = Schema.encodeUnknownExit(plain(stream?.success ?? rpc.successSchema), parseOptions)
  const encodeError = Schema.encodeUnknownExit(plain(Schema.Union(errors)), parseOptions)
  const absent = absentParams(rpc.payloadSchema)

  return {
    method: rpc._tag,
    decodeParams: (params) => {
      const exit = decode(absent(params))
      return Exit.isSuccess(exit)
        ? { _tag: "Payload", payload: exit.value }
        : { _tag: "Refused", error: { ...JsonRpc.invalidParams, ...describeIssue(exit.cause) } }
    },
    encodeValue: (value) => {
      const exit = encode(value)
      return Exit.isSuccess(exit) ? Option.some(exit.value) : Option.none()
    },
    encodeCause: (cause) => {
      const failure = cause.reasons.find(Cause.isFailReason)
      if (failure === undefined) return Cause.hasInterruptsOnly(cause) ? cancelled() : JsonRpc.internalError
      const encoded = encodeError(failure.error)
      return Exit.isSuccess(encoded) ? errorObject(failure.error, encoded.value) : JsonRpc.internalError
    }
  }
}

const cancelled = (): JsonRpc.ErrorObject => gatewayError(new Cancelled({ message: "The request was cancelled." }))

const encodeGatewayError = Schema.encodeUnknownExit(Schema.toCodecJson(GatewayError))

/** The error member for a condition that the protocol itself meets. */
export const gatewayError = (error: GatewayError): JsonRpc.ErrorObject => {
  const encoded = encodeGatewayError(error)
  return Exit.isSuccess(encoded) ? errorObject(error, encoded.value) : JsonRpc.internalError
}

// An rpc's type does not show its schemas' services; the contract of this file is that there are none.
const plain = (schema: Schema.Top) => Schema.toCodecJson(schema as Schema.Codec<unknown, unknown>)

/** No parameters, however a client says it: left out, `{}` or `[]`. */
const absentParams = (schema: Schema.Top): ((params: JsonRpc.Params) => unknown) => {
  const tag = schema.ast._tag
  const none = tag === "Void" || tag === "Undefined" ? null : tag === "Arrays" ? [] : {}
  return (params) => (params === undefined || Object.keys(params).length === 0 ? none : params)
}

/** Which parameter is wrong and what was expected; never the value that was sent. */
const describeIssue = (cause: Cause.Cause<Schema.SchemaError>): { readonly data?: unknown } => {
  const failure = cause.reasons.find(Cause.isFailReason)
  if (failure === undefined) return {}
  const issues = formatIssues(failure.error.issue).issues.slice(0, 8)
  return { data: { issues: issues.map(({ message, path }) => ({ path: (path ?? []).map(segment), message })) } }
}

const segment = (key: PropertyKey | { readonly key: PropertyKey }): string | number => {
  const bare = typeof key === "object" ? key.key : key
  return typeof bare === "number" ? bare : String(bare)
}

/** `code` and `message` are the error's own; every other encoded field is its `data`. */
const errorObject = (error: unknown, encoded: unknown): JsonRpc.ErrorObject => {
  const { code, message } = Object(error) as { readonly code?: unknown; readonly message?: unknown }
  const own = {
    code: Number.isSafeInteger(code) ? (code as number) : JsonRpc.serverErrorCode,
    message: typeof message === "string" && message !== "" ? message : "Server error"
  }
  if (typeof encoded !== "object" || encoded === null) return { ...own, data: encoded }
  const data = Object.fromEntries(Object.entries(encoded).filter(([key]) => key !== "code" && key !== "message"))
  return Object.keys(data).length === 0 ? own : { ...own, data }
}
