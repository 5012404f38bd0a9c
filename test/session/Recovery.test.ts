import { assert, describe, it } from "@effect/vitest"
import { decide } from "../../src/session/Recovery.ts"
import type { EventBody, TurnEvent } from "../../src/session/TurnEvent.ts"
import type { TurnStep } from "../../src/session/TurnStep.ts"
import { turnId } from "./fixtures.ts"

const events = (...bodies: ReadonlyArray<EventBody>): ReadonlyArray<TurnEvent> =>
  bodies.map((body, i) => ({ turnId: turnId(1), seq: i + 1, body }))
const accepted: EventBody = { type: "accepted", data: {} }
const text: EventBody = { type: "text", data: { text: "x" } }
const notice: EventBody = { type: "notice", data: { code: "fallback", message: "" } }
const model = (textThrough: number): TurnStep => ({
  kind: "model",
  provider: "p",
  model: "m",
  textAfter: 1,
  textThrough,
  calls: [],
  finish: "stop"
})
const intent = (id: string, idempotent = false): TurnStep => ({ kind: "tool_intent", id, name: "t", idempotent })
const result = (id: string): TurnStep => ({ kind: "tool_result", id, name: "t", isError: false, event: 1 })

describe("a turn whose process died", () => {
  it("goes on where nothing was said since its last step", () => {
    assert.deepStrictEqual(decide([], events(accepted)), { decision: "resume" })
    assert.deepStrictEqual(decide([], events(accepted, notice)), { decision: "resume" })
    assert.deepStrictEqual(decide([model(2)], events(accepted, text)), { decision: "resume" })
    assert.deepStrictEqual(decide([model(2), intent("a"), result("a")], events(accepted, text)), { decision: "resume" })
  })

  it("T33: is interrupted where something was delivered that no step accounts for", () => {
    const why = { decision: "interrupt", why: "delivered" } as const
    assert.deepStrictEqual(decide([], events(accepted, text)), why)
    assert.deepStrictEqual(decide([model(2)], events(accepted, text, text)), why)
  })

  it("does not count what an earlier attempt said", () => {
    assert.deepStrictEqual(decide([], events(accepted, text, notice), 3), { decision: "resume" })
  })

  it("is interrupted where a tool is open that may not run twice, and only then", () => {
    const why = { decision: "interrupt", why: "unknown_tool_result" } as const
    assert.deepStrictEqual(decide([model(1), intent("a"), intent("b"), result("a")], events(accepted)), why)
    assert.deepStrictEqual(decide([model(1), intent("a", true)], events(accepted)), { decision: "resume" })
    assert.deepStrictEqual(decide([intent("skill"), model(2)], events(accepted, text)), { decision: "resume" })
  })
})
