/** The store of facts in the process itself: for tests and for programs that shall forget when they end. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { FactStore } from "../../src/memory/FactStore.ts"
import { type MemoryScope, scopeKey } from "../../src/memory/MemoryScope.ts"
import { factStoreOver, type Statements } from "./FactShelves.ts"

const nothing: Statements = { statements: [], last: 0 }

export const layer: Layer.Layer<FactStore> = Layer.sync(FactStore, () => {
  const kept = new Map<string, Statements & { readonly scope: MemoryScope }>()
  return factStoreOver({
    read: (scope) => Effect.sync(() => kept.get(scopeKey(scope)) ?? nothing),
    write: (scope, _, after) => Effect.sync(() => void kept.set(scopeKey(scope), { ...after, scope })),
    exclusive: (effect) => effect,
    scopes: Effect.sync(() =>
      [...kept.values()].filter(({ statements }) => statements.length > 0).map(({ scope }) => scope)
    )
  })
})
