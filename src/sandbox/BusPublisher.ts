/** Where plugins publish on the bus: a port, because the bus stands above the sandbox. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type { Inspected } from "../casil/Inspected.ts"
import type { PluginName } from "../domain/Ids.ts"
import type { Json } from "../domain/Json.ts"
import type { Principal } from "../identity/Principal.ts"

/** What a plugin publishes. The grant was checked; whether the acting principal may publish there is the bus's to say. */
export interface BusMessage {
  readonly plugin: PluginName
  readonly room: string
  readonly channel: string
  readonly payload: Inspected<Json>
  /** A message that is published again under its id is published once; without one each is another message. */
  readonly id: string | undefined
}

/** What became of it. */
export interface BusAck {
  /** Its place in the channel: offsets of one epoch are in order. */
  readonly epoch: string
  readonly offset: number
  /** Members of the channel that it was handed to. */
  readonly delivered: number
  /** How well it is kept, in the bus's words. */
  readonly durability: string
}

/**
 * It was not published. `off`: there is no bus here; `forbidden`: the principal may not; `invalid`: no such room, channel
 * or message can be; `too_large`; `busy`: too many, or not now. Audience: the plugin.
 */
export class BusRefused extends Schema.TaggedError<BusRefused>()("BusRefused", {
  reason: Schema.Literals(["off", "forbidden", "invalid", "too_large", "busy", "unavailable"]),
  message: Schema.String
}) {}

/** @effect-expect-leaking Principal */
export class BusPublisher extends Context.Service<
  BusPublisher,
  {
    /** Publishes as the acting principal, in its tenant. */
    readonly publish: (message: BusMessage) => Effect.Effect<BusAck, BusRefused, Principal>
  }
>()("exoclaw/sandbox/BusPublisher") {
  /** Without a bus. */
  static readonly layerOff: Layer.Layer<BusPublisher> = Layer.succeed(BusPublisher, {
    publish: () => Effect.fail(new BusRefused({ reason: "off", message: "The bus is off in this gateway." }))
  })
}
