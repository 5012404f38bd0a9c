/** An OpenTelemetry collector as a gateway sees it: OTLP over HTTP, JSON bodies, kept as they came. */
import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { onTestFinished } from "vitest"

export type Signal = "traces" | "metrics" | "logs"

export interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
  readonly name: string
  readonly kind: number
  readonly status: { readonly code: number; readonly message?: string }
  readonly attributes: Readonly<Record<string, unknown>>
  readonly events: ReadonlyArray<unknown>
}

/** How it answers: as it should, with an error that is worth a retry, or not at all. */
export type Manner = "answers" | "fails" | "hangs"

const plain = (value: any): unknown =>
  value.stringValue ??
  value.intValue ??
  value.doubleValue ??
  value.boolValue ??
  value.arrayValue?.values.map((one: any) => plain(one))

const record = (attributes: ReadonlyArray<any>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, plain(value)]))

export class Collector {
  readonly url: string
  readonly bodies: ReadonlyArray<{ readonly path: string; readonly text: string }>

  constructor(url: string, bodies: ReadonlyArray<{ readonly path: string; readonly text: string }>) {
    this.url = url
    this.bodies = bodies
  }

  of(signal: Signal): ReadonlyArray<any> {
    return this.bodies.filter(({ path }) => path === `/v1/${signal}`).map(({ text }) => JSON.parse(text))
  }
  get spans(): ReadonlyArray<Span> {
    return this.of("traces")
      .flatMap(({ resourceSpans }) => resourceSpans)
      .flatMap(({ scopeSpans }) => scopeSpans)
      .flatMap(({ spans }) => spans)
      .map((span) => ({ ...span, attributes: record(span.attributes) }))
  }
  /** The points of each metric as it came last. */
  get metrics(): ReadonlyMap<string, ReadonlyArray<any>> {
    const all = this.of("metrics")
      .flatMap(({ resourceMetrics }) => resourceMetrics)
      .flatMap(({ scopeMetrics }) => scopeMetrics)
      .flatMap(({ metrics }) => metrics)
    return new Map(
      all.map((metric) => {
        const points: ReadonlyArray<any> = (metric.sum ?? metric.gauge ?? metric.histogram).dataPoints
        return [metric.name, points.map((point) => ({ ...point, attributes: record(point.attributes) }))]
      })
    )
  }
  get logs(): ReadonlyArray<any> {
    return this.of("logs")
      .flatMap(({ resourceLogs }) => resourceLogs)
      .flatMap(({ scopeLogs }) => scopeLogs)
      .flatMap(({ logRecords }) => logRecords)
  }
}

/** Starts one on a free port; gone with the test. */
export const collect = async (manner: Manner = "answers"): Promise<Collector> => {
  const bodies: Array<{ readonly path: string; readonly text: string }> = []
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      bodies.push({ path: request.url ?? "", text: Buffer.concat(chunks).toString("utf8") })
      if (manner === "hangs") return
      response.writeHead(manner === "answers" ? 200 : 503, { "content-type": "application/json" }).end("{}")
    })
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return new Collector(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies)
}
