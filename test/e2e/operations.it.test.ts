/** What an operator does to a running gateway: reload, drain, shut down, cut, look. */
import { assert, describe, it } from "@effect/vitest"
import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import * as GatewayProcess from "../support/GatewayProcess.ts"
import type { Event } from "../support/JsonRpcClient.ts"
import { request } from "../support/knock.ts"
import { vendor } from "../support/OpenAiVendor.ts"

/** A gateway whose vendor waits in the middle of each answer until it is told to go on. */
const waiting = async (more = "") => {
  let release = () => {}
  const released = new Promise<boolean>((resolve) => (release = () => resolve(true)))
  const mock = await vendor({ pieces: () => ["one ", "two"], pause: () => released })
  const config = `[agent]\nprovider = "openai"\nmodel = "m"\nbase_url = "${mock.url}"\n${more}`
  const gateway = await GatewayProcess.start({ config })
  const client = await gateway.open()
  const operator = await gateway.openOperator()
  /** A turn that has begun to speak. */
  const speaking = async (params: Record<string, unknown> = {}) => {
    let said = () => {}
    const spoke = new Promise<void>((resolve) => (said = resolve))
    const answer = client.ask("chat.send", { content: "hello", ...params }, ({ type }: Event) => {
      if (type === "text") said()
    })
    await Promise.race([spoke, answer])
    return { answer }
  }
  return { gateway, client, operator, config, release, speaking }
}

const dailyOf = async (client: { readonly call: (method: string) => Promise<any> }) => {
  const { accounts } = await client.call("budget.status")
  return accounts.find((one: any) => one.scope === "day" && one.unit === "tokens")?.limit
}

describe("gateway.reload", () => {
  it("puts budgets into force at once and names what needs a restart", async () => {
    const gateway = await GatewayProcess.start({ config: "[budgets]\ndaily = 5000\n" })
    const client = await gateway.open()
    const operator = await gateway.openOperator()
    const file = join(gateway.state, "config.toml")
    assert.strictEqual(await dailyOf(client), 5000)
    assert.deepStrictEqual(await operator.call("gateway.reload"), { applied: [], restart: [] })

    writeFileSync(file, "[budgets]\ndaily = 10\n\n[memory]\nepisodic_window = 3\n")
    const first = await operator.call("gateway.reload")
    assert.deepStrictEqual(first, { applied: ["budgets.daily"], restart: ["memory.episodic_window"] })
    const refused = await client.ask("chat.send", { content: "hello" })
    assert.strictEqual(refused.error?.code, -32004)
    assert.deepInclude(refused.error?.data, { limit: 10, spent: 0, held: 0 })
    // said again until the restart
    assert.deepStrictEqual(await operator.call("gateway.reload"), { applied: [], restart: ["memory.episodic_window"] })

    writeFileSync(file, "[budgets]\ndaily = 100000\nsession = 50000\n")
    const second = await operator.call("gateway.reload")
    assert.sameMembers(second.applied, ["budgets.daily", "budgets.session"])
    assert.isUndefined((await client.ask("chat.send", { content: "hello" })).error)
    const loaded = await operator.call("audit.query", { kind: "config.loaded" })
    // the start wrote one too, as the gateway itself
    const entries = loaded.entries.filter(({ event }: any) => event.principal === "token:operator")
    assert.strictEqual(entries.length, 4)
    assert.deepInclude(entries[1].event, {
      principal: "token:operator",
      data: { applied: "budgets.daily", restart: "memory.episodic_window" }
    })
  })

  it("T35: a file with a mistake changes nothing and says where it is; the last good one stays", async () => {
    const gateway = await GatewayProcess.start({ config: "[budgets]\ndaily = 5000\n" })
    const client = await gateway.open()
    const operator = await gateway.openOperator()
    const file = join(gateway.state, "config.toml")
    for (const [broken, says] of [
      ["[budgets]\ndaily = 9\n[budget]\nx = 1\n", "config.toml:3"],
      ["[budgets\n", "config.toml:1"],
      ["[budgets]\ndaily = -1\n", "config.toml:2"]
    ] as const) {
      writeFileSync(file, broken)
      const { error } = await operator.ask("gateway.reload")
      assert.strictEqual(error?.code, -32602)
      assert.include(error?.message, says)
      assert.strictEqual(await dailyOf(client), 5000)
    }
    rmSync(file)
    assert.isDefined((await operator.ask("gateway.reload")).error)
    assert.strictEqual(await dailyOf(client), 5000)
    assert.strictEqual((await client.call("chat.send", { content: "hello" })).stopReason, "end_turn")
  })
})

