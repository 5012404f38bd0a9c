/** Texts as vectors. Which embedder computed a vector is stored with it, so that another one computes it anew. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { MemoryScope } from "./MemoryScope.ts"

/** No vectors came: the provider failed, or its budget did not allow it. Recall goes on without. Audience: operator. */
export class EmbedderError extends Schema.TaggedError<EmbedderError>()("EmbedderError", {
  message: Schema.String,
  /** Asking again later may help. */
  retryable: Schema.Boolean
}) {}

export class Embedder extends Context.Service<
  Embedder,
  {
    /** Its name with its version and size: two with the same id give vectors that can be compared. */
    readonly id: string
    /** Computes in the process, at once and for nothing; another one is asked in the background. */
    readonly local: boolean
    /**
     * One vector for each text, in order; empty where a text has none. The words of a query are those that carry it: an
     * embedder of words takes these instead of the text. Whose memory it is pays for it.
     */
    readonly embed: (
      texts: ReadonlyArray<{ readonly text: string; readonly words: ReadonlyArray<string> }>,
      scope: MemoryScope
    ) => Effect.Effect<ReadonlyArray<Float32Array>, EmbedderError>
  }
>()("exoclaw/memory/Embedder") {}

/** Longest vector of any model. */
export const longestVector = 16_384

/** One vector for each text, or an error: an embedder elsewhere may answer with anything. */
export const vectorsOf = (
  embedder: Embedder["Service"],
  texts: Parameters<Embedder["Service"]["embed"]>[0],
  scope: MemoryScope
): Effect.Effect<ReadonlyArray<Float32Array>, EmbedderError> =>
  embedder.local
    ? embedder.embed(texts, scope)
    : Effect.flatMap(embedder.embed(texts, scope), (vectors) => {
        const length = vectors.find((vector) => vector.length > 0)?.length ?? 0
        const isOne = (vector: Float32Array): boolean =>
          vector.length === 0 || (vector.length === length && vector.every(Number.isFinite))
        if (vectors.length === texts.length && length <= longestVector && vectors.every(isOne))
          return Effect.succeed(vectors)
        const message = `${embedder.id} does not give one vector of numbers for each text.`
        return Effect.fail(new EmbedderError({ message, retryable: true }))
      })

/** What is stored as the embedder of an utterance that has no vector yet. */
export const noEmbedder = "none"

/** Recall by words alone. */
export const layerNone: Layer.Layer<Embedder> = Layer.succeed(Embedder, {
  id: noEmbedder,
  local: true,
  embed: (texts) => Effect.succeed(texts.map(() => new Float32Array()))
})
