/** Traces, metrics and logs to an OpenTelemetry collector over HTTP. Loaded only where a collector is configured. */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as References from "effect/References"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpClientError from "effect/http/HttpClientError"
import * as OtlpExporter from "effect/observability/OtlpExporter"
import * as OtlpLogger from "effect/observability/OtlpLogger"
import * as OtlpMetrics from "effect/observability/OtlpMetrics"
import * as OtlpSerialization from "effect/observability/OtlpSerialization"
import * as OtlpTracer from "effect/observability/OtlpTracer"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import type { ForLogs } from "../../src/casil/ForLogs.ts"
import * as ErrorKind from "../../src/domain/ErrorKind.ts"
import { version } from "../platform/Package.ts"
import * as PayloadFree from "./PayloadFree.ts"
import * as Tracing from "./Tracing.ts"

/** How long one request to the collector may take. Without a limit, requests to one that hangs pile up. */
const requestLimit = "5 seconds"
/** How long the last export may take, all signals together. */
const flushLimit = "2 seconds"
/** The metrics are sent once more when everything is closed. */
const shutdownTimeout = "300 millis"

const resource = { serviceName: "exoclaw", serviceVersion: version }

const Client: Layer.Layer<HttpClient.HttpClient> = Layer.effect(
  HttpClient.HttpClient,
  Effect.map(HttpClient.HttpClient, (client) =>
    HttpClient.transform(client, (response, request) =>
      Effect.timeoutOrElse(response, {
        duration: requestLimit,
        orElse: () =>
          Effect.fail(
            new HttpClientError.HttpClientError({
              reason: new HttpClientError.TransportError({ request, description: "timeout" })
            })
          )
      })
    )
  )
).pipe(Layer.provide(NodeHttpClient.layerNodeHttp))

/** A sentence of ours as it is, an error as its kind; anything else stays here. */
const told = (part: unknown): ReadonlyArray<string> => {
  if (typeof part === "string") return [part]
  return typeof part === "object" && part !== null && ("_tag" in part || part instanceof Error)
    ? [ErrorKind.ofError(part)]
    : []
}

/** What others said, vendors and plugins, does not leave this machine: their words are in the lines on standard error. */
const wordless = (logger: Logger.Logger<unknown, void>, forLogs: ForLogs): Logger.Logger<unknown, void> =>
  Logger.make((options) => {
    const isPlugin = "plugin" in options.fiber.getRef(References.CurrentLogAnnotations)
    const parts: ReadonlyArray<unknown> = Array.isArray(options.message) ? options.message : [options.message]
    return logger.log({
      ...options,
      message: isPlugin ? "A plugin wrote a line." : parts.flatMap(told).map(forLogs.text),
      cause: PayloadFree.ofCause(options.cause)
    })
  })

const logs = (base: string, forLogs: ForLogs) =>
  Logger.layer(
    [
      Effect.map(OtlpLogger.make({ url: `${base}/v1/logs`, resource, shutdownTimeout }), (logger) =>
        wordless(logger, forLogs)
      )
    ],
    { mergeWithExisting: true }
  ).pipe(Layer.provide(OtlpExporter.layerFlusher))

/** `base` ends without a slash; signals go to `/v1/traces`, `/v1/metrics` and `/v1/logs` below it, one flush for all. */
const signals = (base: string, forLogs: ForLogs) =>
  Layer.mergeAll(
    logs(base, forLogs),
    OtlpMetrics.layer({ url: `${base}/v1/metrics`, resource, shutdownTimeout }),
    OtlpTracer.layer({ url: `${base}/v1/traces`, resource, shutdownTimeout })
  ).pipe(Layer.provide([OtlpSerialization.layerJson, Client]))

/** Sends what is left when the gateway closes: all signals at once, for a bounded time. */
const lastFlush: Layer.Layer<never, never, OtlpExporter.Flusher> = Layer.effectDiscard(
  Effect.flatMap(OtlpExporter.Flusher, ({ flush }) =>
    Effect.addFinalizer(() => Effect.timeoutOption(Effect.interruptible(flush), flushLimit))
  )
)

/** `endpoint` is the collector's base address; `sample` is the part of the traces that is exported, 0 to 1. */
export const layer = (endpoint: string, sample: number, forLogs: ForLogs): Layer.Layer<OtlpExporter.Flusher> =>
  Layer.merge(Tracing.layer(sample), lastFlush).pipe(Layer.provideMerge(signals(endpoint.replace(/\/+$/, ""), forLogs)))
