/** What a collector gets of a real gateway, and what it never gets. */
import { assert, describe, it } from "@effect/vitest"
import { once } from "node:events"
import { createServer, type IncomingHttpHeaders } from "node:http"
import { readFileSync } from "node:fs"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { onTestFinished } from "vitest"
import { leaks } from "../support/canary.ts"
import { collect, type Collector, type Manner, type Span } from "../support/Collector.ts"
import * as GatewayProcess from "../support/GatewayProcess.ts"
import { freePort } from "../support/ports.ts"
import { root } from "../support/repository.ts"

/** Shorter than what the program would wait for anything before it gives up by itself. */
const beforePatienceEnds = 12_000

const telemetry = (collector: Collector, more = "") => `[telemetry]\notlp_endpoint = "${collector.url}"\n${more}\n`

const named = (spans: ReadonlyArray<Span>, name: string): ReadonlyArray<Span> =>
  spans.filter((span) => span.name === name)

/** Names from the span up to its root. */
const path = (spans: ReadonlyArray<Span>, span: Span | undefined): ReadonlyArray<string> =>
  span === undefined
    ? []
    : [
        span.name,
        ...path(
          spans,
          spans.find(({ spanId }) => spanId === span.parentSpanId)
        )
      ]

/** A vendor that refuses every request and quotes it in its refusal. */
const quotingVendor = async () => {
  const headers: Array<IncomingHttpHeaders> = []
  const server = createServer((request, response) => {
    headers.push(request.headers)
    const chunks: Array<Buffer> = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const message = `do not understand: ${Buffer.concat(chunks).toString("utf8")}`
      response.writeHead(400, { "content-type": "application/json" }).end(JSON.stringify({ error: { message } }))
    })
  }).listen(0, "127.0.0.1")
  await once(server, "listening")
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, headers }
}

