/**
 * Learns what each signal of recall is worth: `npm run train:memory -- --data FILE [--write]`. Pairs of evidence and of
 * what ranked above it, logistic loss, AdaGrad; the same data give the same weights. Each history is judged with
 * weights learned without it; `--write` writes those of all of them to `src/memory/recall/weights.ts`.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { parseArgs } from "node:util"
import { rankBy } from "../../../src/memory/recall/Rank.ts"
import { select } from "../../../src/memory/recall/Select.ts"
import { fixed, type Signal, signals, weights as current } from "../../../src/memory/recall/weights.ts"
import { loadHistories } from "./data.ts"
import { budgets, counts, type Outcome, rowOf, standardError, table } from "./report.ts"
import { type Example, examplesOf } from "./world.ts"

type Weights = Readonly<Record<Signal, number>>

const { values: args } = parseArgs({
  options: { data: { type: "string", multiple: true }, write: { type: "boolean", default: false } }
})
if (args.data === undefined) {
  process.stderr.write("train:memory needs --data FILE; test/evals/memory/README.md says what FILE may be.\n")
  process.exit(2)
}

const epochs = 12
const rate = 0.05
const decay = 1e-3
/** Of so many others, drawn at random, the best so many are learned from: those that compete for the budget. */
const drawn = 200
const hardest = 20

const generator = (seed: number) => {
  let state = seed
  return (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff
    return state / 0x8000_0000
  }
}

const learnt = signals.filter((signal) => !(signal in fixed))

const train = (examples: ReadonlyArray<Example>): Weights => {
  const random = generator(7)
  const w = new Float64Array(learnt.length)
  const squares = new Float64Array(learnt.length).fill(1e-6)
  const order = examples.filter(({ evidence }) => evidence.length > 0)
  for (let epoch = 0; epoch < epochs; epoch++) {
    for (let i = order.length - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1))
      const [a, b] = [order[i], order[j]]
      if (a !== undefined && b !== undefined) [order[i], order[j]] = [b, a]
    }
    for (const { evidence, signals: measured } of order) {
      const columns = learnt.map((signal) => measured.values[signal])
      const known = signals.filter((signal) => signal in fixed)
      const scoreOf = (place: number): number =>
        columns.reduce((sum, column, k) => sum + (w[k] ?? 0) * (column[place] ?? 0), 0) +
        known.reduce((sum, signal) => sum + (fixed[signal] ?? 0) * (measured.values[signal][place] ?? 0), 0)
      const own = new Set(evidence)
      const others: Array<readonly [number, number]> = []
      for (let i = 0; i < drawn; i++) {
        const place = Math.floor(random() * measured.rows.length)
        if (!own.has(place)) others.push([place, scoreOf(place)])
      }
      others.sort((a, b) => b[1] - a[1])
      const rivals = others.slice(0, hardest)
      const gradient = new Float64Array(learnt.length)
      for (const place of evidence) {
        const score = scoreOf(place)
        for (const [rival, above] of rivals) {
          const push = 1 / (1 + Math.exp(score - above))
          columns.forEach((column, k) => {
            gradient[k] = (gradient[k] ?? 0) + push * ((column[place] ?? 0) - (column[rival] ?? 0))
          })
        }
      }
      const pairs = evidence.length * rivals.length || 1
      for (let k = 0; k < learnt.length; k++) {
        const g = (gradient[k] ?? 0) / pairs - decay * (w[k] ?? 0)
        squares[k] = (squares[k] ?? 0) + g * g
        w[k] = (w[k] ?? 0) + (rate * g) / Math.sqrt(squares[k] ?? 1)
      }
    }
  }
  const found = Object.fromEntries(learnt.map((signal, k) => [signal, Math.round((w[k] ?? 0) * 1000) / 1000]))
  return { ...current, ...fixed, ...found }
}

const judge = (
  { evidence: _, index, question, signals: measured }: Example,
  history: string,
  weights: Weights
): Outcome => {
  const ranked = rankBy(measured, weights)
  const shares = budgets.map((budget) => {
    const { ranks } = select(index, ranked, budget, Infinity, new Set())
    const rows = new Set(ranks.map((rank) => ranked.rows[rank] ?? -1))
    const found = question.evidence.filter((id) => rows.has(rowsById.get(history)?.get(id) ?? -2))
    return found.length / question.evidence.length
  })
  return { history, category: question.category, recall: shares }
}

const histories = args.data.flatMap(loadHistories)
const rowsById = new Map(
  histories.map(({ name, turns }) => [name, new Map(turns.map(({ id }, row) => [id, row]))] as const)
)
const answerable = (example: Example): boolean =>
  counts({ history: "", category: example.question.category, recall: [] })
const all = histories.map((history) => ({ name: history.name, examples: examplesOf(history).filter(answerable) }))

const outcomes = all.flatMap(({ examples, name }) => {
  const weights = train(all.filter((other) => other.name !== name).flatMap((other) => other.examples))
  return examples.map((example) => judge(example, name, weights))
})
const names = [...new Set(outcomes.map(({ category }) => category))].toSorted()
process.stdout.write(
  `each history with weights learned without it:\n\n${table([
    rowOf("all", outcomes),
    ...names.map((name) =>
      rowOf(
        name,
        outcomes.filter(({ category }) => category === name)
      )
    ),
    ...all.map(({ name }) =>
      rowOf(
        name,
        outcomes.filter(({ history }) => history === name)
      )
    )
  ])}\n\nstandard error over histories, ER@3K: ${standardError(outcomes) ?? "-"} points\n\n`
)
const weights = train(all.flatMap(({ examples }) => examples))
process.stdout.write(
  `${signals.map((signal) => `${signal.padEnd(16)} ${weights[signal].toFixed(3).padStart(7)}`).join("\n")}\n`
)
if (args.write) {
  const file = new URL("../../../src/memory/recall/weights.ts", import.meta.url)
  const lines = signals.map((signal) => `  ${signal}: ${weights[signal]}`).join(",\n")
  const source = readFileSync(file, "utf8")
  const start = source.indexOf("export const weights")
  writeFileSync(
    file,
    `${source.slice(0, start)}export const weights: Readonly<Record<Signal, number>> = {\n${lines}\n}\n`
  )
  process.stdout.write("written.\n")
}
