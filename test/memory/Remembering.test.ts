import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { TestClock } from "effect/testing"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import type { SQLInputValue } from "node:sqlite"
import * as JournalTurns from "../../layers/memory/JournalTurns.ts"
import * as LocalRecall from "../../layers/memory/LocalRecall.ts"
import * as Promptly from "../../layers/memory/Promptly.ts"
import * as RememberingLayer from "../../layers/memory/Remembering.ts"
import * as SqliteMemory from "../../layers/memory/SqliteMemory.ts"
import * as StaticEmbedder from "../../layers/memory/StaticEmbedder.ts"
import { type Database, Store } from "../../layers/store/Store.ts"
import type { TurnId } from "../../src/domain/Ids.ts"
import { MemoryError, MemoryUnavailable } from "../../src/memory/MemoryError.ts"
import { MemoryStore } from "../../src/memory/MemoryStore.ts"
import { Recall } from "../../src/memory/Recall.ts"
import { Learner, Remembering } from "../../src/memory/Remembering.ts"
import { TurnSource } from "../../src/memory/TurnSource.ts"
import { SessionStore } from "../../src/session/SessionStore.ts"
import type { TurnEvent } from "../../src/session/TurnEvent.ts"
import { TurnWatch } from "../../src/session/TurnWatch.ts"
import { acceptance, askerOf, folder, instanceOf, keyOf, noon, receipt, storeAt } from "../session/fixtures.ts"
import { scopeFor } from "./fixtures.ts"

type World = SessionStore | Store | MemoryStore | TurnSource | Recall | Remembering

const memoryAt = (path: string): Layer.Layer<World> =>
  RememberingLayer.layer.pipe(
    Layer.provideMerge(LocalRecall.layer),
    Layer.provideMerge(Layer.mergeAll(SqliteMemory.layer, JournalTurns.layer, StaticEmbedder.layer)),
    Layer.provideMerge(storeAt(path))
  )

const inMemory = <A, E>(effect: Effect.Effect<A, E, World>) => effect.pipe(Effect.provide(memoryAt(":memory:")))

/** A turn as the agent leaves it: its answer in two events. */
const converse = Effect.fnUntraced(function* (n: number, content: string, answer: string, principal = "alice") {
  const sessions = yield* SessionStore
  const taken = acceptance(n, {
    content,
    asker: askerOf(principal),
    key: keyOf("main", { account: principal }),
    at: noon + n * 60_000
  })
  const accepted = yield* sessions.accept(taken)
  assert.strictEqual(accepted._tag, "accepted")
  const session = accepted._tag === "accepted" ? accepted.session : ""
  const next = yield* sessions.next(session, instanceOf(1), noon)
  assert.strictEqual(next._tag, "turn")
  const half = Math.ceil(answer.length / 2)
  for (const text of [answer.slice(0, half), answer.slice(half)]) {
    yield* sessions.append(taken.id, [{ type: "text", data: { text } }])
  }
  yield* sessions.finish(taken.id, { status: "done", stopReason: "end_turn", receipt, at: taken.at + 1000 })
  return taken.id
})

const alice = scopeFor("alice")

/** How SQLite finds the rows of each query for turns, instead of what they hold. */
const plansOf = Effect.fnUntraced(function* (
  ask: (source: TurnSource["Service"]) => Effect.Effect<unknown, MemoryError>
) {
  const plans: Array<string> = []
  const explained = (db: Database): Database => {
    const note = (sql: string, params: ReadonlyArray<SQLInputValue>) => {
      const steps = db.all(`EXPLAIN QUERY PLAN ${sql}`, ...params).map(({ detail }) => String(detail))
      plans.push(steps.find((step) => /turns/.test(step)) ?? "")
    }
    return {
      ...db,
      get: (sql, ...params) => (note(sql, params), { found: 1 }),
      all: (sql, ...params) => (note(sql, params), [])
    }
  }
  const watched = Layer.effect(
    Store,
    Effect.map(Store, (store): Store["Service"] => ({
      ...store,
      read: (query) => store.read((db) => query(explained(db)))
    }))
  ).pipe(Layer.provide(storeAt(":memory:")))
  yield* Effect.flatMap(TurnSource, ask).pipe(Effect.provide(JournalTurns.layer.pipe(Layer.provide(watched))))
  return plans
})

const lines = Effect.map(
  Effect.flatMap(MemoryStore, (store) => store.page(alice, 0, 100)),
  (turns) => turns.map(({ role, text }) => `${role}: ${text}`)
)
const catchUp = Effect.flatMap(Remembering, (remembering) => remembering.catchUp(alice))

// the store writes in later turns of the event loop
const turnOfLoop = Effect.callback<void>((resume) => void setImmediate(() => resume(Effect.void)))
const untilRemembered = (turns: number) =>
  Effect.flatMap(Remembering, ({ progress }) =>
    Effect.repeat(Effect.andThen(turnOfLoop, progress), { until: ({ remembered }) => remembered === turns })
  )

