/** What every session store must do; run against each backend. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Context from "effect/Context"
import * as Scope from "effect/Scope"
import * as fc from "fast-check"
import type { InstanceFacts } from "../../src/domain/Instance.ts"
import { TenantId } from "../../src/domain/Ids.ts"
import { storageKey } from "../../src/domain/SessionKey.ts"
import { SessionStore } from "../../src/session/SessionStore.ts"
import type { EventBody } from "../../src/session/TurnEvent.ts"
import { acceptance, askerOf, idempotencyKey, instanceOf, keyOf, noon, receipt, turnId } from "./fixtures.ts"
import { type ModelTurn, SessionsModel } from "./sessionStoreModel.ts"

const text = (said: string): EventBody => ({ type: "text", data: { text: said } })
const id = (peer = "main") => storageKey(keyOf(peer))
const [one, two] = [instanceOf(1), instanceOf(2)]
const done = { status: "done", stopReason: "end_turn", receipt, at: noon } as const

/** A backend whose instances live as `lives` says; `again` opens the same store anew, where it outlives its scope. */
export interface Backend {
  readonly open: (lives: (instance: InstanceFacts) => boolean) => Layer.Layer<SessionStore>
  readonly again: boolean
}

type Command =
  | { readonly op: "accept"; readonly session: number; readonly key: number | null; readonly content: number }
  | { readonly op: "next" | "clear"; readonly session: number; readonly instance: number }
  | { readonly op: "say" | "answer" | "tool" | "result"; readonly session: number; readonly idempotent: boolean }
  | { readonly op: "finish"; readonly session: number; readonly status: "done" | "parked" | "failed" }
  | { readonly op: "suspend"; readonly session: number }
  | { readonly op: "crash"; readonly instance: number }
  | { readonly op: "cancel" | "reopen" | "proceed"; readonly pick: number }
  | { readonly op: "restart" }

const session = fc.nat({ max: 1 })
const instance = fc.nat({ max: 1 })
const commands: fc.Arbitrary<ReadonlyArray<Command>> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        op: fc.constant("accept" as const),
        session,
        key: fc.option(fc.nat({ max: 1 })),
        content: fc.nat({ max: 1 })
      })
    },
    { weight: 8, arbitrary: fc.record({ op: fc.constant("next" as const), session, instance }) },
    {
      weight: 5,
      arbitrary: fc.record({
        op: fc.constantFrom("say" as const, "answer" as const, "tool" as const, "result" as const),
        session,
        idempotent: fc.boolean()
      })
    },
    {
      weight: 5,
      arbitrary: fc.record({
        op: fc.constant("finish" as const),
        session,
        status: fc.constantFrom("done" as const, "parked" as const, "failed" as const)
      })
    },
    { weight: 3, arbitrary: fc.record({ op: fc.constant("suspend" as const), session }) },
    { weight: 3, arbitrary: fc.record({ op: fc.constant("crash" as const), instance }) },
    {
      weight: 4,
      arbitrary: fc.record({
        op: fc.constantFrom("cancel" as const, "reopen" as const, "proceed" as const),
        pick: fc.nat({ max: 9 })
      })
    },
    { weight: 1, arbitrary: fc.record({ op: fc.constant("clear" as const), session, instance }) },
    { weight: 1, arbitrary: fc.record({ op: fc.constant("restart" as const) }) }
  ),
  { maxLength: 60, size: "max" }
)

