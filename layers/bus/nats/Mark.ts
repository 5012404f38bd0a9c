/** Numbers by which nodes notice what of one another they have missed. */
import type { ChannelRef } from "../../../src/bus/ChannelName.ts"
import type { TenantId } from "../../../src/domain/Ids.ts"

/** Where a message stands among those that its node took of the channel. */
export interface Mark {
  /** One run of the node's program; no two are called alike. */
  readonly life: string
  /** Greater for each channel that the node begins to count. */
  readonly run: number
  /** The greatest so far. */
  readonly runs: number
  /** Counts the channel's messages from 1 on. */
  readonly seq: number
}

/** How far a node has come in a channel. */
export interface Stand {
  readonly channel: ChannelRef
  readonly run: number
  readonly seq: number
  /** From this one on, up to `seq`, the node could not hand them over; 0 where it did. */
  readonly lostFrom: number
}

/** How far a node has come: everything up to there was sent before this, or never will be. */
export interface Standing {
  readonly _tag: "standing"
  readonly node: string
  /** Unique among all nodes and for ever. */
  readonly id: string
  readonly tenant: TenantId
  readonly life: string
  readonly runs: number
  readonly channels: ReadonlyArray<Stand>
  /** Messages of other channels are lost, too; of which, the node no longer knows. */
  readonly others: boolean
  /** The node ends: this is all that it has said. */
  readonly ended: boolean
}

/** Asks the others where they stand: who asks may have missed something. */
export interface Asking {
  readonly _tag: "asking"
  readonly node: string
  readonly id: string
  readonly tenant: TenantId
}
