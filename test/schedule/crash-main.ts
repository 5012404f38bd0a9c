/**
 * A scheduler without doors, to be killed: its clock shows what its standard input says, one number a line, so that
 * nothing hangs on how fast this machine is. It dies at the n-th statement that it writes to the store.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
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
import { authenticator } from "../session/fixtures.ts"
import { ended, scripted } from "../session/world.ts"
import { jobOf } from "./world.ts"

const [path = "", began = "0", fuse = "0"] = process.argv.slice(2)

let left = Number(fuse)
const fused = (db: Database): Database => ({
  raw: db.raw,
  get: (sql, ...params) => db.get(sql, ...params),
  all: (sql, ...params) => db.all(sql, ...params),
  run: (sql, ...params) => {
    left -= 1
    if (left === 0) process.kill(process.pid, "SIGKILL")
    return db.run(sql, ...params)
  }
})

const store = Layer.effect(
  Store,
  Effect.map(Store, (plain): Store["Service"] => ({
    ...plain,
    write: (command, durability) => plain.write((db) => command(fused(db)), durability)
  }))
).pipe(Layer.provide(SqliteStore.layer(path)))

let now = Number(began)
const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>()
const clock: Clock.Clock = {
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
      return Effect.sync(() => sleepers.delete(sleeper))
    })
}

const live = SchedulerLayer.layer([jobOf("@every 1m", { missed: "run_once" })]).pipe(
  Layer.provide(SqliteScheduleStore.layer),
  Layer.provide(InboxLayer.layer({ waitingLimit: 10 })),
  Layer.provide(scripted((_, { say }) => Effect.as(say("done"), ended))),
  Layer.provide(TurnLogLayer.layer),
  Layer.provide([TurnLogLayer.layerFeed, SqliteSessionStore.layer, authenticator, Casil.layer()]),
  Layer.provide([store, NodeInstance.layer]),
  Layer.provide(NodeEntropy.layer)
)

const ready = Effect.sync(() => process.stdout.write("ready\n"))
const whole = Effect.andThen(Layer.build(live), Effect.andThen(ready, Effect.never))
Effect.runFork(Effect.scoped(whole).pipe(Effect.provideService(Clock.Clock, clock)))

createInterface({ input: process.stdin })
  .on("line", (line) => {
    now = Number(line)
    for (const sleeper of sleepers) {
      if (sleeper.until > now) continue
      sleepers.delete(sleeper)
      sleeper.wake()
    }
  })
  .on("close", () => process.exit(0))
