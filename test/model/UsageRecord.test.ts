import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import type { JsonObject } from "../../src/domain/Json.ts"
import { longestRecord, usageRecord } from "../../src/model/UsageRecord.ts"

describe("what is kept of a vendor's usage", () => {
  it("is every field, known or not, with its numbers and words", () => {
    const usage: JsonObject = {
      input_tokens: 12,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 7 },
      server_tool_use: null,
      service_tier: "standard",
      inference_geo: "us-east-1",
      "new.kind of/token": 3,
      iterations: [{ type: "message", tokens: 4.5 }, true]
    }
    assert.deepStrictEqual(usageRecord(usage), usage)
  })

  it("T30: is no free text, neither as a value nor as a name", () => {
    const usage = { note: "The password is hunter2, remember it", "my secret? yes": 1, ok: 1 }
    assert.deepStrictEqual(usageRecord(usage), { note: "(text)", "(name 1)": 1, ok: 1 })
  })

  it("T30: is no secret, though that is one word", () => {
    const secret = "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"
    const key = "sk-ant-api03-Zq81Lw0P-mXe7Tb4V_n9Rs2Gd6-aJx5Kc8Wb2"
    assert.deepStrictEqual(usageRecord({ [secret]: 1, id: secret, more: { [key]: key } }), {
      "(name 0)": 1,
      id: "(text)",
      more: { "(name 0)": "(text)" }
    })
  })

  it("T28: is bounded in length and depth, whatever comes", () => {
    let deep: JsonObject = {}
    for (let n = 0; n < 50; n++) deep = { deep }
    assert.include(JSON.stringify(usageRecord(deep)), "(deeper)")
    const long = Object.fromEntries(Array.from({ length: 1_000 }, (_, n) => [`field_${n}`, n]))
    assert.deepStrictEqual(Object.keys(usageRecord(long)), ["(too long)"])
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (usage) => {
        assert.isAtMost(JSON.stringify(usageRecord(usage as JsonObject)).length, longestRecord)
      })
    )
  })
})
