/**
 * What channels remember: positions, the messages that are kept, and which ids were published. A port with one contract
 * suite. Each method is atomic, also between processes that share the backend.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { ChannelRef } from "./ChannelName.ts"
import type { Durability } from "./Durability.ts"
import type { HistoryHealth } from "./Health.ts"
import type { Draft, Entry } from "./Message.ts"
import type { Position } from "./Position.ts"

export type { HistoryHealth } from "./Health.ts"

/** The history did not answer. Whether an append was done may be unknown. Audience: operator; a peer sees its code. */
export class HistoryUnavailable extends Schema.TaggedError<HistoryUnavailable>()("HistoryUnavailable", {
  /** An append may have been done all the same; repeating it with the same key is safe. */
  outcomeUnknown: Schema.Boolean,
  cause: Schema.Defect()
}) {
  override get message(): string {
    return "The history of the bus does not answer. See the gateway's log."
  }
}

/** How much of a channel is kept; whichever is reached first. */
export interface Retention {
  /** 0 keeps nothing: positions are assigned all the same. */
  readonly messages: number
  readonly millis: number
}

export interface Appended {
  readonly position: Position
  /** The key was used within the window: this is the first one's position, and nothing was added. */
  readonly duplicate: boolean
  /** Of this very message, now; `none` where it is not kept (any more). */
  readonly durability: Durability
}

export interface ReadOptions {
  /** Messages behind this position. Without it, or where its epoch is not the channel's: all that are kept. */
  readonly after: Position | undefined
  /** At most this many. */
  readonly limit: number
  /** Which of them, where there are more; they come oldest first in either case. */
  readonly end: "oldest" | "newest"
}

/** What a channel has, at one instant. */
export interface ChannelState {
  readonly epoch: string
  /** Offset of the newest message; 0 where there was none. */
  readonly top: number
  /** Offset of the oldest that is kept; `top + 1` where none is. */
  readonly first: number
}

export interface Range extends ChannelState {
  /** Oldest first; offsets without holes. */
  readonly entries: ReadonlyArray<Entry>
}

export class History extends Context.Service<
  History,
  {
    /**
     * Whose order it is. `node`: every node has its own, a message from another node is appended here too. `shared`:
     * all nodes append to one; a message from another node has its position already.
     */
    readonly scope: "node" | "shared"
    /**
     * Gives the draft the channel's next position and keeps it as long as `retention` says. `dedupe` names it for the
     * window of repeats: the same one again on the same channel adds nothing.
     */
    readonly append: (
      channel: ChannelRef,
      draft: Draft,
      options: { readonly dedupe: string | undefined; readonly retention: Retention }
    ) => Effect.Effect<Appended, HistoryUnavailable>
    readonly read: (channel: ChannelRef, options: ReadOptions) => Effect.Effect<Range, HistoryUnavailable>
    /** The channel's epoch comes to be with this, if there is none. */
    readonly info: (channel: ChannelRef) => Effect.Effect<ChannelState, HistoryUnavailable>
    /** Drops what stands at `upTo` and before; positions go on. */
    readonly trim: (channel: ChannelRef, upTo: number) => Effect.Effect<void, HistoryUnavailable>
    /** Forgets the channel, its epoch too: used again, it has another. */
    readonly forget: (channel: ChannelRef) => Effect.Effect<void, HistoryUnavailable>
    readonly health: Effect.Effect<HistoryHealth>
  }
>()("exoclaw/bus/History") {}
