/** Jobs in a real gateway: what they may do, what they cost, and how an operator steers them. */
import { assert, describe, it } from "@effect/vitest"
import { start } from "../support/GatewayProcess.ts"

const config = `
[budgets]
daily = 200000

[agent]
system_prompt = "Be brief."

[[schedule]]
id = "morning"
cron = "0 7 1 1 *"
prompt = "use echo to say good morning"
tools = ["echo"]

[[schedule]]
id = "bare"
cron = "0 7 1 1 *"
prompt = "use echo to say good morning"

[[schedule]]
id = "poor"
cron = "@every 366d"
prompt = "use echo to say good morning"
tools = ["echo"]
paused = true
[schedule.budget]
daily = 10
`

interface JobInfo {
  readonly id: string
  readonly paused: boolean
  readonly nextAt: number | null
  readonly last: { readonly outcome: string; readonly status: string | null; readonly turnId: string } | null
  readonly accounts: ReadonlyArray<{ readonly key: string; readonly unit: string; readonly spent: number }>
}
interface Run {
  readonly turnId: string
  readonly sessionKey: string
  readonly result: {
    readonly text: string
    readonly receipt: {
      readonly totalTokens: number
      readonly calls: ReadonlyArray<{ readonly inputTokens: number }>
      readonly tools: ReadonlyArray<{ readonly name: string; readonly errors: number }>
      readonly blocks: ReadonlyArray<{ readonly kind: string }>
    }
  }
}

const jobsOf = async (operator: { call: (method: string) => Promise<unknown> }) =>
  ((await operator.call("schedule.list")) as { readonly jobs: ReadonlyArray<JobInfo> }).jobs

describe("a schedule", () => {
  it("T16: a job runs one tool in fewer than 1,000 input tokens, with its own tools and from its own account", async () => {
    const gateway = await start({ config })
    const operator = await gateway.openOperator()
    const run = (await operator.call("schedule.run", { id: "morning", wait: true })) as Run
    const { receipt, text } = run.result
    assert.include(text, "good morning")
    assert.match(run.sessionKey, /^default:schedule:morning:run_/)
    assert.deepStrictEqual(
      receipt.tools.map(({ errors, name }) => [name, errors]),
      [["echo", 0]]
    )
    const input = receipt.calls.reduce((sum, { inputTokens }) => sum + inputTokens, 0)
    assert.isBelow(input, 1_000)
    assert.isAbove(input, 0)
    assert.isFalse(receipt.blocks.some(({ kind }) => kind === "recent"))

    // no tool was allowed to this one, so none was shown to the model, and none ran
    const bare = ((await operator.call("schedule.run", { id: "bare", wait: true })) as Run).result.receipt
    assert.deepStrictEqual(bare.tools, [])
    assert.isFalse(bare.blocks.some(({ kind }) => kind === "tools"))

    const poor = await operator.call("schedule.run", { id: "poor", wait: true }).then(
      () => undefined,
      (error: { readonly code: number; readonly data: { readonly scope: string; readonly limit: number } }) => error
    )
    assert.strictEqual(poor?.code, -32004)
    assert.deepInclude(poor?.data, { scope: "schedule", limit: 10 })

    const [morning, , broke] = await jobsOf(operator)
    assert.deepInclude(morning, { id: "morning", paused: false })
    assert.deepInclude(morning?.last, { outcome: "run", status: "done", turnId: run.turnId })
    assert.deepInclude(morning?.accounts[0], { key: "morning", unit: "tokens", spent: receipt.totalTokens })
    assert.deepInclude(broke, { paused: true, nextAt: null })
    assert.deepInclude(broke?.last, { outcome: "run", status: "failed" })
  })

  it("an operator pauses and resumes jobs, over restarts; who did is in the audit log", async () => {
    const first = await start({ config })
    const operator = await first.openOperator()
    assert.isTrue(((await operator.call("schedule.pause", { id: "morning" })) as JobInfo).paused)
    await operator.call("schedule.run", { id: "morning" })
    const unknown = await operator.call("schedule.pause", { id: "evening" }).then(
      () => undefined,
      (error: { readonly code: number; readonly message: string }) => error
    )
    assert.strictEqual(unknown?.code, -32013)
    assert.match(unknown?.message ?? "", /Configured: morning, bare, poor\.$/)
    await first.kill("SIGTERM")

    const second = await start({ state: first.state })
    const again = await second.openOperator()
    assert.deepStrictEqual(
      (await jobsOf(again)).map(({ paused }) => paused),
      [true, false, true]
    )
    const resumed = (await again.call("schedule.resume", { id: "poor" })) as JobInfo
    assert.isFalse(resumed.paused)
    assert.isNumber(resumed.nextAt)
    for (const kind of ["schedule.paused", "schedule.run", "schedule.resumed"]) {
      const { entries } = (await again.call("audit.query", { kind })) as {
        readonly entries: ReadonlyArray<{ readonly event: { readonly data: unknown; readonly principal: string } }>
      }
      assert.strictEqual(entries.length, 1, kind)
      assert.match(entries[0]?.event.principal ?? "", /operator/)
    }
  })
})
