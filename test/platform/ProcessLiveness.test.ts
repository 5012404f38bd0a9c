import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { layer } from "../../layers/platform/NodeInstance.ts"
import { isAlive, startTicks } from "../../layers/platform/ProcessLiveness.ts"
import { Instance } from "../../src/domain/Instance.ts"
import { entropyCounting } from "../budget/fixtures.ts"

/** Above the highest number that Linux gives. */
const nobody = 2 ** 22 + 1

describe("ProcessLiveness", () => {
  it("knows this process, and that it lives", () => {
    const ticks = startTicks(process.pid) ?? ""
    assert.isTrue(isAlive(process.pid, ticks))
    assert.strictEqual(startTicks(process.pid), ticks)
  })

  it("does not take a later process with the same number for it", () => {
    assert.isFalse(isAlive(process.pid, "1@another"))
  })

  it("knows that nobody has a number that nobody has", () => {
    assert.isFalse(isAlive(nobody, startTicks(process.pid) ?? ""))
    assert.isFalse(isAlive(nobody, ""))
  })

  it("asks the system where the start is unknown, also about processes of others", () => {
    assert.isTrue(isAlive(process.pid, ""))
    assert.isTrue(isAlive(1, ""))
  })

  it.effect("gives this process as an instance", () =>
    Effect.gen(function* () {
      const instance = yield* Instance
      assert.strictEqual(instance.pid, process.pid)
      assert.match(instance.id, /^inst_/)
      assert.isTrue(isAlive(instance.pid, instance.startTicks))
    }).pipe(Effect.provide(Layer.provide(layer, entropyCounting)))
  )
})
