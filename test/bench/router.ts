/** `Router.resolve` at 10,000 bindings. */
import { AgentId } from "../../src/domain/Ids.ts"
import type { Address, Binding } from "../../src/router/Binding.ts"
import * as RouteIndex from "../../src/router/RouteIndex.ts"
import { percentile, type Row } from "./row.ts"

const agent = AgentId.make("a")
const bindingAt = (i: number): Binding => {
  const kinds: ReadonlyArray<Binding["match"]> = [
    { peer: `peer-${i}` },
    { guild: `guild-${i}`, channel: "discord" },
    { team: `team-${i}`, account: "bot" },
    { channel: "slack", account: `account-${i}` },
    { channel: "telegram", peer: `peer-${i}`, account: "bot" }
  ]
  return { agent, match: kinds[i % kinds.length] ?? { channel: "x" } }
}

const addressAt = (i: number): Address => ({
  channel: ["discord", "slack", "telegram"][i % 3] ?? "slack",
  account: i % 2 === 0 ? "bot" : `account-${i}`,
  peer: `peer-${i}`,
  guild: i % 4 === 0 ? `guild-${i}` : undefined,
  team: i % 4 === 1 ? `team-${i}` : undefined
})

export const routerBench = (): ReadonlyArray<Row> => {
  const index = RouteIndex.make(
    Array.from({ length: 10_000 }, (_, i) => bindingAt(i)),
    agent
  )
  const addresses = Array.from({ length: 20_000 }, (_, i) => addressAt(i))
  for (const address of addresses) RouteIndex.resolve(index, address)
  const times = addresses
    .map((address) => {
      const began = process.hrtime.bigint()
      RouteIndex.resolve(index, address)
      return Number(process.hrtime.bigint() - began) / 1000
    })
    .toSorted((a, b) => a - b)
  const p99 = percentile(times, 0.99)
  return [
    {
      name: "Router.resolve, 10,000 bindings, p50",
      value: percentile(times, 0.5),
      unit: "us",
      better: "lower",
      scale: "cpu"
    },
    {
      name: "Router.resolve, 10,000 bindings, p99",
      value: p99,
      unit: "us",
      goal: "< 10",
      met: p99 < 10,
      better: "lower",
      scale: "cpu",
      tail: true
    }
  ]
}
