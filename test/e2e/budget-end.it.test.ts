/** T12: the last tokens of a small budget, counted by a vendor that bills with its own tokenizer. */
import { assert, describe, it } from "@effect/vitest"
import { countTokens } from "gpt-tokenizer/encoding/o200k_base"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as GatewayProcess from "../support/GatewayProcess.ts"
import type { Answer, JsonRpcClient } from "../support/JsonRpcClient.ts"
import { type Asked, type Usage, vendor, type Vendor } from "../support/OpenAiVendor.ts"
import { vi } from "vitest"

// a thousand turns, each committed: a slow disk takes its time
vi.setConfig({ testTimeout: 180_000 })

const calls = 1000
const answer = "one two three"

const config = (base: string, daily: number | "unlimited") => `
[gateway.limits.rate]
address = 100000
principal = 100000
connection = 100000

[agent]
provider = "openai"
model = "gpt-4o-mini"
base_url = "${base}"
tools = []

[budgets]
daily = ${JSON.stringify(daily)}
`

/** By the vendor's guide: three tokens and the role around a message, three before the answer. */
const bill = ({ body: { messages } }: Asked): Usage => ({
  prompt_tokens: messages.reduce((sum: number, one: any) => sum + countTokens(one.content) + 4, 3),
  completion_tokens: countTokens(answer)
})

// four or five bytes a token: what one call bills is a fraction of what its bytes could be
const long = "Say three words about the number seven, please, and nothing else at all. ".repeat(30)
const texts = [long, "Say three words about the number seven, please.", "Hi"]

interface Setting {
  readonly gateway: GatewayProcess.Gateway
  readonly mock: Vendor
  /** What the vendor billed for one call of the long text. */
  readonly price: number
  /** What the bytes of that call could be. */
  readonly bound: number
}

const setting = async (): Promise<Setting> => {
  const mock = await vendor({ bill, pieces: () => [answer] })
  const gateway = await GatewayProcess.start({ config: config(mock.url, "unlimited") })
  const client = await gateway.open()
  assert.isUndefined((await client.ask("chat.send", { content: long, peer: "first" })).error)
  await client.close()
  return { gateway, mock, price: mock.billed(), bound: Buffer.byteLength(JSON.stringify(mock.asked[0]?.body.messages)) }
}

/** The daily limit from now on. */
const limit = async ({ gateway, mock }: Setting, daily: number) => {
  writeFileSync(join(gateway.state, "config.toml"), config(mock.url, daily))
  const operator = await gateway.openOperator()
  assert.deepStrictEqual(await operator.call("gateway.reload"), { applied: ["budgets.daily"], restart: [] })
  await operator.close()
}

const isTrue = (at: Setting, daily: number, { error }: Answer) => {
  assert.strictEqual(error?.code, -32004)
  const data = error?.data
  assert.deepInclude(data, { scope: "day", unit: "tokens", limit: daily })
  assert.isAbove(data.spent + data.held + data.wanted, daily)
  assert.isAtMost(data.spent + data.held, daily)
  assert.isAtMost(data.spent, at.mock.billed())
  assert.isTrue(Date.parse(data.resetsAt) > 0)
}

const dayOf = async (gateway: GatewayProcess.Gateway) => {
  const client = await gateway.open()
  const { accounts } = await client.call("budget.status")
  await client.close()
  return accounts.find((one: any) => one.scope === "day" && one.unit === "tokens")
}

describe("a budget that the bytes of one call do not fit", () => {
  it("T12: is spent to within 200 tokens of its end, call after call, and never past it", async () => {
    const at = await setting()
    const client = await at.gateway.open()
    let peer = 0
    for (const more of [at.price + 60, at.price * 2 - 1, at.price * 3 + 217]) {
      assert.isBelow(more, at.bound * 2)
      const daily = at.mock.billed() + more
      await limit(at, daily)
      for (const content of texts) {
        for (;;) {
          const one = await client.ask("chat.send", { content, peer: `p${++peer}` })
          if (one.error === undefined) continue
          isTrue(at, daily, one)
          break
        }
      }
      assert.isAtMost(at.mock.billed(), daily)
      assert.isBelow(daily - at.mock.billed(), 200)
      assert.deepInclude(await dayOf(at.gateway), { spent: at.mock.billed(), held: 0 })
    }
    assert.isTrue(at.mock.asked.some(({ body }) => body.max_tokens < 4096))
  })

  for (const sockets of [1, 100]) {
    it(`T12: for ten answers nine or ten of a thousand sends over ${sockets} socket(s) get one, the rest true numbers`, async () => {
      const at = await setting()
      assert.isAbove(at.bound, at.price * 3)
      const daily = at.price * 11
      await limit(at, daily)
      const clients = await Promise.all(Array.from({ length: sockets }, () => at.gateway.open()))
      const answers = await Promise.all(
        Array.from({ length: calls }, (_, n) =>
          (clients[n % sockets] as JsonRpcClient).ask("chat.send", { content: long, peer: `s${n}` })
        )
      )
      const refused = answers.filter(({ error }) => error !== undefined)
      for (const one of refused) isTrue(at, daily, one)
      assert.include([9, 10], calls - refused.length)
      assert.isAtMost(at.mock.billed(), daily)
      assert.deepInclude(await dayOf(at.gateway), { spent: at.mock.billed(), held: 0 })
    })
  }
})
