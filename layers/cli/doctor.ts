/** `exoclaw doctor`. */
import * as Effect from "effect/Effect"
import { failure } from "./Failure.ts"
import { Io } from "./Io.ts"
import type { Where } from "./reach.ts"
export const doctor = Effect.fnUntraced(function* (_: Where & { readonly json: boolean }) {
  yield* Io
  return yield* failure("x")
})