describe("what the journal has", () => {
  it.effect("is in memory once a scope is caught up, both halves, and only once", () =>
    inMemory(
      Effect.gen(function* () {
        yield* converse(1, "My dog is called Biscuit.", "What a lovely name!")
        yield* catchUp
        yield* catchUp
        const expected = ["user: My dog is called Biscuit.", "assistant: What a lovely name!"]
        assert.deepStrictEqual(yield* lines, expected)
        yield* converse(2, "And the cat is Tom.", "Noted.")
        yield* catchUp
        assert.deepStrictEqual(yield* lines, [...expected, "user: And the cat is Tom.", "assistant: Noted."])
      })
    )
  )

  it.effect("is looked for among what is not in memory yet, and not among all that was ever said", () =>
    Effect.gen(function* () {
      const [all] = yield* plansOf((source) => source.pending(16))
      assert.match(all ?? "", /INDEX turns_unremembered$/)
      const own = yield* plansOf((source) => source.pending(16, alice))
      assert.lengthOf(own, 2)
      for (const plan of own) assert.match(plan, /INDEX turns_unremembered_of \(tenant=\? AND principal=\?\)/)
    })
  )

  it.effect("is not there while the turn runs", () =>
    inMemory(
      Effect.gen(function* () {
        const sessions = yield* SessionStore
        yield* sessions.accept(acceptance(1))
        yield* catchUp
        assert.deepStrictEqual(yield* lines, [])
      })
    )
  )

  it.effect("comes into memory by itself, oldest first, whoever it belongs to", () =>
    inMemory(
      Effect.gen(function* () {
        for (let n = 1; n <= 20; n++) yield* converse(n, `fact ${n}`, "ok", n % 2 === 0 ? "alice" : "bob")
        const remembering = yield* Remembering
        assert.deepStrictEqual(yield* remembering.progress, { pending: 20, remembered: 0 })
        yield* TestClock.adjust("10 seconds")
        yield* untilRemembered(20)
        assert.deepStrictEqual(yield* remembering.progress, { pending: 0, remembered: 20 })
        const store = yield* MemoryStore
        assert.deepStrictEqual(
          (yield* store.page(scopeFor("bob"), 0, 3)).map(({ text }) => text),
          ["fact 1", "ok", "fact 3"]
        )
      })
    )
  )

  it.effect("comes into memory right after the answer, and others who watch turns still see them", () => {
    const seen: Array<string> = []
    const elsewhere = Layer.succeed(TurnWatch, (turn, events) => {
      seen.push(`${turn.id}: ${events.map(({ body }) => body.type).join(" ")}`)
    })
    return Effect.gen(function* () {
      const remembering = yield* Remembering
      const watch = yield* TurnWatch
      const told = (id: TurnId, body: TurnEvent["body"]) =>
        watch({ id, tenant: alice.tenant, principal: alice.principal, session: keyOf("main", { account: "alice" }) }, [
          { turnId: id, seq: 1, body }
        ])
      const first = yield* converse(1, "My dog is called Biscuit.", "What a lovely name!")
      told(first, { type: "text", data: { text: "What a lovely name!" } })
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* lines, [])
      told(first, { type: "done", data: { stopReason: "end_turn" } })
      yield* TestClock.adjust("10 millis")
      yield* untilRemembered(1)
      assert.strictEqual((yield* lines).length, 2)
      // the next one, too, and one that ends while the background is at it
      const second = yield* converse(2, "And the cat is Tom.", "Noted.")
      told(second, { type: "done", data: { stopReason: "end_turn" } })
      yield* TestClock.adjust("10 millis")
      const third = yield* converse(3, "And the fish is Bob.", "Noted.")
      told(third, { type: "done", data: { stopReason: "end_turn" } })
      yield* TestClock.adjust("10 millis")
      yield* TestClock.adjust("10 millis")
      yield* untilRemembered(3)
      assert.deepStrictEqual(yield* remembering.progress, { pending: 0, remembered: 3 })
      assert.deepStrictEqual(seen, [`${first}: text`, `${first}: done`, `${second}: done`, `${third}: done`])
    }).pipe(
      Effect.provide(Promptly.layer.pipe(Layer.provideMerge(memoryAt(":memory:")), Layer.provideMerge(elsewhere)))
    )
  })

  it.effect("is derived again where a process died before it was remembered, without repetition", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const path = join(yield* folder, "exoclaw.db")
        yield* Effect.provide(
          Effect.gen(function* () {
            yield* converse(1, "first", "one")
            yield* converse(2, "second", "two")
            // the process dies behind the first transaction: the second turn was read, and is not written
            const recall = yield* Recall
            const source = yield* TurnSource
            const [first] = yield* source.pending(1)
            if (first !== undefined) yield* recall.remember(first.scope, first.said)
          }),
          memoryAt(path)
        )
        yield* Effect.provide(
          Effect.gen(function* () {
            yield* catchUp
            assert.deepStrictEqual(yield* lines, ["user: first", "assistant: one", "user: second", "assistant: two"])
          }),
          memoryAt(path)
        )
      })
    )
  )

  it.effect("stays forgotten: what was removed does not come back from the journal, which has lost it too", () =>
    inMemory(
      Effect.gen(function* () {
        const turn = yield* converse(1, "secret", "told")
        yield* converse(2, "kept", "told too")
        yield* catchUp
        const store = yield* MemoryStore
        assert.strictEqual(yield* store.remove(alice, { _tag: "ids", ids: [`${turn}:user`] }), 2)
        const sessions = yield* SessionStore
        assert.isUndefined(yield* sessions.load(turn))
        yield* catchUp
        assert.deepStrictEqual(yield* lines, ["user: kept", "assistant: told too"])
      })
    )
  )

  it.effect("leaves memory with its session", () =>
    inMemory(
      Effect.gen(function* () {
        yield* converse(1, "gone", "soon")
        yield* catchUp
        const sessions = yield* SessionStore
        const store = yield* MemoryStore
        const { generation } = yield* store.counts(alice)
        const found = yield* sessions.find(askerOf("alice"), "main:websocket:alice:main")
        assert.strictEqual(yield* sessions.clear(found?.id ?? "", askerOf("alice"), 0), 1)
        assert.deepStrictEqual(yield* lines, [])
        assert.notStrictEqual((yield* store.counts(alice)).generation, generation)
      })
    )
  )

  it.effect("is kept once: memory refers to the journal's text", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const path = join(yield* folder, "exoclaw.db")
        const marker = "Quetzalcoatlus northropi"
        yield* Effect.provide(
          Effect.gen(function* () {
            yield* converse(1, `The pterosaur is ${marker}.`, "Indeed.")
            yield* catchUp
            assert.strictEqual((yield* lines)[0], `user: The pterosaur is ${marker}.`)
          }),
          memoryAt(path)
        )
        const text = readFileSync(path).toString("latin1")
        assert.strictEqual(text.split(marker).length - 1, 1)
      })
    )
  )

  it.effect("T26: is nobody else's, even where somebody names the turn", () =>
    inMemory(
      Effect.gen(function* () {
        const turn = yield* converse(1, "alice's secret", "told")
        yield* catchUp
        const store = yield* MemoryStore
        const recall = yield* Recall
        const stolen = {
          id: "stolen",
          conversation: "c",
          at: 0,
          role: "user" as const,
          speaker: undefined,
          text: "x",
          turn: turn as TurnId
        }
        assert.strictEqual(yield* recall.remember(scopeFor("bob"), [stolen]), 0)
        assert.deepStrictEqual(yield* store.page(scopeFor("bob"), 0, 10), [])
      })
    )
  )
})

