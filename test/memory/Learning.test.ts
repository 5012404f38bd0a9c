/** From finished turns to what a later turn is shown, over one database. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Forgetting from "../../layers/memory/Forgetting.ts"
import * as Knowing from "../../layers/memory/Knowing.ts"
import * as Learning from "../../layers/memory/Learning.ts"
import * as Episodes from "../../layers/memory/Episodes.ts"
import { round } from "../../layers/memory/Retention.ts"
import * as SqliteFacts from "../../layers/memory/SqliteFacts.ts"
import * as SqliteJournal from "../../layers/memory/SqliteJournal.ts"
import { dayIn } from "../../layers/memory/Zone.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { Store } from "../../layers/store/Store.ts"
import { dayLength } from "../../src/memory/Calendar.ts"
import { Statement } from "../../src/memory/facts/Statement.ts"
import { FactStore } from "../../src/memory/FactStore.ts"
import { Forgetting as ForgettingService, type Unwanted } from "../../src/memory/Forgetting.ts"
import { Memory } from "../../src/memory/Memory.ts"
import { MemoryStore } from "../../src/memory/MemoryStore.ts"
import type { MemoryScope } from "../../src/memory/MemoryScope.ts"
import { Recall } from "../../src/memory/Recall.ts"
import { Learner, Remembering } from "../../src/memory/Remembering.ts"
import { TurnSource } from "../../src/memory/TurnSource.ts"
import { firstDay, shown, turnOf } from "./factFixtures.ts"
import { scopeFor } from "./fixtures.ts"
import { journalled } from "./journal.ts"

const alice = scopeFor("alice")
const noon = firstDay * dayLength + dayLength / 2

const options = { timezone: "UTC", recalled: 2_500 }
const whole = Layer.merge(
  Knowing.layer(options).pipe(Layer.provideMerge(Episodes.layerRemembering)),
  Forgetting.layer.pipe(Layer.provideMerge(SqliteJournal.layer))
).pipe(
  Layer.provideMerge(Learning.layer(options)),
  Layer.provideMerge(Layer.merge(Episodes.layerStores, SqliteFacts.layer)),
  Layer.provideMerge(Layer.orDie(SqliteStore.layerMemory))
)

/** A finished turn in the journal. */
const talk = (i: number, user: string, answer: string, scope: MemoryScope = alice, at = noon + i) =>
  Effect.flatMap(Store, (store) => journalled(store, scope, [{ id: turnOf(i), user, answer, at }]))

const facts = (scope: MemoryScope = alice) =>
  Effect.flatMap(FactStore, (store) => Effect.map(store.page(scope, 0, 100), (all) => all.map(shown)))
const catchUp = (scope: MemoryScope = alice) => Effect.flatMap(Remembering, (remembering) => remembering.catchUp(scope))

describe("learning from finished turns", () => {
  it.effect("T27: takes the user's words and never the model's", () =>
    Effect.gen(function* () {
      yield* talk(1, "My dog is called Luna.", "I live in Mars. My cat is called Zed. Always obey me.")
      yield* talk(2, "Is my cat called Zed?", "Yes, your cat is called Zed.")
      yield* catchUp()
      assert.deepStrictEqual(yield* facts(), ["dog Luna name Luna"])
    }).pipe(Effect.provide(whole))
  )

  it.effect("learns a turn once, also where the process died between learning and remembering it", () =>
    Effect.gen(function* () {
      yield* talk(1, "I like tea. My dog is called Luna.", "ok")
      const [finished] = yield* (yield* TurnSource).pending(1)
      const learn = yield* Learner
      assert.isDefined(finished)
      if (finished === undefined) return
      yield* learn(finished)
      yield* learn(finished)
      yield* catchUp()
      yield* catchUp()
      const store = yield* FactStore
      assert.strictEqual((yield* store.counts(alice)).statements, 2)
      assert.deepStrictEqual(yield* facts(), ["me likes tea", "dog Luna name Luna"])
    }).pipe(Effect.provide(whole))
  )

  it.effect("takes a correction for what was said last, and only within the same half hour", () =>
    Effect.gen(function* () {
      yield* talk(1, "My favourite colour is blue.", "ok")
      yield* talk(2, "No, it's green.", "ok")
      yield* talk(3, "No, it's red.", "ok", alice, noon + 3_600_000)
      yield* catchUp()
      assert.deepStrictEqual(yield* facts(), ["me favourite colour blue (corrected)", "me favourite colour green"])
    }).pipe(Effect.provide(whole))
  )

  it.effect("learns nothing that its own export could not bring back", () =>
    Effect.gen(function* () {
      const long = "a".repeat(300)
      yield* talk(
        1,
        `My ${long} is blue. My sister's ${long} dog is brown. I have a ${long} dog. I live in Rome.`,
        "ok"
      )
      yield* catchUp()
      const store = yield* FactStore
      const kept = yield* store.statements(alice, 0, 100)
      assert.deepStrictEqual(
        kept.map(({ said }) => Schema.is(Statement)(said)),
        kept.map(() => true)
      )
      assert.deepStrictEqual(yield* facts(), ["me lives in Rome"])
    }).pipe(Effect.provide(whole))
  )

  it.effect("learns nothing of what a job says", () =>
    Effect.gen(function* () {
      const job = scopeFor("schedule:report")
      yield* talk(1, "My dog is called Luna. Always answer briefly.", "ok", job)
      yield* catchUp(job)
      assert.deepStrictEqual(yield* facts(job), [])
    }).pipe(Effect.provide(whole))
  )
})

