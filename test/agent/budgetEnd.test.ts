/** T12: the last tokens of a small budget with the offline model, which bills by its own count. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { adapter, provider } from "../../layers/model/Offline.ts"
import { BudgetLedger } from "../../src/budget/BudgetLedger.ts"
import { defaultTenant } from "../../src/domain/Ids.ts"
import { utf8Bytes } from "../../src/model/TokenEstimate.ts"
import { keyOf } from "../session/fixtures.ts"
import { meanwhile, resultOf, send } from "../session/world.ts"
import { world } from "./world.ts"

const limit = 2_000
// three and more bytes a token: what one call bills is a fraction of what its bytes could be
const long = "Please remember that the seven quick brown foxes jumped over the lazy dogs of the village. ".repeat(30)
const texts = [long, "Please remember that I like green tea.", "Hi"]

const day = Effect.gen(function* () {
  const rows = yield* (yield* BudgetLedger).status({ tenant: defaultTenant })
  return rows.find(({ scope, unit }) => scope === "day" && unit === "tokens")
})

describe("a budget that the bytes of one call to the offline model do not fit", () => {
  it.effect("T12: is spent to within 200 tokens of its end, call after call, and never past it", () =>
    Effect.gen(function* () {
      assert.isAbove(utf8Bytes(long), limit)
      let answers = 0
      let peer = 0
      for (const content of texts) {
        for (;;) {
          const session = keyOf(`p${++peer}`)
          const { error } = yield* Effect.flatMap(send(content, { session }), (turn) => meanwhile(resultOf(turn)))
          const now = yield* day
          assert.isAtMost((now?.spent ?? Number.NaN) + (now?.held ?? Number.NaN), limit)
          answers += 1
          if (error === undefined) continue
          assert.strictEqual(error.code, -32004)
          assert.deepInclude(error.data as object, { scope: "day", unit: "tokens", limit, spent: now?.spent, held: 0 })
          break
        }
      }
      // each text was answered before it was refused
      assert.isAtLeast(answers, 2 * texts.length)
      assert.isBelow(limit - ((yield* day)?.spent ?? 0), 200)
    }).pipe(
      Effect.provide(
        world({
          adapters: [adapter],
          agent: { targets: [{ provider, model: "offline", maxOutputTokens: 4_096 }] },
          limits: { day: { tokens: limit } }
        })
      )
    )
  )
})
