/** What content inspection counts in a real gateway: the same numbers in `/metrics`, at a collector and in `casil.get`. */
import { assert, describe, it } from "@effect/vitest"
import { clientScopes, operatorScopes } from "../../src/identity/Scope.ts"
import { structural } from "../../src/casil/rules/structural.ts"
import { BusClient } from "../bus/clients.ts"
import { collect } from "../support/Collector.ts"
import * as GatewayProcess from "../support/GatewayProcess.ts"

const secret = structural.find(({ id }) => id === "github-token")?.example(5).secret ?? ""
const card = "4111-1111-1111-1111"

/** A rule of one's own that may cost a lot: many ways to begin, and none of them ends. */
const slow = `
[[casil.rules]]
id = "long-word"
pattern = "[ab]{1,200}!"
matches = ["aab!"]
`

const config = (more: string) => `
[[agents]]
id = "default"
provider = "offline"

[[agents]]
id = "strict"
provider = "offline"

[casil.scope]
include = ["ops:*"]

[casil.limits]
max_inspect_bytes = 4096

[[casil.overrides]]
agent = "strict"
on_secret = "block"
${slow}
${more}`

type Counts = ReadonlyArray<{
  readonly name: string
  readonly labels: Readonly<Record<string, unknown>>
  readonly value: number
}>

/** The counters of inspection in Prometheus's text. */
const fromText = (text: string): Counts =>
  [...text.matchAll(/^exoclaw_casil_(\w+?)_total(?:\{(.*)\})? (\d+)$/gm)].map(([, name = "", labels = "", value]) => ({
    name,
    labels: Object.fromEntries([...labels.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, one]) => [key, one])),
    value: Number(value)
  }))

const sum = (all: Counts, name: string, labels: Readonly<Record<string, string>> = {}) =>
  all
    .filter((one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value))
    .reduce((total, { value }) => total + value, 0)

const sorted = (all: Counts) =>
  all
    .map(({ labels, name, value }) => `${name} ${JSON.stringify(Object.entries(labels).toSorted())} ${value}`)
    .toSorted()

describe("inspection's counters", () => {
  it("count messages by kind and risk, outcomes, oversize, secrets, probable ones, violations and failures", async () => {
    const collector = await collect()
    const gateway = await GatewayProcess.start({ config: config(`[telemetry]\notlp_endpoint = "${collector.url}"\n`) })
    const metrics = async () => fromText(await (await fetch(`${gateway.operatorUrl}/metrics`)).text())
    const client = await gateway.open()
    const send = (content: string, more: object = {}) => client.ask("chat.send", { content, ...more })
    await send("nothing in it")
    const before = await metrics()
    assert.isAbove(sum(before, "messages", { surface: "prompt", kind: "data", risk: "low" }), 0)
    for (const name of ["oversize", "secrets", "probable_secrets", "violations", "internal_errors"]) {
      assert.strictEqual(sum(before, name), 0, name)
    }

    await send(`see ${secret}`)
    const redacted = await metrics()
    const rule = { surface: "prompt", rule: "github-token" }
    assert.isAbove(sum(redacted, "secrets", rule), 0)
    assert.isAbove(sum(redacted, "outcomes", { outcome: "allow_with_redaction", reason: "CASIL_POLICY_REDACTED" }), 0)
    assert.isAbove(sum(redacted, "messages", { surface: "prompt", risk: "high" }), 0)
    // one by one: who does it again stands out
    assert.strictEqual(sum(redacted, "violations", { surface: "prompt", client: "local" }), 1)
    await send(`see ${secret}`)
    assert.strictEqual(sum(await metrics(), "violations", { surface: "prompt", client: "local" }), 2)

    const refused = await send(`see ${secret}`, { agent: "strict" })
    assert.strictEqual(refused.error?.code, -32007)
    assert.strictEqual(sum(await metrics(), "outcomes", { outcome: "block", reason: "CASIL_POLICY_BLOCKED_SECRET" }), 1)

    await send(`my card is ${card}`)
    assert.isAbove(sum(await metrics(), "probable_secrets", { surface: "prompt", rule: "pii-card" }), 0)

    await send("word ".repeat(2000))
    assert.isAbove(sum(await metrics(), "oversize", { surface: "prompt" }), 0)

    const bus = new BusClient(`${gateway.url.replace("http", "ws")}/bus`)
    await bus.hello()
    await bus.join("lobby", "ops")
    await bus.publish(`see ${secret}`)
    const onBus = { surface: "bus", client: "local", room: "ops", channel: "lobby" }
    assert.strictEqual(sum(await metrics(), "violations", onBus), 1)
    assert.strictEqual(sum(await metrics(), "messages", { surface: "bus", risk: "high" }), 1)
    await bus.close()

    const operator = await gateway.openOperator()
    const { counters } = await operator.call("casil.get")
    const text = await metrics()
    assert.deepStrictEqual(sorted(counters), sorted(text))
    assert.strictEqual((await gateway.kill("SIGTERM")).code, 0)
    const exported = [...collector.metrics].flatMap(([name, points]) =>
      name.startsWith("exoclaw_casil_")
        ? points.map((point) => ({
            name: name.slice("exoclaw_casil_".length, -"_total".length),
            labels: point.attributes,
            value: Number(point.asInt ?? point.asDouble)
          }))
        : []
    )
    assert.deepStrictEqual(sorted(exported), sorted(text))
  })

  it("count what could not be inspected within its budget, and refuse it", async () => {
    const gateway = await GatewayProcess.start({ config: config("").replace("max_inspect_bytes = 4096", "") })
    const client = await gateway.open()
    const answer = await client.ask("chat.send", { content: "ab".repeat(15_000) })
    assert.strictEqual(answer.error?.data.reason, "CASIL_INTERNAL_BLOCK")
    const all = fromText(await (await fetch(`${gateway.operatorUrl}/metrics`)).text())
    assert.strictEqual(sum(all, "internal_errors", { surface: "prompt", cause: "over_budget" }), 1)
    assert.strictEqual(sum(all, "outcomes", { outcome: "block", reason: "CASIL_INTERNAL_BLOCK" }), 1)
    assert.strictEqual(sum(all, "violations"), 0)
  })

  it("count a job's prompt as the job's, under the policy of its agent", async () => {
    const job = `[[schedule]]\nid = "nightly"\ncron = "0 0 1 1 *"\nagent = "strict"\nprompt = "see ${secret}"\n`
    const gateway = await GatewayProcess.start({ config: config(job) })
    const operator = await gateway.openOperator()
    assert.strictEqual((await operator.ask("schedule.run", { id: "nightly" })).error?.code, -32007)
    const { counters } = await operator.call("casil.get")
    assert.strictEqual(sum(counters, "violations", { surface: "prompt", client: "schedule:nightly" }), 1)
  })
})