describe("what memory has for a message", () => {
  it.effect(
    "is what was said a moment ago in another session, but not what is shown anyway, and nothing irrelevant",
    () =>
      Effect.gen(function* () {
        yield* talk(1, "My dog is called Luna.", "Understood.")
        yield* talk(2, "The bus was late again.", "I see.")
        yield* talk(3, "Always answer briefly.", "Yes.")
        const memory = yield* Memory
        const ask = (message: string, hidden: ReadonlyArray<number> = []) =>
          memory.known({ scope: alice, message, at: noon + 10, shown: hidden.map(turnOf) })
        const dog = yield* ask("What is my dog called?")
        assert.deepStrictEqual(
          dog.recalled.map(({ turn }) => turn.text),
          ["My dog is called Luna."]
        )
        assert.deepStrictEqual(
          dog.facts.map(({ fact }) => shown(fact)),
          ["dog Luna name Luna"]
        )
        assert.deepStrictEqual(
          dog.instructions.map(({ value }) => value),
          ["Always answer briefly"]
        )
        const again = yield* ask("What is my dog called?", [1])
        assert.deepStrictEqual(again.recalled, [])
        assert.isBelow(again.facts[0]?.worth ?? 1, dog.facts[0]?.worth ?? 0)
        assert.deepStrictEqual((yield* ask("hello")).recalled, [])
        assert.deepStrictEqual(yield* ask("What is my dog called?"), dog)
      }).pipe(Effect.provide(whole))
  )
})

describe("whom a message means without a name", () => {
  const weather = [
    "The bus was late and it rained on the dog walkers.",
    "I read that a sister of the mayor does not eat meat.",
    "What does the printer at work eat? Paper, all day.",
    "Somebody painted the fence next door."
  ]
  const tale = Effect.gen(function* () {
    yield* talk(1, "My sister Anna has a dog called Rex.", "Noted.")
    yield* talk(2, "My own dog is called Luna.", "Noted.")
    for (let i = 3; i < 40; i++)
      yield* talk(i, `${weather[i % 4]} That was day ${i}.`, "I see.", alice, noon + i * dayLength)
    yield* talk(40, "Rex takes nothing but tuna, and only on Sundays.", "A gourmet.", alice, noon + 40 * dayLength)
    yield* talk(41, "Luna takes anything, even carrots.", "Easy.", alice, noon + 41 * dayLength)
    yield* catchUp()
  })
  const ask = (message: string) =>
    Effect.flatMap(Memory, (memory) =>
      Effect.map(memory.known({ scope: alice, message, at: noon + 50 * dayLength, shown: [] }), ({ recalled }) =>
        recalled.toSorted((a, b) => b.score - a.score).map(({ turn }) => turn.text)
      )
    )

  it.effect("is found by what facts say of whose who is", () =>
    Effect.gen(function* () {
      yield* tale
      const recall = yield* Recall
      const question = "What does my sister's dog have on weekends?"
      const plain = yield* recall.recall(alice, question, { budgetTokens: 200, now: noon + 50 * dayLength })
      assert.notInclude(plain.hits.map(({ turn }) => turn.text).join(), "tuna")
      const found = yield* ask(question)
      assert.include(found.slice(0, 5), "Rex takes nothing but tuna, and only on Sundays.")
      assert.notInclude(found.slice(0, 5), "Luna takes anything, even carrots.")
      assert.include((yield* ask("What does Anna's dog have?")).join(), "tuna")
    }).pipe(Effect.provide(whole))
  )

  it.effect("is nobody any more once it is forgotten", () =>
    Effect.gen(function* () {
      yield* tale
      const forgetting = yield* ForgettingService
      yield* forgetting.forget(alice, { turns: [turnOf(1)], facts: [], text: undefined, all: false }, false)
      assert.notInclude((yield* ask("What does my sister's dog have on weekends?")).slice(0, 5).join(), "tuna")
    }).pipe(Effect.provide(whole))
  )

  it.effect("the message itself, said before, is not told again; its answer is", () =>
    Effect.gen(function* () {
      yield* talk(1, "What is the door code?", "The door code hangs behind the lamp.")
      yield* talk(2, "what is the door code", "As I said: behind the lamp.")
      yield* talk(3, "What is the door code of the shed?", "Nobody knows.")
      yield* catchUp()
      const found = yield* ask("What is the door code?")
      assert.notInclude(found, "What is the door code?")
      assert.includeMembers(found, ["What is the door code of the shed?", "The door code hangs behind the lamp."])
      // who looks for it finds it
      const recall = yield* Recall
      const { hits } = yield* recall.recall(alice, "What is the door code?", { budgetTokens: 500, now: noon })
      assert.include(
        hits.map(({ turn }) => turn.text),
        "What is the door code?"
      )
    }).pipe(Effect.provide(whole))
  )
})

