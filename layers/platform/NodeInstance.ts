/** This process as the owner of holds and leases. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Entropy } from "../../src/domain/Entropy.ts"
import { InstanceId } from "../../src/domain/Ids.ts"
import { Instance } from "../../src/domain/Instance.ts"
import { startTicks } from "./ProcessLiveness.ts"

export const layer: Layer.Layer<Instance, never, Entropy> = Layer.effect(
  Instance,
  Effect.gen(function* () {
    const id = InstanceId.make(yield* (yield* Entropy).id("inst"))
    return Instance.of({ id, pid: process.pid, startTicks: startTicks(process.pid) ?? "" })
  })
)
