/** Committed figures: each divided by its peer of the same run, so that another machine may compare. */
import * as fs from "node:fs"
import * as path from "node:path"
import type { Peers } from "./peers.ts"
import type { Row } from "./row.ts"

const file = path.join(import.meta.dirname, "figures.json")

/** How much worse than committed a figure may be before it is a regression. */
const tolerance: Readonly<Record<Row["scale"], number>> = { cpu: 2.5, fsync: 3, start: 2, none: 1.25 }

/** A figure without its machine: durations divided by the peer, rates multiplied by it. */
export const relative = (row: Row, peers: Peers): number => {
  if (row.scale === "none") return row.value
  return row.better === "lower" ? row.value / peers[row.scale] : row.value * peers[row.scale]
}

type Figures = Readonly<Record<string, number>>

const read = (): Figures => (fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as Figures) : {})

export const write = (rows: ReadonlyArray<Row>, peers: Peers): void => {
  const figures = Object.fromEntries(rows.map((row) => [row.name, Number(relative(row, peers).toPrecision(4))]))
  fs.writeFileSync(file, `${JSON.stringify(figures, null, 2)}\n`)
}

export interface Comparison {
  readonly row: Row
  /** Ours over the committed one, so that above 1 is worse; undefined where none is committed. */
  readonly ratio: number | undefined
  readonly regression: boolean
}

export const compare = (rows: ReadonlyArray<Row>, peers: Peers): ReadonlyArray<Comparison> => {
  const committed = read()
  return rows.map((row) => {
    const before = committed[row.name]
    if (before === undefined) return { row, ratio: undefined, regression: false }
    const now = relative(row, peers)
    const ratio = row.better === "lower" ? now / before : before / now
    return { row, ratio, regression: ratio > tolerance[row.scale] }
  })
}
