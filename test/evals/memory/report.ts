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

/** A figure beside what it must and what it should reach. */
export interface Reach {
  readonly name: string
  readonly value: number
  readonly must: number
  readonly goal: number
  readonly met: "goal" | "must" | "no"
}

const reached = (name: string, value: number, must: number, goal: number): Reach => {
  const lower = goal < must
  const meets = (wanted: number): boolean => (lower ? value <= wanted : value >= wanted)
  return { name, value, must, goal, met: meets(goal) ? "goal" : meets(must) ? "must" : "no" }
}

export interface Figures {
  readonly total: Row
  /** Of LoCoMo. */
  readonly multiHop: Row | undefined
  /** Tokens of the mean history. */
  readonly historyTokens: number
  readonly latencyMs: { readonly p50: number; readonly p95: number }
  readonly turnsPerSecond: number
}

/** From so many tokens on, a history is a long one, for which less is asked. */
const longHistory = 90_000

/** What `docs/memory.md` sets. Times are those of this machine as busy as it is now. */
export const reach = ({ historyTokens, latencyMs, multiHop, total, turnsPerSecond }: Figures): ReadonlyArray<Reach> => {
  const [, , at3 = 0, , at5 = 0] = total.evidenceRecall
  const isLong = historyTokens >= longHistory
  return [
    isLong ? reached("ER@3K, long histories", at3, 88, 92) : reached("ER@3K", at3, 92, 94.5),
    isLong ? reached("ER@5K, long histories", at5, 91, 95) : reached("ER@5K", at5, 95, 97),
    ...(isLong ? [] : [reached("Full@3K", total.full[2] ?? 0, 87, 90)]),
    ...(isLong || multiHop === undefined ? [] : [reached("multi-hop ER@3K", multiHop.evidenceRecall[2] ?? 0, 77, 84)]),
    reached("recall p50, ms", latencyMs.p50, 5, 2),
    reached("recall p95, ms", latencyMs.p95, 20, 5),
    reached("turns stored per second", turnsPerSecond, 5_000, 20_000)
  ]
}

export const reachTable = (all: ReadonlyArray<Reach>): string => {
  const width = Math.max(...all.map(({ name }) => name.length))
  const line = (name: string, cells: ReadonlyArray<string | number>): string =>
    `${name.padEnd(width)}${cells.map((cell) => String(cell).padStart(8)).join("")}`
  const word = { goal: "goal", must: "must", no: "NO" } as const
  return [
    line("", ["here", "must", "goal", "reached"]),
    ...all.map(({ goal, met, must, name, value }) => line(name, [value, must, goal, word[met]]))
  ].join("\n")
}
