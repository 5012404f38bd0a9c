import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fc from "fast-check"
import * as LocalRecall from "../../layers/memory/LocalRecall.ts"
import * as StaticEmbedder from "../../layers/memory/StaticEmbedder.ts"
import { layerNone } from "../../src/memory/Embedder.ts"
import type { MemoryScope } from "../../src/memory/MemoryScope.ts"
import { MemoryStore } from "../../src/memory/MemoryStore.ts"
import type { MemoryTurn } from "../../src/memory/MemoryTurn.ts"
import { Recall, type RecallOptions } from "../../src/memory/Recall.ts"
import { render } from "../../src/memory/RecallText.ts"
import { estimateTokens } from "../../src/model/TokenEstimate.ts"
import { turnOf } from "./factFixtures.ts"
import { scopeFor, stores } from "./fixtures.ts"

const alice = scopeFor("alice")
const day = 86_400_000
const now = Date.UTC(2024, 4, 20, 12)

const turn = (id: string, text: string, part: Partial<MemoryTurn> = {}): MemoryTurn => ({
  id,
  conversation: "talk",
  at: now - 30 * day,
  role: "user",
  speaker: undefined,
  text,
  turn: undefined,
  ...part
})

const options = (part: Partial<RecallOptions> = {}): RecallOptions => ({ budgetTokens: 1_000, now, ...part })

const inMemory = LocalRecall.layer.pipe(Layer.provide(StaticEmbedder.layer), Layer.provideMerge(stores.MemoryMemory))

const over = <A, E>(effect: Effect.Effect<A, E, Recall | MemoryStore>) => effect.pipe(Effect.provide(inMemory))

const remember = (turns: ReadonlyArray<MemoryTurn>, scope: MemoryScope = alice) =>
  Effect.flatMap(Recall, (recall) => recall.remember(scope, turns))
const recall = (query: string, part: Partial<RecallOptions> = {}, scope: MemoryScope = alice) =>
  Effect.flatMap(Recall, (service) => service.recall(scope, query, options(part)))
const found = (query: string, part: Partial<RecallOptions> = {}, scope: MemoryScope = alice) =>
  Effect.map(recall(query, part, scope), ({ hits }) => hits.map(({ turn: { id } }) => id))
/** The one that is scored highest. */
const best = (query: string, part: Partial<RecallOptions> = {}) =>
  Effect.map(recall(query, part), ({ hits }) => hits.toSorted((a, b) => b.score - a.score)[0]?.turn.id)

const smallTalk = Array.from({ length: 60 }, (_, i) =>
  turn(`talk ${i}`, `Number ${i}: the weather is fine and we talk about this and that.`, {
    at: now - 40 * day + i * 3_600_000 * 5
  })
)

