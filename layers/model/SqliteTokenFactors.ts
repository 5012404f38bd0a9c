/** `TokenFactors` in memory, and in the store, so that a restart does not forget them. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { learn, type TokenFactor, unlearned } from "../../src/model/TokenFactor.ts"
import { TokenFactors } from "../../src/model/TokenFactors.ts"
import { type Database, Store, type StoreError } from "../store/Store.ts"

const keyOf = (provider: string, model: string): string => JSON.stringify([provider, model])

/** A factor that moved less is not written. */
const smallestMove = 0.01

const load = (db: Database): Map<string, TokenFactor> =>
  new Map(
    db
      .all("SELECT provider, model, factor, samples FROM token_factors")
      .map((row) => [
        keyOf(String(row["provider"]), String(row["model"])),
        { factor: Number(row["factor"]), samples: Number(row["samples"]) }
      ])
  )

const save =
  (provider: string, model: string, { factor, samples }: TokenFactor) =>
  (db: Database) =>
    db.run(
      `INSERT INTO token_factors (provider, model, factor, samples) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET factor = excluded.factor, samples = excluded.samples`,
      provider,
      model,
      factor,
      samples
    )

/** Losing what was learned costs a few calls, so no call waits for it or fails over it. */
const quietly = <A>(effect: Effect.Effect<A, StoreError>, otherwise: A): Effect.Effect<A> =>
  Effect.catchTag(effect, "StoreError", (error) =>
    Effect.as(Effect.logWarning("token factors are not stored", error), otherwise)
  )

export const layer: Layer.Layer<never, never, Store> = Layer.effect(
  TokenFactors,
  Effect.gen(function* () {
    const store = yield* Store
    const scope = yield* Effect.scope
    const stored = yield* quietly(store.read(load), new Map<string, TokenFactor>())
    const known = new Map(stored)
    const of = (provider: string, model: string): TokenFactor => known.get(keyOf(provider, model)) ?? unlearned
    return {
      of,
      learn: (provider, model, estimate, counted) =>
        Effect.suspend(() => {
          const key = keyOf(provider, model)
          const before = of(provider, model)
          const after = learn(before, estimate, counted)
          if (after === before) return Effect.void
          known.set(key, after)
          const last = stored.get(key)
          if (last !== undefined && Math.abs(last.factor - after.factor) < smallestMove) return Effect.void
          stored.set(key, after)
          const saved = quietly(store.write(save(provider, model, after)), 0)
          // handed to the writer now, so that what closes the store next finds it there
          return Effect.asVoid(Effect.forkIn(saved, scope, { startImmediately: true }))
        })
    }
  })
)
