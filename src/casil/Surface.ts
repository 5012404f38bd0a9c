/** Which way the content goes; named in verdict counts and errors. */
import * as Schema from "effect/Schema"

export const Surface = Schema.Literals([
  "prompt",
  "answer",
  "tool_input",
  "tool_output",
  "channel_in",
  "channel_out",
  "bus"
])
export type Surface = typeof Surface.Type
