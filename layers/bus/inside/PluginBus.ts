/** The bus as plugins publish on it: as the caller, with the caller's rights and rates, and never more than a client may. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Bounds from "../../../src/bus/Bounds.ts"
import type { BusError, BusErrorReason } from "../../../src/bus/BusError.ts"
import * as Role from "../../../src/bus/Role.ts"
import { accessOf, may } from "../../../src/bus/routing/Access.ts"
import { Broker } from "../../../src/bus/routing/Broker.ts"
import { open } from "../../../src/casil/Inspected.ts"
import { RateLimit } from "../../../src/gateway/RateLimit.ts"
import { currentPrincipal } from "../../../src/identity/Principal.ts"
import { BusPublisher, BusRefused } from "../../../src/sandbox/BusPublisher.ts"

const reasons: { readonly [R in BusErrorReason]?: BusRefused["reason"] } = {
  forbidden: "forbidden",
  temporarily_blocked: "forbidden",
  content_blocked: "forbidden",
  invalid_argument: "invalid",
  too_large: "too_large",
  rate_limited: "busy",
  limit_exceeded: "busy"
}

const ofBus = ({ message, reason }: BusError): BusRefused =>
  new BusRefused({ reason: reasons[reason] ?? "unavailable", message })

const refuse = (reason: BusRefused["reason"], message: string) => Effect.fail(new BusRefused({ reason, message }))

export interface Options {
  /** Longest message, in bytes of JSON. */
  readonly maxBytes: number
}

export const layer = ({ maxBytes }: Options): Layer.Layer<BusPublisher, never, Broker | RateLimit> =>
  Layer.effect(
    BusPublisher,
    Effect.gen(function* () {
      const broker = yield* Broker
      const rates = yield* RateLimit
      return BusPublisher.of({
        publish: Effect.fn("BusPublisher.publish")(function* (message) {
          const principal = yield* currentPrincipal
          const { id, tenant } = principal
          const name = Result.all([
            Bounds.room(message.room),
            Bounds.channel(message.channel),
            Bounds.publishId(message.id ?? "")
          ])
          const [room, channel] = yield* Effect.mapError(Effect.fromResult(name), ofBus)
          const role = Role.ofPrincipal(principal)
          const subject = { role: role ?? "guest", principal: id, any: principal.has("session:any") }
          if (role === undefined || !may(subject, "publish", accessOf({ room, channel }))) {
            return yield* refuse("forbidden", "The caller may not publish there.")
          }
          const body = JSON.stringify(open(message.payload))
          if (Buffer.byteLength(body) > maxBytes) {
            return yield* refuse("too_large", `A message has at most ${maxBytes} bytes.`)
          }
          const wait = rates.take({ tenant, principal: `${tenant}:${id}` })
          if (wait > 0) return yield* refuse("busy", `Too many messages; the next one in ${wait} ms.`)
          const ack = yield* broker
            .post({
              channel: { tenant, room, channel },
              sender: { principal: id, connection: "", type: "service", name: `plugin:${message.plugin}` },
              id: message.id ?? "",
              content: { body, contentType: "application/json", headers: {}, key: "", annotations: undefined },
              // by the sandbox, as a tool's output; the bus has a policy of its own
              inspected: false
            })
            .pipe(Effect.mapError(ofBus))
          const { epoch = "", offset = 0 } = ack.position ?? {}
          return { epoch, offset, delivered: ack.delivered, durability: ack.durability }
        })
      })
    })
  )
