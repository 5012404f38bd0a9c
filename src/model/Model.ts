/**
 * The model door: the only way to a vendor. It makes quotes of inspected content, and streams a quote against the
 * permit that was taken for it. Sealed: contract and implementation share this file, and there is no other.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { type BudgetPermit, openPermit } from "../budget/BudgetLedger.ts"
import type { Meter } from "../budget/Meter.ts"
import type { PriceClass } from "../budget/Price.ts"
import { Quote } from "../budget/Quote.ts"
import { inputTokens } from "../budget/Usage.ts"
import { type Inspected, open } from "../casil/Inspected.ts"
import type { HoldId } from "../domain/Ids.ts"
import { inSpan } from "../domain/InSpan.ts"
import {
  admit,
  type Circuit,
  type CircuitPolicy,
  closed,
  defaultCircuitPolicy,
  failed,
  isIllness,
  waitMs
} from "./CircuitBreaker.ts"
import { type ModelAdapter, ModelAdapters } from "./ModelAdapter.ts"
import { runCall } from "./ModelCall.ts"
import { ModelError } from "./ModelError.ts"
import type { ModelContent, ModelPart, ModelRequest, ModelTarget } from "./ModelRequest.ts"
import { Prices } from "./Prices.ts"
import { TokenFactors } from "./TokenFactors.ts"

export interface ModelOptions {
  /** Longest silence of a vendor between two parts. */
  readonly idle: Duration.Input
  /** Longest time for one call. */
  readonly total: Duration.Input
  /** How long a call that was cut is still listened to for its usage. */
  readonly drain: Duration.Input
  readonly circuit: CircuitPolicy
}

export const defaultModelOptions: ModelOptions = {
  idle: "3 minutes",
  total: "10 minutes",
  drain: "5 seconds",
  circuit: defaultCircuitPolicy
}

/**
 * How the input of a quote is bounded: by its bytes; by an exact count where the adapter has one that is smaller; or by
 * the larger of the two, for a model that once used more than was held.
 */
export type Precision = "bound" | "exact" | "larger"

interface Call {
  readonly adapter: ModelAdapter
  readonly request: ModelRequest
}

interface Parts {
  readonly adapters: ModelAdapters["Service"]
  readonly prices: Prices["Service"]
  readonly factors: TokenFactors
  readonly options: ModelOptions
  readonly scope: Scope.Scope
}

const free: PriceClass = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, version: "free" }

const seal: unique symbol = Symbol("exoclaw/model/Model/seal")

class ModelDoor {
  readonly #parts: Parts
  readonly #calls = new WeakMap<Quote, Call>()
  readonly #holds = new WeakMap<Quote, HoldId>()
  readonly #circuits = new Map<string, Circuit>()
  constructor(token: typeof seal, parts: Parts) {
    if (token !== seal) throw new TypeError("exoclaw: the model door is made by its own layer only")
    this.#parts = parts
    Object.freeze(this)
  }

  /** Providers that have an adapter. */
  get providers(): ReadonlyArray<string> {
    return this.#parts.adapters.providers
  }

