/**
 * Facts by a model: asked after the turn, once for each message, with its words as data. Optional; nothing waits for it.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { TurnId } from "../domain/Ids.ts"
import type { MemoryError } from "./MemoryError.ts"
import type { MemoryScope } from "./MemoryScope.ts"

/**
 * No answer came. `later`: the budget is spent for now, and nothing was asked; `again`: the vendor failed, and may not the
 * next time; `never`: it refuses this message, or there is nobody to ask. Audience: operator.
 */
export class ExtractorError extends Schema.TaggedError<ExtractorError>()("ExtractorError", {
  message: Schema.String,
  retry: Schema.Literals(["later", "again", "never"])
}) {}

/** The model's side: inspected, held and settled like every call; its answer is a text that nobody has believed yet. */
export class Extractor extends Context.Service<
  Extractor,
  { readonly ask: (task: string, message: string, scope: MemoryScope) => Effect.Effect<string, ExtractorError> }
>()("exoclaw/memory/Extractor") {}

/** A message whose facts a model is to find. */
export interface Extraction {
  readonly scope: MemoryScope
  readonly turn: TurnId
  readonly message: string
  /** Unix time in milliseconds at which it was said. */
  readonly at: number
}

/** Which messages a model has still to be asked about; journalled, so that a crash asks about none twice without end. */
export class Extractions extends Context.Service<
  Extractions,
  {
    /** Notes a message, once. */
    readonly add: (turn: TurnId) => Effect.Effect<void, MemoryError>
    /**
     * The next one that is due, if any: from now on nobody else gets it for the time of a lease, and after a crash it
     * comes back, three times at most.
     */
    readonly take: (now: number) => Effect.Effect<Extraction | undefined, MemoryError>
    /** It is done with: its facts are learned, or never will be. False where it was forgotten meanwhile. */
    readonly done: (turn: TurnId) => Effect.Effect<boolean, MemoryError>
    /** It is due again at a time; `asked` is false where no vendor was asked, which then counts for nothing. */
    readonly postpone: (turn: TurnId, until: number, asked: boolean) => Effect.Effect<void, MemoryError>
    readonly waiting: Effect.Effect<number, MemoryError>
  }
>()("exoclaw/memory/Extractions") {}