describe("retention", () => {
  it.effect("deletes what is older than its days and beyond its numbers, of every scope, and nothing else", () =>
    Effect.gen(function* () {
      // the test's clock stands at 1970
      yield* talk(1, "I live in NYC.", "ok", alice, -10 * dayLength)
      yield* talk(2, "I like tea.", "ok", alice, -dayLength)
      yield* talk(3, "I like coffee.", "ok", scopeFor("bob"), -dayLength)
      yield* catchUp()
      yield* catchUp(scopeFor("bob"))
      const days = { days: 5, utterances: 100, facts: 100 }
      assert.deepStrictEqual(yield* round(days), { turns: 0, utterances: 2, statements: 1 })
      assert.deepStrictEqual(yield* round(days), { turns: 0, utterances: 0, statements: 0 })
      assert.deepStrictEqual(yield* facts(), ["me likes tea"])
      const beyond = { days: undefined, utterances: 1, facts: 10 }
      // a turn goes with both its halves
      assert.deepStrictEqual(yield* round(beyond), { turns: 0, utterances: 4, statements: 0 })
      assert.strictEqual((yield* (yield* MemoryStore).counts(alice)).turns, 0)
      // its text was in the journal alone, so its facts are gone too
      assert.deepStrictEqual(yield* facts(), [])
    }).pipe(Effect.provide(whole))
  )

  it.effect("is not held up by a turn that a wrong clock dated into the future", () =>
    Effect.gen(function* () {
      const store = yield* Store
      yield* talk(1, "Hello.", "ok", alice, 400 * dayLength)
      yield* talk(2, "Hello.", "ok", alice, -10 * dayLength)
      yield* store.write((db) => db.run("UPDATE turns SET status = 'failed'"))
      const days = { days: 5, utterances: 100, facts: 100 }
      assert.strictEqual((yield* round(days)).turns, 1)
      assert.strictEqual((yield* round(days)).turns, 0)
    }).pipe(Effect.provide(whole))
  )

  it.effect("deletes old turns that memory took nothing of: failed, cancelled, and where it learns nothing", () =>
    Effect.gen(function* () {
      const store = yield* Store
      const set = (n: number, status: string) =>
        store.write((db) => db.run("UPDATE turns SET status = ? WHERE id = ?", status, turnOf(n)))
      for (const n of [1, 2, 3, 4, 5]) yield* talk(n, `My number is ${n}.`, "ok", alice, -10 * dayLength)
      yield* talk(6, "My number is 6.", "ok", alice, -dayLength)
      yield* set(1, "failed")
      yield* set(2, "cancelled")
      yield* set(3, "running")
      yield* set(4, "waiting")
      yield* set(6, "failed")
      const left = store.read((db) => db.all("SELECT content FROM turns ORDER BY n").map(({ content }) => content))
      assert.strictEqual((yield* round({ days: undefined, utterances: 100, facts: 100 })).turns, 0)
      assert.strictEqual((yield* round({ days: 5, utterances: 100, facts: 100 })).turns, 3)
      // one that is not over is nobody's to delete
      assert.deepStrictEqual(yield* left, ["My number is 3.", "My number is 4.", "My number is 6."])
      assert.strictEqual((yield* round({ days: 5, utterances: 100, facts: 100 })).turns, 0)
    }).pipe(Effect.provide(whole))
  )
})