describe("recall", () => {
  it.effect("T28: takes every word for a word, also those that objects have by themselves", () =>
    over(
      Effect.gen(function* () {
        const words = "constructor prototype toString valueOf hasOwnProperty __proto__ watch"
        yield* remember([...smallTalk, turn("f1", `In Formula 1 a constructor builds the car: ${words}.`)])
        assert.strictEqual(yield* best("Which constructor won?"), "f1")
        for (const word of words.split(" ")) yield* recall(`${word} last ${word} two ${word} ago`)
      })
    )
  )

  it.effect("in a small memory, what says the word comes before what does not, whoever said it", () =>
    over(
      Effect.gen(function* () {
        const talk: ReadonlyArray<readonly [asked: string, answered: string]> = [
          ["hello there", "Hello! How can I help?"],
          ["My dog is called Luna and I live in Rome.", "Nice. I will remember that."],
          ["What is my dog called?", "Your dog is called Luna."],
          ["What is 12 times 14?", "168."],
          ["Save a note: Luna barks at night", "Saved as note-1."],
          ["Tell me a joke", "Why did the chicken cross the road? To get to the other side."],
          ["I work as a nurse.", "Good to know."],
          ["thanks", "You are welcome."],
          ["How many planets are there?", "Eight."],
          ["I like tea", "Tea is fine."]
        ]
        yield* remember(
          talk.flatMap(([asked, answered], i) => [
            turn(`user ${i}`, asked, { at: now - day + i * 60_000 }),
            turn(`assistant ${i}`, answered, { at: now - day + i * 60_000 + 1, role: "assistant" })
          ])
        )
        const ranked = (query: string) =>
          Effect.map(recall(query), ({ hits }) =>
            hits.toSorted((a, b) => b.score - a.score).map(({ turn: { text } }) => text)
          )
        assert.deepStrictEqual((yield* ranked("Luna")).slice(0, 3).toSorted(), [
          "My dog is called Luna and I live in Rome.",
          "Save a note: Luna barks at night",
          "Your dog is called Luna."
        ])
        assert.deepStrictEqual((yield* ranked("tea")).slice(0, 2).toSorted(), ["I like tea", "Tea is fine."])
      })
    )
  )

  it.effect("finds in a long conversation what was said once", () =>
    over(
      Effect.gen(function* () {
        yield* remember([...smallTalk, turn("dog", "My dog is called Biscuit, he is a beagle."), ...smallTalk])
        assert.strictEqual(yield* best("What is my dog's name?"), "dog")
        assert.strictEqual(yield* best("what breed is the puppy?"), "dog")
      })
    )
  )

  it.effect("finds an answer by the question before it", () =>
    over(
      Effect.gen(function* () {
        yield* remember([
          ...smallTalk,
          turn("question", "Where did you put the violin?", { conversation: "c", role: "assistant" }),
          turn("answer", "Behind the sofa, next to the lamp.", { conversation: "c" }),
          turn("elsewhere", "Behind the sofa there is dust.", { conversation: "d" })
        ])
        assert.strictEqual(yield* best("Where is my violin?"), "answer")
      })
    )
  )

  it.effect("finds what was said last week when it is asked for last week", () =>
    over(
      Effect.gen(function* () {
        yield* remember([
          turn("old", "I went to the museum and saw the whale.", { at: now - 60 * day }),
          turn("last week", "I went to the museum and saw the mammoth.", { at: now - 7 * day }),
          ...smallTalk
        ])
        assert.strictEqual(yield* best("What did I see at the museum last week?"), "last week")
        assert.strictEqual(yield* best("What did I see at the museum in March?"), "old")
      })
    )
  )

  it.effect("gives the same words of one day once, and of other days not for ever", () =>
    over(
      Effect.gen(function* () {
        const walks = Array.from({ length: 40 }, (_, i) =>
          turn(`walk ${i}`, "She walked the dog again.", { at: now - (i % 8) * day, conversation: `c${i}` })
        )
        const others = [
          turn("he", "He walked the dog again.", { at: now - day, conversation: "he" }),
          turn("assistant", "She walked the dog again.", { at: now - day, conversation: "she", role: "assistant" })
        ]
        yield* remember([...walks, ...others])
        const { hits, omitted } = yield* recall("Who walked the dog?")
        const days = hits.filter(({ turn: { id } }) => id.startsWith("walk")).map(({ turn: { at } }) => at)
        assert.strictEqual(days.length, 3)
        assert.strictEqual(new Set(days).size, 3)
        assert.includeMembers(
          hits.map(({ turn: { id } }) => id),
          ["he", "assistant"]
        )
        assert.strictEqual(omitted, 42 - hits.length)
      })
    )
  )

  it.effect("takes words that no vector knows for a repetition of nothing", () =>
    Effect.gen(function* () {
      const walks = [turn("she", "She walked the dog."), turn("he", "He walked the dog.", { conversation: "he" })]
      yield* remember(walks)
      assert.sameMembers(yield* found("Who walked the dog?"), ["she", "he"])
    }).pipe(Effect.provide(LocalRecall.layer.pipe(Layer.provide(layerNone), Layer.provideMerge(stores.MemoryMemory))))
  )

  it.effect("prefers the one who is named", () =>
    over(
      Effect.gen(function* () {
        yield* remember([
          turn("ann", "I painted a lake.", { speaker: "Ann Lee" }),
          turn("bob", "I painted a tree.", { speaker: "Bob" })
        ])
        assert.strictEqual(yield* best("What did Ann paint?"), "ann")
        assert.strictEqual(yield* best("What did Bob paint?"), "bob")
      })
    )
  )

  it.effect("prefers what the user said, and what the assistant said where that is asked for", () =>
    over(
      Effect.gen(function* () {
        yield* remember([
          ...smallTalk,
          turn("user", "I would like a book about whales."),
          turn("assistant", "A good book about whales is Leviathan.", { role: "assistant" })
        ])
        assert.strictEqual(yield* best("What book about whales do I want?"), "user")
        assert.strictEqual(yield* best("Which book about whales did you recommend?"), "assistant")
        assert.strictEqual(yield* best("Can you list the books about whales?"), "user")
      })
    )
  )

  it.effect("gives all that a user asked of a matter before it gives long answers to that", () =>
    over(
      Effect.gen(function* () {
        const asked = [
          "Which plants suit the shady side of my garden?",
          "What soil does a vegetable garden need?",
          "When should I water the garden in summer?",
          "How do I keep slugs out of my garden?",
          "Can I build a small pond in the garden?",
          "Which tools do I need for a garden this size?"
        ]
        const pages = "The garden needs care, the garden needs water, and every garden needs soil and plants. ".repeat(
          9
        )
        yield* remember([
          ...smallTalk,
          ...asked.flatMap((text, i) => [
            turn(`asked ${i}`, text, { at: now - day + i * 60_000 }),
            turn(`answer ${i}`, `${i}. ${pages}`, { at: now - day + i * 60_000 + 1, role: "assistant" })
          ])
        ])
        const shown = yield* found("Can you give me a summary of what I asked about my garden?", { budgetTokens: 400 })
        assert.includeMembers(
          shown,
          asked.map((_, i) => `asked ${i}`)
        )
      })
    )
  )

  it.effect("always has what the user wants from now on, in a few tokens", () =>
    over(
      Effect.gen(function* () {
        const text = "From now on, always answer in French."
        yield* remember([turn("rule", text, { turn: turnOf(1) }), ...smallTalk])
        assert.include(yield* found("How is the weather?", { budgetTokens: 300 }), "rule")
      })
    )
  )

  it.effect("gives hits in time order, says why, and stays within its budget", () =>
    over(
      Effect.gen(function* () {
        yield* remember([...smallTalk, turn("dog", "My dog is called Biscuit.")])
        const { hits, omitted, tokens } = yield* recall("dog Biscuit", { budgetTokens: 200 })
        const times = hits.map(({ turn: { at } }) => at)
        assert.deepStrictEqual(
          times,
          times.toSorted((a, b) => a - b)
        )
        assert.isAtMost(tokens, 200)
        assert.isAtMost(estimateTokens(render(hits)), tokens)
        assert.strictEqual(omitted, smallTalk.length + 1 - hits.length)
        const dog = hits.find(({ turn: { id } }) => id === "dog")
        assert.isTrue(dog?.why.some(({ why }) => why === "words"))
      })
    )
  )

  it.effect("leaves out what is shown anyway, and gives no more than it is asked for", () =>
    over(
      Effect.gen(function* () {
        yield* remember([turn("a", "The dog is called Biscuit."), turn("b", "The dog likes the park.")])
        assert.deepStrictEqual(yield* found("the dog", { exclude: new Set(["a", "nobody's"]) }), ["b"])
        assert.strictEqual((yield* found("the dog", { limit: 1 })).length, 1)
        assert.deepStrictEqual(yield* found("the dog", { budgetTokens: 0 }), [])
      })
    )
  )

  it.effect("knows at once what was added, and no more what was removed", () =>
    over(
      Effect.gen(function* () {
        const store = yield* MemoryStore
        yield* remember([...smallTalk, turn("dog", "My dog is called Biscuit.")])
        assert.strictEqual(yield* best("dog"), "dog")
        yield* remember([turn("cat", "My cat is called Tom.")])
        assert.strictEqual(yield* best("cat"), "cat")
        yield* store.remove(alice, { _tag: "ids", ids: ["dog"] })
        assert.notInclude(yield* found("dog Biscuit"), "dog")
        yield* store.remove(alice, { _tag: "all" })
        assert.deepStrictEqual(yield* found("cat"), [])
      })
    )
  )

  it.effect("gives the same whether its index grew or was built at once", () =>
    over(
      Effect.gen(function* () {
        const grown = scopeFor("grown")
        const turns = [...smallTalk, turn("dog", "My dog is called Biscuit."), turn("cat", "My cat is Tom.")]
        for (const [i, one] of turns.entries()) {
          yield* remember([one], grown)
          if (i % 7 === 0) yield* recall("the dog", {}, grown)
        }
        yield* remember(turns)
        const [a, b] = [yield* recall("the dog of last month", {}, grown), yield* recall("the dog of last month")]
        assert.deepStrictEqual(
          a.hits.map(({ score, turn: { id } }) => [id, score]),
          b.hits.map(({ score, turn: { id } }) => [id, score])
        )
      })
    )
  )

  it.effect("goes by words alone where there are no vectors", () =>
    Effect.gen(function* () {
      yield* remember([...smallTalk, turn("dog", "My dog is called Biscuit.")])
      assert.strictEqual(yield* best("dog"), "dog")
    }).pipe(Effect.provide(LocalRecall.layer.pipe(Layer.provide(layerNone), Layer.provideMerge(stores.MemoryMemory))))
  )
})

