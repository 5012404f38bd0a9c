/** `exoclaw gateway`. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { gateway } from "../Exoclaw.ts"
import { hold, settle } from "../platform/Footprint.ts"
import { exitCode } from "./ExitCode.ts"
import { failure } from "./Failure.ts"
import { type GivenFlags, toFlags } from "./GatewayFlags.ts"
import { Io } from "./Io.ts"
import { tokenIn } from "./reach.ts"

/** The token that clients need, where one was given. */
export const givenToken = Effect.fnUntraced(function* (given: GivenFlags) {
  const io = yield* Io
  if (io.token !== undefined) {
    if (Redacted.value(io.token) === "") return yield* failure("--token is empty.", exitCode.usage)
    io.err("Warning: others on this machine may have seen --token: use --token-file or EXOCLAW_TOKEN instead.\n")
  }
  const file = given["token-file"]
  return io.token ?? (file === undefined ? undefined : yield* tokenIn(file))
})

/** Runs until it is interrupted or stopped by an operator. */
export const runGateway = Effect.fnUntraced(function* (given: GivenFlags) {
  yield* hold
  const io = yield* Io
  const token = yield* givenToken(given)
  // the signal interrupts the gateway, and the race ends when that has drained
  yield* Effect.raceFirst(gateway(toFlags(given, token), settle), io.untilSignal)
})
