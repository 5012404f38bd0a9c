/** Content inspection on the bus: what is looked at, and what goes on instead of what was published. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { TenantId } from "../../domain/Ids.ts"
import type { BusError } from "../BusError.ts"
import type { Content, InspectionNote } from "../Message.ts"

/** Where content goes; which policy is in force may depend on it. */
export interface Where {
  readonly tenant: TenantId
  readonly room: string
  readonly channel: string
  /** The principal that sent it: repeated violations are counted by it. */
  readonly client: string
}

/** Content that may go on. */
export interface Screened {
  readonly content: Content
  /** Undefined where nothing is kept of it, or nothing was looked at. */
  readonly note: InspectionNote | undefined
}

export class BusInspection extends Context.Service<
  BusInspection,
  {
    /** Whether a channel's messages are inspected; asked once for a channel. */
    readonly covers: (room: string, channel: string) => boolean
    /** Fails with `content_blocked` where a name looks like a secret: everybody is shown names. */
    readonly names: (names: ReadonlyArray<string>, where: Where) => Effect.Effect<void, BusError>
    /** Fails with `content_blocked`. */
    readonly screen: (content: Content, where: Where) => Effect.Effect<Screened, BusError>
  }
>()("exoclaw/bus/BusInspection") {}