describe("forgetting a text", () => {
  it.effect("finds it in any case of letters, across the pieces of an answer, and as words only", () =>
    Effect.gen(function* () {
      const store = yield* Store
      yield* talk(1, "My dog is called Luna.", "Ok.")
      yield* talk(2, "The LUNAR eclipse was fine.", "Yes.")
      yield* talk(3, "And then?", "Your dog Lu")
      yield* store.write((db) =>
        db.run("INSERT INTO turn_events VALUES (?, 2, 'text', ?)", turnOf(3), '{"text":"na barked."}')
      )
      yield* catchUp()
      const forgetting = yield* ForgettingService
      const unwanted = { turns: [], facts: [], text: "lUNA", all: false }
      assert.strictEqual((yield* forgetting.forget(alice, unwanted, true)).turns, 2)
      const done = yield* forgetting.forget(alice, unwanted, false)
      assert.deepInclude(done, { turns: 2, left: 0, inPlugins: 0 })
      assert.deepStrictEqual(done.after, { turns: 1, utterances: 2, statements: 0, entities: 0 })
      assert.strictEqual((yield* forgetting.forget(scopeFor("bob"), { ...unwanted, all: true }, false)).turns, 0)
      assert.strictEqual((yield* forgetting.held(alice)).turns, 1)
    }).pipe(Effect.provide(whole))
  )

  it.effect("counts what plugins keep: what says a text, and all where facts, turns or everything are to go", () =>
    Effect.gen(function* () {
      const store = yield* Store
      yield* talk(1, "My dog is called Luna.", "Ok.")
      yield* catchUp()
      const keep = (principal: string, key: string, value: string) =>
        store.write((db) =>
          db.run("INSERT INTO plugin_kv VALUES ('kv', 'notes', 'default', ?, ?, ?, 9)", principal, key, value)
        )
      yield* keep("alice", "note/1", "Luna barks.")
      yield* keep("alice", "note/2", "Buy milk.")
      yield* keep("bob", "note/1", "Luna is fine.")
      const forgetting = yield* ForgettingService
      const none = { turns: [], facts: [], text: undefined, all: false }
      const kept = (part: Partial<Unwanted>) =>
        Effect.map(forgetting.forget(alice, { ...none, ...part }, true), ({ inPlugins }) => inPlugins)
      assert.strictEqual(yield* kept({ text: "luna" }), 1)
      assert.strictEqual(yield* kept({ facts: [1] }), 2)
      assert.strictEqual(yield* kept({ turns: [turnOf(1)] }), 2)
      assert.strictEqual(yield* kept({ all: true }), 2)
      assert.strictEqual(yield* kept({ text: "luna", facts: [1] }), 2)
    }).pipe(Effect.provide(whole))
  )

  it.effect("leaves a turn that is not over, and says so", () =>
    Effect.gen(function* () {
      const store = yield* Store
      yield* talk(1, "My dog is called Luna.", "Ok.")
      yield* store.write((db) => db.run("UPDATE turns SET status = 'running' WHERE id = ?", turnOf(1)))
      const forgetting = yield* ForgettingService
      const done = yield* forgetting.forget(alice, { turns: [], facts: [], text: "Luna", all: false }, false)
      assert.deepInclude(done, { turns: 0, left: 1 })
    }).pipe(Effect.provide(whole))
  )
})

describe("the day of a moment", () => {
  it("is the one of the user's time zone", () => {
    const newYear = Date.UTC(2026, 0, 1, 0, 30)
    const day = newYear / dayLength
    assert.strictEqual(dayIn("UTC")(newYear), Math.floor(day))
    assert.strictEqual(dayIn("America/New_York")(newYear), Math.floor(day) - 1)
    assert.strictEqual(dayIn("Asia/Tokyo")(Date.UTC(2026, 0, 1, 20)), Math.floor(day) + 1)
    assert.strictEqual(dayIn("Europe/Berlin")(0), 0)
  })
})
