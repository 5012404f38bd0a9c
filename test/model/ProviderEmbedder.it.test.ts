import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { once } from "node:events"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import * as Ledger from "../../layers/budget/Ledger.ts"
import * as Prices from "../../layers/model/Prices.ts"
import * as ProviderEmbedder from "../../layers/model/ProviderEmbedder.ts"
import * as NodeEntropy from "../../layers/platform/NodeEntropy.ts"
import * as NodeInstance from "../../layers/platform/NodeInstance.ts"
import { BudgetLedger } from "../../src/budget/BudgetLedger.ts"
import { defaultLimits } from "../../src/budget/Limits.ts"
import { Casil } from "../../src/casil/Casil.ts"
import { structural } from "../../src/casil/rules/structural.ts"
import { defaultTenant } from "../../src/domain/Ids.ts"
import { Embedder } from "../../src/memory/Embedder.ts"
import { scopeFor } from "../memory/fixtures.ts"

const alice = scopeFor("alice")

type Answer = (asked: { readonly input: ReadonlyArray<string> }) => {
  readonly status?: number
  readonly body: unknown
}

/** A server that speaks the wire, and what it was asked. */
const server = (answer: Answer) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const asked: Array<{ readonly url: string; readonly authorization: string | undefined; readonly text: string }> =
        []
      const listening = createServer((request, response) => {
        let text = ""
        request.on("data", (chunk) => (text += chunk))
        request.on("end", () => {
          asked.push({ url: request.url ?? "", authorization: request.headers.authorization, text })
          const { body, status = 200 } = answer(JSON.parse(text))
          response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body))
        })
      }).listen(0, "127.0.0.1")
      await once(listening, "listening")
      return { asked, listening, url: `http://127.0.0.1:${(listening.address() as AddressInfo).port}/v1` }
    }),
    ({ listening }) =>
      Effect.sync(() => {
        listening.closeAllConnections()
        listening.close()
      })
  )

const lengths: Answer = ({ input }) => ({
  body: {
    data: input.map((text, index) => ({ index, embedding: [text.length, 1] })).toReversed(),
    usage: { prompt_tokens: 40, total_tokens: 40 }
  }
})

const money = (tokens: number) =>
  Ledger.layerMemory({ ...defaultLimits, installation: { ...defaultLimits.installation, tokens } })

const embedderAt = (baseUrl: string, tokens: number) =>
  ProviderEmbedder.layer({
    provider: "openai",
    model: "text-embedding-3-small",
    baseUrl,
    credentials: { env: { OPENAI_API_KEY: "sk-for-tests" }, folder: "/nowhere" },
    free: true
  }).pipe(
    Layer.provideMerge(money(tokens)),
    Layer.provide([Casil.layer(), Prices.layerTable]),
    Layer.provide(NodeInstance.layer.pipe(Layer.provideMerge(NodeEntropy.layer)))
  )

const embed = (...texts: ReadonlyArray<string>) =>
  Effect.flatMap(Embedder, (embedder) =>
    embedder.embed(
      texts.map((text) => ({ text, words: [] })),
      alice
    )
  )

const spent = Effect.flatMap(BudgetLedger, (ledger) =>
  Effect.map(ledger.status({ tenant: defaultTenant, seesTotals: true }), (accounts) =>
    accounts.find(({ scope, unit }) => scope === "installation" && unit === "tokens")
  )
)

describe("a provider's embeddings", () => {
  it.live("come in the order of the texts, are inspected before they leave, and charged", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { asked, url } = yield* server(lengths)
        const { secret, text } =
          structural.find(({ id }) => id === "json-web-token")?.example(1) ?? assert.fail("no rule")
        yield* Effect.gen(function* () {
          const vectors = yield* embed("four", "six six", text, " ")
          assert.deepStrictEqual(
            vectors.slice(0, 2).map((vector) => [...vector]),
            [
              [4, 1],
              [7, 1]
            ]
          )
          assert.strictEqual(vectors.length, 4)
          assert.strictEqual((yield* spent)?.spent, 40)
        }).pipe(Effect.provide(embedderAt(url, 100_000)))
        assert.isFalse(asked.some((request) => request.text.includes(secret)))
        assert.deepStrictEqual(
          asked.map(({ authorization, url: path }) => [path, authorization]),
          [["/v1/embeddings", "Bearer sk-for-tests"]]
        )
      })
    )
  )

  it.live("are not asked for where the budget does not cover them", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { asked, url } = yield* server(lengths)
        const error = yield* Effect.flip(embed("a text that is longer than ten tokens of budget allow")).pipe(
          Effect.provide(embedderAt(url, 10))
        )
        assert.strictEqual(error._tag, "EmbedderError")
        assert.deepStrictEqual(asked, [])
      })
    )
  )

  it.live("are an error where the provider refuses, or answers anything else, without the key in it", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const answers: ReadonlyArray<Answer> = [
          () => ({ status: 401, body: { error: { message: "bad key sk-for-tests" } } }),
          () => ({ status: 500, body: "broken" }),
          () => ({ body: { data: [] } }),
          () => ({ body: { data: [{ index: 0, embedding: ["x"] }] } }),
          () => ({ body: { data: [{ index: 7, embedding: [1] }] } }),
          () => ({ body: { data: [{ index: 4_294_967_294, embedding: [1] }] } }),
          () => ({ body: { data: [{ index: -1, embedding: [1] }] } }),
          () => ({ body: { data: [{ index: 0.5, embedding: [1] }] } }),
          () => ({ body: { data: [{ index: "0", embedding: [1] }] } }),
          () => ({ body: { data: [{ index: 0, embedding: [1, null] }] } }),
          () => ({ body: { data: [{ index: 0, embedding: Array.from({ length: 20_000 }, () => 1) }] } }),
          () => ({ body: null })
        ]
        for (const answer of answers) {
          const { url } = yield* server(answer)
          const error = yield* Effect.flip(embed("text")).pipe(Effect.provide(embedderAt(url, 100_000)))
          assert.strictEqual(error._tag, "EmbedderError")
          assert.notInclude(error.message, "sk-for-tests")
        }
      })
    )
  )

  it.live("are an error where they are not of one length, in one answer or in two", () =>
    Effect.scoped(
      Effect.gen(function* () {
        let length = 2
        const { url } = yield* server(({ input }) => ({
          body: {
            data: input.map((text, index) => ({
              index,
              embedding: Array.from({ length: text === "odd" ? 5 : length }, () => 1)
            }))
          }
        }))
        yield* Effect.gen(function* () {
          assert.lengthOf(yield* embed("a", "b"), 2)
          assert.strictEqual((yield* Effect.flip(embed("a", "odd")))._tag, "EmbedderError")
          length = 3
          assert.strictEqual((yield* Effect.flip(embed("a", "b")))._tag, "EmbedderError")
          length = 2
          assert.lengthOf(yield* embed("a"), 1)
        }).pipe(Effect.provide(embedderAt(url, 100_000)))
      })
    )
  )
})