/** Runs the commands against the store and the model, and compares every answer. */
const interleave = (backend: Backend, run: ReadonlyArray<Command>) =>
  Effect.gen(function* () {
    const model = new SessionsModel(3)
    const open = Effect.gen(function* () {
      const scope = yield* Scope.make()
      const layer = backend.open((facts) => !model.dead.has(facts.pid))
      return { scope, store: Context.get(yield* Layer.buildWithScope(layer, scope), SessionStore) }
    })
    let opened = yield* open
    let turns = 0
    let instances = 2
    let tools = 0
    /** Which incarnation stands for the instance, and what it runs. */
    const alive = [instanceOf(1), instanceOf(2)]
    const facts = (i: number) => alive[i] ?? instanceOf(i + 1)
    const peer = (s: number) => `peer ${s}`
    const crash = (i: number) => {
      model.dead.add(facts(i).pid)
      alive[i] = instanceOf(++instances)
    }
    /** A living instance that is on the session right now would not ask again. */
    const busy = (s: number) => {
      const lease = model.leases.get(s)
      return model.running(s) !== undefined && lease !== undefined && !model.dead.has(lease)
    }
    const check = (turn: ModelTurn) =>
      Effect.gen(function* () {
        const stored = yield* opened.store.load(turnId(turn.n))
        assert.strictEqual(stored?.status, turn.status)
        const events = yield* opened.store.events(turnId(turn.n), 0, -1)
        assert.deepStrictEqual(
          events.map(({ seq }) => seq),
          events.map((_, i) => i + 1)
        )
        const ends = events.flatMap(({ body }, i) => (body.type === "done" ? [i] : []))
        const over = !["accepted", "running", "waiting"].includes(turn.status)
        assert.deepStrictEqual(ends, over ? [events.length - 1] : [])
      })

    const step = (command: Command) =>
      Effect.gen(function* () {
        const { store } = opened
        switch (command.op) {
          case "accept": {
            const n = ++turns
            const key = command.key === null ? undefined : `key-${command.key}`
            const content = `content ${command.content}`
            const expected = model.accept(n, command.session, key, content)
            const got = yield* store.accept(
              acceptance(n, {
                key: keyOf(peer(command.session)),
                content,
                idempotencyKey: key === undefined ? undefined : idempotencyKey(key),
                waitingLimit: model.limit
              })
            )
            const { _tag } = expected
            assert.deepInclude<object>(got, "n" in expected ? { _tag, turnId: turnId(expected.n) } : expected)
            return
          }
          case "next": {
            if (busy(command.session) && model.leases.get(command.session) === facts(command.instance).pid) return
            const expected = model.next(command.session, facts(command.instance).pid)
            const got = yield* store.next(id(peer(command.session)), facts(command.instance), noon)
            assert.strictEqual(got._tag, expected._tag)
            if (got._tag === "turn" && expected._tag === "turn") assert.strictEqual(got.turn.id, turnId(expected.n))
            return
          }
          case "say":
          case "answer":
          case "tool":
          case "result": {
            const turn = model.running(command.session)
            if (turn === undefined || !busy(command.session)) return
            if (command.op === "tool" ? turn.open : command.op === "result" && !turn.open) return
            if (command.op === "tool") tools += 1
            const tool = `tool-${tools}`
            const say = command.op === "say" || command.op === "answer" ? [text("x")] : []
            const written = yield* store.append(
              turnId(turn.n),
              say,
              command.op === "say"
                ? undefined
                : (events) =>
                    command.op === "answer"
                      ? {
                          kind: "model",
                          provider: "p",
                          model: "m",
                          textAfter: 0,
                          textThrough: events.at(-1)?.seq ?? 0,
                          calls: [],
                          finish: "stop"
                        }
                      : command.op === "tool"
                        ? { kind: "tool_intent", id: tool, name: "t", idempotent: command.idempotent }
                        : { kind: "tool_result", id: turn.tool, name: "t", isError: false, event: 1 }
            )
            assert.strictEqual(written.cancel, turn.cancel)
            if (command.op === "say") turn.said = true
            // an answer accounts for all that was said and is given after every result
            if (command.op === "answer") Object.assign(turn, { said: false, open: false })
            if (command.op === "tool" && !command.idempotent) Object.assign(turn, { open: true, tool })
            if (command.op === "result") turn.open = false
            return
          }
          case "finish": {
            const turn = model.running(command.session)
            if (turn === undefined || !busy(command.session)) return
            turn.status = command.status
            assert.isTrue(yield* store.finish(turnId(turn.n), { ...done, status: command.status }))
            assert.isFalse(yield* store.finish(turnId(turn.n), done))
            return
          }
          case "suspend": {
            const turn = model.running(command.session)
            if (turn === undefined || !busy(command.session)) return
            assert.strictEqual(yield* store.suspend(turnId(turn.n), noon), model.suspend(turn))
            assert.isUndefined(yield* store.suspend(turnId(turn.n), noon))
            return
          }
          case "crash":
            return crash(command.instance)
          case "cancel":
          case "proceed":
          case "reopen": {
            const turn = model.turns[command.pick % Math.max(1, model.turns.length)]
            if (turn === undefined) return
            if (command.op === "cancel") {
              assert.strictEqual(yield* store.requestCancel(turnId(turn.n), noon), model.cancel(turn))
            } else if (command.op === "proceed") {
              assert.strictEqual(yield* store.proceed(turnId(turn.n)), model.proceed(turn))
            } else assert.strictEqual(yield* store.reopen(turnId(turn.n)), model.reopen(turn))
            return
          }
          case "clear":
            assert.strictEqual(
              yield* store.clear(id(peer(command.session)), askerOf("alice"), 0),
              model.clear(command.session)
            )
            return
          case "restart":
            if (!backend.again) return
            yield* Scope.close(opened.scope, Exit.void)
            crash(0)
            crash(1)
            opened = yield* open
        }
      })

    yield* Effect.gen(function* () {
      for (const command of run) yield* step(command)
      // whatever happened: after the death of everybody, a newcomer brings every turn to an end, once and in order
      crash(0)
      crash(1)
      const waits = model.turns.filter(({ status }) => status === "waiting")
      assert.deepStrictEqual(
        yield* opened.store.waiting,
        waits.map(({ n }) => turnId(n))
      )
      for (const turn of waits) assert.strictEqual(yield* opened.store.proceed(turnId(turn.n)), model.proceed(turn))
      const unclaimed = new Map(model.turns.map((turn) => [turn.n, turn.status]))
      for (const s of [0, 1]) {
        const order: Array<number> = []
        for (;;) {
          const expected = model.next(s, facts(0).pid)
          const got = yield* opened.store.next(id(peer(s)), facts(0), noon)
          assert.strictEqual(got._tag, expected._tag)
          if (got._tag !== "turn" || expected._tag !== "turn") break
          assert.strictEqual(got.turn.id, turnId(expected.n))
          order.push(expected.n)
          yield* step({ op: "finish", session: s, status: "done" })
        }
        const positions = order.map((n) => model.turns.findIndex((turn) => turn.n === n))
        assert.deepStrictEqual(
          positions,
          positions.toSorted((a, b) => a - b)
        )
      }
      for (const turn of model.turns) {
        assert.notInclude(["accepted", "running"], turn.status)
        // what was over was not touched again
        const before = unclaimed.get(turn.n)
        if (before !== "accepted" && before !== "running") assert.strictEqual(turn.status, before)
        yield* check(turn)
      }
      assert.deepStrictEqual(yield* opened.store.orphans(facts(0).id), [])
    }).pipe(Effect.ensuring(Effect.suspend(() => Scope.close(opened.scope, Exit.void))))
  })

