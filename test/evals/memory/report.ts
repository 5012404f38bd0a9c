/** Shares over questions, by category and by history, and the table beside the published methods. */

export const budgets = [1_000, 2_000, 3_000, 4_000, 5_000] as const

/** Of one question: by budget, the share of its evidence that is in the context. */
export interface Outcome {
  readonly history: string
  readonly category: string
  readonly recall: ReadonlyArray<number>
}

export interface Row {
  readonly name: string
  readonly questions: number
  readonly evidenceRecall: ReadonlyArray<number>
  readonly full: ReadonlyArray<number>
}

const mean = (values: ReadonlyArray<number>): number =>
  values.length === 0 ? 0 : values.reduce((sum, one) => sum + one, 0) / values.length
const percent = (share: number): number => Math.round(share * 1000) / 10

export const rowOf = (name: string, outcomes: ReadonlyArray<Outcome>): Row => ({
  name,
  questions: outcomes.length,
  evidenceRecall: budgets.map((_, b) => percent(mean(outcomes.map(({ recall }) => recall[b] ?? 0)))),
  full: budgets.map((_, b) => percent(mean(outcomes.map(({ recall }) => (recall[b] === 1 ? 1 : 0)))))
})

/** LoCoMo's adversarial questions have no answer: they are shown, but count in no total. */
export const counts = ({ category }: Outcome): boolean => category !== "adversarial" && category !== "abstention"

/** Standard error of the mean over histories, in points, of ER at 3,000 tokens; null where there is one history. */
export const standardError = (outcomes: ReadonlyArray<Outcome>): number | null => {
  const names = [...new Set(outcomes.map(({ history }) => history))]
  if (names.length < 2) return null
  const means = names.map((name) =>
    mean(outcomes.filter(({ history }) => history === name).map(({ recall }) => recall[2] ?? 0))
  )
  const middle = mean(means)
  const variance = means.reduce((sum, one) => sum + (one - middle) ** 2, 0) / (means.length - 1)
  return percent(Math.sqrt(variance / means.length))
}

/** Measured by others or with other programs on all ten conversations of LoCoMo: ER at 1, 3 and 5 K, multi-hop, Full. */
const published: ReadonlyArray<readonly [string, number, number, number, number, number]> = [
  ["most recent turns", 4.7, 14.8, 24.6, 10.5, 13.0],
  ["MemPalace, its own logs converted", 51.0, 70.7, 79.5, 46.2, 64.9],
  ["BM25, stemmed, stop words, speaker + caption", 68.6, 78.1, 83.7, 60.8, 71.4],
  ["SQLite FTS5, own / ±1 / ±2 columns", 80.5, 88.6, 91.5, 70.7, 83.1],
  ["OpenClaw-like chunks, .7 vector + .3 BM25", 74.6, 87.6, 91.8, 68.9, 82.0],
  ["z-scored sum, static vectors, learned weights", 86.6, 93.8, 96.3, 80.3, 89.1],
  ["the same + a sentence encoder", 88.5, 94.8, 97.0, 84.5, 90.7]
]

const cells = (values: ReadonlyArray<number | string>): string =>
  values.map((value) => String(typeof value === "number" ? value.toFixed(1) : value).padStart(7)).join("")

export const table = (rows: ReadonlyArray<Row>): string => {
  const width = Math.max(12, ...rows.map(({ name }) => name.length))
  const head = `${"".padEnd(width)}${"n".padStart(7)}${cells(budgets.map((b) => `ER@${b / 1000}K`))}${cells(budgets.map((b) => `Full${b / 1000}K`))}`
  return [
    head,
    ...rows.map(
      ({ evidenceRecall, full, name, questions }) =>
        `${name.padEnd(width)}${String(questions).padStart(7)}${cells(evidenceRecall)}${cells(full)}`
    )
  ].join("\n")
}

export const comparison = (total: Row, multiHop: Row | undefined): string => {
  const own = [total.evidenceRecall[0], total.evidenceRecall[2], total.evidenceRecall[4]].map((x) => x ?? 0)
  const width = Math.max(...published.map(([name]) => name.length))
  return [
    `${"".padEnd(width)}${cells(["ER@1K", "3K", "5K", "hop@3K", "Full@3K"])}`,
    ...published.map(([name, ...values]) => `${name.padEnd(width)}${cells(values)}`),
    `${"exoclaw, this data".padEnd(width)}${cells([...own, multiHop?.evidenceRecall[2] ?? "-", total.full[2] ?? 0])}`
  ].join("\n")
}
