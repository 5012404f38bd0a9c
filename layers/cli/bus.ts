/** `exoclaw bus serve`. */
import * as Effect from "effect/Effect"
import { busServer } from "../gateway/BusServer.ts"
import { settleHot } from "../platform/Footprint.ts"
import { type GivenFlags, toFlags } from "./GatewayFlags.ts"
import { givenToken } from "./gateway.ts"
import { Io } from "./Io.ts"

/** Runs until it is interrupted. */
export const serve = Effect.fnUntraced(function* (given: GivenFlags) {
  const io = yield* Io
  const token = yield* givenToken(given)
  yield* Effect.raceFirst(busServer(toFlags(given, token), settleHot), io.untilSignal)
})
