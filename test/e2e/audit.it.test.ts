/** What a real gateway writes down of a day, and that it stays verifiable. */
import { assert, describe, it } from "@effect/vitest"
import * as path from "node:path"
import { runToEnd, startGateway } from "../cli/processes.ts"
import { exoclaw as inThisProcess, folder } from "../cli/support.ts"

const config = `
[[agents]]
id = "main"

[[agents]]
id = "poor"
[agents.budgets]
session = 10
`

describe("the audit log of a gateway", () => {
  it("has every kind of thing that happened, the whole of a model call, and nothing that was said", async () => {
    const home = folder()
    const exoclaw = (args: string) => inThisProcess(args.split(" "), { home })
    const gateway = await startGateway(home, config)
    const said = "cnry-said-Wm39"
    assert.strictEqual((await runToEnd(["chat", "--peer", "a", `use echo to say ${said}`], home)).code, 0)
    assert.strictEqual((await runToEnd(["chat", "--agent", "poor", "hello"], home)).code, 5)
    const blocked = await runToEnd(["chat", "--peer", "b", "my key is AKIAIOSFODNN7EXAMPLE"], home)
    assert.strictEqual(blocked.code, 0)
    const token = (await exoclaw("token create laptop --scope chat:send")).out.trim()
    assert.strictEqual((await runToEnd(["chat", "hello"], home, "", { EXOCLAW_TOKEN: `${token}x` })).code, 4)
    assert.strictEqual((await runToEnd(["chat", "hello"], home, "", { EXOCLAW_TOKEN: token })).code, 0)
    assert.strictEqual((await exoclaw("token revoke laptop")).code, 0)
    assert.strictEqual((await exoclaw(`backup ${path.join(home, "copy")}`)).code, 0)
    assert.strictEqual((await gateway.stop()).code, 0)

    const { out } = await exoclaw("audit export")
    const entries = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line))
    const kinds = new Set(entries.map(({ event }) => event.kind))
    for (const kind of [
      "gateway.start",
      "gateway.stop",
      "config.loaded",
      "plugin.loaded",
      "auth.accepted",
      "auth.refused",
      "token.created",
      "token.revoked",
      "turn.finished",
      "tool.call",
      "budget.hold",
      "budget.refused",
      "budget.settled",
      "state.backup"
    ]) {
      assert.include([...kinds], kind)
    }
    for (const secret of [said, token, "AKIAIOSFODNN7EXAMPLE"]) assert.notInclude(out, secret)

    // a model call: when, who, what, how much, at which price, under which hold, and how it ended
    const { at, event } = entries.find(({ event }) => event.kind === "budget.settled")
    assert.isAbove(at, 1_700_000_000_000)
    assert.deepInclude(event, { tenant: "default", principal: "local", agent: "main", outcome: "usage" })
    assert.match(event.session, /main/)
    assert.match(event.turn, /^turn_/)
    const { data } = event
    assert.strictEqual(data.provider, "offline")
    assert.isString(data.model)
    for (const count of ["input", "output", "cacheRead", "cacheWrite", "micros", "heldTokens", "heldMicros"]) {
      assert.isAtLeast(data[count], 0)
    }
    assert.isAbove(data.input, 0)
    assert.include([null, "string"], data.priceVersion === null ? null : typeof data.priceVersion)
    const hold = entries.find(({ event }) => event.kind === "budget.hold" && event.data.hold === data.hold)
    assert.strictEqual(hold?.event.turn, event.turn)

    const verdict = JSON.parse((await exoclaw("audit verify --json")).out)
    assert.isNull(verdict.broken)
    assert.strictEqual(verdict.signed.last.seq, entries.length)
    assert.isTrue(verdict.signed.last.known)
    const key = (await exoclaw("audit key")).out.trim()
    assert.strictEqual(verdict.signed.last.key, key)
    assert.strictEqual((await exoclaw(`audit verify --key ${key}`)).code, 0)
  })

  it("tells two configurations apart, and not the same one at two starts", async () => {
    const home = folder()
    const exoclaw = (args: string) => inThisProcess(args.split(" "), { home })
    const digests = async () => {
      const { out } = await exoclaw("audit export --kind config.loaded")
      return out
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).event.data.digest)
    }
    for (const args of [[], [], ["--bind", "localhost"]]) {
      const gateway = await startGateway(home, "", args)
      assert.strictEqual((await gateway.stop()).code, 0)
    }
    const [first, second, third] = await digests()
    assert.strictEqual(first, second)
    assert.notStrictEqual(second, third)
  })
})