describe("casil.get", () => {
  it("shows an operator what is in force for an agent, on the operator listener alone", async () => {
    const gateway = await GatewayProcess.start({ config: config("") })
    const operator = await gateway.openOperator()
    const usual = await operator.call("casil.get")
    const strict = await operator.call("casil.get", { agent: "strict" })
    assert.strictEqual(usual.policy.onSecret, "redact")
    assert.strictEqual(strict.policy.onSecret, "block")
    assert.strictEqual(usual.overrides[0].hash, strict.hash)
    assert.strictEqual(strict.rules.find(({ id }: any) => id === "github-token").action, "block")
    assert.notInclude(JSON.stringify([usual, strict]), "[ab]")
    const unknown = await operator.ask("casil.get", { agent: "stirct" })
    assert.match(unknown.error?.message ?? "", /There is no agent of that name\. Configured: default, strict\./)
    const client = await gateway.open(gateway.operatorToken)
    assert.strictEqual((await client.ask("casil.get", {})).error?.code, -32601)
  })

  it("tells whoever is no operator nothing, not even whether there is such an agent", async () => {
    const gateway = await GatewayProcess.start({ config: config("") })
    const operator = await gateway.openOperator()
    const { hash } = await operator.call("casil.get")
    const scopes = [...clientScopes, ...operatorScopes].filter((scope) => scope !== "admin")
    const { token } = await operator.call("token.create", { name: "clerk", scopes })
    const asks = [{}, { agent: "strict" }, { agent: "stirct" }, { tenant: "acme" }]
    const told = async (who: string | null, code: number) => {
      const client = await gateway.openOperator(who)
      const answers = await Promise.all(asks.map((params) => client.ask("casil.get", params)))
      for (const { error, result } of answers) {
        assert.isUndefined(result)
        assert.strictEqual(error?.code, code)
        // whatever was asked for, the answer is the same
        assert.deepStrictEqual(error, answers[0]?.error)
      }
      return JSON.stringify(answers)
    }
    const all = [await told(token, -32002), await told(null, -32001)].join("\n")
    for (const secret of [hash, "long-word", "strict", "stirct", "github-token", "onSecret", "counters"]) {
      assert.notInclude(all, secret)
    }
    const stranger = await gateway.openOperator(`${token}x`).catch(String)
    assert.include(stranger, "401")
    // it is the scope that is missing, not the way in
    const clerk = await gateway.openOperator(token)
    assert.isUndefined((await clerk.ask("audit.verify", {})).error)
  })
})
