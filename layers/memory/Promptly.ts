/** Memory is told of each turn that ends in this process, so that the next message finds it done. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Remembering } from "../../src/memory/Remembering.ts"
import { TurnWatch } from "../../src/session/TurnWatch.ts"

/** Whoever watched before goes on to. */
export const layer: Layer.Layer<never, never, Remembering> = Layer.effect(
  TurnWatch,
  Effect.gen(function* () {
    const watch = yield* TurnWatch
    const { soon } = yield* Remembering
    return (turn, events) => {
      watch(turn, events)
      if (events.some(({ body }) => body.type === "done")) soon()
    }
  })
)
