/**
 * A scheduler without doors, to be killed. Its clock shows what its standard input says, one number a line, and stands
 * still in between: nothing hangs on how fast this machine is. It starts at the first one, dies at the n-th point at
 * which it writes to the store, and says on its standard output when its scheduler sleeps (`asleep TIME`) and when a
 * session has nothing more to do (`idle`).
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { flushCompileCache } from "node:module"
import { createInterface } from "node:readline"
import * as NodeEntropy from "../../layers/platform/NodeEntropy.ts"
import * as NodeInstance from "../../layers/platform/NodeInstance.ts"
import * as SchedulerLayer from "../../layers/schedule/Scheduler.ts"
import * as SqliteScheduleStore from "../../layers/schedule/SqliteScheduleStore.ts"
import * as InboxLayer from "../../layers/session/Inbox.ts"
import * as SqliteSessionStore from "../../layers/session/SqliteSessionStore.ts"
import * as TurnLogLayer from "../../layers/session/TurnLog.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { type Database, Store } from "../../layers/store/Store.ts"
import { Casil } from "../../src/casil/Casil.ts"
import { SessionStore } from "../../src/session/SessionStore.ts"
import { authenticator } from "../session/fixtures.ts"
import { ended, scripted } from "../session/world.ts"
import { jobOf } from "./world.ts"

const [path = "", fuse = "0"] = process.argv.slice(2)
const say = (line: string) => process.stdout.write(`${line}\n`)

let left = Number(fuse)
/** Before a statement, or behind a commit that nobody was told about yet. */
const point = () => {
  left -= 1
  if (left === 0) process.kill(process.pid, "SIGKILL")
}
const fused = (db: Database): Database => ({
  raw: db.raw,
  get: (sql, ...params) => db.get(sql, ...params),
  all: (sql, ...params) => db.all(sql, ...params),
  run: (sql, ...params) => {
    point()
    return db.run(sql, ...params)
  }
})

const store = Layer.effect(
  Store,
  Effect.map(Store, (plain): Store["Service"] => ({
    ...plain,
    write: (command, durability) =>
      Effect.tap(
        plain.write((db) => command(fused(db)), durability),
        Effect.sync(point)
      )
  }))
).pipe(Layer.provide(SqliteStore.layer(path)))

const sessions = Layer.effect(
  SessionStore,
  Effect.map(SessionStore, (plain) =>
    SessionStore.of({
      ...plain,
      next: (...session) =>
        Effect.tap(plain.next(...session), ({ _tag }) => Effect.sync(() => (_tag === "idle" ? say("idle") : undefined)))
    })
  )
).pipe(Layer.provide(SqliteSessionStore.layer))

let now = 0
const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>()
const clockThat = (falls: () => void): Clock.Clock => ({
  currentTimeMillisUnsafe: () => now,
  currentTimeMillis: Effect.sync(() => now),
  currentTimeNanosUnsafe: () => BigInt(now) * 1_000_000n,
  currentTimeNanos: Effect.sync(() => BigInt(now) * 1_000_000n),
  monotonicTimeNanosUnsafe: () => BigInt(now) * 1_000_000n,
  monotonicTimeNanos: Effect.sync(() => BigInt(now) * 1_000_000n),
  sleep: (duration) =>
    Effect.callback<void>((resume) => {
      const sleeper = { until: now + Duration.toMillis(duration), wake: () => resume(Effect.void) }
      sleepers.add(sleeper)
      falls()
      return Effect.sync(() => sleepers.delete(sleeper))
    })
})
const clock = clockThat(() => undefined)
/** What only the scheduler sleeps by. */
const bedside = clockThat(() => say(`asleep ${now}`))

const live = SchedulerLayer.layer([jobOf("@every 1m", { missed: "run_once" })]).pipe(
  Layer.provide(Layer.succeed(Clock.Clock, bedside)),
  Layer.provide(SqliteScheduleStore.layer),
  Layer.provide(InboxLayer.layer({ waitingLimit: 10 })),
  Layer.provide(scripted((_, tools) => Effect.as(tools.say("done"), ended))),
  Layer.provide(TurnLogLayer.layer),
  Layer.provide([TurnLogLayer.layerFeed, sessions, authenticator, Casil.layer()]),
  Layer.provide([store, NodeInstance.layer]),
  Layer.provide(NodeEntropy.layer)
)

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const starts = now === 0
    now = Number(line)
    if (starts) {
      // for those that start after it: one that is killed leaves nothing behind
      flushCompileCache()
      Effect.runFork(Effect.scoped(Layer.launch(live)).pipe(Effect.provideService(Clock.Clock, clock)))
    }
    for (const sleeper of sleepers) {
      if (sleeper.until > now) continue
      sleepers.delete(sleeper)
      sleeper.wake()
    }
  })
  .on("close", () => process.exit(0))
