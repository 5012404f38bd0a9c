/** Facts by a model, over one database: asked once, learned once, and in nobody's way. */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { TestClock } from "effect/testing"
import * as Episodes from "../../layers/memory/Episodes.ts"
import * as Extracting from "../../layers/memory/Extracting.ts"
import * as Forgetting from "../../layers/memory/Forgetting.ts"
import * as Learning from "../../layers/memory/Learning.ts"
import * as SqliteExtractions from "../../layers/memory/SqliteExtractions.ts"
import * as SqliteFacts from "../../layers/memory/SqliteFacts.ts"
import * as SqliteJournal from "../../layers/memory/SqliteJournal.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { Store } from "../../layers/store/Store.ts"
import { Extractions, Extractor, ExtractorError } from "../../src/memory/Extraction.ts"
import { FactStore } from "../../src/memory/FactStore.ts"
import { Forgetting as ForgettingService } from "../../src/memory/Forgetting.ts"
import type { MemoryScope } from "../../src/memory/MemoryScope.ts"
import { Remembering } from "../../src/memory/Remembering.ts"
import { turnOf } from "./factFixtures.ts"
import { scopeFor } from "./fixtures.ts"
import { journalled } from "./journal.ts"

const alice = scopeFor("alice")
const options = { timezone: "UTC" }

type Script = (message: string, scope: MemoryScope) => Effect.Effect<string, ExtractorError>

/** All of memory with a model that says what the test tells it; `asked` is what it was shown. */
const world = (script: Script) => {
  const asked: Array<string> = []
  const extractor = Layer.succeed(Extractor, {
    ask: (_, message, scope) => Effect.suspend(() => (asked.push(message), script(message, scope)))
  })
  const store = Layer.orDie(SqliteStore.layerMemory)
  const queue = Layer.merge(SqliteExtractions.layer, extractor)
  const layer = Layer.merge(Episodes.layerRemembering, Forgetting.layer.pipe(Layer.provide(SqliteJournal.layer))).pipe(
    Layer.provideMerge(
      Extracting.layer(options).pipe(Layer.provide(Learning.layer(options)), Layer.provideMerge(queue))
    ),
    Layer.provideMerge(Layer.merge(Episodes.layerStores, SqliteFacts.layer)),
    Layer.provideMerge(store)
  )
  return { asked, layer }
}

const talk = Effect.fnUntraced(function* (i: number, user: string, scope: MemoryScope = alice) {
  yield* journalled(yield* Store, scope, [{ id: turnOf(i), user, answer: "ok", at: i }])
  yield* (yield* Remembering).catchUp(scope)
})

const facts = (scope: MemoryScope = alice) =>
  Effect.flatMap(FactStore, (store) =>
    Effect.map(store.page(scope, 0, 100), (all) =>
      all.map(({ attribute, confidence, origin, value }) => `${attribute} ${value} ${origin} ${confidence}`)
    )
  )

/** Says of each sentence that its last word is liked. */
const likes: Script = (message) =>
  Effect.sync(() => {
    const { sentences } = JSON.parse(message) as { readonly sentences: ReadonlyArray<string> }
    const found = sentences.map((sentence) => ({
      sentence,
      about: { role: "me" },
      attribute: "likes",
      value: sentence.split(" ").at(-1),
      status: "holds"
    }))
    return JSON.stringify({ facts: found })
  })

const all = Effect.gen(function* () {
  let count = 0
  while (yield* Extracting.once(options)) count += 1
  return count
})

