/** From a request to its one answer. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { BusError } from "../BusError.ts"
import type { Answer } from "../Event.ts"
import type { Request } from "../Request.ts"
import type { Link } from "../routing/Broker.ts"

/** What may be asked once the hello is answered. */
export type Ask = Exclude<Request, { readonly _tag: "hello" }>

export interface Asker {
  readonly link: Link
  /** What waits for it now. */
  readonly queued: () => { readonly frames: number; readonly bytes: number }
}

export class Dispatcher extends Context.Service<
  Dispatcher,
  {
    /** Calls `answer` exactly once, whatever happens. */
    readonly handle: (asker: Asker, ask: Ask, answer: (answer: Answer) => void) => Effect.Effect<void>
  }
>()("exoclaw/bus/Dispatcher") {}

export const errorAnswer = ({ message, reason, retryAfterMillis }: BusError): Answer => ({
  _tag: "error",
  reason,
  message,
  retryAfterMillis
})
