/** What the tests of facts share: lessons out of sentences, both stores, and a journal for the one that has one. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as MemoryFacts from "../../layers/memory/MemoryFacts.ts"
import * as SqliteFacts from "../../layers/memory/SqliteFacts.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { Store } from "../../layers/store/Store.ts"
import { TurnId } from "../../src/domain/Ids.ts"
import { dayLength } from "../../src/memory/Calendar.ts"
import { extract } from "../../src/memory/extract/Extract.ts"
import type { Fact } from "../../src/memory/facts/Fact.ts"
import { ofInstruction, ofStated } from "../../src/memory/facts/Statement.ts"
import type { FactStore, Lesson } from "../../src/memory/FactStore.ts"
import type { MemoryScope } from "../../src/memory/MemoryScope.ts"
import { journalled } from "./journal.ts"

export const turnOf = (i: number): TurnId => TurnId.make(`turn_${String(i).padStart(16, "0")}`)

/** 11 March 2026. */
export const firstDay = 20_523

/** What a message states, said so many days after the first. */
export const lesson = (text: string, i = 0, part: Partial<Lesson> = {}): Lesson => {
  const day = firstDay + i
  const { facts, instructions } = extract(text, { today: day })
  return {
    turn: turnOf(i),
    origin: "rules",
    at: day * dayLength,
    day,
    statements: [...facts.map(ofStated), ...instructions.map(ofInstruction)],
    ...part
  }
}

/** A fact in one line: who, what, which, and what became of it. */
export const shown = ({ about, attribute, objectEntity, owner, status, value }: Fact): string => {
  const whose = owner === undefined || owner.role === "me" ? "" : `${owner.name ?? owner.role}'s `
  const name = about.name === undefined ? "" : ` ${about.name}`
  const object = objectEntity === undefined ? "" : ` -> ${objectEntity.name ?? objectEntity.role}`
  return `${whose}${about.role ?? ""}${name} ${attribute} ${value}${object}${status === "holds" ? "" : ` (${status})`}`.trim()
}

/** Puts messages into the journal, where the store has one. */
export interface Journal {
  readonly add: (scope: MemoryScope, turns: ReadonlyArray<TurnId>) => Effect.Effect<void>
  readonly remove: (turn: TurnId) => Effect.Effect<void>
}

const sqliteJournal = (store: Store["Service"]): Journal => ({
  add: (scope, turns) =>
    Effect.orDie(
      journalled(
        store,
        scope,
        turns.map((id) => ({ id, user: "", answer: undefined, at: 0 }))
      )
    ),
  remove: (turn) => Effect.asVoid(Effect.orDie(store.write((db) => db.run("DELETE FROM turns WHERE id = ?", turn))))
})

/** Runs a test over a fresh store. */
export type Over = <A, E>(
  body: (store: FactStore["Service"], journal: Journal) => Effect.Effect<A, E, never>
) => Effect.Effect<A, E>

const sqlite = SqliteFacts.layer.pipe(Layer.provideMerge(Layer.orDie(SqliteStore.layerMemory)))

export const overStores = (FactStoreTag: typeof FactStore): Readonly<Record<"SqliteFacts" | "MemoryFacts", Over>> => ({
  SqliteFacts: (body) =>
    Effect.gen(function* () {
      return yield* body(yield* FactStoreTag, sqliteJournal(yield* Store))
    }).pipe(Effect.provide(sqlite)),
  MemoryFacts: (body) =>
    Effect.flatMap(FactStoreTag, (store) =>
      body(store, {
        add: () => Effect.void,
        remove: (turn) =>
          Effect.orDie(
            Effect.flatMap(store.scopes, (scopes) =>
              Effect.forEach(scopes, (scope) => store.forget(scope, { _tag: "turns", turns: [turn] }), {
                discard: true
              })
            )
          )
      })
    ).pipe(Effect.provide(MemoryFacts.layer))
})
