/** What every store of facts promises. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { lookups } from "../../src/memory/facts/FactKey.ts"
import type { FactStore } from "../../src/memory/FactStore.ts"
import { firstDay, type Journal, lesson, type Over, shown, turnOf } from "./factFixtures.ts"
import { scopeFor } from "./fixtures.ts"

const alice = scopeFor("alice")
const bob = scopeFor("bob")

const page = (store: FactStore["Service"], scope = alice) =>
  Effect.map(store.page(scope, 0, 1_000), (facts) => facts.map(shown))

/** Learns sentences, one message a day. */
const learn = Effect.fnUntraced(function* (
  store: FactStore["Service"],
  journal: Journal,
  sentences: ReadonlyArray<string>,
  scope = alice
) {
  yield* journal.add(
    scope,
    sentences.map((_, i) => turnOf(i))
  )
  for (const [i, sentence] of sentences.entries()) yield* store.learn(scope, lesson(sentence, i))
})

/** A name of letters for a number. */
const nameOf = (i: number): string => `An${String.fromCharCode(97 + (i % 26), 97 + Math.floor(i / 26))}`

export const factStoreContract = (name: string, over: Over) => {
  describe(`the store of facts (${name})`, () => {
    it.effect("learns a message once, whoever tells it again", () =>
      over((store, journal) =>
        Effect.gen(function* () {
          yield* journal.add(alice, [turnOf(0)])
          const once = lesson("My dog is called Luna and I live in Rome.")
          assert.strictEqual(yield* store.learn(alice, once), 2)
          assert.strictEqual(yield* store.learn(alice, once), 0)
          assert.strictEqual(yield* store.learn(alice, lesson("My dog is called Rex.")), 0)
          assert.deepStrictEqual(yield* page(store), ["dog Luna name Luna", "me lives in Rome"])
          assert.deepStrictEqual(yield* store.counts(alice), { statements: 2, facts: 2, entities: 1, instructions: 0 })
        })
      )
    )

    it.effect("takes an imported statement once, however often the file is read", () =>
      over((store) =>
        Effect.gen(function* () {
          const imported = lesson("I live in Rome.", 0, { turn: undefined, origin: "import" })
          assert.strictEqual(yield* store.learn(alice, imported), 1)
          assert.strictEqual(yield* store.learn(alice, imported), 0)
          assert.strictEqual(yield* store.learn(alice, { ...imported, at: imported.at + 1 }), 1)
          assert.deepStrictEqual(yield* page(store), ["me lives in Rome"])
        })
      )
    )

    it.effect("lets what arrives late change nothing that was said after it", () =>
      over((store, journal) =>
        Effect.gen(function* () {
          const late = { turn: undefined, origin: "import" } as const
          yield* learn(store, journal, ["The bus was late.", "The bus was late.", "I live in LA. I hate tea."])
          yield* store.learn(alice, lesson("I live in NYC. I like tea. I don't have a dog.", 1, late))
          assert.deepStrictEqual(yield* page(store), [
            "me lives in LA",
            "me dislikes tea",
            "me lives in NYC (ended)",
            "me likes tea (ended)",
            "me has dog (denied)"
          ])
          yield* store.learn(
            alice,
            lesson("I don't live in LA any more. I live in Rome.", 0, { ...late, origin: "model", turn: turnOf(0) })
          )
          assert.include(yield* page(store), "me lives in LA")
          assert.include(yield* page(store), "me lives in Rome (ended)")
          // what is said later still takes its place
          yield* store.learn(alice, lesson("I live in Oslo. I love tea.", 3, late))
          assert.includeMembers(yield* page(store), ["me lives in LA (ended)", "me dislikes tea (ended)"])
          assert.includeMembers(yield* page(store), ["me lives in Oslo", "me likes tea"])
        })
      )
    )

    for (const [late, since, left] of [
      ["I work at Acme.", "I retired.", ["me is retired"]],
      ["I work at Acme.", "I quit my job.", []],
      ["I work at Acme.", "I left Acme.", []],
      ["I work at Acme.", "I used to work at Acme.", []],
      ["I work at Acme.", "I left Siemens.", ["me works at Acme"]],
      ["I have a car.", "I sold my car.", []],
      ["I live in Oslo.", "I used to live in Rome.", ["me lives in Oslo"]]
    ] as const) {
      it.effect(`knows that it was over: "${late}", after "${since}"`, () =>
        over((store, journal) =>
          Effect.gen(function* () {
            yield* journal.add(alice, [turnOf(1)])
            yield* store.learn(alice, lesson(since, 1))
            yield* store.learn(alice, lesson(late, 0, { turn: undefined, origin: "import" }))
            const holding = (yield* store.page(alice, 0, 100)).filter(({ status }) => status === "holds")
            assert.deepStrictEqual(holding.map(shown), [...left])
          })
        )
      )
    }

    it.effect("takes of its own export what it does not have", () =>
      over((store, journal) =>
        Effect.gen(function* () {
          yield* learn(store, journal, ["I have a car.", "I live in Rome.", "I moved to Paris.", "I sold my car."])
          const before = yield* page(store)
          yield* store.forget(alice, { _tag: "turns", turns: [turnOf(1)] })
          for (const [i, sentence] of ["I have a car.", "I live in Rome.", "I moved to Paris."].entries()) {
            const news = yield* store.learn(alice, lesson(sentence, i, { turn: undefined, origin: "import" }))
            assert.strictEqual(news, i === 1 ? 1 : 0)
          }
          assert.sameMembers([...(yield* page(store))], [...before])
        })
      )
    )

    it.effect("has no standing request of anybody but the user", () =>
      over((store) =>
        Effect.gen(function* () {
          const [said] = lesson("Always answer in German.").statements
          if (said === undefined) return assert.fail("nothing is asked")
          const statements = [{ ...said, about: { name: "Bob" } }]
          yield* store.learn(alice, lesson("", 0, { turn: undefined, origin: "import", statements }))
          assert.deepStrictEqual((yield* store.about(alice, [], 1)).instructions, [])
        })
      )
    )

    it.effect("believes the order of arrival and not the clock of what rules find", () =>
      over((store, journal) =>
        Effect.gen(function* () {
          yield* journal.add(alice, [turnOf(5), turnOf(4)])
          yield* store.learn(alice, lesson("I live in LA.", 5))
          yield* store.learn(alice, lesson("I live in NYC.", 4))
          assert.deepStrictEqual(yield* page(store), ["me lives in LA (ended)", "me lives in NYC"])
        })
      )
    )

    it.effect("takes for the last statement one of the rules: what a correction is about", () =>
      over((store, journal) =>
        Effect.gen(function* () {
          yield* learn(store, journal, ["My dog is called Luna.", "The bus was late."])
          yield* store.learn(alice, lesson("I live in NYC.", 1, { origin: "model" }))
          yield* store.learn(alice, lesson("I live in NYC.", 1, { origin: "import", turn: undefined }))
          assert.strictEqual((yield* store.last(alice))?.said.value, "Luna")
        })
      )
    )

    it.effect("lets a move take the place of where somebody lived, and keeps the history", () =>
      over((store, journal) =>
        Effect.gen(function* () {
          yield* learn(store, journal, ["I live in NYC.", "I moved from NYC to LA.", "I'm moving to Oslo next month."])
          const facts = yield* store.page(alice, 0, 10)
          assert.deepStrictEqual(
            facts.map(({ from, status, until, value }) => [value, status, from, until]),
            [
              ["NYC", "ended", undefined, firstDay + 1],
              ["LA", "ended", firstDay + 1, firstDay + 21],
              ["Oslo", "holds", firstDay + 21, undefined]
            ]
          )
          assert.deepStrictEqual(
            facts.map(({ turn }) => turn),
            [turnOf(0), turnOf(1), turnOf(2)]
          )
        })
      )
    )

    it.effect("knows one being by its role and by its name, and another by another name", () =>
      over((store, journal) =>
        Effect.gen(function* () {
          yield* learn(store, journal, [
            "My sister Anna lives in Rome.",
            "Anna works at FAO.",
            "My sister is called Eva.",
            "My sister Eva has a dog called Rex.",
            "My dog is called Luna.",
            "My dog is 3 years old."
          ])
          assert.deepStrictEqual(yield* page(store), [
            "me has sister -> Anna",
            "sister Anna name Anna",
            "sister Anna lives in Rome",
            "sister Anna works at FAO",
            "sister Eva name Eva",
            "me has sister -> Eva",
            "sister Eva has dog -> Rex",
            "Eva's dog Rex name Rex",
            "dog Luna name Luna",
            "dog Luna age 3"
          ])
        })
      )
    )

    it.effect("takes denials, ends and corrections for what they are", () =>
      over((store, journal) =>
        Effect.gen(function* () {
          yield* learn(store, journal, [
            "I have two cats, Tom and Jerry.",
            "I no longer have a cat.",
            "I work at IBM.",
            "I quit my job.",
            "My favourite colour is blue.",
            "Actually, my favourite colour is green.",
            "I like coffee.",
            "I hate coffee.",
            "I don't have a car.",
            "I have a car."
          ])
          assert.deepStrictEqual(yield* page(store), [
            "me has cat -> Tom (ended)",
            "cat Tom name Tom",
            "me has cat -> Jerry (ended)",
            "cat Jerry name Jerry",
            "me has cat (denied)",
            "me works at IBM (ended)",
            "me favourite colour blue (corrected)",
            "me favourite colour green",
            "me likes coffee (ended)",
            "me dislikes coffee",
            "me has car -> car"
          ])
        })
      )
    )

    it.effect("keeps one standing instruction for each matter, the latest", () =>
      over((store, journal) =>
        Effect.gen(function* () {
          yield* learn(store, journal, [
            "Always answer in German.",
            "Never use emojis.",
            "From now on answer in French."
          ])
          assert.deepStrictEqual(
            (yield* store.about(alice, [], 0)).instructions.map(({ value }) => value),
            ["Never use emojis", "From now on answer in French"]
          )
          assert.strictEqual((yield* store.counts(alice)).instructions, 2)
        })
      )
    )

    it.effect("does not let a guess take the place of what is known", () =>
      over((store, journal) =>
        Effect.gen(function* () {
          yield* learn(store, journal, ["I live in Rome.", "I think I live in Milan."])
          assert.deepStrictEqual(yield* page(store), ["me lives in Rome", "me lives in Milan (doubtful)"])
        })
      )
    )

    it.effect("finds what a text may be about: names, roles, values, and neighbours within two edges", () =>
      over((store, journal) =>
        Effect.gen(function* () {
          yield* learn(store, journal, [
            "My sister Anna Schmidt has a dog called Rex.",
            "My brother Tom lives in Rome.",
            "My favourite colour is blue.",
            "Always answer in German."
          ])
          const about = (text: string) =>
            Effect.map(store.about(alice, lookups(text), 3), ({ facts }) => facts.map(shown))
          assert.deepStrictEqual(yield* about("what is my sister's dog called?"), [
            "sister Anna Schmidt name Anna Schmidt",
            "sister Anna Schmidt has dog -> Rex",
            "Anna Schmidt's dog Rex name Rex"
          ])
          assert.include(yield* about("how is anna?"), "Anna Schmidt's dog Rex name Rex")
          assert.include(yield* about("who lives in Rome?"), "brother Tom lives in Rome")
          assert.include(yield* about("hello"), "me favourite colour blue")
          assert.notInclude((yield* about("answer me in german")).join(), "instruction")
          const { edges } = yield* store.about(alice, lookups("rex"), 3)
          assert.deepStrictEqual(
            edges.map(({ from, hops, relation, to }) => [from.name, relation, to.name, hops]),
            [["Anna Schmidt", "dog", "Rex", 1]]
          )
        })
      )
    )

    it.effect("forgets a message as if it had never been said, also where the journal lost it", () =>
      over((store, journal) =>
        Effect.gen(function* () {
          yield* learn(store, journal, ["I live in NYC.", "I moved from NYC to LA.", "My dog is called Luna."])
          assert.strictEqual(yield* store.forget(alice, { _tag: "turns", turns: [turnOf(1)] }), 2)
          assert.deepStrictEqual(yield* page(store), ["me lives in NYC", "dog Luna name Luna"])
          yield* journal.remove(turnOf(2))
          assert.deepStrictEqual(yield* page(store), ["me lives in NYC"])
          assert.strictEqual((yield* store.counts(alice)).entities, 0)
        })
      )
    )

    it.effect("forgets a fact with its whole matter, and knows the messages it came from", () =>
      over((store, journal) =>
        Effect.gen(function* () {
          yield* learn(store, journal, [
            "I live in NYC.",
            "I moved from NYC to LA.",
            "I have a dog called Luna.",
            "My dog Luna is brown.",
            "I like tea and coffee."
          ])
          const facts = yield* store.page(alice, 0, 100)
          const numberOf = (text: string) => facts.find((fact) => shown(fact).startsWith(text))?.n ?? 0
          const home = numberOf("me lives in LA")
          assert.deepStrictEqual(yield* store.sources(alice, [home]), [turnOf(0), turnOf(1)])
          yield* store.forget(alice, { _tag: "facts", facts: [home, numberOf("me has dog"), numberOf("me likes tea")] })
          assert.deepStrictEqual(yield* page(store), ["me likes coffee"])
          assert.deepStrictEqual(yield* store.sources(alice, [home]), [])
        })
      )
    )

    it.effect("drops by age and by number, first what holds no more", () =>
      over((store, journal) =>
        Effect.gen(function* () {
          yield* learn(store, journal, ["I live in NYC.", "I moved to LA.", "I like tea.", "I like coffee."])
          assert.strictEqual(yield* store.forget(alice, { _tag: "beyond", keep: 3 }), 1)
          assert.deepStrictEqual(yield* page(store), ["me lives in LA", "me likes tea", "me likes coffee"])
          assert.strictEqual(yield* store.forget(alice, { _tag: "before", at: lesson("", 3).at }), 2)
          assert.deepStrictEqual(yield* page(store), ["me likes coffee"])
          assert.strictEqual(yield* store.forget(alice, { _tag: "all" }), 1)
          assert.deepStrictEqual(yield* store.scopes, [])
        })
      )
    )

    it.effect("drops standing requests last, and lets them take a quarter of the room at most", () =>
      over((store) =>
        Effect.gen(function* () {
          const requests = ["Always answer in German.", "Never use emojis.", "Always be brief."]
          const likes = Array.from({ length: 12 }, (_, i) => `I like ${nameOf(i)}.`)
          for (const [i, text] of [...requests, ...likes].entries()) {
            yield* store.learn(alice, lesson(text, i, { turn: undefined, origin: "import" }))
          }
          yield* store.forget(alice, { _tag: "beyond", keep: 8 })
          const values = (yield* store.page(alice, 0, 100)).map(({ value }) => value)
          assert.deepStrictEqual(values, [
            "Never use emojis",
            "Always be brief",
            ...likes.slice(6).map((one) => one.slice(7, -1))
          ])
        })
      )
    )

    it.effect("keeps apart what only reads alike when attribute and value stand side by side", () =>
      over((store) =>
        Effect.gen(function* () {
          const state = (attribute: string, value: string) =>
            ({ about: { role: "me" }, attribute, value, mode: "holds", confidence: 1 }) as const
          const statements = [state("likes tea", "cup"), state("likes", "tea cup"), state("likes", "tea cup")]
          yield* store.learn(alice, lesson("", 0, { turn: undefined, origin: "import", statements }))
          assert.deepStrictEqual(yield* page(store), ["me likes tea cup", "me likes tea cup"])
          assert.strictEqual((yield* store.counts(alice)).facts, 2)
        })
      )
    )

    it.effect("T28: knows who is who among hundreds alike, and looks at some of them only", () =>
      over((store, journal) =>
        Effect.gen(function* () {
          const count = 100
          yield* journal.add(
            alice,
            Array.from({ length: count + 2 }, (_, i) => turnOf(i))
          )
          for (let i = 0; i < count; i++) {
            yield* store.learn(alice, lesson(`My sister ${nameOf(i)} has a dog called Rex${nameOf(i)}.`, i))
          }
          // the first of all, by name; the latest, by role alone
          yield* store.learn(alice, lesson(`My sister ${nameOf(0)} lives in Oslo.`, count))
          yield* store.learn(alice, lesson("My sister lives in Rome.", count + 1))
          const lives = (yield* store.page(alice, 0, 5_000)).filter(({ attribute }) => attribute === "lives in")
          assert.deepStrictEqual(lives.map(shown), [
            `sister ${nameOf(0)} lives in Oslo`,
            `sister ${nameOf(count - 1)} lives in Rome`
          ])
          const { edges } = yield* store.about(alice, lookups("What does my sister's dog eat?"), 20)
          assert.isAtLeast(edges.length, 10)
          assert.isAtMost(edges.length, 200)
          const { facts } = yield* store.about(alice, lookups(`Where does ${nameOf(0)} live?`), 20)
          assert.include(facts.map(shown), `sister ${nameOf(0)} lives in Oslo`)
          const { entities } = yield* store.counts(alice)
          assert.strictEqual(entities, count * 2)
        })
      )
    )

    it.effect("T26: gives nothing of one scope to another, and takes nothing from it", () =>
      over((store, journal) =>
        Effect.gen(function* () {
          yield* learn(store, journal, ["My dog is called Luna.", "Always answer in German."])
          for (const scope of [bob, scopeFor("alice", "other"), scopeFor("alice", "main", "acme")]) {
            assert.deepStrictEqual(yield* store.page(scope, 0, 10), [])
            assert.deepStrictEqual(yield* store.statements(scope, 0, 10), [])
            const nothing = { facts: [], edges: [], instructions: [] }
            assert.deepStrictEqual(yield* store.about(scope, lookups("dog Luna"), 10), nothing)
            assert.deepStrictEqual(yield* store.sources(scope, [1]), [])
            assert.isUndefined(yield* store.last(scope))
            assert.strictEqual((yield* store.counts(scope)).statements, 0)
            assert.strictEqual(yield* store.forget(scope, { _tag: "all" }), 0)
            assert.strictEqual(yield* store.forget(scope, { _tag: "facts", facts: [1] }), 0)
            assert.strictEqual(yield* store.forget(scope, { _tag: "turns", turns: [turnOf(0)] }), 0)
          }
          assert.deepStrictEqual(yield* store.scopes, [alice])
          assert.strictEqual((yield* store.last(alice))?.said.value, "Luna")
        })
      )
    )

    it.effect("T29: keeps any Unicode, and finds it again", () =>
      over((store) =>
        Effect.gen(function* () {
          const names = ["\u0130stanbul", "\u1e9ea", "\u{1f436}Rex", "e\u0301", "\ufb03"]
          for (const [i, value] of names.entries()) {
            const statements = [
              { about: { role: "dog", name: value }, attribute: "name", value, mode: "holds", confidence: 1 } as const
            ]
            yield* store.learn(alice, { turn: undefined, origin: "import", at: i, day: i, statements })
          }
          assert.deepStrictEqual(
            (yield* store.page(alice, 0, 10)).map(({ about }) => about.name),
            names
          )
          for (const value of names) {
            const { facts: found } = yield* store.about(alice, lookups(`how is ${value}?`), 10)
            assert.isTrue(
              found.some((fact) => fact.value === value),
              value
            )
          }
        })
      )
    )
  })
}
