/** Handler of `casil.get`: the policy in force beside the counters of this process. */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import { Agents } from "../../src/agent/Agent.ts"
import { PolicyInForce } from "../../src/casil/PolicyInForce.ts"
import { report } from "../../src/casil/PolicyReport.ts"
import { Missing } from "../../src/gateway/GatewayError.ts"

const named = /^exoclaw_casil_(.+)_total$/
/** Series of one counter that are told: a counter by client may have many. */
const most = 100

const counted = (all: ReadonlyArray<Metric.Metric.Snapshot>) => {
  const names = new Map<string, Array<{ name: string; labels: Record<string, string>; value: number }>>()
  for (const one of all) {
    const name = one.type === "Counter" ? named.exec(one.id)?.[1] : undefined
    if (one.type !== "Counter" || name === undefined) continue
    const rows = names.get(name) ?? []
    names.set(name, rows)
    rows.push({ name, labels: { ...one.attributes }, value: Number(one.state.count) })
  }
  return [...names.keys()]
    .toSorted()
    .flatMap((name) => (names.get(name) ?? []).toSorted((a, b) => b.value - a.value).slice(0, most))
}

export const make = Effect.gen(function* () {
  const agents = yield* Agents
  const inForce = yield* PolicyInForce
  return {
    "casil.get": Effect.fn("Gateway.casil.get")(function* ({ agent, tenant }: { agent?: string; tenant?: string }) {
      // a misspelt one would get the answer of those without an override
      if (agent !== undefined && !agents.all.some(({ id }) => id === agent)) {
        const known = agents.all.map(({ id }) => id).join(", ")
        return yield* new Missing({ message: `There is no agent of that name. Configured: ${known}.` })
      }
      return { ...report(inForce, tenant, agent), counters: counted(yield* Metric.snapshot) }
    })
  }
})
