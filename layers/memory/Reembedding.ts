/**
 * Vectors of another embedder, or none yet, are computed anew in the background: once after the start, then as often as
 * something may have been stored without one. Nothing waits for it; recall goes by words meanwhile.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { Embedder, type EmbedderError, noEmbedder } from "../../src/memory/Embedder.ts"
import { Imports } from "../../src/memory/Imports.ts"
import type { MemoryError } from "../../src/memory/MemoryError.ts"
import type { MemoryScope } from "../../src/memory/MemoryScope.ts"
import { MemoryStore } from "../../src/memory/MemoryStore.ts"
import { analyse, embeddable, read } from "../../src/memory/recall/Analysis.ts"

/** Utterances of one request and one transaction. */
const batch = 128

const firstAfter = "10 seconds"
/** A local embedder leaves nothing behind; what another one is asked for comes later than the utterance. */
const every = { local: "1 hour", remote: "20 seconds" } as const

const renew = Effect.fnUntraced(function* (
  scope: MemoryScope
): Effect.fn.Return<number, MemoryError | EmbedderError, MemoryStore | Embedder> {
  const store = yield* MemoryStore
  const embedder = yield* Embedder
  const { requests } = yield* Imports
  const stale = yield* store.stale(scope, embedder.id, batch)
  if (stale.length === 0) return 0
  const readings = stale.map(read)
  const vectors = yield* embedder.embed(readings.map(embeddable), scope)
  yield* store.reanalyse(
    scope,
    readings.map((reading, i) => {
      const {
        embedder: by,
        features,
        tokens
      } = analyse(reading, embedder.id, vectors[i] ?? new Float32Array(), requests)
      return { n: stale[i]?.n ?? 0, embedder: by, features, tokens }
    })
  )
  return stale.length
})

/** One round over all scopes; gives how many vectors are new. */
export const round = Effect.fn("Memory.reembed")(function* (): Effect.fn.Return<
  number,
  MemoryError | EmbedderError,
  MemoryStore | Embedder
> {
  const store = yield* MemoryStore
  const { id } = yield* Embedder
  if (id === noEmbedder) return 0
  let renewed = 0
  for (const scope of yield* store.scopes) {
    for (;;) {
      const some = yield* Effect.catchTag(renew(scope), "EmbedderError", (error) =>
        // one whose budget is spent keeps nobody else waiting; where the provider is away, everybody waits
        error.retryable ? Effect.fail(error) : Effect.as(Effect.logWarning(error.message), 0)
      )
      renewed += some
      if (some < batch) break
      if (renewed % (batch * 32) === 0) yield* Effect.logInfo(`Memory: ${renewed} vectors were computed anew so far.`)
      yield* Effect.yieldNow
    }
  }
  return renewed
})

export const layer: Layer.Layer<never, never, MemoryStore | Embedder> = Layer.effectDiscard(
  Effect.gen(function* () {
    const { local } = yield* Embedder
    yield* round().pipe(
      Effect.tap((renewed) =>
        renewed > batch ? Effect.logInfo(`Memory: ${renewed} vectors were computed anew.`) : Effect.void
      ),
      Effect.catch((error) => Effect.logWarning(error.message)),
      Effect.repeat(Schedule.spaced(local ? every.local : every.remote)),
      Effect.delay(firstAfter),
      Effect.forkScoped
    )
  })
)