describe("a learner", () => {
  const told: Array<string> = []
  const failing = { now: true }
  const learner = Layer.succeed(Learner, (finished) =>
    Effect.suspend(() => {
      told.push(finished.turn)
      return failing.now
        ? Effect.fail(new MemoryError({ reason: new MemoryUnavailable({ cause: "away" }) }))
        : Effect.void
    })
  )

  it.effect("hears of a turn before it counts as remembered, and again where it failed", () =>
    Effect.gen(function* () {
      const turn = yield* converse(1, "I moved to Oslo.", "How nice.")
      assert.strictEqual((yield* Effect.flip(catchUp)).reason._tag, "MemoryUnavailable")
      assert.deepStrictEqual(yield* lines, [])
      failing.now = false
      yield* catchUp
      yield* catchUp
      assert.deepStrictEqual(told, [turn, turn])
      assert.strictEqual((yield* lines).length, 2)
    }).pipe(
      Effect.provide(
        RememberingLayer.layer.pipe(
          Layer.provide(learner),
          Layer.provideMerge(LocalRecall.layer),
          Layer.provideMerge(Layer.mergeAll(SqliteMemory.layer, JournalTurns.layer, StaticEmbedder.layer)),
          Layer.provideMerge(storeAt(":memory:"))
        )
      )
    )
  )

  it.effect("that breaks holds up no other turn", () =>
    Effect.gen(function* () {
      yield* converse(1, "first", "one")
      yield* converse(2, "second", "two")
      yield* catchUp
      assert.strictEqual((yield* lines).length, 4)
    }).pipe(
      Effect.provide(
        RememberingLayer.layer.pipe(
          Layer.provide(Layer.succeed(Learner, () => Effect.die("broken"))),
          Layer.provideMerge(LocalRecall.layer),
          Layer.provideMerge(Layer.mergeAll(SqliteMemory.layer, JournalTurns.layer, StaticEmbedder.layer)),
          Layer.provideMerge(storeAt(":memory:"))
        )
      )
    )
  )
})
