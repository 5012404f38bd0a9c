/**
 * The way to the other nodes of one bus. A port: local delivery never waits for it, and goes on without it. What comes
 * in may come more than once; the router delivers it once, by `Relay.id`.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { TenantId } from "../domain/Ids.ts"
import type { ChannelRef } from "./ChannelName.ts"
import type { BridgeHealth } from "./Health.ts"
import type { Draft, PrivateDraft, Recipient } from "./Message.ts"
import type { Position } from "./Position.ts"

export type { BridgeHealth } from "./Health.ts"
export type { PrivateDraft, Recipient } from "./Message.ts"

interface RelayBase {
  /** The node that took it from its publisher. */
  readonly node: string
  /** Unique among all nodes and for ever; the key of dedupe. */
  readonly id: string
}

/** A message on its way between nodes. */
export type Said =
  | (RelayBase & {
      readonly _tag: "message"
      readonly channel: ChannelRef
      readonly draft: Draft
      /** Set where the nodes share one history. */
      readonly position: Position | undefined
    })
  | (RelayBase & {
      readonly _tag: "private"
      readonly tenant: TenantId
      readonly to: Recipient
      readonly draft: PrivateDraft
    })

/** Messages of a channel that a node took, and that do not come. */
export type Lost = RelayBase & {
  readonly _tag: "lost"
  readonly channel: ChannelRef
  /** How many; 0 where nobody knows, nor whether there are any. */
  readonly missing: number
}

/** What a node gets of another. */
export type Relay = Said | Lost

/** What a relay needs to be delivered is away: it shall come again. Audience: operator. */
export class NotTaken extends Schema.TaggedError<NotTaken>()("BusRelayNotTaken", { cause: Schema.Defect() }) {
  override get message(): string {
    return "A message from another node of the bus cannot be taken now."
  }
}

export class Bridge extends Context.Service<
  Bridge,
  {
    /** This node's name, unique among the nodes. */
    readonly node: string
    /**
     * Hands a message of this node over. Never waits and never fails: what cannot go out is kept, bounded, and counted.
     * False where there is nobody to hand it to, or no form for it.
     */
    readonly publish: (relay: Said) => boolean
    /**
     * Delivers what other nodes publish, in their order, until the scope closes, and tells what is lost of it. One comes
     * again until `deliver` has succeeded; this node's own never come.
     */
    readonly receive: (
      deliver: (relay: Relay) => Effect.Effect<void, NotTaken>
    ) => Effect.Effect<void, never, Scope.Scope>
    /** Calls `handle` for every message of this node that it could not hand over. */
    readonly onDrop: (handle: (tenant: TenantId) => void) => void
    /** Undefined where there are no other nodes. */
    readonly health: Effect.Effect<BridgeHealth | undefined>
  }
>()("exoclaw/bus/Bridge") {
  /** One node alone. */
  static readonly layerNone = (node: string): Layer.Layer<Bridge> =>
    Layer.succeed(Bridge, {
      node,
      publish: () => false,
      receive: () => Effect.void,
      onDrop: () => undefined,
      health: Effect.succeed(undefined)
    })
}
