import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { TestClock } from "effect/testing"
import { mkdtempSync, rmSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as StateReport from "../../layers/gateway/StateReport.ts"
import { storeError } from "../../layers/store/SqliteFault.ts"
import * as SqliteStore from "../../layers/store/SqliteStore.ts"
import { Store } from "../../layers/store/Store.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "exoclaw-state-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

describe("the probe behind /ready", () => {
  it.effect("really writes, and once a second however often it is asked", () =>
    Effect.gen(function* () {
      const path = join(yield* folder, "exoclaw.db")
      yield* Effect.gen(function* () {
        const { probe } = yield* StateReport.StateReport
        const other = new DatabaseSync(path)
        // another connection sees a new version behind every transaction that wrote something
        const version = () => Number(other.prepare("PRAGMA data_version").get()?.["data_version"])
        const before = version()
        yield* probe
        const first = version()
        assert.notStrictEqual(first, before)
        for (let i = 0; i < 20; i++) yield* probe
        assert.strictEqual(version(), first)
        yield* TestClock.adjust("2 seconds")
        yield* probe
        assert.notStrictEqual(version(), first)
        other.close()
      }).pipe(Effect.provide(StateReport.layer(path).pipe(Layer.provide(SqliteStore.layer(path)))))
    })
  )

  it.effect("fails while the disk is full, and no longer than that", () => {
    let full = false
    const store = Layer.effect(
      Store,
      Effect.map(Store, (inner): Store["Service"] => ({
        ...inner,
        write: (command, durability) =>
          Effect.suspend(() => (full ? Effect.fail(storeError("full", inner.path)) : inner.write(command, durability)))
      }))
    ).pipe(Layer.provide(SqliteStore.layerMemory))
    return Effect.gen(function* () {
      const { probe } = yield* StateReport.StateReport
      yield* probe
      full = true
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual((yield* Effect.flip(probe)).kind, "full")
      full = false
      yield* TestClock.adjust("2 seconds")
      yield* probe
    }).pipe(Effect.provide(StateReport.layer("/nowhere").pipe(Layer.provide(store))))
  })
})
