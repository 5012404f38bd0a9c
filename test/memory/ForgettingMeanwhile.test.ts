/** Forgetting while others learn, and forgetting that was cut off. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Extracting from "../../layers/memory/Extracting.ts"
import * as ForgettingLayer from "../../layers/memory/Forgetting.ts"
import * as JournalTurns from "../../layers/memory/JournalTurns.ts"
import * as Learning from "../../layers/memory/Learning.ts"
import * as LocalRecall from "../../layers/memory/LocalRecall.ts"
import * as MemoryFacts from "../../layers/memory/MemoryFacts.ts"
import * as MemoryMemory from "../../layers/memory/MemoryMemory.ts"
import * as Remembering from "../../layers/memory/Remembering.ts"
import * as SqliteExtractions from "../../layers/memory/SqliteExtractions.ts"
import * as SqliteFacts from "../../layers/memory/SqliteFacts.ts"
import * as SqliteJournal from "../../layers/memory/SqliteJournal.ts"
import * as SqliteMemory from "../../layers/memory/SqliteMemory.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { Store } from "../../layers/store/Store.ts"
import { layerNone } from "../../src/memory/Embedder.ts"
import { Extractions, Extractor } from "../../src/memory/Extraction.ts"
import { FactStore } from "../../src/memory/FactStore.ts"
import { Forgetting, Journal, type Unwanted } from "../../src/memory/Forgetting.ts"
import { MemoryError, MemoryUnavailable } from "../../src/memory/MemoryError.ts"
import { MemoryStore } from "../../src/memory/MemoryStore.ts"
import { Learner, Remembering as RememberingService } from "../../src/memory/Remembering.ts"
import { lesson, turnOf } from "./factFixtures.ts"
import { scopeFor } from "./fixtures.ts"
import { journalled } from "./journal.ts"

const alice = scopeFor("alice")
const none: Unwanted = { turns: [], facts: [], text: undefined, all: false }
const killed = new MemoryError({ reason: new MemoryUnavailable({ cause: "killed" }) })

const sqlite = Layer.orDie(SqliteStore.layerMemory)
/** What a store has that is another database than the journal's. */
const apart = Layer.merge(MemoryFacts.layer, MemoryMemory.layer)
const together = Layer.merge(SqliteFacts.layer, SqliteMemory.layer)
type Stores = typeof apart | typeof together

/** Ends, as a process does, behind the change of this number. */
const cutOff = (stores: Stores, at: { changes: number }) => {
  const counted = <A>(effect: Effect.Effect<A, MemoryError>) =>
    Effect.tap(effect, () => ((at.changes -= 1) === 0 ? Effect.fail(killed) : Effect.void))
  return Layer.mergeAll(
    Layer.effect(
      FactStore,
      Effect.map(FactStore, (store) => ({ ...store, forget: (scope, which) => counted(store.forget(scope, which)) }))
    ),
    Layer.effect(
      MemoryStore,
      Effect.map(MemoryStore, (store) => ({ ...store, remove: (scope, which) => counted(store.remove(scope, which)) }))
    ),
    Layer.effect(
      Journal,
      Effect.map(Journal, (journal) => ({ ...journal, erase: (scope, turns) => counted(journal.erase(scope, turns)) }))
    )
  ).pipe(Layer.provide(Layer.merge(stores, SqliteJournal.layer)), Layer.provideMerge(sqlite))
}

const talk = (i: number, user: string, answer = "Ok.") =>
  Effect.flatMap(Store, (store) => journalled(store, alice, [{ id: turnOf(i), user, answer, at: i }]))

const parts = Layer.mergeAll(
  ForgettingLayer.layer,
  Remembering.layer.pipe(
    Layer.provide(Learning.layer({ timezone: "UTC" })),
    Layer.provide(Layer.merge(JournalTurns.layer, LocalRecall.layer.pipe(Layer.provide(layerNone))))
  )
)