describe("T26: two scopes", () => {
  const bob = scopeFor("bob")
  const words = ["dog", "cat", "Oslo", "Lima", "violin", "whale", "yesterday", "never", "I", "my", "?"]
  const sentence = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 6 }).map((all) => all.join(" "))
  const operation = fc.record({
    whose: fc.boolean(),
    what: fc.constantFrom("remember", "remember", "recall", "forget"),
    text: sentence,
    id: fc.integer({ min: 0, max: 40 }).map(String)
  })

  it("get exactly what they would get alone, whatever the other does", () =>
    fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 60 }), (operations) => {
        /** What one of them sees of all that happens, or of what is its own. */
        const play = (mine: boolean, alone: boolean) =>
          over(
            Effect.gen(function* () {
              const store = yield* MemoryStore
              const seen: Array<unknown> = []
              for (const { id, text, what, whose } of operations) {
                if (alone && whose !== mine) continue
                const scope = whose ? alice : bob
                if (what === "remember") yield* remember([turn(id, text)], scope)
                else if (what === "forget") yield* store.remove(scope, { _tag: "ids", ids: [id] })
                else if (whose === mine) seen.push((yield* recall(text, {}, scope)).hits)
              }
              return seen
            })
          )
        return Effect.runPromise(
          Effect.gen(function* () {
            for (const mine of [true, false]) {
              assert.deepStrictEqual(yield* play(mine, false), yield* play(mine, true))
            }
          })
        )
      }),
      { numRuns: 60 }
    ))
})

