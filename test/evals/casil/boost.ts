/** Gradient boosting of small decision trees for two classes, the same every time: no chance is in it. */

export interface Row {
  readonly features: Int32Array
  readonly secret: boolean
  readonly weight: number
}

export interface Options {
  readonly trees: number
  readonly depth: number
  /** How much of a tree's opinion counts. */
  readonly rate: number
  /** Draws leaves with little weight towards zero. */
  readonly smoothing: number
  /** The least weight (of the second derivative) in a leaf. */
  readonly least: number
  /** The most thresholds tried for a feature. */
  readonly thresholds: number
}

export const usual: Options = { trees: 80, depth: 3, rate: 0.15, smoothing: 2, least: 3, thresholds: 32 }

/** Feature (-1 in a leaf), threshold, index of the right child, log-odds. */
type Node = readonly [feature: number, threshold: number, right: number, value: number]

const thresholdsOf = (values: Float64Array, most: number): ReadonlyArray<number> => {
  const sorted = values.toSorted()
  const distinct = [...new Set(sorted)]
  if (distinct.length <= most) return distinct.slice(0, -1)
  const chosen = new Set<number>()
  for (let i = 1; i < most; i++) chosen.add(sorted[Math.floor((i * sorted.length) / most)] ?? 0)
  return [...chosen]
}

class Booster {
  readonly #rows: ReadonlyArray<Row>
  readonly #options: Options
  readonly #thresholds: ReadonlyArray<ReadonlyArray<number>>
  readonly #binned: ReadonlyArray<Uint8Array>
  readonly #first: Float64Array
  readonly #second: Float64Array

  constructor(rows: ReadonlyArray<Row>, options: Options) {
    this.#rows = rows
    this.#options = options
    const count = rows[0]?.features.length ?? 0
    const columns = Array.from({ length: count }, (_, f) => Float64Array.from(rows, ({ features }) => features[f] ?? 0))
    this.#thresholds = columns.map((column) => thresholdsOf(column, options.thresholds))
    this.#binned = columns.map((column, f) => {
      const thresholds = this.#thresholds[f] ?? []
      return Uint8Array.from(column, (value) => {
        const at = thresholds.findIndex((threshold) => value <= threshold)
        return at < 0 ? thresholds.length : at
      })
    })
    this.#first = new Float64Array(rows.length)
    this.#second = new Float64Array(rows.length)
  }

  train(): { readonly base: number; readonly trees: ReadonlyArray<ReadonlyArray<Node>> } {
    const rows = this.#rows
    const all = rows.reduce((sum, { weight }) => sum + weight, 0)
    const secret = rows.reduce((sum, row) => sum + (row.secret ? row.weight : 0), 0)
    const base = Math.log(secret / (all - secret))
    const scores = new Float64Array(rows.length).fill(base)
    const trees: Array<ReadonlyArray<Node>> = []
    for (let n = 0; n < this.#options.trees; n++) {
      rows.forEach(({ secret, weight }, i) => {
        const p = 1 / (1 + Math.exp(-(scores[i] ?? 0)))
        this.#first[i] = weight * (p - (secret ? 1 : 0))
        this.#second[i] = Math.max(1e-9, weight * p * (1 - p))
      })
      const tree: Array<Node> = []
      this.#grow(
        rows.map((_, i) => i),
        this.#options.depth,
        tree
      )
      trees.push(tree)
      rows.forEach(({ features }, i) => {
        scores[i] = (scores[i] ?? 0) + valueOf(tree, features)
      })
    }
    return { base, trees }
  }

  #grow(indices: ReadonlyArray<number>, depth: number, tree: Array<Node>): void {
    const { rate, smoothing } = this.#options
    let first = 0
    let second = 0
    for (const i of indices) {
      first += this.#first[i] ?? 0
      second += this.#second[i] ?? 0
    }
    const value = (-first / (second + smoothing)) * rate
    const at = tree.push([-1, 0, 0, value]) - 1
    const split = depth === 0 ? undefined : this.#split(indices, first, second)
    if (split === undefined) return
    const [feature, bin] = split
    const binned = this.#binned[feature] ?? new Uint8Array()
    this.#grow(
      indices.filter((i) => (binned[i] ?? 0) <= bin),
      depth - 1,
      tree
    )
    tree[at] = [feature, this.#thresholds[feature]?.[bin] ?? 0, tree.length, value]
    this.#grow(
      indices.filter((i) => (binned[i] ?? 0) > bin),
      depth - 1,
      tree
    )
  }

  #split(indices: ReadonlyArray<number>, first: number, second: number): readonly [number, number] | undefined {
    const { least, smoothing } = this.#options
    let best = 1e-6
    let found: readonly [number, number] | undefined
    this.#binned.forEach((binned, feature) => {
      const bins = (this.#thresholds[feature]?.length ?? 0) + 1
      if (bins < 2) return
      const firsts = new Float64Array(bins)
      const seconds = new Float64Array(bins)
      for (const i of indices) {
        const bin = binned[i] ?? 0
        firsts[bin] = (firsts[bin] ?? 0) + (this.#first[i] ?? 0)
        seconds[bin] = (seconds[bin] ?? 0) + (this.#second[i] ?? 0)
      }
      let left = 0
      let leftSecond = 0
      for (let bin = 0; bin + 1 < bins; bin++) {
        left += firsts[bin] ?? 0
        leftSecond += seconds[bin] ?? 0
        const rightSecond = second - leftSecond
        if (leftSecond < least || rightSecond < least) continue
        const right = first - left
        const gain =
          (left * left) / (leftSecond + smoothing) +
          (right * right) / (rightSecond + smoothing) -
          (first * first) / (second + smoothing)
        if (gain > best) {
          best = gain
          found = [feature, bin]
        }
      }
    })
    return found
  }
}

const valueOf = (tree: ReadonlyArray<Node>, features: Int32Array): number => {
  let at = 0
  for (;;) {
    const node = tree[at]
    if (node === undefined) return 0
    const [feature, threshold, right, value] = node
    if (feature < 0) return value
    at = (features[feature] ?? 0) <= threshold ? at + 1 : right
  }
}

const thousandths = (value: number): number => Math.round(value * 1000)

/** Trains, and writes the model as `src/casil/context/Score.ts` reads it. */
export const train = (rows: ReadonlyArray<Row>, options: Options = usual): string => {
  const { base, trees } = new Booster(rows, options).train()
  return [
    thousandths(base),
    ...trees.map((tree) =>
      tree
        .map(([feature, threshold, right, value]) => [feature, threshold, right, thousandths(value)].join(" "))
        .join(" ")
    )
  ].join(";")
}
