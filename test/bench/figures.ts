/** Committed figures: each divided by its peer of the same run, so that another machine may compare. */
import * as fs from "node:fs"
import * as path from "node:path"
import type { Peers } from "./peers.ts"
import type { Row } from "./row.ts"

const file = path.join(import.meta.dirname, "figures.json")

/** How much worse than committed a figure may be before it is a regression. */
const tolerance: Readonly<Record<Row["scale"], number>> = { cpu: 2.5, fsync: 3, turn: 3, start: 2, none: 1.25 }
/** The same for the slowest of many. */
const tailTolerance = 10

/** A figure without its machine: durations divided by the peer, rates multiplied by it. */
export const relative = ({ peers, row }: Measured): number => {
  if (row.scale === "none") return row.value
  const peer = row.scale === "turn" ? 50 * peers.cpu * peers.wait + 3 * peers.fsync : peers[row.scale]
  return row.better === "lower" ? row.value / peer : row.value * peer
}

/** A figure and what the machine did around it. */
export interface Measured {
  readonly row: Row
  readonly peers: Peers
}

type Figures = Readonly<Record<string, number>>

const read = (): Figures => (fs.existsSync(file) ? (JSON.parse(fs.readFileSync(file, "utf8")) as Figures) : {})

export const write = (measured: ReadonlyArray<Measured>): void => {
  const figures = Object.fromEntries(measured.map((one) => [one.row.name, Number(relative(one).toPrecision(4))]))
  fs.writeFileSync(file, `${JSON.stringify(figures, null, 2)}\n`)
}

export interface Comparison {
  readonly row: Row
  /** Ours over the committed one, so that above 1 is worse; undefined where none is committed. */
  readonly ratio: number | undefined
  readonly regression: boolean
}

export const compare = (measured: ReadonlyArray<Measured>): ReadonlyArray<Comparison> => {
  const committed = read()
  return measured.map((one) => {
    const { row } = one
    const before = committed[row.name]
    if (before === undefined) return { row, ratio: undefined, regression: false }
    const now = relative(one)
    const ratio = row.better === "lower" ? now / before : before / now
    return { row, ratio, regression: ratio > (row.tail === true ? tailTolerance : tolerance[row.scale]) }
  })
}