describe("T28: what is kept in memory", () => {
  it.effect("is read once, however much of it is damaged or another version's", () =>
    Effect.gen(function* () {
      const store = yield* MemoryStore
      const turns = Array.from({ length: 1_100 }, (_, i) => turn(`${i}`, `I saw the dog number ${i}.`, { at: now - i }))
      yield* remember(turns)
      const rows = yield* store.page(alice, 0, 2_000)
      // whole pages of what is none of ours, and then some that are
      yield* store.reanalyse(
        alice,
        rows.slice(0, 1_050).map(({ n, tokens }) => ({ n, tokens, embedder: "x", features: new Uint8Array([0]) }))
      )
      let pages = 0
      const counting = MemoryStore.of({
        ...store,
        features: (scope, after, limit) =>
          ++pages > 12 ? Effect.die("the same page again") : store.features(scope, after, limit)
      })
      const layer = LocalRecall.layer.pipe(
        Layer.provide(Layer.merge(StaticEmbedder.layer, Layer.succeed(MemoryStore, counting)))
      )
      const { hits } = yield* recall("Where is the dog?").pipe(Effect.provide(layer))
      assert.isAbove(hits.length, 10)
      assert.isTrue(hits.every(({ turn: { id } }) => Number(id) >= 1_050))
    }).pipe(Effect.provide(inMemory))
  )

  it.effect("is bounded: the scope that nobody asks for leaves first", () =>
    Effect.gen(function* () {
      for (let i = 0; i < 30; i++) {
        const scope = scopeFor(`user ${i}`)
        yield* remember([turn("a", `I live in city ${i}.`)], scope)
        yield* recall("city", {}, scope)
      }
      const service = yield* Recall
      assert.strictEqual((yield* service.recall(scopeFor("user 0"), "city", options())).hits.length, 1)
    }).pipe(
      Effect.provide(
        LocalRecall.layerWith({ cacheBytes: 1 }).pipe(
          Layer.provide(StaticEmbedder.layer),
          Layer.provideMerge(stores.MemoryMemory)
        )
      )
    )
  )
})

describe("T29: any text", () => {
  const unicode = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }), fc.string())

  it("can be remembered and asked for, and recall is no query language", () =>
    fc.assert(
      fc.asyncProperty(fc.array(unicode, { maxLength: 8 }), unicode, (texts, query) =>
        Effect.runPromise(
          over(
            Effect.gen(function* () {
              const usable = texts.filter((text) => text.length > 0)
              yield* remember(usable.map((text, i) => turn(`${i}`, text)))
              const { hits, tokens } = yield* recall(query, { budgetTokens: 100_000 })
              assert.strictEqual(hits.length, usable.length)
              assert.isAtMost(estimateTokens(render(hits)), tokens)
              for (const { score, turn: hit } of hits) {
                assert.isTrue(Number.isFinite(score))
                assert.strictEqual(hit.text, usable[Number(hit.id)]?.toWellFormed())
              }
            })
          )
        )
      )
    ))

  it.effect("that would be an operator in a query language is only words", () =>
    over(
      Effect.gen(function* () {
        yield* remember([turn("dog", "My dog is called Biscuit."), turn("or", 'NEAR("a" b) OR NOT c* ^d : {e} -f')])
        for (const query of [
          '"',
          "dog*",
          "dog OR",
          "NEAR(dog",
          "col:dog",
          "-dog",
          "(((",
          "dog' --",
          "\u0000dog",
          "^"
        ]) {
          assert.strictEqual((yield* recall(query)).hits.length, 2)
        }
        assert.strictEqual(yield* best("\u0000dog"), "dog")
      })
    )
  )
})
