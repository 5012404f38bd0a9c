import * as Effect from "effect/Effect"
import { failure } from "./Failure.ts"
import { Io } from "./Io.ts"
import type { Where } from "./reach.ts"
export const onboard = Effect.fnUntraced(function* (_: Where) {
  yield* Io
  return yield* failure("x")
})
