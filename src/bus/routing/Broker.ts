/**
 * Routing as a service: who is there, what goes to whom, in which order, and whether they may. Everything goes by a
 * link, which knows one tenant.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { TenantId } from "../../domain/Ids.ts"
import type { SealedPrincipal } from "../../identity/Principal.ts"
import type { BridgeHealth, Recipient } from "../Bridge.ts"
import type { BusError } from "../BusError.ts"
import type { ChannelRef } from "../ChannelName.ts"
import type { Ack, ChannelInfo, ChannelPosition, HistoryPage, Joined, Member } from "../Event.ts"
import type { HistoryHealth } from "../History.ts"
import type { Content, Entry, Sender } from "../Message.ts"
import type { ChannelSettings } from "../Overflow.ts"
import type { Position } from "../Position.ts"
import type { Join, Publish } from "../Request.ts"
import type { Subject } from "./Access.ts"
import type { Sink, Subscriber } from "./Subscriber.ts"
import type { Tenant } from "./Tenant.ts"

/** A connection that has said who it is. */
export interface Link {
  readonly tenant: Tenant
  readonly subscriber: Subscriber
  readonly principal: SealedPrincipal | undefined
}

export interface Client {
  readonly tenant: TenantId
  readonly subject: Subject
  readonly member: Member
  /** Whom it acts for; for those inside the process who act on what it says. */
  readonly principal?: SealedPrincipal | undefined
}

/** A message from inside the process. */
export interface Post {
  readonly channel: ChannelRef
  readonly sender: Sender
  /** Names it for the window of repeats; empty for none. */
  readonly id: string
  readonly content: Content
  /** Inspected before, by whoever hands it over. */
  readonly inspected: boolean
}

/** A message that this node took from a client. */
export interface Taken {
  readonly channel: ChannelRef
  readonly entry: Entry
  readonly principal: SealedPrincipal | undefined
}

/** A channel's numbers since it is here. */
export interface Usage {
  readonly room: string
  readonly channel: string
  readonly members: number
  readonly messages: number
  readonly deliveries: number
}

export class Broker extends Context.Service<
  Broker,
  {
    readonly node: string
    readonly attach: (client: Client, sink: Sink) => Link
    readonly detach: (link: Link) => void
    readonly publish: (link: Link, publish: Publish) => Effect.Effect<Ack, BusError>
    /** For work inside the process: it may publish everywhere. */
    readonly post: (post: Post) => Effect.Effect<Ack, BusError>
    /** `answer` is called before anything of what was joined is delivered. */
    readonly join: (link: Link, join: Join, answer: (joined: Joined) => void) => Effect.Effect<void, BusError>
    readonly leave: (link: Link, room: string, channel: string) => Effect.Effect<void, BusError>
    readonly sendPrivate: (link: Link, to: Recipient, content: Content) => Effect.Effect<Ack, BusError>
    readonly update: (link: Link, metadata: Readonly<Record<string, string>>) => Effect.Effect<void, BusError>
    /** Where the link stands in what it hears; bounded. */
    readonly positions: (link: Link) => ReadonlyArray<ChannelPosition>
    readonly history: (
      link: Link,
      ask: {
        readonly room: string
        readonly channel: string
        readonly after: Position | undefined
        readonly limit: number
      }
    ) => Effect.Effect<HistoryPage, BusError>
    readonly create: (
      link: Link,
      room: string,
      channel: string,
      settings: Partial<ChannelSettings>
    ) => Effect.Effect<ChannelInfo, BusError>
    readonly remove: (link: Link, room: string, channel: string) => Effect.Effect<void, BusError>
    readonly list: (
      link: Link,
      ask: { readonly room: string; readonly limit: number; readonly after: string }
    ) => Effect.Effect<{ readonly channels: ReadonlyArray<ChannelInfo>; readonly next: string }, BusError>
    readonly info: (
      link: Link,
      room: string,
      channel: string
    ) => Effect.Effect<{ readonly info: ChannelInfo; readonly members: ReadonlyArray<Member> }, BusError>
    readonly health: Effect.Effect<{ readonly history: HistoryHealth; readonly bridge: BridgeHealth | undefined }>
    /** Calls `handle` with every message that this node takes from a client, after its append, once. */
    readonly watch: (handle: (taken: Taken) => void) => void
    /** The tenants that are here now. */
    readonly tenants: () => ReadonlyArray<Tenant>
    /** A tenant's busiest channels. */
    readonly usage: (tenant: TenantId, limit: number) => ReadonlyArray<Usage>
    /** Whether somebody of the tenant may miss what is not published: connected, just gone, or on another node. */
    readonly attended: (tenant: TenantId) => boolean
    /** Whether anybody hears this channel now. */
    readonly listens: (channel: ChannelRef) => boolean
  }
>()("exoclaw/bus/Broker") {}
