/**
 * Vectors of another embedder, or none yet, are computed anew in the background: once after the start, then as often as
 * something may have been stored without one. Nothing waits for it; recall goes by words meanwhile.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import { Embedder, EmbedderError, noEmbedder, vectorsOf } from "../../src/memory/Embedder.ts"
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

/** How long one request may take, whatever comes of it in drops. */
const patience = "2 minutes"

/** Asked where a request failed: whether it was the texts, or nobody is there. */
const probe = { text: "-", words: [] }

type Stored = Effect.Success<ReturnType<MemoryStore["Service"]["stale"]>>

/** Computes these, and keeps what came. */
const renewSome = Effect.fnUntraced(function* (
  scope: MemoryScope,
  stale: Stored
): Effect.fn.Return<void, MemoryError | EmbedderError, MemoryStore | Embedder> {
  const store = yield* MemoryStore
  const { id } = yield* Embedder
  const { requests } = yield* Imports
  const keep = (vectors: ReadonlyArray<Float32Array>) =>
    store.reanalyse(
      scope,
      stale.map((turn, i) => {
        const reading = read(turn)
        const { embedder, features, tokens } = analyse(reading, id, vectors[i] ?? new Float32Array(), requests)
        return { n: turn.n, embedder, features, tokens }
      })
    )
  const failed = yield* ask(
    stale.map((turn) => embeddable(read(turn))),
    scope
  ).pipe(
    Effect.flatMap(keep),
    Effect.as(undefined),
    Effect.catchTag("EmbedderError", (error) => Effect.succeed(error))
  )
  if (failed === undefined) return
  // who answers this but not that cannot read one of them: it goes without a vector, and keeps nobody waiting
  yield* Effect.mapError(ask([probe], scope), () => failed)
  if (stale.length === 1) {
    yield* Effect.logWarning(`Memory: an utterance stays without a vector: ${failed.message}`)
    return yield* keep([])
  }
  const half = stale.length >> 1
  yield* renewSome(scope, stale.slice(0, half))
  yield* renewSome(scope, stale.slice(half))
})

const ask = Effect.fnUntraced(function* (
  texts: Parameters<typeof vectorsOf>[1],
  scope: MemoryScope
): Effect.fn.Return<ReadonlyArray<Float32Array>, EmbedderError, Embedder> {
  const embedder = yield* Embedder
  const vectors = yield* Effect.timeoutOption(vectorsOf(embedder, texts, scope), patience)
  return Option.isSome(vectors)
    ? vectors.value
    : yield* new EmbedderError({ message: `${embedder.id} did not answer within ${patience}.`, retryable: true })
})

const renew = Effect.fnUntraced(function* (
  scope: MemoryScope
): Effect.fn.Return<number, MemoryError | EmbedderError, MemoryStore | Embedder> {
  const stale = yield* (yield* MemoryStore).stale(scope, (yield* Embedder).id, batch)
  if (stale.length > 0) yield* renewSome(scope, stale)
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
