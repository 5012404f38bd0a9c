/** What a plugin's output means. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { beyond, type JsonBounds } from "./JsonBounds.ts"
import type { ToolOutput } from "./Sandbox.ts"

const Result = Schema.fromJsonString(
  Schema.Struct({ content: Schema.String, is_error: Schema.optionalKey(Schema.Boolean) })
)
const decodeResult = Schema.decodeUnknownOption(Result)
const decodeReply = Schema.decodeUnknownOption(Schema.fromJsonString(Schema.Struct({ text: Schema.String })))

/** Nothing that has more in it is an answer in the form below, so it is not parsed to find that out. */
const bounds: JsonBounds = { characters: Infinity, depth: 8, values: 64 }

/** An object begins so; to have a parser say that words are none costs more than all the rest of an answer. */
const OBJECT = /^[ \t\n\r]*\{/

/** `{"content","is_error"}`; anything else is the content itself. */
export const toolOutput = (text: string): ToolOutput =>
  Option.match(OBJECT.test(text) && beyond(text, bounds) === undefined ? decodeResult(text) : Option.none(), {
    onNone: () => ({ content: text, isError: false }),
    onSome: (result) => ({ content: result.content, isError: result.is_error ?? false })
  })

/** `{"text"}` of a skill. */
export const messageReply = (text: string): Option.Option<string> =>
  beyond(text, bounds) === undefined ? Option.map(decodeReply(text), (reply) => reply.text) : Option.none()
