import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import { readFileSync } from "node:fs"
import { lookups } from "../../src/memory/facts/FactKey.ts"
import { fold } from "../../src/memory/facts/MapIndex.ts"
import { FactStore } from "../../src/memory/FactStore.ts"
import type { MemoryScope } from "../../src/memory/MemoryScope.ts"
import { lesson, overStores, turnOf } from "./factFixtures.ts"
import { factStoreContract } from "./factStoreContract.ts"
import { scopeFor } from "./fixtures.ts"

const over = overStores(FactStore)
for (const [name, run] of Object.entries(over)) factStoreContract(name, run)

interface Example {
  readonly say: string
  readonly facts?: ReadonlyArray<string>
  readonly instructions?: ReadonlyArray<string>
}
const sentences = (
  JSON.parse(readFileSync(new URL("./extract/statements.json", import.meta.url), "utf8")) as ReadonlyArray<Example>
)
  .filter(({ facts, instructions }) => (facts ?? instructions) !== undefined)
  .map(({ say }) => say)
/** Few matters, so that sentences meet. */
const crowded = sentences.filter((say) => /dog|cat|sister|live|moved|work|colour|answer|name/i.test(say))

const scopes: ReadonlyArray<MemoryScope> = [
  scopeFor("alice"),
  scopeFor("bob"),
  scopeFor("alice", "other"),
  scopeFor("alice", "main", "acme")
]

type Operation =
  | { readonly _tag: "learn" | "import"; readonly scope: number; readonly turn: number; readonly say: string }
  | { readonly _tag: "forgetTurn"; readonly scope: number; readonly turn: number }
  | { readonly _tag: "forgetFact"; readonly scope: number; readonly place: number }
  | { readonly _tag: "loseTurn"; readonly turn: number }
  | { readonly _tag: "trim"; readonly scope: number; readonly keep: number }
  | { readonly _tag: "ask"; readonly scope: number; readonly say: string }

