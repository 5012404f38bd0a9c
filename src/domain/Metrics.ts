/**
 * What the gateway counts and measures, beside what Casil counts of itself. Names are the wire's: of the GenAI semantic
 * conventions where they have one, else `exoclaw_*`. Times are seconds.
 */
import * as Metric from "effect/Metric"
import { Series } from "./Series.ts"

type Labels = Readonly<Record<string, string>>

const counter = (id: string, description: string) => (attributes: Labels) =>
  Metric.counter(id, { description, incremental: true, attributes })

const gauge = (id: string, description: string) => (attributes: Labels) => Metric.gauge(id, { description, attributes })

const histogram =
  (id: string, description: string, boundaries: ReadonlyArray<number>, unit: string) => (attributes: Labels) =>
    Metric.histogram(id, { description, boundaries, attributes: { ...attributes, unit } })

const powers = (start: number, factor: number, count: number): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, n) => start * factor ** n)

const chat = ["gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model"] as const

/** Tokens of one model call as the vendor reported them; the type is `input` or `output`. */
export const tokenUsage = new Series(
  histogram("gen_ai.client.token.usage", "Tokens of model calls", powers(1, 4, 14), "{token}"),
  [...chat, "gen_ai.token.type"]
)
/** One model call, first byte to last; `error.type` is empty where it went well. */
export const operationDuration = new Series(
  histogram("gen_ai.client.operation.duration", "Duration of model calls", powers(0.01, 2, 14), "s"),
  [...chat, "error.type"]
)
export const turns = new Series(counter("exoclaw_turns_total", "Turns that ended"), ["status", "stop_reason"])
export const turnDuration = new Series(
  histogram("exoclaw_turn_duration_seconds", "Duration of turns, waiting apart", powers(0.01, 2, 16), "s"),
  ["status"]
)
/** Model calls that no budget covered, by the account that refused. */
export const budgetRefused = new Series(
  counter("exoclaw_budget_refused_total", "Model calls that a budget did not cover"),
  ["scope"]
)
/** The outcome is `ok`, `error` (the tool said so), `failed` (the plugin did), `unknown` or `interrupted`. */
export const toolCalls = new Series(counter("exoclaw_tool_calls_total", "Tool calls"), ["tool", "outcome"])
/** JSON-RPC answers that were errors, by code. */
export const rpcRefused = new Series(counter("exoclaw_rpc_refused_total", "RPC calls answered with an error"), ["code"])
/** What happened on the bus: published, delivered, dropped, cut, recovered and so on. */
export const busEvents = new Series(counter("exoclaw_bus_events_total", "What happened on the bus"), [
  "tenant",
  "event"
])
export const busRefused = new Series(counter("exoclaw_bus_refused_total", "Requests that the bus refused"), [
  "tenant",
  "code"
])
/** Upper ends of what requests to the bus may take, in seconds: 8 microseconds, and twice as much each. */
export const busLatencyBounds = powers(0.000_008, 2, 20)
/** From the decoded request to its answer. */
export const busLatency = new Series(
  histogram("exoclaw_bus_request_seconds", "Duration of requests to the bus", busLatencyBounds, "s"),
  ["tenant", "request"]
)
export const busConnections = new Series(gauge("exoclaw_bus_connections", "Open connections to the bus"), ["tenant"])
export const busQueued = new Series(gauge("exoclaw_bus_queued_bytes", "Bytes that wait for the bus's clients"), [
  "tenant"
])
/** 1 where the history or the way to the other nodes is as configured, 0 while something stands in for it. */
export const busHealth = new Series(gauge("exoclaw_bus_up", "Whether a part under the bus is there"), [
  "part",
  "backend"
])
export const storeCommit = new Series(
  histogram("exoclaw_store_commit_seconds", "Duration of write transactions", powers(0.0001, 2, 16), "s"),
  []
)
/** Open WebSockets; the listener is `client` or `operator`. */
export const connections = new Series(gauge("exoclaw_connections", "Open connections"), ["listener"])
/** Sandbox processes; the state is `busy` or `idle`. */
export const slots = new Series(gauge("exoclaw_slots", "Sandbox processes"), ["state"])
export const residentMemory = new Series(
  gauge("process_resident_memory_bytes", "Resident memory of the gateway's process"),
  []
)
/** How late the event loop was, since it was last asked. */
export const eventLoopDelay = new Series(
  gauge("exoclaw_event_loop_delay_p99_seconds", "Lateness of the event loop, 99th percentile since the last reading"),
  []
)
export const uptime = new Series(gauge("exoclaw_uptime_seconds", "Age of the gateway's process"), [])
