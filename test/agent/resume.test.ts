import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { join } from "node:path"
import type { ModelPart } from "../../src/model/ModelRequest.ts"
import { Inbox } from "../../src/session/Inbox.ts"
import { JournalUnavailable } from "../../src/session/SessionError.ts"
import type { SessionStore } from "../../src/session/SessionStore.ts"
import type { TurnEvent } from "../../src/session/TurnEvent.ts"
import { fake } from "../model/fixtures.ts"
import { folder, instanceOf } from "../session/fixtures.ts"
import { alice, follow, meanwhile, resultOf, send, until } from "../session/world.ts"
import { call, calls, finish, heldNow, type Options, skillName, text, world } from "./world.ts"

const rounds: ReadonlyArray<ReadonlyArray<ModelPart>> = [
  [text("Let me see. "), call("echo", { text: "a" }), call("echo", { text: "b" }), calls],
  [call("count", {}), calls],
  [text("Done."), finish(10, 2)]
]

/** A vendor without a memory: what it says depends on what it is shown alone. */
const adapter = fake(({ messages }) =>
  Stream.fromIterable(rounds[messages.filter(({ role }) => role === "assistant").length] ?? [])
)

/** What was said and done since the turn last began anew, with pieces of one text put together. */
const transcript = (events: ReadonlyArray<TurnEvent>): ReadonlyArray<string> => {
  const last = events.findLastIndex(({ body }) => body.type === "notice" && body.data.code === "retry")
  const lines: Array<string> = []
  let open = false
  for (const { body } of events.slice(last + 1)) {
    if (body.type === "text" && open) lines.push(`${lines.pop()}${body.data.text}`)
    else if (body.type === "text") lines.push(body.data.text)
    else if (body.type === "tool_call" || body.type === "tool_result") lines.push(JSON.stringify(body))
    open = body.type === "text"
  }
  return lines
}

/** A store whose process dies with the k-th thing it appends: that is committed, and nothing after it happens. */
const dyingAt = (k: number) => {
  let appended = 0
  let dead = false
  const gone = Effect.fail(new JournalUnavailable({ cause: "dead" }))
  const wrap = (store: SessionStore["Service"]): SessionStore["Service"] => ({
    ...store,
    append: (...args) =>
      Effect.suspend(() => {
        if (dead) return gone
        appended += 1
        dead = appended === k
        return dead ? Effect.andThen(store.append(...args), gone) : store.append(...args)
      }),
    finish: (...args) => Effect.suspend(() => (dead ? gone : store.finish(...args))),
    next: (...args) => Effect.suspend(() => (dead ? gone : store.next(...args))),
    release: (...args) => Effect.suspend(() => (dead ? gone : store.release(...args)))
  })
  return { wrap, isDead: () => dead }
}

/** Runs a turn whose process dies at the k-th append; then goes on in another one, and retries where that is needed. */
const crashAt = (k: number, options: Omit<Options, "adapters">) =>
  Effect.gen(function* () {
    const path = join(yield* folder, "exoclaw.db")
    const { isDead, wrap } = dyingAt(k)
    const lives = ({ id }: { readonly id: string }) => id !== instanceOf(1).id
    const first = yield* Scope.make()
    const before = yield* Layer.buildWithScope(
      Layer.fresh(
        world({ ...options, adapters: [adapter], path, wrapStore: wrap, instance: instanceOf(1), lives: () => true })
      ),
      first
    )
    const turn = yield* Effect.provide(send("hi"), before)
    yield* until(
      "the first process is through",
      Effect.gen(function* () {
        const { lanes } = yield* (yield* Inbox).load
        return lanes === 0
      }).pipe(Effect.provide(before))
    )
    yield* Scope.close(first, Exit.void)
    const crashed = isDead()
    return yield* Effect.gen(function* () {
      const inbox = yield* Inbox
      let result = yield* meanwhile(resultOf(turn))
      const interrupted = result.stopReason === "interrupted"
      if (interrupted) {
        yield* alice(inbox.retry(turn))
        result = yield* meanwhile(resultOf(turn))
      }
      const events = yield* follow(turn)
      assert.deepStrictEqual(
        events.map(({ seq }) => seq),
        events.map((_, i) => i + 1)
      )
      assert.strictEqual(yield* heldNow, 0)
      return { crashed, interrupted, result, lines: transcript(events) }
    }).pipe(
      Effect.provide(Layer.fresh(world({ ...options, adapters: [adapter], path, instance: instanceOf(2), lives })))
    )
  })

const toolsThatCount = (idempotent: boolean) => {
  const ran = new Map<string, number>()
  const count = (key: string) => ran.set(key, (ran.get(key) ?? 0) + 1)
  return {
    ran,
    tools: [
      {
        name: "echo",
        idempotent,
        run: ({ text: said }: { readonly [key: string]: unknown }) =>
          Effect.sync(() => {
            count(`echo ${String(said)}`)
            return `${String(said)}!`
          })
      },
      {
        name: "count",
        idempotent,
        run: () =>
          Effect.sync(() => {
            count("count")
            return "3"
          })
      }
    ]
  }
}

describe("a turn whose process dies", () => {
  it.effect("T34: after any journalled step goes on elsewhere to the same end, or says that it was interrupted", () =>
    Effect.gen(function* () {
      const whole = yield* crashAt(0, { tools: toolsThatCount(true).tools })
      assert.isFalse(whole.crashed)
      assert.strictEqual(whole.result.text, "Let me see. Done.")
      const interrupted: Array<number> = []
      let k = 1
      for (; k < 100; k++) {
        const { ran, tools } = toolsThatCount(true)
        const again = yield* crashAt(k, { tools })
        if (!again.crashed) break
        if (again.interrupted) interrupted.push(k)
        assert.deepStrictEqual(again.lines, whole.lines, `after append ${k}`)
        assert.strictEqual(again.result.text, whole.result.text)
        for (const times of ran.values()) assert.isAtMost(times, 2)
      }
      // it dies with its text before the answer is journalled, twice: what was said may not be said again by itself
      assert.isAbove(k, 10)
      assert.lengthOf(interrupted, 2)
    })
  )

  it.effect("a tool that may not run twice does not, unless somebody asks to run the turn anew", () =>
    Effect.gen(function* () {
      let unknown = 0
      for (let k = 1; k < 100; k++) {
        const { ran, tools } = toolsThatCount(false)
        const again = yield* crashAt(k, { tools })
        if (!again.crashed) break
        assert.strictEqual(again.result.text, "Let me see. Done.")
        if (again.interrupted) unknown += 1
        else for (const [name, times] of ran) assert.strictEqual(times, 1, `${name} after append ${k}`)
      }
      assert.isAbove(unknown, 2)
    })
  )

  it.effect("a skill whose answer is not known is not asked again by itself", () =>
    Effect.gen(function* () {
      let asked = 0
      const skill = (said: string) =>
        Effect.sync(() => {
          asked += 1
          return `${said}!`
        })
      const whole = yield* crashAt(0, { skill, agent: { skill: skillName } })
      assert.strictEqual(whole.result.text, "hi!")
      asked = 0
      const open = yield* crashAt(1, { skill, agent: { skill: skillName } })
      assert.isTrue(open.interrupted)
      assert.strictEqual(open.result.text, "hi!")
      asked = 0
      const answered = yield* crashAt(2, { skill, agent: { skill: skillName } })
      assert.isTrue(answered.crashed && !answered.interrupted)
      assert.strictEqual(answered.result.text, "hi!")
      assert.strictEqual(asked, 1)
    })
  )
})
