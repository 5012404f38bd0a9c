/** The accounts of tokens, tenants and turns in the real program, and what a tenant may know of them. */
import { assert, describe, it } from "@effect/vitest"
import { hash, randomBytes } from "node:crypto"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as GatewayProcess from "../support/GatewayProcess.ts"
import { vendor } from "../support/OpenAiVendor.ts"

const scopes = ["chat:send", "budget:read"] as const
const configured = randomBytes(32).toString("hex")

const config = (url: string, budgets: string) => `
[agent]
provider = "openai"
model = "gpt-4o-mini"
base_url = "${url}"
max_tokens = 50
tools = []

[budgets]
${budgets}

[[tokens]]
name = "file"
digest = "${hash("sha256", configured, "hex")}"
scopes = ["chat:send", "budget:read"]
budget.daily = 400
`

const said = (client: { readonly ask: (method: string, params: unknown) => Promise<any> }, peer: string) =>
  client.ask("chat.send", { content: "Say three words.", peer })

/** Sends until it is refused; the refusal's data. */
const refusal = async (client: { readonly ask: (method: string, params: unknown) => Promise<any> }) => {
  for (let n = 0; n < 100; n++) {
    const { error } = await said(client, `p${n}`)
    if (error === undefined) continue
    assert.strictEqual(error.code, -32004)
    return error.data
  }
  return assert.fail("never refused")
}

describe("accounts", () => {
  it("T12, T26: tokens keep to their budgets; a tenant sees its own accounts, and of the others' only when they reset", async () => {
    const mock = await vendor({ bill: () => ({ prompt_tokens: 30, completion_tokens: 10 }) })
    const gateway = await GatewayProcess.start({ config: config(mock.url, 'daily = "unlimited"') })
    const operator = await gateway.openOperator()
    const make = async (name: string, more: object) =>
      (await operator.call("token.create", { name, scopes, ...more })).token as string
    const limited = await gateway.open(await make("limited", { budget: { total: { tokens: 300 } } }))
    const acme = await gateway.open(await make("acme", { tenant: "acme" }))
    const watcher = await gateway.open(await make("watcher", { scopes: [...scopes, "budget:any"] }))
    const file = await gateway.open(configured)

    const own = await refusal(limited)
    assert.deepInclude(own, { scope: "token", unit: "tokens", limit: 300, held: 0, resetsAt: null })
    assert.isAtMost(own.spent, 300)
    const daily = await refusal(file)
    assert.deepInclude(daily, { scope: "token", limit: 400 })
    assert.isAbove(Date.parse(daily.resetsAt), 0)
    const { tokens } = await operator.call("token.list")
    assert.deepStrictEqual(tokens.find((one: any) => one.name === "limited")?.budget, { total: { tokens: 300 } })

    const scopesOf = async (client: typeof acme) => {
      const { accounts } = await client.call("budget.status")
      return [...new Set(accounts.map((one: any) => one.scope))]
    }
    // as long as nobody else spends, the totals are the default tenant's own
    assert.include(await scopesOf(limited), "day")
    assert.deepStrictEqual(await scopesOf(acme), ["tenant", "token"])
    assert.isUndefined((await said(acme, "first")).error)
    assert.deepStrictEqual(await scopesOf(limited), ["tenant", "token"])
    assert.include(await scopesOf(watcher), "day")

    const spent = mock.billed()
    writeFileSync(join(gateway.state, "config.toml"), config(mock.url, `daily = ${spent + 200}`))
    assert.deepInclude(await operator.call("gateway.reload"), { applied: ["budgets.daily"] })
    const foreign = await refusal(acme)
    assert.deepInclude(foreign, { scope: "day", limit: null, spent: null, held: null })
    assert.isAbove(Date.parse(foreign.resetsAt), 0)
    assert.notMatch(JSON.stringify(foreign), new RegExp(`${spent + 200}`))
    assert.deepInclude(await refusal(watcher), { scope: "day", limit: spent + 200 })
    assert.isAtMost(mock.billed(), spent + 200)
  })
})