describe("gateway.drain", () => {
  it("takes no new turns, is not ready, and answers when the running ones are over", async () => {
    const { client, gateway, operator, release, speaking } = await waiting()
    const { answer } = await speaking()
    const order: Array<string> = []
    const drained = operator.call("gateway.drain").then((result) => {
      order.push("drained")
      return result
    })
    void answer.then(() => order.push("answered"))
    await operator.call("ping")
    const late = await client.ask("chat.send", { content: "too late", peer: "other" })
    assert.strictEqual(late.error?.code, -32008)
    assert.strictEqual((await request(gateway.operatorUrl, "/ready")).status, 503)
    assert.strictEqual((await request(gateway.operatorUrl, "/health")).status, 200)
    assert.deepStrictEqual(order, [])
    release()
    assert.deepStrictEqual(await drained, { running: 1 })
    assert.strictEqual((await answer).result.text, "one two")
    // what was accepted can still be read
    assert.strictEqual((await client.call("chat.history")).turns.length, 1)
  })
})

describe("the end", () => {
  it("gateway.shutdown answers, lets the running turn finish, closes with 1001 and ends with code 0", async () => {
    const { client, gateway, operator, release, speaking } = await waiting()
    const { answer } = await speaking()
    assert.deepStrictEqual(await operator.call("gateway.shutdown"), { stopping: true })
    release()
    assert.strictEqual((await answer).result.text, "one two")
    assert.strictEqual((await client.closed).code, 1001)
    assert.strictEqual((await operator.closed).code, 1001)
    assert.strictEqual((await gateway.exited).code, 0)
  })

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`${signal} lets the running turn finish, closes with 1001 and ends with code 0`, async () => {
      const { client, gateway, release, speaking } = await waiting()
      const { answer } = await speaking()
      const ended = gateway.kill(signal)
      release()
      assert.strictEqual((await answer).result.text, "one two")
      assert.strictEqual((await client.closed).code, 1001)
      assert.strictEqual((await ended).code, 0)
      const again = await GatewayProcess.start({ state: gateway.state })
      const reader = await again.open()
      assert.strictEqual((await reader.call("chat.history")).turns[0].status, "done")
      const operator = await again.openOperator()
      assert.strictEqual((await operator.call("audit.query", { kind: "gateway.stop" })).entries.length, 1)
    })
  }
})

