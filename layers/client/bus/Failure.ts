/** How a request to the bus fails. */
import { busErrorReasons } from "../../../src/bus/BusErrorReasons.ts"
import { ConnectionFailure } from "../Failure.ts"

export { ConnectionFailure }

export const codes = busErrorReasons
export type BusErrorCode = (typeof busErrorReasons)[number]

/** The bus said no. `message` is a sentence for people. */
export class BusFailure extends Error {
  override readonly name = "BusFailure"
  readonly code: BusErrorCode
  /** Milliseconds after which another try makes sense; 0 where none does. */
  readonly retryAfterMs: number

  constructor(code: BusErrorCode, message: string, retryAfterMs: number) {
    super(message)
    this.code = code
    this.retryAfterMs = retryAfterMs
  }
}

/** Coming back does not help: the same would be said again. */
export const isFinal = (failure: BusFailure): boolean =>
  failure.code === "unauthenticated" ||
  failure.code === "forbidden" ||
  failure.code === "version_mismatch" ||
  failure.code === "invalid_argument"

/** The same publish, with the same id, may be tried again. */
export const isPassing = ({ code, retryAfterMs }: BusFailure): boolean =>
  code === "unknown_outcome" || code === "draining" || (retryAfterMs > 0 && code !== "temporarily_blocked")
