/**
 * Embeddings of a provider that speaks OpenAI's wire (Ollama does too): texts are inspected, paid for by whose memory
 * they are, and asked for in one request.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { type BudgetPermit, BudgetLedger, openPermit, withPermit } from "../../src/budget/BudgetLedger.ts"
import type { BudgetError } from "../../src/budget/BudgetError.ts"
import type { PriceClass } from "../../src/budget/Price.ts"
import { Quote } from "../../src/budget/Quote.ts"
import { type Blocked, Casil } from "../../src/casil/Casil.ts"
import { open } from "../../src/casil/Inspected.ts"
import { Entropy } from "../../src/domain/Entropy.ts"
import { TurnId } from "../../src/domain/Ids.ts"
import { Embedder, EmbedderError, longestVector } from "../../src/memory/Embedder.ts"
import { type MemoryScope, scopeKey } from "../../src/memory/MemoryScope.ts"
import type { ModelError } from "../../src/model/ModelError.ts"
import { Prices } from "../../src/model/Prices.ts"
import { estimateTokens, utf8Bytes } from "../../src/model/TokenEstimate.ts"
import * as Credentials from "./Credentials.ts"
import { endpoint } from "./Endpoint.ts"
import { ofProtocol } from "./Failure.ts"
import { readText } from "./HttpClient.ts"
import { countAt, isObject, listAt, objectAt, parse } from "./Json.ts"
import { send } from "./Vendor.ts"

export interface Options {
  /** Whose key and prices count: `openai`, `ollama`. */
  readonly provider: string
  readonly model: string
  readonly baseUrl: string
  readonly credentials: Credentials.CredentialSources
  /** Runs on a machine of one's own, for nothing. */
  readonly free: boolean
}

/** Longer texts say what they are about in their beginning; vendors refuse more than some eight thousand tokens. */
const longestText = 8_000
/** Most that an answer may have, in bytes: a hundred vectors of 4,096 numbers. */
const longestAnswer = 16 * 1024 * 1024
const noPrice: PriceClass = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, version: "free" }
const timeouts = { connectMs: 10_000, responseMs: 60_000, idleMs: 30_000 }

/** Vectors in the order of their texts, of one length, none longer than any model's; undefined where the answer is not that. */
const vectorsOf = (answer: string, count: number): ReadonlyArray<Float32Array> | undefined => {
  const parsed = parse(answer)
  if (!isObject(parsed)) return undefined
  const vectors: Array<Float32Array | undefined> = Array.from({ length: count })
  for (const [place, one] of listAt(parsed, "data").entries()) {
    if (!isObject(one)) return undefined
    const numbers = listAt(one, "embedding")
    if (numbers.length === 0 || !numbers.every((x) => typeof x === "number" && Number.isFinite(x))) return undefined
    const index = one["index"] ?? place
    // a place far behind the last would make the list as long
    if (typeof index !== "number" || !Number.isInteger(index) || index < 0 || index >= count) return undefined
    if (numbers.length > longestVector) return undefined
    vectors[index] = Float32Array.from(numbers as ReadonlyArray<number>)
  }
  const found = vectors.filter((vector) => vector !== undefined)
  return found.length === count && found.every(({ length }) => length === found[0]?.length) ? found : undefined
}

const make = (options: Options) =>
  Effect.gen(function* () {
    const casil = yield* Casil
    const ledger = yield* BudgetLedger
    const prices = yield* Prices
    const entropy = yield* Entropy
    const { baseUrl, credentials, free: costless, model, provider } = options
    /** Of the first vectors that came: others cannot be compared with them. */
    let dimensions: number | undefined

    const ask = (
      quote: Quote,
      input: ReadonlyArray<string>,
      url: URL,
      key: Redacted.Redacted<string> | undefined
    ): Effect.Effect<ReadonlyArray<Float32Array>, ModelError, BudgetPermit> =>
      Effect.gen(function* () {
        const meter = yield* openPermit(quote)
        const headers = {
          "content-type": "application/json",
          ...(key === undefined ? {} : { authorization: `Bearer ${Redacted.value(key)}` })
        }
        const body = JSON.stringify({ model, input, encoding_format: "float" })
        const response = yield* send({ provider, url, headers, body, key, timeouts }).pipe(
          Effect.tapError((error) => (error.unused ? meter.refusedUnused : Effect.void))
        )
        yield* meter.began
        const answer = yield* readText(response, longestAnswer, timeouts.idleMs)
        const parsed = parse(answer)
        const told = isObject(parsed) ? countAt(objectAt(parsed, "usage"), "prompt_tokens") : Number.NaN
        if (Number.isInteger(told) && told > 0) {
          yield* meter.usage({ input: told, output: 0, cacheRead: 0, cacheWrite: 0 }, "final")
        }
        const vectors = vectorsOf(answer, input.length)
        if (vectors === undefined)
          return yield* ofProtocol(provider, "the answer does not hold one vector for each text")
        const length = vectors[0]?.length
        dimensions ??= length
        return length === dimensions
          ? vectors
          : yield* ofProtocol(provider, "its vectors have another length than before")
      }).pipe(Effect.scoped)

    const embed = Effect.fn("Embedder.embed")(function* (
      texts: ReadonlyArray<{ readonly text: string }>,
      scope: MemoryScope
    ): Effect.fn.Return<ReadonlyArray<Float32Array>, ModelError | BudgetError | Blocked> {
      const cut = texts.map(({ text }) => text.slice(0, longestText).toWellFormed())
      const seen = yield* casil.value("prompt", cut, (all, visit) => all.map((text) => visit(text, "embedding")))
      // vendors refuse an empty text
      const input = open(seen).map((text) => (text.trim() === "" ? "-" : text))
      const url = yield* endpoint(provider, baseUrl, "/v1/embeddings")
      const key = yield* Credentials.lookup(provider, credentials)
      const quote = new Quote({
        provider,
        model,
        inputBound: input.reduce((sum, text) => sum + utf8Bytes(text) + 8, 0),
        inputEstimate: input.reduce((sum, text) => sum + estimateTokens(text), 0),
        outputCeiling: 1,
        outputMinimum: 1,
        price: costless ? noPrice : prices.lookup(provider, model, yield* Clock.currentTimeMillis)
      })
      const spender = {
        tenant: scope.tenant,
        principal: scope.principal,
        agent: scope.agent,
        session: `memory ${scopeKey(scope)}`,
        turn: TurnId.make(yield* entropy.id("turn"))
      }
      return yield* ask(quote, input, url, key).pipe(
        withPermit(quote, spender),
        Effect.provideService(BudgetLedger, ledger)
      )
    })

    return Embedder.of({
      id: `${provider}:${model}`,
      local: false,
      embed: (texts, scope) =>
        Effect.mapError(
          embed(texts, scope),
          (error) =>
            new EmbedderError({
              message: `No embeddings of ${provider}: ${error.message}`,
              retryable: error._tag === "ModelError" && error.retryable
            })
        )
    })
  })

export const layer = (options: Options): Layer.Layer<Embedder, never, Casil | BudgetLedger | Prices | Entropy> =>
  Layer.effect(Embedder, make(options))
