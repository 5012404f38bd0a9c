import { assert, describe, it } from "@effect/vitest"
import { forTerminal } from "../../layers/telemetry/LogLine.ts"

const record = { level: "WARN", timestamp: "2026-11-20T16:27:14.490Z", annotations: {}, spans: {}, fiberId: "#92" }

describe("a log line in a terminal", () => {
  it("is the time, the level, the sentence and its fields", () => {
    assert.strictEqual(
      forTerminal({
        ...record,
        message: ["A call failed (authentication).", { detail: "HTTP 401", kind: "key" }],
        annotations: { "casil.spans": 1 }
      }),
      '16:27:14 WARN  A call failed (authentication). detail="HTTP 401" kind=key casil.spans=1'
    )
    assert.strictEqual(forTerminal({ ...record, level: "ERROR", message: "No." }), "16:27:14 ERROR No.")
  })

  it("tells the cause too", () => {
    assert.strictEqual(
      forTerminal({ ...record, message: "No.", cause: "Error: boom" }),
      "16:27:14 WARN  No. Error: boom"
    )
  })

  it("neither steers the terminal nor begins another line", () => {
    const shown = forTerminal({ ...record, message: ["a\u001b[2Jb\nc", { "n\u202e": "\u009b1m" }] })
    assert.notMatch(shown, /[\p{Cc}\p{Cf}]/u)
    assert.include(shown, "a\\u{1b}[2Jb c")
  })

  it("is what was withheld, where nothing else is left", () => {
    assert.strictEqual(forTerminal("[withheld]"), "[withheld]")
  })
})
