/** Traces, metrics and logs to an OpenTelemetry collector over HTTP. Loaded only where a collector is configured. */
import * as Layer from "effect/Layer"
import * as Otlp from "effect/observability/Otlp"
import type * as OtlpExporter from "effect/observability/OtlpExporter"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { version } from "../platform/Package.ts"
import * as Sampling from "./Sampling.ts"

/** `endpoint` is the collector's base address; signals go to `/v1/traces`, `/v1/metrics` and `/v1/logs` below it. */
export const layer = (endpoint: string, sample: number): Layer.Layer<OtlpExporter.Flusher> =>
  Sampling.layer(sample).pipe(
    Layer.provideMerge(
      Otlp.layerJson({
        baseUrl: endpoint.replace(/\/+$/, ""),
        resource: { serviceName: "exoclaw", serviceVersion: version }
      })
    ),
    Layer.provide(NodeHttpClient.layerNodeHttp)
  )
