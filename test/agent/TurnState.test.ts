import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { fold, next, stuckOn } from "../../src/agent/TurnState.ts"
import type { EventBody, TurnEvent } from "../../src/session/TurnEvent.ts"
import type { TurnStep } from "../../src/session/TurnStep.ts"
import { turnId } from "../session/fixtures.ts"

const limits = { modelCalls: 8, toolCalls: 8, seconds: 1 }
const event = (seq: number, body: EventBody): TurnEvent => ({ turnId: turnId(1), seq, body })
const model = (calls: number, finish = "stop", round = 0): TurnStep => ({
  kind: "model",
  provider: "p",
  model: "m",
  textAfter: 0,
  textThrough: 1,
  calls: Array.from({ length: calls }, (_, i) => ({ id: `call_${round}_${i}`, name: "echo", input: { i } })),
  finish
})
const result = (id: string, seq = 9): TurnStep => ({
  kind: "tool_result",
  id,
  name: "echo",
  isError: false,
  event: seq
})

describe("what comes next in a turn", () => {
  it("is the model, then its tools, then the model, then the end", () => {
    const of = (...steps: ReadonlyArray<TurnStep>) => next(fold(steps, []), limits)
    assert.deepStrictEqual(of(), { _tag: "ask" })
    assert.deepStrictEqual(of(model(0)), { _tag: "stop", reason: "end_turn" })
    assert.deepStrictEqual(of(model(0, "length")), { _tag: "stop", reason: "max_tokens" })
    const asked = of(model(2))
    assert.deepStrictEqual(asked._tag === "tools" && asked.calls.map(({ id }) => id), ["call_0_0", "call_0_1"])
    const half = of(model(2), result("call_0_1"))
    assert.deepStrictEqual(half._tag === "tools" && half.calls.map(({ id }) => id), ["call_0_0"])
    assert.deepStrictEqual(of(model(1), result("call_0_0")), { _tag: "ask" })
    assert.deepStrictEqual(of(model(1), result("call_0_0"), model(0, "stop", 1)), { _tag: "stop", reason: "end_turn" })
  })

  it("stops before a limit is exceeded, never after", () => {
    const steps = [model(2), result("call_0_0"), result("call_0_1")]
    assert.deepStrictEqual(next(fold(steps, []), { ...limits, modelCalls: 1 }), { _tag: "stop", reason: "model_limit" })
    assert.deepStrictEqual(next(fold([model(2)], []), { ...limits, toolCalls: 1 }), {
      _tag: "stop",
      reason: "tool_limit"
    })
  })

  it("T17: tells a run that gets nowhere from one that does", () => {
    const run = (content: (round: number) => string, input: (round: number) => TurnStep) => {
      const steps: Array<TurnStep> = []
      const events: Array<TurnEvent> = []
      for (let round = 0; round < 3; round++) {
        const id = `call_${round}_0`
        steps.push(input(round), result(id, round + 10))
        events.push(
          event(round + 10, {
            type: "tool_result",
            data: { id, name: "echo", content: content(round), isError: false }
          })
        )
      }
      return stuckOn(fold(steps, events))
    }
    const same = (round: number) => model(1, "tool-calls", round)
    assert.strictEqual(
      run(() => "same", same),
      "echo"
    )
    assert.strictEqual(
      run((round) => `${round}`, same),
      undefined
    )
    const other = (round: number): TurnStep => ({
      ...same(round),
      kind: "model",
      provider: "p",
      model: "m",
      textAfter: 0,
      textThrough: 0,
      finish: "tool-calls",
      calls: [{ id: `call_${round}_0`, name: "echo", input: { round } }]
    })
    assert.strictEqual(
      run(() => "same", other),
      undefined
    )
  })

  it("never throws, whatever was journalled", () => {
    const step: fc.Arbitrary<TurnStep> = fc.oneof(
      fc
        .tuple(fc.nat({ max: 3 }), fc.constantFrom("stop", "length", "tool-calls"), fc.nat({ max: 3 }))
        .map((args) => model(...args)),
      fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 })).map(([a, b]) => result(`call_${a}_${b}`)),
      fc.constant<TurnStep>({ kind: "tool_intent", id: "call_0_0", name: "echo", idempotent: false })
    )
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const action = next(fold(steps, []), limits)
        assert.include(["ask", "tools", "stop"], action._tag)
      })
    )
  })
})