describe("facts by a model", () => {
  it.effect("come after those of the rules, in the background, with their source and less confidence", () => {
    const { asked, layer } = world(likes)
    return Effect.gen(function* () {
      yield* talk(1, "I live in Rome. My thing is pottery.")
      assert.deepStrictEqual(yield* facts(), ["lives in Rome rules 0.9"])
      assert.deepStrictEqual(asked, [])
      yield* TestClock.adjust("5 seconds")
      yield* Effect.repeat(Effect.yieldNow, { until: () => Effect.map(facts(), (now) => now.length > 1) })
      assert.deepStrictEqual(yield* facts(), [
        "lives in Rome rules 0.9",
        "likes Rome model 0.7",
        "likes pottery model 0.7"
      ])
      assert.deepStrictEqual(asked, ['{"sentences":["I live in Rome","My thing is pottery"]}'])
      yield* TestClock.adjust("1 hour")
      assert.lengthOf(asked, 1)
    }).pipe(Effect.provide(layer))
  })

  it.effect("T27: a model is asked about nothing but what a person states", () => {
    const { asked, layer } = world(likes)
    return Effect.gen(function* () {
      yield* talk(1, "What is my thing?")
      yield* talk(2, "> My thing is pottery")
      yield* talk(3, "My thing is reports.", scopeFor("schedule:report"))
      yield* talk(4, "")
      assert.strictEqual(yield* all, 0)
      assert.deepStrictEqual(asked, [])
    }).pipe(Effect.provide(layer))
  })

  it.effect("T26: are whose message it was, and the model is asked in their name", () => {
    const scopes: Array<MemoryScope> = []
    const { layer } = world((message, scope) => (scopes.push(scope), likes(message, scope)))
    return Effect.gen(function* () {
      yield* talk(1, "My thing is pottery.")
      yield* talk(2, "My thing is chess.", scopeFor("bob"))
      assert.strictEqual(yield* all, 2)
      assert.deepStrictEqual(yield* facts(), ["likes pottery model 0.7"])
      assert.deepStrictEqual(yield* facts(scopeFor("bob")), ["likes chess model 0.7"])
      assert.deepStrictEqual(scopes, [alice, scopeFor("bob")])
    }).pipe(Effect.provide(layer))
  })

  it.effect("a model that lies or says nonsense was asked once, and taught nothing", () => {
    const lies = [
      "",
      "{}",
      "I refuse.",
      '{"facts":[{"sentence":"My thing is pottery","about":{"role":"me"},"attribute":"likes","value":"poker","status":"holds"}]}'
    ]
    const { asked, layer } = world(() => Effect.sync(() => lies.shift() ?? ""))
    return Effect.gen(function* () {
      for (let i = 1; i <= 4; i++) yield* talk(i, "My thing is pottery.")
      assert.strictEqual(yield* all, 4)
      assert.strictEqual(yield* all, 0)
      assert.lengthOf(asked, 4)
      assert.deepStrictEqual(yield* facts(), [])
    }).pipe(Effect.provide(layer))
  })

  it.effect("a vendor that fails is asked three times in all, one that refuses once", () => {
    let retry: ExtractorError["retry"] = "again"
    const { asked, layer } = world(() => Effect.suspend(() => new ExtractorError({ message: "no", retry })))
    return Effect.gen(function* () {
      const queue = yield* Extractions
      yield* talk(1, "My thing is pottery.")
      assert.strictEqual(yield* all, 1)
      assert.strictEqual(yield* queue.waiting, 1)
      for (let i = 0; i < 20; i++) yield* TestClock.adjust("5 minutes")
      assert.lengthOf(asked, 3)
      assert.strictEqual(yield* queue.waiting, 0)
      retry = "never"
      yield* talk(2, "My thing is chess.")
      for (let i = 0; i < 20; i++) yield* TestClock.adjust("5 minutes")
      assert.lengthOf(asked, 4)
      assert.strictEqual(yield* queue.waiting, 0)
    }).pipe(Effect.provide(layer))
  })

  it.effect("what waits for its budget is asked about each hour, and given up after a week", () => {
    const { asked, layer } = world(() => Effect.suspend(() => new ExtractorError({ message: "no", retry: "later" })))
    return Effect.gen(function* () {
      yield* TestClock.adjust("8 days")
      yield* Effect.gen(function* () {
        const queue = yield* Extractions
        yield* talk(1, "My thing is pottery.")
        yield* talk(8 * 24 * 3_600_000, "My thing is chess.")
        for (let i = 0; i < 60; i++) yield* TestClock.adjust("5 minutes")
        assert.strictEqual(yield* queue.waiting, 1)
        assert.deepStrictEqual(asked.slice(0, 1), ['{"sentences":["My thing is pottery"]}'])
        const chess = asked.slice(1)
        assert.isAbove(chess.length, 3)
        assert.deepStrictEqual([...new Set(chess)], ['{"sentences":["My thing is chess"]}'])
      }).pipe(Effect.provide(layer))
    })
  })

  it.effect("a budget that is spent is told once, and not for each message that waits for it", () => {
    const { asked, layer } = world(() => Effect.suspend(() => new ExtractorError({ message: "spent", retry: "later" })))
    const logged: Array<unknown> = []
    const logger = Logger.make(({ message }) => void logged.push(message))
    return Effect.gen(function* () {
      for (let i = 1; i <= 9; i++) yield* talk(i, `My thing is number${i}.`)
      yield* TestClock.adjust("10 seconds")
      yield* Effect.repeat(Effect.yieldNow, { until: () => asked.length === 9 })
      assert.lengthOf(
        logged.filter((message) => String(message).includes("spent")),
        1
      )
    }).pipe(Effect.provide(Layer.provideMerge(layer, Logger.layer([logger]))))
  })

  it.effect("what was put off before a clock was set back is asked about all the same", () => {
    const { layer } = world(likes)
    return Effect.gen(function* () {
      const queue = yield* Extractions
      yield* talk(1, "My thing is pottery.")
      const year = 365 * 24 * 3_600_000
      assert.strictEqual((yield* queue.take(year))?.turn, turnOf(1))
      // somebody has it
      assert.isUndefined(yield* queue.take(year))
      assert.strictEqual((yield* queue.take(0))?.turn, turnOf(1))
      assert.isUndefined(yield* queue.take(0))
    }).pipe(Effect.provide(layer))
  })

  it.effect("no turn waits for a model that does not answer, and whoever stops it has lost nothing", () => {
    const { asked, layer } = world((message, scope) => (asked.length === 1 ? Effect.never : likes(message, scope)))
    return Effect.gen(function* () {
      yield* talk(1, "My thing is pottery.")
      const stuck = yield* Effect.forkChild(Extracting.once(options))
      yield* Effect.repeat(Effect.yieldNow, { until: () => asked.length === 1 })
      // the turn goes on, is remembered and learned from
      yield* talk(2, "I live in Rome.")
      assert.deepStrictEqual(yield* facts(), ["lives in Rome rules 0.9"])
      assert.strictEqual(yield* all, 1)
      assert.lengthOf(asked, 2)
      yield* Fiber.interrupt(stuck)
      // as after a crash: it comes back when nobody can be at it any more
      assert.strictEqual(yield* all, 0)
      for (let i = 0; i < 18; i++) yield* TestClock.adjust("1 minute")
      yield* Effect.repeat(Effect.yieldNow, { until: () => asked.length === 3 })
      assert.include(yield* facts(), "likes pottery model 0.7")
    }).pipe(Effect.provide(layer))
  })

  it.effect("are learned once where the process died between learning and noting it", () => {
    const { layer } = world(likes)
    return Effect.gen(function* () {
      yield* talk(1, "My thing is pottery.")
      yield* all
      const store = yield* Store
      yield* store.write((db) => db.run("UPDATE memory_extractions SET due = 0"))
      assert.strictEqual(yield* all, 1)
      assert.deepStrictEqual(yield* facts(), ["likes pottery model 0.7"])
    }).pipe(Effect.provide(layer))
  })

  it.effect("two processes at one store ask about a message once", () => {
    const { asked, layer } = world(likes)
    return Effect.gen(function* () {
      for (let i = 1; i <= 20; i++) yield* talk(i, `My thing is number${i}.`)
      yield* Effect.all([all, all, all], { concurrency: "unbounded" })
      assert.lengthOf(asked, 20)
      assert.lengthOf(new Set(asked), 20)
    }).pipe(Effect.provide(layer))
  })

  it.effect("what is forgotten while the model reads it stays forgotten, and is never asked about", () => {
    const answered = Deferred.makeUnsafe<void>()
    const { asked, layer } = world((message, scope) => Effect.andThen(Deferred.await(answered), likes(message, scope)))
    return Effect.gen(function* () {
      yield* talk(1, "My thing is pottery.")
      yield* talk(2, "My thing is chess.")
      const reading = yield* Effect.forkChild(Extracting.once(options))
      yield* Effect.repeat(Effect.yieldNow, { until: () => asked.length === 1 })
      const forgetting = yield* ForgettingService
      const unwanted = { turns: [], facts: [], text: undefined, all: true }
      const { after } = yield* forgetting.forget(alice, unwanted, false)
      assert.deepStrictEqual(after, { turns: 0, utterances: 0, statements: 0, entities: 0 })
      yield* Deferred.succeed(answered, undefined)
      yield* Fiber.join(reading)
      assert.strictEqual(yield* all, 0)
      assert.lengthOf(asked, 1)
      assert.deepStrictEqual(yield* facts(), [])
      const left = yield* (yield* Store).read((db) => db.all("SELECT * FROM memory_extractions"))
      assert.deepStrictEqual(left, [])
    }).pipe(Effect.provide(layer))
  })

  it.effect("arriving late, change nothing that was said meanwhile", () => {
    const { layer } = world(() =>
      Effect.succeed(
        JSON.stringify({
          facts: [
            {
              sentence: "Rome is where you find me",
              about: { role: "me" },
              attribute: "lives in",
              value: "Rome",
              status: "holds"
            }
          ]
        })
      )
    )
    return Effect.gen(function* () {
      yield* talk(1, "Rome is where you find me.")
      yield* talk(2, "I live in Oslo.")
      yield* all
      assert.deepStrictEqual(yield* facts(), ["lives in Oslo rules 0.9", "lives in Rome model 0.7"])
      const store = yield* FactStore
      assert.deepStrictEqual(
        (yield* store.page(alice, 0, 10)).map(({ status }) => status),
        ["holds", "ended"]
      )
    }).pipe(Effect.provide(layer))
  })
})