export const sessionStoreContract = (name: string, backend: () => Effect.Effect<Backend, never, Scope.Scope>) => {
  /** A fresh store, and who is dead. */
  const fresh = <A, E>(test: (store: SessionStore["Service"], dead: Set<string>) => Effect.Effect<A, E>) =>
    Effect.gen(function* () {
      const dead = new Set<string>()
      const { open } = yield* backend()
      const store = Context.get(yield* Layer.build(open((facts) => !dead.has(facts.id))), SessionStore)
      return yield* test(store, dead)
    })

  describe(`SessionStore: ${name}`, () => {
    it("T34: whatever is accepted, claimed, crashed and reopened in whatever order, no turn is lost and none runs twice", () =>
      fc.assert(
        fc.asyncProperty(commands, (run) =>
          Effect.runPromise(Effect.scoped(Effect.flatMap(backend(), (opened) => interleave(opened, run))))
        ),
        { numRuns: 60 }
      ))

    it.effect("journals a message with its accepted event before it answers", () =>
      fresh((store) =>
        Effect.gen(function* () {
          const accepted = yield* store.accept(acceptance(1))
          assert.deepStrictEqual(accepted, { _tag: "accepted", turnId: turnId(1), session: id() })
          assert.deepStrictEqual(yield* store.events(turnId(1), 0, 10), [
            { turnId: turnId(1), seq: 1, body: { type: "accepted", data: {} } }
          ])
        })
      )
    )

    it.effect("keeps any text as it was, but for lone surrogates", () =>
      fresh((store) =>
        Effect.promise(() => {
          let n = 0
          return fc.assert(
            fc.asyncProperty(fc.string({ unit: "binary" }), (content) =>
              Effect.runPromise(
                Effect.gen(function* () {
                  yield* store.accept(acceptance(++n, { content, waitingLimit: 1_000 }))
                  assert.strictEqual((yield* store.load(turnId(n)))?.content, content.toWellFormed())
                })
              )
            ),
            { examples: [["\ud800"], ["a\u0000b"], ["\ud83d\ude00"]] }
          )
        })
      )
    )

    it.effect(
      "answers a repeated key with the first turn, for the same principal, session and content, for 24 hours",
      () =>
        fresh((store) =>
          Effect.gen(function* () {
            const key = idempotencyKey("k")
            const day = 24 * 60 * 60 * 1000
            const ask = (n: number, part: Parameters<typeof acceptance>[1] = {}) =>
              store.accept(acceptance(n, { content: "hello \ud800", idempotencyKey: key, ...part }))
            assert.strictEqual((yield* ask(1))._tag, "accepted")
            assert.deepInclude(yield* ask(2), { _tag: "repeated", turnId: turnId(1) })
            assert.strictEqual((yield* ask(3, { content: "other" }))._tag, "key_reused")
            assert.strictEqual((yield* ask(4, { key: keyOf("elsewhere") }))._tag, "accepted")
            assert.strictEqual((yield* ask(5, { asker: askerOf("bob", { any: true }) }))._tag, "accepted")
            assert.deepInclude(yield* ask(6, { at: noon + day - 1 }), { _tag: "repeated", turnId: turnId(1) })
            assert.strictEqual((yield* ask(7, { at: noon + day }))._tag, "accepted")
            assert.strictEqual(yield* store.findByKey(askerOf("alice"), key), turnId(7))
            assert.strictEqual(yield* store.findByKey(askerOf("carol"), key), undefined)
          })
        )
    )

    it.effect("a repeated key is answered although the session is busy", () =>
      fresh((store) =>
        Effect.gen(function* () {
          const first = acceptance(1, { idempotencyKey: idempotencyKey("k"), waitingLimit: 1 })
          yield* store.accept(first)
          assert.deepStrictEqual(yield* store.accept(acceptance(2, { waitingLimit: 1 })), { _tag: "busy", waiting: 1 })
          assert.strictEqual((yield* store.accept({ ...first, id: turnId(3) }))._tag, "repeated")
        })
      )
    )

    it.effect("T6: a session belongs to the principal that opened it, a group's to its tenant", () =>
      fresh((store) =>
        Effect.gen(function* () {
          const group = keyOf("room", { conversation: { peer: "room", guild: "g" } })
          yield* store.accept(acceptance(1))
          yield* store.accept(acceptance(2, { key: group }))
          const bob = askerOf("bob")
          assert.strictEqual((yield* store.accept(acceptance(3, { asker: bob })))._tag, "not_yours")
          assert.strictEqual((yield* store.accept(acceptance(4, { asker: bob, key: group })))._tag, "accepted")
          assert.strictEqual((yield* store.accept(acceptance(5, { asker: { ...bob, any: true } })))._tag, "accepted")
          assert.strictEqual(yield* store.find(bob, "main:websocket:alice:main"), undefined)
          assert.strictEqual((yield* store.find({ ...bob, any: true }, "main:websocket:alice:main"))?.id, id())
        })
      )
    )

    it.effect("T26: nothing of a tenant is reached from another, whatever its principal may", () =>
      fresh((store) =>
        Effect.gen(function* () {
          yield* store.accept(acceptance(1, { idempotencyKey: idempotencyKey("k") }))
          const foreign = askerOf("alice", { any: true, tenant: TenantId.make("other") })
          assert.strictEqual((yield* store.accept(acceptance(2, { asker: foreign })))._tag, "not_yours")
          assert.strictEqual(yield* store.find(foreign, "main:websocket:alice:main"), undefined)
          assert.deepStrictEqual(yield* store.list(foreign, 10, undefined), [])
          assert.strictEqual(yield* store.findByKey(foreign, idempotencyKey("k")), undefined)
        })
      )
    )

    it.effect("a session that a living instance holds is elsewhere for every other; a dead one's is taken over", () =>
      fresh((store, dead) =>
        Effect.gen(function* () {
          yield* store.accept(acceptance(1))
          assert.strictEqual((yield* store.next(id(), one, noon))._tag, "turn")
          assert.strictEqual((yield* store.next(id(), two, noon))._tag, "elsewhere")
          assert.deepStrictEqual(yield* store.orphans(two.id), [])
          assert.deepStrictEqual(yield* store.orphans(one.id), [id()])
          dead.add(one.id)
          assert.deepStrictEqual(yield* store.orphans(two.id), [id()])
          const taken = yield* store.next(id(), two, noon)
          assert.strictEqual(taken._tag === "turn" && taken.turn.id, turnId(1))
        })
      )
    )

    it.effect("leases that are given back are free at once", () =>
      fresh((store) =>
        Effect.gen(function* () {
          yield* store.accept(acceptance(1))
          yield* store.next(id(), one, noon)
          yield* store.release(one.id)
          assert.strictEqual((yield* store.next(id(), two, noon))._tag, "turn")
        })
      )
    )

    it.effect("T33: a turn whose process died after it had said something is interrupted, with what it said", () =>
      fresh((store, dead) =>
        Effect.gen(function* () {
          yield* store.accept(acceptance(1))
          yield* store.next(id(), one, noon)
          yield* store.append(turnId(1), [text("half an ")])
          dead.add(one.id)
          assert.strictEqual((yield* store.next(id(), two, noon))._tag, "idle")
          const stored = yield* store.load(turnId(1))
          assert.deepInclude(stored, { status: "interrupted", stopReason: "interrupted", text: "half an " })
          assert.deepStrictEqual(
            stored?.events.map(({ body }) => body.type),
            ["accepted", "text", "notice", "done"]
          )
        })
      )
    )

    it.effect("a turn that waited goes on with its steps and its text, and says nothing in between", () =>
      fresh((store) =>
        Effect.gen(function* () {
          yield* store.accept(acceptance(1))
          yield* store.next(id(), one, noon)
          const said = { kind: "tool_intent", id: "a", name: "t", idempotent: false } as const
          yield* store.append(turnId(1), [text("so far")], () => said)
          assert.strictEqual(yield* store.suspend(turnId(1), noon), "waiting")
          // the lane is free for the next, nothing is written meanwhile, and nobody runs it anew
          yield* store.accept(acceptance(2))
          const between = yield* store.next(id(), one, noon)
          assert.strictEqual(between._tag === "turn" ? between.turn.id : undefined, turnId(2))
          assert.isTrue((yield* store.append(turnId(1), [text("stray")])).cancel)
          assert.isFalse(yield* store.reopen(turnId(1)))
          assert.deepStrictEqual(yield* store.orphans(two.id), [])
          yield* store.finish(turnId(2), done)
          assert.isTrue(yield* store.proceed(turnId(1)))
          assert.isFalse(yield* store.proceed(turnId(1)))
          const again = yield* store.next(id(), one, noon)
          if (again._tag !== "turn") return assert.fail(again._tag)
          assert.strictEqual(again.turn.text, "so far")
          assert.deepStrictEqual(again.turn.steps, [said])
          assert.deepStrictEqual(
            again.turn.events.map(({ body }) => body.type),
            ["accepted", "text"]
          )
        })
      )
    )

    it.effect("a waiting turn counts as open, is not deleted, and ends at once when it is cancelled", () =>
      fresh((store) =>
        Effect.gen(function* () {
          yield* store.accept(acceptance(1))
          yield* store.next(id(), one, noon)
          yield* store.suspend(turnId(1), noon)
          assert.strictEqual((yield* store.accept(acceptance(2, { waitingLimit: 1 })))._tag, "busy")
          assert.strictEqual(yield* store.clear(id(), askerOf("alice"), 0), 0)
          assert.strictEqual(yield* store.requestCancel(turnId(1), noon), "ended")
          assert.isFalse(yield* store.proceed(turnId(1)))
          assert.strictEqual((yield* store.load(turnId(1)))?.status, "cancelled")
        })
      )
    )

    it.effect("a reopened turn starts anew: no step, no earlier text, one done at its end", () =>
      fresh((store) =>
        Effect.gen(function* () {
          yield* store.accept(acceptance(1))
          yield* store.next(id(), one, noon)
          yield* store.append(turnId(1), [text("first")], () => ({
            kind: "tool_intent",
            id: "t",
            name: "t",
            idempotent: false
          }))
          yield* store.finish(turnId(1), { ...done, status: "parked", stopReason: "breaker" })
          assert.isTrue(yield* store.reopen(turnId(1)))
          const again = yield* store.next(id(), one, noon)
          assert.strictEqual(again._tag, "turn")
          if (again._tag !== "turn") return
          assert.deepInclude(again.turn, { text: "", steps: [], stopReason: null, receipt: null, attemptAfter: 3 })
          yield* store.append(turnId(1), [text("second")])
          yield* store.finish(turnId(1), done)
          const stored = yield* store.load(turnId(1))
          assert.strictEqual(stored?.text, "second")
          assert.deepStrictEqual(
            stored?.events.map(({ body, seq }) => `${seq} ${body.type}`),
            ["1 accepted", "2 text", "3 notice", "4 text", "5 done"]
          )
          assert.isFalse(yield* store.reopen(turnId(1)))
        })
      )
    )

    it.effect("what a turn was told and what it called is stored once and read back whole", () =>
      fresh((store) =>
        Effect.gen(function* () {
          yield* store.accept(acceptance(1))
          yield* store.next(id(), one, noon)
          const input = { text: "a", n: [1, { deep: null }] }
          const model = {
            kind: "model" as const,
            provider: "p",
            model: "m",
            textAfter: 1,
            textThrough: 2,
            calls: [
              { id: "c1", name: "echo", input },
              { id: "c2", name: "silent", input: { not: "told" } }
            ],
            finish: "tool-calls"
          }
          yield* store.append(
            turnId(1),
            [text("hm"), { type: "tool_call", data: { id: "c1", name: "echo", input } }],
            () => model
          )
          assert.deepStrictEqual((yield* store.load(turnId(1)))?.steps, [model])
        })
      )
    )

    it.effect("T23: knows where turns' text came from, with what was read for it, while they are there", () =>
      fresh((store) =>
        Effect.gen(function* () {
          for (const n of [1, 2]) {
            yield* store.accept(acceptance(n))
            yield* store.next(id(), one, noon)
            const step = { provider: "p", model: "m", textAfter: 1, textThrough: 2, calls: [], finish: "stop" }
            const origins = n === 1 ? (["user", "web"] as const) : (["user"] as const)
            yield* store.append(turnId(n), [text("hm")], () => ({ kind: "model", ...step, origins }))
            if (n === 2) {
              const result = { id: "c", name: "echo", content: "r", isError: false }
              const told = (events: ReadonlyArray<{ readonly seq: number }>) => events.at(-1)?.seq ?? 0
              yield* store.append(turnId(n), [{ type: "tool_result", data: result }], (events) => ({
                kind: "tool_result",
                id: "c",
                name: "echo",
                isError: false,
                event: told(events)
              }))
            }
            yield* store.finish(turnId(n), done)
          }
          const origins = yield* store.origins([turnId(2), turnId(1), turnId(2), turnId(9)])
          assert.sameMembers([...origins.keys()], [turnId(1), turnId(2)])
          assert.sameMembers([...(origins.get(turnId(1)) ?? [])], ["user", "web"])
          assert.sameMembers([...(origins.get(turnId(2)) ?? [])], ["user", "tool:echo"])
          assert.strictEqual((yield* store.origins([])).size, 0)
        })
      )
    )

    it.effect("history and recent show finished turns in order, pages do not overlap", () =>
      fresh((store) =>
        Effect.gen(function* () {
          for (const n of [1, 2, 3, 4]) {
            yield* store.accept(acceptance(n))
            yield* store.next(id(), one, noon)
            const call = { id: "c", name: "echo", input: { n } }
            yield* store.append(turnId(n), [
              { type: "tool_call", data: call },
              { type: "tool_result", data: { id: "c", name: "echo", content: `r${n}`, isError: false } },
              text(`answer ${n}`)
            ])
            yield* store.finish(turnId(n), n === 2 ? { ...done, status: "failed", stopReason: "error" } : done)
          }
          const names = (turns: ReadonlyArray<{ readonly assistant: string }>) =>
            turns.map(({ assistant }) => assistant)
          assert.deepStrictEqual(names(yield* store.history(id(), 2, undefined)), ["answer 3", "answer 4"])
          const page = yield* store.history(id(), 2, turnId(3))
          assert.deepStrictEqual(names(page), ["answer 1", "answer 2"])
          assert.deepStrictEqual(page[0]?.tools, [{ name: "echo", input: { n: 1 }, content: "r1", isError: false }])
          assert.deepStrictEqual(names(yield* store.recent(turnId(4), 5)), ["answer 1", "answer 3"])
          assert.deepStrictEqual(names(yield* store.recent(turnId(4), 1)), ["answer 3"])
        })
      )
    )

    it.effect("clear deletes what is over with its events, and leaves what is open", () =>
      fresh((store) =>
        Effect.gen(function* () {
          yield* store.accept(acceptance(1))
          yield* store.accept(acceptance(2))
          yield* store.next(id(), one, noon)
          yield* store.finish(turnId(1), done)
          assert.strictEqual(yield* store.clear(id(), askerOf("alice"), 0), 1)
          assert.strictEqual(yield* store.load(turnId(1)), undefined)
          assert.deepStrictEqual(yield* store.events(turnId(1), 0, 10), [])
          assert.strictEqual((yield* store.find(askerOf("alice"), "main:websocket:alice:main"))?.turns, 1)
          assert.strictEqual((yield* store.load(turnId(2)))?.status, "accepted")
        })
      )
    )

    it.effect("nothing is added to a turn that is over; its writer is told to stop", () =>
      fresh((store) =>
        Effect.gen(function* () {
          yield* store.accept(acceptance(1))
          yield* store.next(id(), one, noon)
          yield* store.finish(turnId(1), done)
          assert.deepStrictEqual(yield* store.append(turnId(1), [text("ghost")]), {
            events: [],
            step: undefined,
            cancel: true
          })
          assert.strictEqual((yield* store.events(turnId(1), 0, 10)).at(-1)?.body.type, "done")
        })
      )
    )

    it.effect(
      "a request to cancel is seen by the turn's writer and by its instance; after a crash it is carried out",
      () =>
        fresh((store, dead) =>
          Effect.gen(function* () {
            yield* store.accept(acceptance(1))
            yield* store.next(id(), one, noon)
            assert.strictEqual(yield* store.requestCancel(turnId(1), noon), "requested")
            assert.deepStrictEqual(yield* store.cancelRequests(one.id), [turnId(1)])
            assert.deepStrictEqual(yield* store.cancelRequests(two.id), [])
            assert.isTrue((yield* store.append(turnId(1), [])).cancel)
            dead.add(one.id)
            assert.strictEqual((yield* store.next(id(), two, noon))._tag, "idle")
            assert.strictEqual((yield* store.load(turnId(1)))?.status, "cancelled")
            assert.strictEqual(yield* store.requestCancel(turnId(1), noon), "over")
          })
        )
    )
  })
}
