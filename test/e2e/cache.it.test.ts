/** A vendor's prompt cache, used and billed over the real program. */
import { assert, describe, it } from "@effect/vitest"
import { type CachedUsage, cachingVendor, rowsOf } from "../support/CachingVendor.ts"
import { start } from "../support/GatewayProcess.ts"

const model = "claude-sonnet-4-5"
/** Dollars per million tokens: in, out, read, written. */
const [input, output, read, write] = [3, 15, 0.3, 3.75]

const cost = (usage: CachedUsage): number =>
  Math.ceil(
    usage.input_tokens * input +
      usage.output_tokens * output +
      usage.cache_read_input_tokens * read +
      usage.cache_creation_input_tokens * write -
      1e-9
  )
const uncached = (usage: CachedUsage): number =>
  (usage.input_tokens + usage.cache_read_input_tokens + usage.cache_creation_input_tokens) * input +
  usage.output_tokens * output
const sum = (numbers: ReadonlyArray<number>): number => numbers.reduce((all, one) => all + one, 0)

/** Calls echo until it has so many results in this turn. */
const echoes = (times: number) => (body: any) => {
  const last = body.messages.findLastIndex(({ content }: any) => content.some(({ type }: any) => type === "text"))
  const done = body.messages.slice(last + 1).filter(({ role }: any) => role === "user").length
  return done < times ? { name: "echo", input: { message: `number ${done}` } } : undefined
}

const config = (url: string, more = "") => `
[agent]
provider = "anthropic"
model = "${model}"
base_url = "${url}"
max_tokens = 500
tools = ["echo"]
system_prompt = "${"You answer briefly and in plain words. ".repeat(160)}"
${more}
`
const env = { ANTHROPIC_API_KEY: "sk-a-key-for-a-mock-0123456789" }

describe("a prompt that begins as the last one did", () => {
  it("is read from the vendor's cache; receipt, events and usage say what that saved, to the micro-dollar", async () => {
    const vendor = await cachingVendor(1_024, echoes(3))
    const gateway = await start({ env, config: config(vendor.url) })
    const client = await gateway.open()
    const first = await client.ask("chat.send", { content: "use echo three times" })
    assert.isUndefined(first.error)
    assert.lengthOf(vendor.usages, 4)
    const [one, two, three, four] = vendor.usages
    // tools and system are written by the first call and read by all others; from the third on, what the turn said, too
    assert.isAbove(one?.cache_creation_input_tokens ?? 0, 1_024)
    assert.strictEqual(one?.cache_read_input_tokens, 0)
    assert.strictEqual(two?.cache_read_input_tokens, one?.cache_creation_input_tokens)
    assert.strictEqual(two?.cache_creation_input_tokens, 0)
    assert.isAbove(three?.cache_creation_input_tokens ?? 0, 0)
    assert.isAbove(four?.cache_read_input_tokens ?? 0, three?.cache_read_input_tokens ?? 0)

    const { receipt } = first.result
    assert.strictEqual(receipt.totalMicros, sum(vendor.usages.map(cost)))
    assert.deepStrictEqual(
      receipt.calls.map((call: any) => call.savedMicros),
      vendor.usages.map((usage) => uncached(usage) - cost(usage))
    )
    assert.isBelow(receipt.calls[0].savedMicros, 0)
    assert.isAbove(receipt.savedMicros, 0)
    assert.strictEqual(receipt.savedMicros, sum(receipt.calls.map((call: any) => call.savedMicros)))
    assert.deepStrictEqual(
      first.events.flatMap(({ data, type }) => (type === "usage" ? [[data.cacheRead, data.cacheWrite]] : [])),
      vendor.usages.map((usage) => [usage.cache_read_input_tokens, usage.cache_creation_input_tokens])
    )

    // the next turn begins with the same tools, system and what was said before
    const second = await client.ask("chat.send", { content: "and three times more" })
    assert.isUndefined(second.error)
    assert.isAtLeast(vendor.usages[4]?.cache_read_input_tokens ?? 0, one?.cache_creation_input_tokens ?? 0)
    const beginning = rowsOf(vendor.bodies[0]).length - 1
    const shown = vendor.bodies.map((body) => rowsOf(body).map(({ block }) => block))
    for (const rows of shown) assert.deepStrictEqual(rows.slice(0, beginning), shown[0]?.slice(0, beginning))

    const report = await client.call("usage.query", { groupBy: "model" })
    assert.strictEqual(report.total.savedMicros, sum(vendor.usages.map((usage) => uncached(usage) - cost(usage))))
    assert.strictEqual(report.total.costMicros, sum(vendor.usages.map(cost)))
    assert.strictEqual(report.total.cacheRead, sum(vendor.usages.map((usage) => usage.cache_read_input_tokens)))
  })

  it("is never marked where the operator said no", async () => {
    const vendor = await cachingVendor(1_024, echoes(3))
    const gateway = await start({ env, config: config(vendor.url, "cache = false") })
    assert.isUndefined((await (await gateway.open()).ask("chat.send", { content: "use echo" })).error)
    assert.lengthOf(vendor.bodies, 4)
    assert.notInclude(JSON.stringify(vendor.bodies), "cache_control")
  })
})