describe("with a collector", () => {
  it("a turn with a tool is one trace, from the call over the lane to the plugin's process", async () => {
    const collector = await collect()
    const gateway = await GatewayProcess.start({ config: telemetry(collector) })
    const client = await gateway.open()
    const answer = await client.ask("chat.send", { content: "use echo to say hi" })
    assert.isUndefined(answer.error)
    assert.strictEqual((await gateway.kill("SIGTERM")).code, 0)

    const { spans } = collector
    const [agent] = named(spans, "invoke_agent default")
    const [tool] = named(spans, "execute_tool echo")
    const request = ["Inbox.submit", "Gateway.chat.send", "chat.send"]
    const turn = ["invoke_agent default", ...request]
    assert.deepStrictEqual(path(spans, agent), turn)
    assert.deepStrictEqual(path(spans, tool), ["execute_tool echo", ...turn])
    const chats = named(spans, "chat offline")
    assert.strictEqual(chats.length, 2)
    for (const chat of chats) assert.deepStrictEqual(path(spans, chat), ["chat offline", ...turn])
    const call = named(spans, "plugin.call").find((span) => span.traceId === agent?.traceId)
    assert.deepStrictEqual(path(spans, call), ["plugin.call", "execute_tool echo", ...turn])

    assert.deepInclude(agent?.attributes, {
      "gen_ai.operation.name": "invoke_agent",
      "gen_ai.agent.name": "default",
      "gen_ai.provider.name": "offline",
      "gen_ai.request.model": "offline",
      "exoclaw.turn.id": answer.result.turnId,
      "exoclaw.turn.status": "done"
    })
    assert.match(String(agent?.attributes["gen_ai.conversation.id"]), /^[0-9a-f]{32}$/)
    assert.deepInclude(tool?.attributes, { "gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "echo" })
    assert.deepInclude(call?.attributes, {
      "exoclaw.plugin": "echo",
      "exoclaw.plugin.export": "handle_tool_call"
    })
    assert.isNumber(call?.attributes["exoclaw.slot.pid"])
    assert.isBoolean(call?.attributes["exoclaw.slot.warm"])
    const { calls } = answer.result.receipt
    for (const [i, chat] of chats.entries()) {
      assert.strictEqual(chat.kind, 3)
      assert.deepInclude(chat.attributes, {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "offline",
        "gen_ai.request.model": "offline",
        "gen_ai.usage.input_tokens": calls[i].inputTokens,
        "gen_ai.usage.output_tokens": calls[i].outputTokens
      })
    }
  })

  it("the metrics arrive, under the names of the conventions", async () => {
    const collector = await collect()
    const gateway = await GatewayProcess.start({ config: telemetry(collector) })
    const answer = await (await gateway.open()).ask("chat.send", { content: "use echo to say hi" })
    await gateway.kill("SIGTERM")

    const { metrics } = collector
    const input = metrics
      .get("gen_ai.client.token.usage")
      ?.find(({ attributes }) => attributes["gen_ai.token.type"] === "input")
    const told = answer.result.receipt.calls.reduce((sum: number, call: any) => sum + call.inputTokens, 0)
    assert.strictEqual(input.sum, told)
    assert.strictEqual(metrics.get("gen_ai.client.operation.duration")?.[0].attributes["gen_ai.operation.name"], "chat")
    assert.deepInclude(metrics.get("exoclaw_turns_total")?.[0].attributes, { status: "done", stop_reason: "end_turn" })
    assert.deepInclude(metrics.get("exoclaw_tool_calls_total")?.[0].attributes, { tool: "echo", outcome: "ok" })
    for (const name of [
      "exoclaw_connections",
      "exoclaw_slots",
      "exoclaw_store_commit_seconds",
      "exoclaw_casil_messages_total"
    ])
      assert.isTrue(metrics.has(name), name)
  })

  it("what arrives is what the runbook names, and a line that tells no failure has no exception", async () => {
    const collector = await collect()
    const gateway = await GatewayProcess.start({ config: telemetry(collector) })
    const key = `AKIA${"4XZ7T2QWB3NLVCPD"}`
    assert.isUndefined((await (await gateway.open()).ask("chat.send", { content: `use echo to say ${key}` })).error)
    await gateway.kill("SIGTERM")
    const runbook = readFileSync(join(root, "docs", "runbook.md"), "utf8")
    const attributes = new Set(collector.spans.flatMap((span) => Object.keys(span.attributes)))
    for (const name of attributes) assert.include(runbook, `\`${name}\``)
    for (const [name, points] of collector.metrics) {
      const row = runbook.split("\n").find((line) => line.startsWith(`| \`${name}\` |`))
      assert.isDefined(row, name)
      for (const label of Object.keys(points[0].attributes)) if (label !== "unit") assert.include(row ?? "", label)
    }
    const found = collector.logs.filter(({ body }) => body.stringValue === "Content inspection found something")
    assert.isAbove(found.length, 0)
    for (const { attributes: given } of found) {
      const names: ReadonlyArray<string> = given.map(({ key: name }: { readonly key: string }) => name)
      assert.include(names, "casil.rules")
      assert.deepStrictEqual(
        names.filter((name) => name.startsWith("exception.")),
        []
      )
    }
  })

  it("T30: nothing of a secret in a message, an address, a tool's input or an error gets out; vendors get no ids", async () => {
    const secret = "Zq7vXk2mWp9rTb4n"
    const collector = await collect()
    const vendor = await quotingVendor()
    const gateway = await GatewayProcess.start({
      config: `${telemetry(collector, 'logs = "debug"')}
[[agents]]
id = "main"
provider = "offline"
model = "offline"
[[agents]]
id = "refused"
provider = "openai"
model = "gpt-4o-mini"
base_url = "${vendor.url}"
api_key = "none"
`
    })
    const client = await gateway.open()
    const tool = await client.ask("chat.send", { content: `use echo to say ${secret}`, peer: `p-${secret}` })
    assert.isUndefined(tool.error)
    assert.isTrue(tool.events.some(({ data, type }) => type === "tool_result" && data.content.includes(secret)))
    const failed = await client.ask("chat.send", { content: secret, agent: "refused" })
    assert.isDefined(failed.error)
    const nobody = await client.ask("chat.send", { content: "hello", agent: `a-${secret}`.toLowerCase() })
    assert.isDefined(nobody.error)
    await client.ask(`no.${secret}`)
    await gateway.kill("SIGTERM")

    assert.isAbove(collector.of("traces").length, 0)
    assert.isAbove(collector.of("metrics").length, 0)
    assert.isTrue(collector.logs.some(({ severityText }) => severityText === "Warn"))
    for (const { path: to, text } of collector.bodies) {
      assert.deepStrictEqual(leaks(secret, text), [], to)
      assert.deepStrictEqual(leaks(secret.toLowerCase(), text), [], to)
      for (const word of ["do not understand", "use echo to"]) assert.notInclude(text, word)
    }
    const errors = collector.spans.filter(({ status }) => status.code === 2)
    const kinds = errors.map(({ attributes }) => attributes["error.type"])
    for (const kind of ["ModelError.invalid_request", "ProviderFailed", "NoAgent"]) assert.include(kinds, kind)
    assert.isAbove(vendor.headers.length, 0)
    for (const headers of vendor.headers) {
      for (const name of ["traceparent", "tracestate", "b3", "baggage"]) assert.notProperty(headers, name)
    }
  })

  it.each<Manner>(["fails", "hangs"])(
    "one that %s disturbs no turn and holds up no end",
    async (manner) => {
      const collector = await collect(manner)
      const gateway = await GatewayProcess.start({ config: telemetry(collector) })
      const client = await gateway.open()
      for (let i = 0; i < 3; i++) {
        assert.strictEqual((await client.call("chat.send", { content: "use echo to say hi" })).stopReason, "end_turn")
      }
      assert.strictEqual((await gateway.kill("SIGTERM")).code, 0)
      assert.isAbove(collector.bodies.length, 0)
    },
    beforePatienceEnds
  )

  it(
    "one that is not there disturbs no turn and holds up no end",
    async () => {
      const port = await freePort()
      const config = `[telemetry]\notlp_endpoint = "http://127.0.0.1:${port}"\n`
      const gateway = await GatewayProcess.start({ config })
      const client = await gateway.open()
      assert.strictEqual((await client.call("chat.send", { content: "use echo to say hi" })).stopReason, "end_turn")
      assert.strictEqual((await gateway.kill("SIGTERM")).code, 0)
    },
    beforePatienceEnds
  )

  it("a sample of 0 exports no trace, and metrics all the same", async () => {
    const collector = await collect()
    const gateway = await GatewayProcess.start({ config: telemetry(collector, "sample = 0") })
    await (await gateway.open()).call("chat.send", { content: "use echo to say hi" })
    await gateway.kill("SIGTERM")
    assert.deepStrictEqual(collector.spans, [])
    assert.isTrue(collector.metrics.has("exoclaw_turns_total"))
  })

  it("a trace is exported whole or not at all", async () => {
    const collector = await collect()
    const gateway = await GatewayProcess.start({ config: telemetry(collector, "sample = 0.5") })
    const client = await gateway.open()
    for (let i = 0; i < 12; i++) await client.call("chat.send", { content: "use echo to say hi", peer: `peer-${i}` })
    await gateway.kill("SIGTERM")
    const { spans } = collector
    const known = new Set(spans.map(({ spanId }) => spanId))
    for (const { name, parentSpanId } of spans)
      assert.isTrue(parentSpanId === undefined || known.has(parentSpanId), name)
    const traced = named(spans, "chat.send").map(({ traceId }) => traceId)
    assert.sameMembers(
      named(spans, "invoke_agent default").map(({ traceId }) => traceId),
      traced
    )
    for (const traceId of traced) {
      const own = spans.filter((span) => span.traceId === traceId)
      assert.strictEqual(named(own, "chat offline").length, 2)
      assert.strictEqual(named(own, "plugin.call").length, 1)
    }
  })
})

describe("without a collector", () => {
  it("nothing is sent, whatever the environment says about one", async () => {
    const collector = await collect()
    const gateway = await GatewayProcess.start({
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_TRACES_EXPORTER: "otlp", OTEL_METRICS_EXPORTER: "otlp" }
    })
    await (await gateway.open()).call("chat.send", { content: "use echo to say hi" })
    await gateway.kill("SIGTERM")
    assert.deepStrictEqual(collector.bodies, [])
  })
})
