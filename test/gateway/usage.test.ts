import { assert, describe, it } from "@effect/vitest"
import { report } from "../../layers/gateway/usage.ts"

const row = (n: number) => ({
  group: `default:websocket:local:p${n}`,
  calls: 1,
  inputTokens: 5_000 - n,
  outputTokens: 2,
  cacheRead: 0,
  cacheWrite: 0,
  costMicros: 3,
  savedMicros: 0
})

describe("a report of usage", () => {
  it("has the largest thousand groups and one for all others, and the total of all", () => {
    const all = Array.from({ length: 2_500 }, (_, n) => row(n))
    const { rows, total } = report(all)
    assert.lengthOf(rows, 1_001)
    assert.deepStrictEqual(rows.slice(0, 1_000), all.slice(0, 1_000))
    assert.deepInclude(rows.at(-1), { group: "(others)", calls: 1_500, outputTokens: 3_000, costMicros: 4_500 })
    assert.deepInclude(total, { group: "total", calls: 2_500, costMicros: 7_500 })
    assert.lengthOf(report(all.slice(0, 1_000)).rows, 1_000)
  })
})
