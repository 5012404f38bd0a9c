/** Who the agent is: a short text of the operator's, always first, never cut. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/** The soul cannot be read, or is longer than it may be. `message` is for the operator. */
export class SoulError extends Schema.TaggedError<SoulError>()("SoulError", {
  path: Schema.String,
  message: Schema.String
}) {}

export class Soul extends Context.Service<
  Soul,
  {
    /** The text of the agent's soul file, read again when the file changed; undefined where there is none. */
    readonly read: (path: string | undefined) => Effect.Effect<string | undefined, SoulError>
  }
>()("exoclaw/memory/Soul") {}
