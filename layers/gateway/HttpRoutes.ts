/** What the listeners answer over plain HTTP. */
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as HttpRouter from "effect/http/HttpRouter"
import * as HttpServerResponse from "effect/http/HttpServerResponse"
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"
import * as OpenRpc from "../../src/gateway/OpenRpc.ts"
import { Gauges } from "../../src/domain/Gauges.ts"
import { GatewayStatus } from "../../src/gateway/GatewayStatus.ts"
import { StateReport } from "./StateReport.ts"

const json = (status: number, body: unknown) => HttpServerResponse.jsonUnsafe(body, { status })

const health = (router: HttpRouter.HttpRouter) =>
  // alive as soon as the port is open
  router.add(
    "GET",
    "/health",
    Effect.sync(() => json(200, { status: "ok" }))
  )

const openRpc = (router: HttpRouter.HttpRouter, listener: "client" | "operator", version: string) =>
  router.add(
    "GET",
    "/openrpc.json",
    Effect.sync(() => json(200, OpenRpc.document(listener, version)))
  )

/** The client listener's routes. */
export const client: Layer.Layer<never, never, HttpRouter.HttpRouter | GatewayStatus> = HttpRouter.use(
  Effect.fnUntraced(function* (router) {
    const { version } = yield* GatewayStatus
    yield* health(router)
    yield* openRpc(router, "client", version)
  })
)

/** What operators and their tools ask of any listener of theirs. */
const observing = Effect.fnUntraced(function* (router: HttpRouter.HttpRouter) {
  const state = yield* StateReport
  const status = yield* GatewayStatus
  const gauges = yield* Gauges
  yield* health(router)
  yield* router.add(
    "GET",
    "/ready",
    // whoever cannot journal a message takes none
    Effect.suspend(() => (status.isReady() ? Effect.isSuccess(state.probe) : Effect.succeed(false))).pipe(
      Effect.map((ready) => json(ready ? 200 : 503, { ready }))
    )
  )
  yield* router.add(
    "GET",
    "/version",
    Effect.sync(() => json(200, { version: status.version }))
  )
  yield* router.add(
    "GET",
    "/metrics",
    Effect.map(Effect.andThen(gauges.refresh, PrometheusMetrics.format()), (text) =>
      HttpServerResponse.text(text, { contentType: "text/plain; version=0.0.4; charset=utf-8" })
    )
  )
})

/** The operator listener's routes. */
export const operator: Layer.Layer<never, never, HttpRouter.HttpRouter | GatewayStatus | Gauges | StateReport> =
  HttpRouter.use(
    Effect.fnUntraced(function* (router) {
      const { version } = yield* GatewayStatus
      yield* observing(router)
      yield* openRpc(router, "operator", version)
    })
  )

/** The routes of a bus alone, which has no methods. */
export const bus = {
  client: HttpRouter.use(health),
  operator: HttpRouter.use(observing)
}
