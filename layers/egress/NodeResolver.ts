/** `Resolver` on the operating system's: its hosts file and name servers. */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Semaphore from "effect/Semaphore"
import { lookup } from "node:dns/promises"
import { DnsFailed } from "../../src/egress/EgressError.ts"
import { Resolver } from "../../src/egress/Resolver.ts"
import { codeOf } from "./failures.ts"

/** A lookup holds one of libuv's four threads until it ends: slow names leave the other two to the files. */
const atOnce = 2

/** What the operating system says of a name. */
export type Lookup = (host: string) => Promise<ReadonlyArray<{ readonly address: string }>>

type Found = Effect.Effect<ReadonlyArray<string>, DnsFailed>

/** With another lookup than the system's. */
export const layerWith = (ask: Lookup): Layer.Layer<Resolver> =>
  Layer.effect(
    Resolver,
    Effect.map(Semaphore.make(atOnce), (threads) => {
      /** One lookup of a name at a time: whoever asks many times for a slow one has one thread. */
      const running = new Map<string, Found>()
      const start = (host: string): Effect.Effect<Found> =>
        Effect.tryPromise({
          try: () => ask(host),
          catch: (cause) => new DnsFailed({ host, code: codeOf(cause) })
        }).pipe(
          Effect.map((found) => found.map(({ address }) => address)),
          threads.withPermits(1),
          Effect.ensuring(Effect.sync(() => running.delete(host))),
          // Detached: a caller that gives up does not give the thread back.
          Effect.forkDetach,
          Effect.map((fiber) => {
            const found = Fiber.join(fiber)
            running.set(host, found)
            return found
          })
        )
      return Resolver.of({
        resolve: (host) => Effect.suspend(() => running.get(host) ?? Effect.flatten(start(host)))
      })
    })
  )

export const layer: Layer.Layer<Resolver> = layerWith((host) => lookup(host, { all: true, order: "verbatim" }))

/** Names from a table. A name with several answers gives one after the other, and the last one from then on. */
export const layerTest = (
  table: Readonly<Record<string, ReadonlyArray<ReadonlyArray<string>>>>
): Layer.Layer<Resolver> =>
  Layer.sync(Resolver, () => {
    const asked = new Map<string, number>()
    return Resolver.of({
      resolve: (host) =>
        Effect.suspend(() => {
          const answers = table[host] ?? []
          const turn = asked.get(host) ?? 0
          asked.set(host, turn + 1)
          const answer = answers[Math.min(turn, answers.length - 1)]
          return answer === undefined ? Effect.fail(new DnsFailed({ host, code: "ENOTFOUND" })) : Effect.succeed(answer)
        })
    })
  })
