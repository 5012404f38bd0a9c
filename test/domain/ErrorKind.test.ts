import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as ErrorKind from "../../src/domain/ErrorKind.ts"
import { BudgetError, BudgetExceeded } from "../../src/budget/BudgetError.ts"

describe("ErrorKind", () => {
  it("is the tag, the kind and the reason's of an error, in this order", () => {
    assert.strictEqual(ErrorKind.ofError({ _tag: "ModelError", kind: "timeout" }), "ModelError.timeout")
    const reason = { _tag: "CallFailed", kind: "deadline" }
    assert.strictEqual(ErrorKind.ofError({ _tag: "PluginError", reason }), "PluginError.CallFailed.deadline")
    const exceeded = new BudgetExceeded({
      scope: "day",
      unit: "tokens",
      limit: 1,
      spent: 1,
      held: 0,
      wanted: 1,
      resetsAt: null
    })
    assert.strictEqual(ErrorKind.ofError(new BudgetError({ reason: exceeded })), "BudgetError.BudgetExceeded")
  })

  it("T30: is never a text that somebody wrote", () => {
    assert.strictEqual(ErrorKind.ofError({ _tag: "E", kind: "two words" }), "E")
    assert.strictEqual(ErrorKind.ofError({ _tag: "E", reason: "secret" }), "E")
    assert.strictEqual(ErrorKind.ofError({ kind: "secret" }), "Unknown")
    assert.strictEqual(ErrorKind.ofError("secret"), "Unknown")
    assert.strictEqual(ErrorKind.ofError(Object.assign(new Error("secret"), { name: "a secret" })), "Unknown")
    assert.strictEqual(ErrorKind.ofError(new RangeError("secret")), "RangeError")
  })

  it("of a cause is that of its first error, and says when it was only interrupted", () => {
    assert.strictEqual(ErrorKind.ofCause(Cause.fail({ _tag: "E" })), "E")
    assert.strictEqual(ErrorKind.ofCause(Cause.die(new TypeError("x"))), "TypeError")
    assert.strictEqual(ErrorKind.ofCause(Cause.interrupt()), "interrupted")
  })
})
