// What the engine is told when a start is over and a long run begins.
import * as Effect from "effect/Effect"
import * as module from "node:module"
import * as v8 from "node:v8"

/**
 * Prefers little memory to speed from here on; earlier, the garbage collections of the start itself would cost it about
 * 20 ms. What was compiled is written first: the flag is part of what V8 compares when the next start reads it, and a
 * process that is killed never writes it.
 */
export const settle: Effect.Effect<void> = Effect.sync(() => {
  module.flushCompileCache()
  v8.setFlagsFromString("--optimize-for-size")
})