for (const [name, stores] of [
  ["of the same database", together],
  ["of a database of its own", apart]
] as const) {
  describe(`forgetting that is cut off, in a store ${name}`, () => {
    for (const [what, unwanted] of [
      ["a fact", { ...none, facts: [1] }],
      ["a text", { ...none, text: "Luna" }],
      ["all", { ...none, all: true }]
    ] as const) {
      for (const after of [1, 2, 3, 4]) {
        it.effect(`${what}: is done by asking again, wherever it ended (${after})`, () => {
          const at = { changes: 0 }
          return Effect.gen(function* () {
            yield* talk(1, "My dog is called Luna.")
            yield* (yield* RememberingService).catchUp(alice)
            const facts = yield* FactStore
            yield* facts.learn(alice, lesson("My dog is called Luna.", 2, { turn: undefined, origin: "import" }))
            const forgetting = yield* Forgetting
            at.changes = after
            yield* Effect.ignore(forgetting.forget(alice, unwanted, false))
            at.changes = 0
            const left = (yield* facts.page(alice, 0, 10)).map(({ n }) => n)
            // by what there is to be seen of it
            const again = what === "a fact" && left.length > 0 ? { ...none, facts: left } : unwanted
            yield* forgetting.forget(alice, again, false)
            assert.deepStrictEqual(yield* forgetting.held(alice), {
              turns: 0,
              utterances: 0,
              statements: 0,
              entities: 0
            })
          }).pipe(Effect.provide(parts.pipe(Layer.provideMerge(cutOff(stores, at)))))
        })
      }
    }
  })

  describe(`forgetting while others learn, in a store ${name}`, () => {
    const whole = Layer.mergeAll(stores, SqliteJournal.layer).pipe(Layer.provideMerge(sqlite))

    it.effect("leaves nothing of a turn that is just being read", () => {
      /** Forgets before it learns, as if a message had come in between. */
      const between = Layer.effect(
        Learner,
        Effect.gen(function* () {
          const learn = yield* Learner
          const forgetting = yield* Forgetting
          return (finished) => Effect.andThen(forgetting.forget(alice, { ...none, all: true }, false), learn(finished))
        })
      ).pipe(Layer.provide(Learning.layer({ timezone: "UTC" })), Layer.provideMerge(ForgettingLayer.layer))
      const remembering = Remembering.layer.pipe(
        Layer.provideMerge(between),
        Layer.provide(Layer.merge(JournalTurns.layer, LocalRecall.layer.pipe(Layer.provide(layerNone))))
      )
      return Effect.gen(function* () {
        yield* talk(1, "My dog is called Luna.")
        yield* (yield* RememberingService).catchUp(alice)
        const held = yield* (yield* Forgetting).held(alice)
        assert.deepStrictEqual(held, { turns: 0, utterances: 0, statements: 0, entities: 0 })
      }).pipe(Effect.provide(remembering.pipe(Layer.provideMerge(whole))))
    })

    it.effect("leaves nothing of a message that a model is reading", () => {
      const extractor = Layer.effect(
        Extractor,
        Effect.map(Forgetting, (forgetting) => ({
          ask: () =>
            Effect.as(
              Effect.orDie(forgetting.forget(alice, { ...none, text: "bagpipes" }, false)),
              JSON.stringify({
                facts: [
                  {
                    sentence: "I have been at the bagpipes for years.",
                    about: { role: "me" },
                    attribute: "plays",
                    value: "bagpipes",
                    status: "holds"
                  }
                ]
              })
            )
        }))
      )
      return Effect.gen(function* () {
        yield* talk(1, "I have been at the bagpipes for years.")
        yield* (yield* Extractions).add(turnOf(1))
        assert.isTrue(yield* Extracting.once({ timezone: "UTC" }))
        const held = yield* (yield* Forgetting).held(alice)
        assert.deepStrictEqual(held, { turns: 0, utterances: 0, statements: 0, entities: 0 })
      }).pipe(
        Effect.provide(
          Layer.merge(extractor, SqliteExtractions.layer).pipe(
            Layer.provideMerge(ForgettingLayer.layer),
            Layer.provideMerge(whole)
          )
        )
      )
    })

    it.effect("counts what it deleted, and not what was said meanwhile", () => {
      const busy = Layer.effect(
        Journal,
        Effect.gen(function* () {
          const journal = yield* Journal
          const store = yield* Store
          return {
            ...journal,
            erase: (scope, turns) =>
              Effect.tap(journal.erase(scope, turns), () =>
                Effect.orDie(
                  journalled(
                    store,
                    alice,
                    [7, 8, 9].map((i) => ({ id: turnOf(i), user: "Hello.", answer: "Hi.", at: i }))
                  )
                )
              )
          }
        })
      ).pipe(Layer.provide(SqliteJournal.layer))
      return Effect.gen(function* () {
        yield* talk(1, "My dog is called Luna.")
        const done = yield* (yield* Forgetting).forget(alice, { ...none, text: "Luna" }, false)
        assert.strictEqual(done.turns, 1)
        assert.strictEqual(done.after.turns, 3)
      }).pipe(Effect.provide(ForgettingLayer.layer.pipe(Layer.provideMerge(busy), Layer.provideMerge(whole))))
    })

    it.effect("finds a text in all that a file may have brought", () =>
      Effect.gen(function* () {
        const facts = yield* FactStore
        const [said] = lesson("My favourite colour is blue.").statements
        if (said === undefined) return assert.fail("nothing is said")
        for (const [i, part] of [
          { attribute: "toy of Luna" },
          { slot: "luna" },
          { about: { role: "dog", of: { name: "Luna" } } },
          { value: "Luna" }
        ].entries()) {
          const statements = [{ ...said, ...part }]
          yield* facts.learn(alice, lesson("", i, { turn: undefined, origin: "import", statements }))
        }
        const forgetting = yield* Forgetting
        // what we call a property is nobody's word
        assert.strictEqual((yield* forgetting.forget(alice, { ...none, text: "name" }, true)).left, 0)
        const done = yield* forgetting.forget(alice, { ...none, text: "luna" }, false)
        assert.deepInclude(done, { left: 0 })
        assert.strictEqual(done.after.statements, 0)
      }).pipe(Effect.provide(ForgettingLayer.layer.pipe(Layer.provideMerge(whole))))
    )
  })
}
