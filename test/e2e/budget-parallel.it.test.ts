/** T12: a cap under a thousand calls at once, counted by the vendor. */
import { assert, describe, it } from "@effect/vitest"
import { encode } from "gpt-tokenizer/encoding/o200k_base"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as GatewayProcess from "../support/GatewayProcess.ts"
import type { Answer, JsonRpcClient } from "../support/JsonRpcClient.ts"
import { type Asked, type Behaviour, type Usage, vendor, type Vendor } from "../support/OpenAiVendor.ts"
import { vi } from "vitest"

// a thousand turns, each committed: a slow disk takes its time
vi.setConfig({ testTimeout: 180_000 })

const calls = 1000
const output = 5

const config = (base: string, daily: number | "unlimited") => `
[gateway.limits.rate]
address = 100000
principal = 100000
connection = 100000

[agent]
provider = "openai"
model = "mock-1"
base_url = "${base}"
max_tokens = ${output}
tools = []

# every request costs the same: nothing is recalled of the others
[memory]
semantic_enabled = false

[budgets]
daily = ${JSON.stringify(daily)}
`

// long, so that what a vendor adds to a request is little beside it
const content = "Say three words about the number seven, please, and nothing else at all. ".repeat(6)
const send = (client: JsonRpcClient, peer: string) => client.ask("chat.send", { content, peer })

interface Setting {
  readonly gateway: GatewayProcess.Gateway
  readonly mock: Vendor
  /** What the vendor billed for one call. */
  readonly price: number
  /** What was held for it. */
  readonly hold: number
}

/** One call tells what one costs and holds. */
const setting = async (behaviour: Behaviour): Promise<Setting> => {
  const mock = await vendor(behaviour)
  const gateway = await GatewayProcess.start({ config: config(mock.url, "unlimited") })
  const client = await gateway.open()
  const first = await send(client, "first")
  assert.isUndefined(first.error)
  await client.close()
  const operator = await gateway.openOperator()
  const { entries } = await operator.call("audit.query", { kind: "budget.hold" })
  await operator.close()
  return { gateway, mock, price: mock.billed(), hold: entries[0].event.data.tokens }
}

/** The daily limit from now on. */
const limit = async ({ gateway, mock }: Setting, daily: number) => {
  writeFileSync(join(gateway.state, "config.toml"), config(mock.url, daily))
  const operator = await gateway.openOperator()
  assert.deepStrictEqual(await operator.call("gateway.reload"), { applied: ["budgets.daily"], restart: [] })
  await operator.close()
}

const clientsOf = (gateway: GatewayProcess.Gateway, sockets: number) =>
  Promise.all(Array.from({ length: sockets }, () => gateway.open()))

const burst = async ({ gateway }: Setting, sockets: number): Promise<ReadonlyArray<Answer>> => {
  const clients = await clientsOf(gateway, sockets)
  return Promise.all(Array.from({ length: calls }, (_, n) => send(clients[n % sockets] as JsonRpcClient, `s${n + 1}`)))
}

const dayOf = async (gateway: GatewayProcess.Gateway) => {
  const client = await gateway.open()
  const { accounts } = await client.call("budget.status")
  return accounts.find((one: any) => one.scope === "day" && one.unit === "tokens")
}

const check = async (at: Setting, daily: number, answers: ReadonlyArray<Answer>) => {
  const refused = answers.filter(({ error }) => error !== undefined)
  for (const { error } of refused) {
    assert.strictEqual(error?.code, -32004)
    const data = error?.data
    assert.deepInclude(data, { scope: "day", unit: "tokens", limit: daily })
    assert.isAbove(data.spent + data.held + data.wanted, daily)
    assert.isAtMost(data.spent + data.held, daily)
    assert.isAtMost(data.wanted, at.hold)
    assert.isTrue(Date.parse(data.resetsAt) > 0)
  }
  assert.isAtMost(at.mock.billed(), daily)
  const day = await dayOf(at.gateway)
  assert.strictEqual(day.held, 0)
  assert.isAtMost(day.spent, daily)
  assert.isAtLeast(day.spent, at.mock.billed())
  return calls - refused.length
}

/** A token for each byte of what is said to the model, so that a hold and a price are nearly the same. */
const byBytes = ({ body: { messages, model } }: Asked): Usage => ({
  prompt_tokens: Buffer.byteLength(JSON.stringify({ model, messages })),
  completion_tokens: output
})

const byTokens = ({ body: { messages } }: Asked): Usage => ({
  prompt_tokens: messages.reduce((sum: number, one: any) => sum + encode(one.content).length + 4, 3),
  completion_tokens: encode("one two three").length
})

describe("a daily budget for exactly ten", () => {
  for (const sockets of [1, calls]) {
    it(`T12: a thousand sends over ${sockets} socket(s) bill no token more, nine are answered, the rest get -32004`, async () => {
      const at = await setting({ bill: byBytes })
      assert.isBelow(at.hold * 9, at.price * 10)
      const daily = at.price * 11
      await limit(at, daily)
      const answered = await check(at, daily, await burst(at, sockets))
      assert.isAtLeast(answered, 9)
      assert.isAtMost(answered, 10)
    })
  }

  it("T15: a vendor that says less than it bills still bills no more than the budget", async () => {
    const at = await setting({
      bill: byTokens,
      report: (truth) => ({ prompt_tokens: Math.floor(truth.prompt_tokens / 3), completion_tokens: 1 })
    })
    const daily = at.price + at.hold * 10
    await limit(at, daily)
    assert.isAtLeast(await check(at, daily, await burst(at, 10)), 9)
  })
})

describe("a thousand calls that come to nothing", () => {
  it("T13: cancelled ones, ones whose socket closed and ones the vendor broke off leave nothing held", async () => {
    let answerAll = () => {}
    const released = new Promise<void>((resolve) => (answerAll = resolve))
    const isBroken = ({ text }: Asked) => text.includes("broken")
    const at = await setting({
      bill: byBytes,
      pieces: () => ["one ", "two ", "three"],
      pause: async (asked) => {
        if (asked.text.includes("number seven")) return true
        await released
        return !isBroken(asked)
      }
    })
    const staying = await at.gateway.open()
    const leaving = await at.gateway.open()
    const turns: Array<string> = []
    const broken: Array<Promise<Answer>> = []
    let speaking = 0
    await new Promise<void>((resolve) => {
      for (let n = 0; n < calls; n++) {
        const breaks = n % 5 === 0
        const client = n % 2 === 0 ? staying : leaving
        const asked = client.ask(
          "chat.send",
          { content: breaks && client === staying ? "broken" : "wait", peer: `p${n}` },
          ({ turnId, type }) => {
            if (type !== "text") return
            if (!(breaks && client === staying)) turns.push(turnId)
            if (++speaking === calls) resolve()
          }
        )
        if (breaks && client === staying) broken.push(asked)
      }
    })
    const day = await dayOf(at.gateway)
    assert.isAbove(day.held, calls * output)
    leaving.socket.terminate()
    await leaving.closed
    const cancels = Promise.all(turns.map((turnId) => staying.call("chat.cancel", { turnId })))
    await staying.call("ping")
    answerAll()
    const ends = await cancels
    assert.isTrue(ends.some(({ cancelled }) => cancelled))
    for (const { error } of await Promise.all(broken)) assert.strictEqual(error?.code, -32006)
    const after = await dayOf(at.gateway)
    assert.strictEqual(after.held, 0)
    assert.isAtLeast(after.spent, at.mock.billed())
  })
})