const scope = fc.nat({ max: scopes.length - 1 })
const turns = 40
const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      _tag: fc.constant("learn" as const),
      scope,
      turn: fc.nat({ max: turns - 1 }),
      say: fc.oneof(fc.constantFrom(...crowded), fc.constantFrom(...sentences))
    })
  },
  {
    weight: 2,
    arbitrary: fc.record({ _tag: fc.constant("forgetTurn" as const), scope, turn: fc.nat({ max: turns - 1 }) })
  },
  { weight: 2, arbitrary: fc.record({ _tag: fc.constant("forgetFact" as const), scope, place: fc.nat({ max: 20 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      _tag: fc.constant("import" as const),
      scope,
      turn: fc.nat({ max: turns - 1 }),
      say: fc.constantFrom(...crowded)
    })
  },
  { weight: 1, arbitrary: fc.record({ _tag: fc.constant("loseTurn" as const), turn: fc.nat({ max: turns - 1 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({ _tag: fc.constant("trim" as const), scope, keep: fc.integer({ min: 5, max: 30 }) })
  },
  { weight: 4, arbitrary: fc.record({ _tag: fc.constant("ask" as const), scope, say: fc.constantFrom(...crowded) }) }
)

/** A turn belongs to one scope: the same number in another scope is another turn. */
const turnIn = (at: number, turn: number) => turnOf(at * 1_000 + turn)

/** Everything a scope shows, by whatever way it is asked. */
const everything = Effect.fnUntraced(function* (store: FactStore["Service"], at: MemoryScope) {
  return {
    page: yield* store.page(at, 0, 10_000),
    statements: yield* store.statements(at, 0, 10_000),
    instructions: (yield* store.about(at, [], 0)).instructions,
    counts: yield* store.counts(at),
    last: yield* store.last(at)
  }
})

/** Runs operations, and gives what was shown on the way and at the end. */
const play = (run: (typeof over)["SqliteFacts"], operations: ReadonlyArray<Operation>, only?: number) =>
  run((store, journal) =>
    Effect.gen(function* () {
      for (const [i, at] of scopes.entries()) {
        yield* journal.add(
          at,
          Array.from({ length: turns }, (_, turn) => turnIn(i, turn))
        )
      }
      const lost = new Set<string>()
      const seen: Array<unknown> = []
      for (const step of operations) {
        if (only !== undefined && "scope" in step && step.scope !== only) continue
        switch (step._tag) {
          case "learn": {
            const turn = turnIn(step.scope, step.turn)
            // a journal that lost a message gives it to nobody
            if (lost.has(turn)) break
            const at = scopes[step.scope]
            if (at !== undefined) seen.push(yield* store.learn(at, { ...lesson(step.say, step.turn), turn }))
            break
          }
          case "import": {
            const at = scopes[step.scope]
            const imported = { ...lesson(step.say, step.turn), turn: undefined, origin: "import" as const }
            if (at !== undefined) seen.push(yield* store.learn(at, imported))
            break
          }
          case "forgetTurn": {
            const at = scopes[step.scope]
            const turn = turnIn(step.scope, step.turn)
            if (at !== undefined) seen.push(yield* store.forget(at, { _tag: "turns", turns: [turn] }))
            break
          }
          case "forgetFact": {
            const at = scopes[step.scope]
            if (at === undefined) break
            const n = (yield* store.page(at, 0, 100))[step.place]?.n ?? 0
            const forget = step.place % 2 === 0 ? "facts" : "statements"
            seen.push(yield* store.sources(at, [n]), yield* store.connected(at, [n]))
            seen.push(
              yield* store.forget(
                at,
                forget === "facts" ? { _tag: forget, facts: [n] } : { _tag: forget, statements: [n] }
              )
            )
            break
          }
          case "loseTurn":
            for (const i of scopes.keys()) {
              if (only !== undefined && i !== only) continue
              lost.add(turnIn(i, step.turn))
              yield* journal.remove(turnIn(i, step.turn))
            }
            break
          case "trim": {
            const at = scopes[step.scope]
            if (at !== undefined) seen.push(yield* store.forget(at, { _tag: "beyond", keep: step.keep }))
            break
          }
          case "ask": {
            const at = scopes[step.scope]
            if (at === undefined) break
            seen.push(yield* store.about(at, lookups(step.say), 20))
          }
        }
      }
      return { seen, end: yield* Effect.forEach(scopes, (at) => everything(store, at)) }
    })
  )

describe("facts over random operations", () => {
  it("T26: 10,000 operations in four scopes show each what it would show alone, in both stores", async () => {
    let count = 0
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { minLength: 250, maxLength: 250 }), async (operations) => {
        count += operations.length
        const sqlite = await Effect.runPromise(play(over.SqliteFacts, operations))
        const twin = await Effect.runPromise(play(over.MemoryFacts, operations))
        assert.deepStrictEqual(sqlite, twin)
        for (const i of scopes.keys()) {
          const alone = await Effect.runPromise(play(over.MemoryFacts, operations, i))
          assert.deepStrictEqual(twin.end[i], alone.end[i])
        }
      }),
      { numRuns: 40 }
    )
    assert.isAtLeast(count, 10_000)
  }, 120_000)

  it("what is folded bit by bit is what is folded at once, and a forgotten message was never said", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...crowded), { maxLength: 25 }),
        fc.array(fc.nat({ max: 24 }), { maxLength: 8 }),
        (said, forgotten) => {
          const gone = new Set(forgotten)
          const lessons = said.map((say, i) => ({ i, ...lesson(say, i) }))
          const keep = <A extends { readonly i: number }>(all: ReadonlyArray<A>) => all.filter(({ i }) => !gone.has(i))
          const numbered = (all: typeof lessons) => {
            let n = 0
            return all.flatMap(({ statements, ...rest }) => statements.map((one) => ({ ...rest, n: ++n, said: one })))
          }
          const left = Effect.runSync(
            over.MemoryFacts((store) =>
              Effect.gen(function* () {
                const [alice] = scopes
                if (alice === undefined) return []
                for (const one of lessons) yield* store.learn(alice, one)
                yield* store.forget(alice, { _tag: "turns", turns: [...gone].map((i) => turnOf(i)) })
                return yield* store.page(alice, 0, 1_000)
              })
            )
          )
          const never = fold(numbered(keep(lessons)))
          const shownIn = [...never.rows.values()].filter(({ status }) => status !== "repeats" && status !== "applied")
          assert.deepStrictEqual(
            left.map(({ attribute, entity, from, object, status, until, value }) => [
              entity,
              attribute,
              value,
              object,
              status,
              from,
              until
            ]),
            shownIn.map(({ attribute, entity, from, object, status, until, value }) => [
              entity,
              attribute,
              value,
              object,
              status,
              from,
              until
            ])
          )
        }
      ),
      { numRuns: 150 }
    )
  })
})
