/** What a vendor adapter implements. It never sees a permit: metering is not its choice. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type { ModelError } from "./ModelError.ts"
import type { ModelPart, ModelRequest } from "./ModelRequest.ts"

/** Bounds of a request's input, in tokens. */
export interface InputBound {
  /** The vendor will not count more than this. */
  readonly upper: number
  /** What we think it will count. */
  readonly estimate: number
}

export interface ModelAdapter {
  readonly provider: string
  /** True where calls cost nothing at all (`offline`). */
  readonly free: boolean
  /** Smallest output limit the vendor accepts, in tokens. */
  readonly minimumOutput: number
  /** Upper bound of the input as this vendor will count it; fails on content it cannot bound. */
  readonly bound: (request: ModelRequest) => Effect.Effect<InputBound, ModelError>
  /**
   * A closer upper bound, where the vendor or its tokenizer counts; used when the bound does not fit. Undefined where
   * there is none for this model, or not here.
   */
  readonly count?: ((request: ModelRequest) => Effect.Effect<number | undefined, ModelError>) | undefined
  /** One attempt. Fails with `unused: true` only before the vendor accepted the request. */
  readonly stream: (request: ModelRequest) => Stream.Stream<ModelPart, ModelError>
}

/** The adapters of this process, by provider id. */
export class ModelAdapters extends Context.Service<
  ModelAdapters,
  {
    readonly get: (provider: string) => Effect.Effect<ModelAdapter, ModelError>
    readonly providers: ReadonlyArray<string>
  }
>()("exoclaw/model/ModelAdapters") {}
