/**
 * `npm run bench`: every figure of the design that this code can show, in one table.
 *   --json    one JSON document for machines
 *   --check   exit 1 where a figure is worse than the committed one by more than its tolerance
 *   --write   commit this run's figures (test/bench/figures.json)
 *   NAME ...  only these suites: gateway connections turn schedule sandbox ledger router casil
 */
import * as Effect from "effect/Effect"
import { casilFigures } from "./casil.ts"
import { connectionsBench } from "./connections.ts"
import * as figures from "./figures.ts"
import { gatewayBench } from "./gateway.ts"
import { ledgerBench } from "./ledger.ts"
import * as peers from "./peers.ts"
import { routerBench } from "./router.ts"
import type { Row } from "./row.ts"
import { sandboxBench } from "./sandbox.ts"
import { scheduleBench } from "./schedule.ts"
import { turnBench } from "./turn.ts"

const ledger = async (): Promise<ReadonlyArray<Row>> =>
  (await ledgerBench()).map((row): Row =>
    row.unit === "ms"
      ? { ...row, goal: "< 10", met: row.value < 10, better: "lower", scale: "fsync" }
      : { ...row, goal: ">= 3,000", met: row.value >= 3_000, better: "higher", scale: "fsync" }
  )

const casil = async (): Promise<ReadonlyArray<Row>> =>
  (await Effect.runPromise(casilFigures()))
    .filter(({ name }) => name.startsWith("clean JSON text"))
    .map(({ goal, name, p50 }): Row => ({
      name: `casil: ${name}`,
      value: p50,
      unit: "us",
      goal: `<= ${goal}`,
      met: p50 <= goal,
      better: "lower",
      scale: "cpu"
    }))

const suites: Readonly<Record<string, () => Promise<ReadonlyArray<Row>> | ReadonlyArray<Row>>> = {
  gateway: gatewayBench,
  connections: connectionsBench,
  turn: turnBench,
  schedule: scheduleBench,
  sandbox: sandboxBench,
  ledger,
  router: routerBench,
  casil
}

const args = process.argv.slice(2)
const wanted = args.filter((arg) => !arg.startsWith("--"))
const unknown = wanted.filter((name) => suites[name] === undefined)
if (unknown.length > 0) {
  console.error(`There is no suite "${unknown.join('", "')}". Suites: ${Object.keys(suites).join(", ")}.`)
  process.exit(2)
}

const measured = peers.measure()
const rows: Array<Row> = []
for (const [name, run] of Object.entries(suites)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  if (!args.includes("--json")) console.error(`bench: ${name} ...`)
  rows.push(...(await run()))
}
const compared = figures.compare(rows, measured)

const shown = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 1 ? value.toFixed(2) : value.toFixed(3)
if (args.includes("--json")) {
  console.log(
    JSON.stringify({
      peers: measured,
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
    `this machine now: cpu ${shown(measured.cpu)} us, fsync ${shown(measured.fsync)} us, node -e 0 ${shown(measured.start)} ms`
  )
}
if (args.includes("--write")) figures.write(rows, measured)
if (args.includes("--check") && compared.some(({ regression }) => regression)) process.exitCode = 1