describe("what an operator sees", () => {
  it("connections, which can be closed one by one", async () => {
    const gateway = await GatewayProcess.start()
    const client = await gateway.open()
    const other = await gateway.open()
    await Promise.all([client.call("ping"), other.call("ping")])
    const operator = await gateway.openOperator()
    const { connections } = await operator.call("gateway.connections")
    assert.strictEqual(connections.length, 3)
    assert.sameMembers(
      connections.map((one: any) => `${one.listener} ${one.principal}`),
      ["client local", "client local", "operator token:operator"]
    )
    const [first] = connections.filter((one: any) => one.listener === "client")
    assert.deepStrictEqual(await operator.call("gateway.disconnect", { id: first.id }), { closed: true })
    assert.deepStrictEqual(await operator.call("gateway.disconnect", { id: first.id }), { closed: false })
    assert.strictEqual((await Promise.race([client.closed, other.closed])).code, 4403)
    assert.strictEqual((await operator.call("gateway.connections")).connections.length, 2)
  })

  it("a token from its making to its end", async () => {
    const gateway = await GatewayProcess.start()
    const operator = await gateway.openOperator()
    const { info, token } = await operator.call("token.create", { name: "laptop", scopes: ["chat:send"] })
    assert.deepInclude(info, { name: "laptop", tenant: "default", scopes: ["chat:send"], revokedAt: null })
    for (const [params, says] of [
      [{ name: "laptop" }, /laptop/],
      [{ name: "past", expiresAt: 1 }, /in the past/],
      [{ name: "nothing", scopes: [] }, /at least one scope/],
      [{ name: `ghp_${"a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"}` }, /^That name looks like a secret/],
      [{ name: "twice", scopes: ["chat:send", "session:read", "chat:send"] }, /"chat:send" is named twice/]
    ] as const) {
      const { error } = await operator.ask("token.create", { scopes: ["chat:send"], ...params })
      assert.strictEqual(error?.code, -32602)
      assert.match(error?.message ?? "", says)
    }
    const { tokens } = await operator.call("token.list")
    assert.notInclude(JSON.stringify(tokens), token)
    // from now on loopback needs one too
    assert.isNull((await (await gateway.open()).call("status")).authenticated)
    const client = await gateway.open(token)
    assert.strictEqual((await client.call("chat.send", { content: "hello" })).stopReason, "end_turn")
    assert.strictEqual((await client.ask("chat.history")).error?.code, -32002)
    const next = await operator.call("token.rotate", { name: "laptop", overlapMs: 60_000 })
    assert.deepInclude(next.info, { name: "laptop", tenant: "default", scopes: ["chat:send"], revokedAt: null })
    for (const secret of [token, next.token]) {
      assert.strictEqual((await (await gateway.open(secret)).call("status")).authenticated.id, "token:laptop")
    }
    assert.strictEqual((await operator.ask("token.rotate", { name: "laptop", overlapMs: -1 })).error?.code, -32602)
    assert.strictEqual((await operator.ask("token.rotate", { name: "nobody" })).error?.code, -32602)
    assert.deepStrictEqual(await operator.call("token.revoke", { name: "laptop" }), { revoked: true })
    assert.deepStrictEqual(await operator.call("token.revoke", { name: "laptop" }), { revoked: false })
    assert.strictEqual((await client.closed).code, 4401)
  })

  it("plugins, the audit, the state, the version and the metrics", async () => {
    const gateway = await GatewayProcess.start()
    const client = await gateway.open()
    await client.call("chat.send", { content: "use echo to say hi" })
    const operator = await gateway.openOperator()
    const notes = await operator.call("plugin.inspect", { name: "notes" })
    assert.deepInclude(notes, { name: "notes", grants: ["store:notes"], kinds: ["tool"] })
    assert.match(notes.sha256, /^[0-9a-f]{64}$/)
    assert.strictEqual((await operator.ask("plugin.inspect", { name: "nope" })).error?.code, -32013)

    const { entries } = await operator.call("audit.query", { limit: 1000 })
    const kinds = entries.map(({ event }: any) => event.kind)
    for (const kind of ["gateway.start", "auth.accepted", "budget.hold", "tool.call", "turn.finished"])
      assert.include(kinds, kind)
    assert.notInclude(JSON.stringify(entries), "say hi")
    const page = await operator.call("audit.query", { after: entries[1].seq, limit: 2 })
    assert.deepStrictEqual(page.entries, entries.slice(2, 4))
    const verdict = await operator.call("audit.verify")
    assert.isNull(verdict.broken)
    assert.isAtLeast(verdict.entries, entries.length)

    const state = await operator.call("state.describe")
    assert.strictEqual(state.stateDir, gateway.state)
    assert.isAbove(state.database.bytes, 0)
    assert.isAbove(state.database.schema, 0)
    assert.strictEqual(state.counts.turns, 1)

    const own = await client.call("usage.query")
    assert.deepStrictEqual(await operator.call("usage.query", { principal: "local" }), own)
    assert.strictEqual((await operator.call("usage.query", { principal: "nobody" })).total.calls, 0)
    const { version } = JSON.parse((await request(gateway.operatorUrl, "/version")).body)
    assert.strictEqual((await client.call("status")).version, version)
    const metrics = await request(gateway.operatorUrl, "/metrics")
    assert.match(metrics.headers["content-type"] ?? "", /^text\/plain/)
    assert.notInclude(metrics.body, "say hi")
  })
})
