/** What every span goes through on its way to a tracer: a share of the traces, and no words of anybody's. */
import * as Layer from "effect/Layer"
import * as HttpClient from "effect/http/HttpClient"
import * as HttpMiddleware from "effect/http/HttpMiddleware"
import * as PayloadFree from "./PayloadFree.ts"
import * as Sampling from "./Sampling.ts"

/** What the library would trace by itself and ours must not tell: addresses and headers of HTTP, ids to vendors. */
const quiet: Layer.Layer<never> = Layer.mergeAll(
  Layer.succeed(HttpMiddleware.TracerDisabledWhen, () => true),
  Layer.succeed(HttpClient.TracerPropagationEnabled, false)
)

/** To be provided with the tracer; `sample` is the part of the traces that it gets, 0 to 1. */
export const layer = (sample: number): Layer.Layer<never> =>
  Layer.merge(Layer.provideMerge(Sampling.layer(sample), PayloadFree.layer), quiet)
