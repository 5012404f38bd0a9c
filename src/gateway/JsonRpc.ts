/**
 * JSON-RPC 2.0 without methods and sockets: a frame's JSON in, the messages it holds out; a result, an error or a
 * notification in, the frame's text out. Source: the JSON-RPC 2.0 specification.
 */

/** What a caller names its request by; echoed with its type. */
export type Id = string | number | null

/** The `error` member of a response. */
export interface ErrorObject {
  readonly code: number
  readonly message: string
  readonly data?: unknown
}

/** By-name or by-position parameters; absent when the caller sent none. */
export type Params = Readonly<Record<string, unknown>> | ReadonlyArray<unknown> | undefined

export type Message =
  | { readonly _tag: "Request"; readonly id: Id; readonly method: string; readonly params: Params }
  | { readonly _tag: "Notification"; readonly method: string; readonly params: Params }
  /** Not a request: to be answered with `error` under `id`. */
  | { readonly _tag: "Invalid"; readonly id: Id; readonly error: ErrorObject }

export type Frame =
  | { readonly _tag: "Single"; readonly message: Message }
  /** At least one message; `answers` of them must be answered, all in one frame, or in none when it is 0. */
  | { readonly _tag: "Batch"; readonly messages: ReadonlyArray<Message>; readonly answers: number }

export interface ReadLimits {
  /** Most messages in one batch. */
  readonly maxBatch: number
  /** Deepest nesting of arrays and objects within `params`. */
  readonly maxDepth: number
}

/** Longest string id, in UTF-16 units: an id is kept for as long as its request runs. */
export const maxIdLength = 1_024

export const parseError: ErrorObject = { code: -32700, message: "Parse error" }
export const invalidRequest: ErrorObject = { code: -32600, message: "Invalid Request" }
export const methodNotFound: ErrorObject = { code: -32601, message: "Method not found" }
export const invalidParams: ErrorObject = { code: -32602, message: "Invalid params" }
export const internalError: ErrorObject = { code: -32603, message: "Internal error" }
/** A typed failure that names no code of its own. */
export const serverErrorCode = -32000

const because = (error: ErrorObject, reason: string): ErrorObject => ({ ...error, data: { reason } })

/** The frame for text that is no JSON. */
export const unreadable: Frame = { _tag: "Single", message: { _tag: "Invalid", id: null, error: parseError } }

/** Reads one frame's JSON. Total: every value gives a frame, and every request in it a message. */
export const read = (value: unknown, limits: ReadLimits): Frame => {
  if (!Array.isArray(value)) return { _tag: "Single", message: parseMessage(value, limits) }
  if (value.length === 0) return rejected("a batch holds at least one message")
  if (value.length > limits.maxBatch) return rejected(`a batch holds at most ${limits.maxBatch} messages`)
  const messages = value.map((one) => parseMessage(one, limits))
  return { _tag: "Batch", messages, answers: messages.filter((one) => one._tag !== "Notification").length }
}

const rejected = (reason: string): Frame => ({
  _tag: "Single",
  message: { _tag: "Invalid", id: null, error: because(invalidRequest, reason) }
})

const parseMessage = (value: unknown, limits: ReadLimits): Message => {
  if (!isObject(value)) return invalid(null, "a message is an object")
  const id = readId(value)
  if (typeof id === "object" && id !== null) return invalid(null, id.refused)
  const echoed = id ?? null
  if (own(value, "jsonrpc") !== "2.0") return invalid(echoed, 'jsonrpc must be "2.0"')
  const method = own(value, "method")
  if (typeof method !== "string") return invalid(echoed, "method must be a string")
  const params = own(value, "params")
  if (!isParams(params)) return invalid(echoed, "params must be an object or an array")
  if (!withinDepth(params, limits.maxDepth)) return invalid(echoed, `params nest deeper than ${limits.maxDepth}`)
  return id === undefined ? { _tag: "Notification", method, params } : { _tag: "Request", id, method, params }
}

/** The id, `undefined` where there is none, or why it cannot be echoed faithfully. */
const readId = (message: Readonly<Record<string, unknown>>): Id | undefined | { readonly refused: string } => {
  if (!Object.hasOwn(message, "id")) return undefined
  const id = message["id"]
  if (id === null) return id
  if (typeof id === "string") {
    return id.length <= maxIdLength ? id : { refused: `a string id has at most ${maxIdLength} characters` }
  }
  if (typeof id !== "number") return { refused: "id must be a string, a number or null" }
  // beyond the exact range the parser has already changed the number: an echo would answer somebody else's id
  return Number.isSafeInteger(id) || (Number.isFinite(id) && !Number.isInteger(id))
    ? id
    : { refused: "a number as id must be exact; send a string instead" }
}

const invalid = (id: Id, reason: string): Message => ({ _tag: "Invalid", id, error: because(invalidRequest, reason) })

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const own = (value: Readonly<Record<string, unknown>>, key: string): unknown =>
  Object.hasOwn(value, key) ? value[key] : undefined

const isParams = (value: unknown): value is Params =>
  value === undefined || (typeof value === "object" && value !== null)

/** Codecs recurse, so depth is bounded before any of them sees a value. */
const withinDepth = (value: unknown, depth: number): boolean => {
  if (typeof value !== "object" || value === null) return true
  if (depth === 0) return false
  for (const child of Object.values(value)) if (!withinDepth(child, depth - 1)) return false
  return true
}

/** The response to a request that succeeded; `undefined` becomes `null`. */
export const resultFrame = (id: Id, result: unknown): string =>
  JSON.stringify({ jsonrpc: "2.0", id, result: result === undefined ? null : result })

/** The response to a request that failed. */
export const errorFrame = (id: Id, error: ErrorObject): string => JSON.stringify({ jsonrpc: "2.0", id, error })

/** What the server says unasked. */
export const notificationFrame = (method: string, params: unknown): string =>
  JSON.stringify({ jsonrpc: "2.0", method, params })

/** The answers of a batch, each already a response's text. */
export const batchFrame = (responses: ReadonlyArray<string>): string => `[${responses.join(",")}]`
