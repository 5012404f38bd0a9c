/** The journalled steps of a turn. The agent loop is a fold over them, so a turn outlives its process. */
import * as Schema from "effect/Schema"
import { Origin } from "../domain/Provenance.ts"

/** A tool call that the model asked for. `input` is the redacted input that the tool gets. */
export const ToolCall = Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  input: Schema.Record(Schema.String, Schema.Unknown)
})
export type ToolCall = typeof ToolCall.Type

export const TurnStep = Schema.Union([
  /** The model answered: text and tool calls; `textThrough` is the `seq` of its last text event. */
  Schema.Struct({
    kind: Schema.Literal("model"),
    provider: Schema.String,
    model: Schema.String,
    /** Events in `(textAfter, textThrough]` of type `text` hold what it said. */
    textAfter: Schema.Int,
    textThrough: Schema.Int,
    calls: Schema.Array(ToolCall),
    finish: Schema.String,
    /** Where all that the model had read came from; what it wrote is as trustworthy as that. */
    origins: Schema.optionalKey(Schema.Array(Origin))
  }),
  /** A tool is about to run. Without its result after a crash, the outcome is unknown. */
  Schema.Struct({
    kind: Schema.Literal("tool_intent"),
    id: Schema.String,
    name: Schema.String,
    /** Its plugin says that running it twice does no harm. */
    idempotent: Schema.Boolean
  }),
  /** A tool has run; `event` is the `seq` of the event that holds its content. */
  Schema.Struct({
    kind: Schema.Literal("tool_result"),
    id: Schema.String,
    name: Schema.String,
    isError: Schema.Boolean,
    event: Schema.Int
  })
])
export type TurnStep = typeof TurnStep.Type
