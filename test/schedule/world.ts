/** Gateways with a schedule on one file, each with its own inbox and a scripted runner; the clock is the test's. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import { TestClock } from "effect/testing"
import { join } from "node:path"
import * as NodeEntropy from "../../layers/platform/NodeEntropy.ts"
import * as SchedulerLayer from "../../layers/schedule/Scheduler.ts"
import * as SqliteScheduleStore from "../../layers/schedule/SqliteScheduleStore.ts"
import { Casil } from "../../src/casil/Casil.ts"
import { AgentId, JobId } from "../../src/domain/Ids.ts"
import { plan } from "../../src/schedule/Plan.ts"
import type { Job } from "../../src/schedule/Job.ts"
import { Scheduler } from "../../src/schedule/Scheduler.ts"
import { ScheduleStore } from "../../src/schedule/ScheduleStore.ts"
import { SessionStore } from "../../src/session/SessionStore.ts"
import type { Turn } from "../../src/session/Turn.ts"
import { folder, instanceOf, storeAt } from "../session/fixtures.ts"
import { ended, type Script, world } from "../session/world.ts"

export const start = Date.parse("2026-03-02T08:00:00Z")

export const jobOf = (cron = "@every 10m", part: Partial<Job> = {}): Job => {
  const made = plan(cron, "UTC")
  if (made === undefined) throw new Error(cron)
  return {
    id: JobId.make("report"),
    plan: made,
    when: cron,
    agent: AgentId.make("main"),
    prompt: "Write the report.",
    tools: [],
    scopes: [],
    history: false,
    missed: "skip",
    paused: false,
    ...part
  }
}

const breathe = Effect.callback<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})

/** Lets the event loop go on, without the clock: whatever was going to happen now has happened. */
export const settle = Effect.repeat(breathe, { times: 60 })

/** Lets so many minutes pass, one by one. */
export const pass = (minutes: number) =>
  Effect.repeat(Effect.andThen(TestClock.adjust("1 minute"), settle), { times: minutes - 1 })

/** A machine with a store: gateways start on it, beside and after one another. */
export const machine = Effect.gen(function* () {
  yield* TestClock.setTime(start)
  const path = join(yield* folder, "exoclaw.db")
  const dead = new Set<string>()
  const ran: Array<Turn> = []
  const note: Script = (turn) =>
    Effect.as(
      Effect.sync(() => ran.push(turn)),
      ended
    )
  /** `before` happens while a slot is being journalled. */
  const gateway = (
    n: number,
    jobs: ReadonlyArray<Job>,
    script: Script = note,
    before: Effect.Effect<void> = Effect.void
  ) =>
    Effect.gen(function* () {
      const scope = yield* Scope.fork(yield* Effect.scope)
      const instance = instanceOf(n)
      const plain = storeAt(path, ({ id }) => !dead.has(id))
      const slowly = Effect.map(SessionStore, (sessions) =>
        SessionStore.of({ ...sessions, accept: (acceptance) => Effect.andThen(before, sessions.accept(acceptance)) })
      )
      const store = Layer.effect(SessionStore, slowly).pipe(Layer.provideMerge(plain))
      const layer = SchedulerLayer.layer(jobs).pipe(
        Layer.provideMerge(SqliteScheduleStore.layer.pipe(Layer.provide(store))),
        Layer.provideMerge(world({ script, instance, store })),
        Layer.provide([Casil.layer(), NodeEntropy.layer, Layer.orDie(store)])
      )
      const context = yield* Layer.buildWithScope(Layer.fresh(layer), scope)
      yield* settle
      return {
        scheduler: Context.get(context, Scheduler),
        state: Context.get(context, ScheduleStore),
        stop: Effect.andThen(
          Effect.sync(() => dead.add(instance.id)),
          Scope.close(scope, Exit.void)
        )
      }
    })
  return {
    gateway,
    ran,
    path,
    /** When the slots were due for which turns ran, in the order in which they did. */
    slots: () => ran.map(({ session }) => session.conversation.peer.slice(11, 16))
  }
})
