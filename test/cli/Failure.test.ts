import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Exit from "effect/Exit"
import { exitCode, exitCodeHelp } from "../../layers/cli/ExitCode.ts"
import { failure, ofCall } from "../../layers/cli/Failure.ts"
import { outcome } from "../../layers/cli/run.ts"
import { ConnectionFailure, GatewayFailure } from "../../layers/client/index.ts"

describe("a failed call", () => {
  it("has the exit code of its kind", () => {
    const codes = [-32001, -32002, -32003, -32004, -32006, -32007, -32008, -32010, -32602, -32603]
    assert.deepStrictEqual(
      codes.map((code) => ofCall(new GatewayFailure(code, "No."), "").exitCode),
      [4, 4, 7, 5, 1, 8, 7, 130, 2, 1]
    )
    assert.strictEqual(ofCall(new ConnectionFailure("Gone."), "").exitCode, 1)
  })

  it("says how to get in, and which parameter is wrong", () => {
    assert.strictEqual(ofCall(new GatewayFailure(-32001, "No."), "Use a token.").message, "No. Use a token.")
    assert.strictEqual(ofCall(new GatewayFailure(-32001, "No. Send it."), "Use a token.").message, "No. Use a token.")
    const data = { issues: [{ path: ["limit"], message: "Expected a value between 1 and 1000" }] }
    assert.strictEqual(
      ofCall(new GatewayFailure(-32602, "Invalid params", data), "").message,
      "That is not valid: limit: Expected a value between 1 and 1000."
    )
    assert.strictEqual(
      ofCall(new GatewayFailure(-32601, "Method not found"), "").message,
      "Method not found. That gateway is of another version."
    )
  })
})

describe("the outcome", () => {
  it("is silent when all went well or was interrupted", () => {
    assert.deepStrictEqual(outcome(Exit.succeed(1)), { text: "", code: 0 })
    assert.deepStrictEqual(outcome(Exit.interrupt()), { text: "", code: 130 })
  })

  it("is the failure's sentence and code, and nothing for what was told already", () => {
    assert.deepStrictEqual(outcome(Exit.fail(failure("No.", exitCode.busy))), { text: "exoclaw: No.\n", code: 7 })
    assert.deepStrictEqual(outcome(Exit.fail(failure("", exitCode.usage))), { text: "", code: 2 })
  })

  it("is 2 for what the command line or the configuration must change", () => {
    for (const _tag of ["ConfigError", "TokenRequired"]) {
      assert.strictEqual(outcome(Exit.fail(Object.assign(new Error("No."), { _tag }))).code, 2)
    }
    assert.strictEqual(outcome(Exit.fail(Object.assign(new Error("No."), { _tag: "StoreError" }))).code, 1)
  })

  it("shows no stack of what nobody expected", () => {
    const { code, text } = outcome(Exit.failCause(Cause.die(new Error("boom"))))
    assert.deepStrictEqual({ code, text }, { code: 1, text: "exoclaw: unexpected: boom\n" })
  })
})

describe("the table of exit codes", () => {
  it("explains each", () => {
    for (const code of Object.values(exitCode)) assert.match(exitCodeHelp, new RegExp(`^ {2}${code} +\\w`, "m"))
  })
})
