/** What `/metrics` of a real gateway says, read by the rules of the text format. */
import { assert, describe, it } from "@effect/vitest"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import * as GatewayProcess from "../support/GatewayProcess.ts"
import { root } from "../support/repository.ts"

interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}
interface Family {
  readonly type: string
  readonly samples: Array<Sample>
}

const sampleLine = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (NaN|[+-]Inf|[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/
const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\[\\n"])*)"(?:,|$)/y

const labelsOf = (text: string): Record<string, string> => {
  const labels: Record<string, string> = {}
  label.lastIndex = 0
  while (label.lastIndex < text.length) {
    const found = label.exec(text)
    assert.isNotNull(found, text)
    labels[found?.[1] ?? ""] = found?.[2] ?? ""
  }
  return labels
}

const parse = (text: string): ReadonlyMap<string, Family> => {
  const families = new Map<string, Family>()
  let current: readonly [string, Family] | undefined
  assert.isTrue(text.endsWith("\n"))
  for (const line of text.slice(0, -1).split("\n")) {
    if (line.startsWith("# HELP ")) continue
    const type = /^# TYPE (\S+) (counter|gauge|histogram|summary|untyped)$/.exec(line)
    if (type !== null) {
      const [, name = "", kind = ""] = type
      assert.isFalse(families.has(name), `${name} is told twice`)
      current = [name, { type: kind, samples: [] }]
      families.set(...current)
      continue
    }
    const sample = sampleLine.exec(line)
    assert.isNotNull(sample, line)
    const [, name = "", labels = "", value = ""] = sample ?? []
    assert.isTrue(current !== undefined && name.startsWith(current[0]), line)
    current?.[1].samples.push({ name, labels: labelsOf(labels), value: Number(value.replace("Inf", "Infinity")) })
  }
  return families
}

/** Metrics that the dashboard asks for. */
const charted = (): ReadonlySet<string> => {
  const { panels } = JSON.parse(readFileSync(join(root, "examples", "dashboards", "exoclaw.json"), "utf8"))
  const asked: ReadonlyArray<string> = panels.flatMap((panel: any) => panel.targets.map(({ expr }: any) => expr))
  const names = asked.flatMap((expr) => expr.match(/(?:exoclaw|gen_ai_client|process)_\w+/g) ?? [])
  return new Set(names.map((name) => name.replace(/_(?:bucket|sum|count)$/, "")))
}

describe("the operator's /metrics", () => {
  it("are Prometheus text with every name, and nobody's words", async () => {
    const gateway = await GatewayProcess.start({ config: "[budgets]\nsession = 50\n" })
    const client = await gateway.open()
    const refused = await client.ask("chat.send", { content: "use echo to say Marzipan", peer: "refused" })
    assert.isDefined(refused.error)
    const text = await (await fetch(`${gateway.operatorUrl}/metrics`)).text()
    const first = parse(text)
    assert.deepStrictEqual(
      first.get("exoclaw_budget_refused_total")?.samples.map(({ labels }) => labels["scope"]),
      ["session"]
    )
    assert.deepInclude(first.get("exoclaw_turns_total")?.samples[0]?.labels, { status: "failed", stop_reason: "error" })
    assert.isTrue(
      first.get("exoclaw_rpc_refused_total")?.samples.some(({ labels }) => /^-\d+$/.test(labels["code"] ?? ""))
    )
    await gateway.kill("SIGTERM")

    const rich = await GatewayProcess.start()
    const peer = await rich.open()
    await peer.call("chat.send", { content: "use echo to say Marzipan" })
    const families = parse(await (await fetch(`${rich.operatorUrl}/metrics`)).text())
    for (const [name, type] of [
      ["gen_ai_client_token_usage", "histogram"],
      ["gen_ai_client_operation_duration", "histogram"],
      ["exoclaw_turns_total", "counter"],
      ["exoclaw_turn_duration_seconds", "histogram"],
      ["exoclaw_tool_calls_total", "counter"],
      ["exoclaw_connections", "gauge"],
      ["exoclaw_slots", "gauge"],
      ["exoclaw_store_commit_seconds", "histogram"],
      ["exoclaw_casil_messages_total", "counter"],
      ["process_resident_memory_bytes", "gauge"],
      ["exoclaw_event_loop_delay_p99_seconds", "gauge"],
      ["exoclaw_uptime_seconds", "gauge"]
    ] as const) {
      assert.strictEqual(families.get(name)?.type, type, name)
    }
    const told = new Set([...first.keys(), ...families.keys()])
    assert.deepStrictEqual(
      [...charted()].filter((name) => !told.has(name)),
      []
    )
    const clients = families.get("exoclaw_connections")?.samples.find(({ labels }) => labels["listener"] === "client")
    assert.strictEqual(clients?.value, 1)
    for (const { samples, type } of families.values()) {
      const keys = samples.map(({ labels, name }) => JSON.stringify([name, labels]))
      assert.strictEqual(new Set(keys).size, keys.length)
      assert.isTrue(samples.every(({ value }) => Number.isFinite(value)))
      if (type !== "histogram") continue
      for (const { labels, name, value } of samples.filter((one) => one.name.endsWith("_count"))) {
        const own = samples.filter(
          (one) =>
            one.name === name.replace(/_count$/, "_bucket") &&
            JSON.stringify({ ...labels, le: one.labels["le"] }) === JSON.stringify(one.labels)
        )
        const counts = own.map((bucket) => bucket.value)
        assert.deepStrictEqual(
          counts,
          counts.toSorted((a, b) => a - b)
        )
        assert.strictEqual(own.at(-1)?.labels["le"], "+Inf")
        assert.strictEqual(counts.at(-1), value)
      }
    }
    for (const said of [text, JSON.stringify([...families])]) assert.notMatch(said, /Marzipan/i)
  })
})
