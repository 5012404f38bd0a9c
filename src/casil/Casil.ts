/** Content-aware inspection: the one service that turns content into `Inspected` content. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Stream from "effect/Stream"
import type { Inspected } from "./Inspected.ts"
import { ReasonCode } from "./Verdict.ts"

/** Which way the content goes; named in verdict counts and errors. */
export type Surface = "prompt" | "answer" | "tool_input" | "tool_output" | "channel_in" | "channel_out" | "bus"

/** Content that may not pass. `rules` are ids; the content itself is never part of the error. */
export class Blocked extends Schema.TaggedError<Blocked>()("Blocked", {
  surface: Schema.Literals(["prompt", "answer", "tool_input", "tool_output", "channel_in", "channel_out", "bus"]),
  reason: ReasonCode,
  rules: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `The ${this.surface.replace("_", " ")} was blocked by content inspection (${this.reason}${
      this.rules.length > 0 ? `: ${this.rules.join(", ")}` : ""
    }).`
  }
}

/** Visits every text in a value and rebuilds the value with the replacements, in the same shape. */
export type Walker<A> = (value: A, visit: (text: string, path: string) => string) => A

export class Casil extends Context.Service<
  Casil,
  {
    /** Inspects one text. */
    readonly text: (surface: Surface, text: string) => Effect.Effect<Inspected<string>, Blocked>
    /** Inspects every text that `walk` visits in `value`. */
    readonly value: <A>(surface: Surface, value: A, walk: Walker<A>) => Effect.Effect<Inspected<A>, Blocked>
    /**
     * Inspects a text that arrives in chunks. Holds back only from the start of an open candidate, bounded; any
     * chunking of one text gives the same verdict. A late block fails the stream with what was not yet delivered held.
     */
    readonly stream: (
      surface: Surface
    ) => <E, R>(chunks: Stream.Stream<string, E, R>) => Stream.Stream<Inspected<string>, E | Blocked, R>
  }
>()("exoclaw/casil/Casil") {}