  /** The most that this call can cost. Dies on content that Casil did not make. */
  quote(
    target: ModelTarget,
    content: Inspected<ModelContent>,
    precision: Precision = "bound"
  ): Effect.Effect<Quote, ModelError> {
    return Effect.gen({ self: this }, function* () {
      const { cache, messages, system, tools } = open(content)
      const adapter = yield* this.#parts.adapters.get(target.provider)
      const now = yield* Clock.currentTimeMillis
      const wait = waitMs(this.#circuit(target.provider), now)
      if (wait > 0) return yield* this.#circuitOpen(target.provider, wait)
      const request = { system, messages, tools, cache, model: target.model, maxOutputTokens: target.maxOutputTokens }
      const bound = yield* adapter.bound(request)
      const count = precision === "bound" ? undefined : yield* adapter.count?.(request) ?? Effect.succeed(undefined)
      const pick = precision === "larger" ? Math.max : Math.min
      const outputMinimum = Math.max(1, Math.min(adapter.minimumOutput, target.maxOutputTokens))
      const quote = new Quote({
        provider: target.provider,
        model: target.model,
        inputBound: count === undefined ? bound.upper : pick(bound.upper, count),
        inputEstimate: bound.estimate,
        outputCeiling: target.maxOutputTokens,
        outputMinimum,
        price: adapter.free ? free : this.#parts.prices.lookup(target.provider, target.model, now)
      })
      this.#calls.set(quote, { adapter, request: Object.freeze(request) })
      return quote
    }).pipe(inSpan("Model.quote"))
  }

  /**
   * One attempt at the quoted call, under the permit that was taken for this very quote; dies on a quote of another
   * door and on any other permit. When the caller goes away early the vendor is still listened to, for a bounded
   * time and behind the caller's back, so that its usage is what gets settled.
   */
  stream(quote: Quote): Stream.Stream<ModelPart, ModelError, BudgetPermit> {
    return Stream.unwrap(
      Effect.gen({ self: this }, function* () {
        const call = Quote.genuine(quote) ? this.#calls.get(quote) : undefined
        if (call === undefined) throw new TypeError("exoclaw: this quote was not made by this model door")
        const meter = this.#teaching(quote, yield* openPermit(quote))
        this.#holds.set(quote, meter.holdId)
        const { provider } = quote.numbers
        const now = yield* Clock.currentTimeMillis
        const admitted = admit(this.#circuit(provider), now)
        this.#circuits.set(provider, admitted.circuit)
        if (admitted.refusedForMs !== undefined) {
          yield* meter.refusedUnused
          return yield* this.#circuitOpen(provider, admitted.refusedForMs)
        }
        const request: ModelRequest = Object.freeze({ ...call.request, maxOutputTokens: meter.maxOutputTokens })
        return yield* runCall({
          adapter: call.adapter,
          request,
          meter,
          scope: this.#parts.scope,
          ...this.#parts.options,
          onEnd: (error) => this.#report(provider, error)
        })
      })
    )
  }

  /** The hold under which the quote was streamed; undefined where it was not. */
  holdOf(quote: Quote): HoldId | undefined {
    return this.#holds.get(quote)
  }

  /** What the vendor counted is learned from, too. */
  #teaching({ numbers }: Quote, meter: Meter): Meter {
    const { inputEstimate, model, provider } = numbers
    return {
      ...meter,
      usage: (usage, stage, raw) => {
        const told = meter.usage(usage, stage, raw)
        const counted = inputTokens(usage)
        return stage === "final"
          ? Effect.andThen(told, this.#parts.factors.learn(provider, model, inputEstimate, counted))
          : told
      }
    }
  }
  #circuit(provider: string): Circuit {
    return this.#circuits.get(provider) ?? closed
  }
  #report(provider: string, error: ModelError | undefined): Effect.Effect<void> {
    return Effect.map(Clock.currentTimeMillis, (now) => {
      if (error === undefined) this.#circuits.set(provider, closed)
      else if (isIllness(error))
        this.#circuits.set(provider, failed(this.#circuit(provider), now, this.#parts.options.circuit))
    })
  }
  #circuitOpen(provider: string, waitMs: number): ModelError {
    return new ModelError({
      provider,
      kind: "circuit_open",
      message: `The provider ${provider} failed repeatedly and is left alone for ${Math.ceil(waitMs / 1000)} seconds.`,
      retryable: true,
      unused: true,
      retryAfterMs: Math.ceil(waitMs)
    })
  }
}
export type { ModelDoor }

export class Model extends Context.Service<Model, ModelDoor>()("exoclaw/model/Model") {
  static readonly layerWith = (options: Partial<ModelOptions>): Layer.Layer<Model, never, ModelAdapters | Prices> =>
    Layer.effect(
      Model,
      Effect.gen(function* () {
        return new ModelDoor(seal, {
          adapters: yield* ModelAdapters,
          prices: yield* Prices,
          factors: yield* TokenFactors,
          options: { ...defaultModelOptions, ...options },
          scope: yield* Effect.scope
        })
      })
    )
  /** With the time-outs and the circuit of `defaultModelOptions`. */
  static readonly layer: Layer.Layer<Model, never, ModelAdapters | Prices> = Model.layerWith({})
}
