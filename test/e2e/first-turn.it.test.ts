/** The first five minutes of a user, with the real program and nothing configured. */
import { assert, describe, it } from "@effect/vitest"
import * as GatewayProcess from "../support/GatewayProcess.ts"
import type { Answer, Event } from "../support/JsonRpcClient.ts"

const types = (events: ReadonlyArray<Event>) => events.map(({ type }) => type)
const find = (answer: Answer, type: string) => answer.events.filter((event) => event.type === type)
const textOf = (answer: Answer) =>
  find(answer, "text")
    .map(({ data }) => data.text)
    .join("")

const dog = { content: "remember that my dog is called Luna", idempotencyKey: "dog-1" }

describe("without a configuration and without a key", () => {
  it("a turn calls a sandboxed tool, shows what it cost, and outlives kill -9", async () => {
    const first = await GatewayProcess.start()
    const client = await first.open()

    const status = await client.call("status")
    assert.strictEqual(status.ready, true)
    assert.strictEqual(status.authenticated.id, "local")

    const noted = await client.ask("chat.send", dog)
    assert.isUndefined(noted.error)
    assert.strictEqual(find(noted, "tool_call")[0]?.data.name, "note_save")
    assert.include(JSON.stringify(find(noted, "tool_call")[0]?.data.input), "Luna")
    assert.strictEqual(find(noted, "tool_result")[0]?.data.isError, false)

    const echoed = await client.ask("chat.send", { content: "use echo to say hi" })
    assert.isUndefined(echoed.error)
    assert.strictEqual(find(echoed, "tool_call")[0]?.data.name, "echo")
    assert.strictEqual(find(echoed, "tool_result")[0]?.data.content, "echo: hi")

    for (const answer of [noted, echoed]) {
      assert.strictEqual(types(answer.events)[0], "accepted")
      assert.strictEqual(types(answer.events).at(-1), "done")
      assert.deepStrictEqual(
        answer.events.map(({ seq }) => seq),
        answer.events.map((_, index) => index + 1)
      )
      assert.isTrue(answer.events.every(({ turnId }) => turnId === answer.result.turnId))
      assert.strictEqual(textOf(answer).trim().endsWith(answer.result.text.trim()), true)
      assert.strictEqual(answer.result.stopReason, "end_turn")
      const { calls, totalTokens } = answer.result.receipt
      assert.strictEqual(calls.length, 2)
      assert.strictEqual(
        calls.reduce((sum: number, call: any) => sum + call.inputTokens + call.outputTokens, 0),
        totalTokens
      )
      assert.isTrue(answer.result.receipt.blocks.some((block: any) => block.kind === "user" && block.tokens > 0))
    }

    const spent = noted.result.receipt.totalTokens + echoed.result.receipt.totalTokens
    const usage = await client.call("usage.query", { groupBy: "session" })
    assert.strictEqual(usage.total.inputTokens + usage.total.outputTokens, spent)
    assert.strictEqual(usage.total.calls, 4)
    const balance = async (asker: typeof client) => {
      const { accounts } = await asker.call("budget.status")
      return accounts.find((one: any) => one.scope === "day" && one.unit === "tokens" && one.limit === 2_000_000)
    }
    assert.deepInclude(await balance(client), { spent, held: 0 })
    const history = await client.call("chat.history")
    assert.strictEqual(history.turns.length, 2)

    const { signal } = await first.kill("SIGKILL")
    assert.strictEqual(signal, "SIGKILL")
    const second = await GatewayProcess.start({ state: first.state })
    const again = await second.open()

    assert.deepStrictEqual(await again.call("chat.history"), history)
    assert.deepInclude(await balance(again), { spent, held: 0 })
    assert.deepStrictEqual(await again.call("usage.query", { groupBy: "session" }), usage)

    const bare = (events: ReadonlyArray<Event>) => events.map(({ requestId: _, ...event }) => event)
    const resumed = await again.ask("chat.resume", { turnId: echoed.result.turnId, after: 2 })
    assert.deepStrictEqual(bare(resumed.events), bare(echoed.events.slice(2)))
    assert.deepStrictEqual(resumed.result, echoed.result)

    const repeated = await again.ask("chat.send", dog)
    assert.deepStrictEqual(repeated.result, noted.result)
    assert.deepInclude(await balance(again), { spent })
    const byKey = await again.call("chat.resume", { idempotencyKey: dog.idempotencyKey })
    assert.deepStrictEqual(byKey, noted.result)

    const asked = await again.call("chat.send", { content: "what is my dog called?" })
    assert.include(asked.text, "Luna")

    const operator = await second.openOperator()
    const chain = await operator.call("audit.verify")
    assert.isNull(chain.broken)
    assert.isAbove(chain.entries, 4)
  })

  it("SIGTERM closes the sockets with 1001 and ends with code 0", async () => {
    const gateway = await GatewayProcess.start()
    const client = await gateway.open()
    await client.call("ping")
    const ended = gateway.kill("SIGTERM")
    assert.strictEqual((await client.closed).code, 1001)
    assert.strictEqual((await ended).code, 0)
  })
})
