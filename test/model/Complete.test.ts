import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { complete } from "../../layers/model/Complete.ts"
import { BudgetLedger } from "../../src/budget/BudgetLedger.ts"
import { Blocked, Casil } from "../../src/casil/Casil.ts"
import { sealInspected } from "../../src/casil/SealedInspected.ts"
import type { ModelRequest } from "../../src/model/ModelRequest.ts"
import { unlimited } from "../budget/fixtures.ts"
import { fake, finish, spender, target, text, world } from "./fixtures.ts"

/** Redacts the word "secret" and blocks the word "forbidden". */
const casil = Layer.sync(Casil, () => {
  const value: Casil["Service"]["value"] = (surface, it, walk) =>
    Effect.suspend(() => {
      let blocked = false
      const walked = walk(it, (raw) => {
        blocked ||= raw.includes("forbidden")
        return raw.replaceAll("secret", "[redacted]")
      })
      return blocked
        ? Effect.fail(new Blocked({ surface, reason: "CASIL_POLICY_BLOCKED", rules: ["test"] }))
        : Effect.succeed(sealInspected(walked, []))
    })
  return Casil.of({
    value,
    text: (surface, it) => value(surface, it, (raw, see) => see(raw, "")),
    stream: (surface) => (chunks) =>
      Stream.mapEffect(chunks, (chunk) => value(surface, chunk, (raw, see) => see(raw, "")))
  })
})

const asked: Array<ModelRequest> = []
const adapter = fake((request) => {
  asked.push(request)
  return Stream.make(text("the secret"), text(" answer"), finish(40, 3))
})

const ask = Effect.fnUntraced(function* (prompt: string, system?: string) {
  return yield* (yield* complete)({ target, system, prompt }, spender)
})

describe("one whole answer", () => {
  it.effect("is inspected both ways, and charged to whoever spends", () =>
    Effect.gen(function* () {
      const said = yield* ask("a secret question", "be brief")
      assert.strictEqual(said, "the [redacted] answer")
      assert.deepInclude(asked.at(-1), {
        system: ["be brief"],
        messages: [{ role: "user", content: "a [redacted] question" }],
        tools: [],
        maxOutputTokens: target.maxOutputTokens
      })
      const ledger = yield* BudgetLedger
      yield* ledger.settled(spender.turn)
      const charges = yield* ledger.charges(spender.turn)
      assert.deepStrictEqual(
        charges.map((charge) => charge.usage.output),
        [3]
      )
    }).pipe(Effect.provide(Layer.merge(world([adapter]), casil)))
  )

  it.effect("nothing is asked where inspection or the budget says no", () =>
    Effect.gen(function* () {
      const before = asked.length
      assert.strictEqual((yield* Effect.flip(ask("forbidden")))._tag, "Blocked")
      assert.strictEqual((yield* Effect.flip(ask("a question")))._tag, "BudgetError")
      assert.strictEqual(asked.length, before)
    }).pipe(Effect.provide(Layer.merge(world([adapter], {}, { ...unlimited, day: { tokens: 10 } }), casil)))
  )

  it.effect("T12: is counted exactly where its bytes do not fit the budget, and not where they do", () => {
    let counted = 0
    const counting = {
      ...adapter,
      count: () =>
        Effect.sync(() => {
          counted += 1
          return 12
        })
    }
    return Effect.gen(function* () {
      assert.strictEqual(yield* ask("a question"), "the [redacted] answer")
      assert.strictEqual(counted, 0)
      // 43 of 160 are spent: 50 bytes and 100 tokens of answer do not fit, 12 tokens and 100 do
      assert.strictEqual(yield* ask("a question"), "the [redacted] answer")
      assert.strictEqual(counted, 1)
      assert.strictEqual(asked.at(-1)?.maxOutputTokens, 100)
    }).pipe(Effect.provide(Layer.merge(world([counting], {}, { ...unlimited, day: { tokens: 160 } }), casil)))
  })
})
