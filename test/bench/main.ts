/**
 * `npm run bench`: every figure of the design that this code can show, in one table.
 *   --json    one JSON document for machines
 *   --check   exit 1 where a figure is worse than the committed one by more than its tolerance, three times in a row
 *   --write   commit this run's figures (test/bench/figures.json)
 *   NAME ...  only these suites: gateway bus connections turn schedule sandbox sandbox-limits ledger router casil
 */
import * as Effect from "effect/Effect"
import { busBench } from "./bus.ts"
import { casilFigures, dearest } from "./casil.ts"
import { connectionsBench } from "./connections.ts"
import * as figures from "./figures.ts"
import { gatewayBench } from "./gateway.ts"
import { ledgerBench } from "./ledger.ts"
import { memoryBench } from "./memory.ts"
import * as peers from "./peers.ts"
import { routerBench } from "./router.ts"
import type { Row } from "./row.ts"
import { sandboxBench } from "./sandbox.ts"
import { sandboxLimits } from "./sandboxLimits.ts"
import { scheduleBench } from "./schedule.ts"
import { turnBench } from "./turn.ts"
import { openScratch } from "../support/scratch.ts"

openScratch()

const casil = async (): Promise<ReadonlyArray<Row>> => {
  const figures = await Effect.runPromise(casilFigures())
  const usual = figures.filter(({ name }) => name.startsWith("clean JSON") || name === "out of scope")
  return [...usual, { ...dearest(figures), name: "the dearest hostile 64 KiB" }].map(({ goal, name, p50 }): Row => ({
    name: `casil: ${name}`,
    value: p50,
    unit: "us",
    goal: `<= ${goal}`,
    met: p50 <= goal,
    better: "lower",
    scale: "cpu"
  }))
}

const suites: Readonly<Record<string, () => Promise<ReadonlyArray<Row>> | ReadonlyArray<Row>>> = {
  gateway: gatewayBench,
  bus: busBench,
  connections: connectionsBench,
  turn: turnBench,
  schedule: scheduleBench,
  sandbox: sandboxBench,
  "sandbox-limits": () => sandboxLimits(),
  ledger: ledgerBench,
  router: routerBench,
  memory: memoryBench,
  casil
}

const args = process.argv.slice(2)
const wanted = args.filter((arg) => !arg.startsWith("--"))
const unknown = wanted.filter((name) => suites[name] === undefined)
if (unknown.length > 0) {
  console.error(`There is no suite "${unknown.join('", "')}". Suites: ${Object.keys(suites).join(", ")}.`)
  process.exit(2)
}

let machine = peers.measure()
/** One suite's rows, with what the machine did around them. */
const measure = async (name: string): Promise<ReadonlyArray<figures.Measured>> => {
  if (!args.includes("--json")) console.error(`bench: ${name} ...`)
  const rows = (await suites[name]?.()) ?? []
  const after = peers.measure()
  const around = peers.between(machine, after)
  machine = after
  return rows.map((row) => ({ row, peers: around }))
}

/** What is slower than committed because the machine was busy is not so each time; a regression is. */
const attempts = args.includes("--check") ? 3 : 1
const measured: Array<figures.Measured> = []
const compared: Array<figures.Comparison> = []
for (const name of Object.keys(suites).filter((suite) => wanted.length === 0 || wanted.includes(suite))) {
  let rows = await measure(name)
  let best = figures.compare(rows)
  for (let attempt = 1; attempt < attempts && best.some(({ regression }) => regression); attempt++) {
    rows = await measure(name)
    best = figures.compare(rows).map((now, i) => {
      const before = best[i]
      return before !== undefined && (before.ratio ?? 0) <= (now.ratio ?? 0) ? before : now
    })
  }
  measured.push(...rows)
  compared.push(...best)
}

const shown = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 1 ? value.toFixed(2) : value.toFixed(3)
if (args.includes("--json")) {
  console.log(
    JSON.stringify({
      peers: machine,
      rows: compared.map(({ ratio, regression, row }) => ({ ...row, ratio, regression }))
    })
  )
} else {
  console.table(
    compared.map(({ ratio, regression, row }) => ({
      figure: row.name,
      value: `${shown(row.value)} ${row.unit}`,
      goal: row.goal ?? "",
      met: row.met === undefined ? "" : row.met ? "yes" : "NO",
      "to committed": ratio === undefined ? "" : `${ratio.toFixed(2)}x${regression ? " WORSE" : ""}`
    }))
  )
  console.log(
    `this machine now: cpu ${shown(machine.cpu)} us, fsync ${shown(machine.fsync)} us, node -e 0 ${shown(machine.start)} ms, waits ${shown(machine.wait)}x`
  )
}
if (args.includes("--write")) figures.write(measured)
if (args.includes("--check") && compared.some(({ regression }) => regression)) process.exitCode = 1
