/**
 * How likely a value beside a name is a secret: a sum over small decision trees, learned offline (`npm run train:casil`)
 * from public data and made-up lines. Integers only. Which features speak for and against is told by `reasons`.
 */
import { FEATURES } from "./Features.ts"
import { model } from "./model.ts"

/** Numbers of a node: feature (-1 in a leaf), threshold, index of the right child, log-odds in thousandths. */
const SIZE = 4
/** Confidence in hundredths by log-odds in steps of a quarter, from -6 to 6. */
const STEP = 250
const LEAST = -6000
const CONFIDENCE = Uint8Array.from(
  (
    "0 0 0 1 1 1 1 2 2 3 3 4 5 7 9 11 13 16 20 25 29 35 41 47 53 59 65 71 75 80 " +
    "84 87 89 91 93 95 96 97 97 98 98 99 99 99 99 100 100 100"
  ).split(" "),
  Number
)

/** A trained model, ready. */
export interface Scorer {
  /** Log-odds, in thousandths, that a value with these features is a secret. */
  readonly score: (features: Int32Array) => number
  /** Why the score is what it is, the weightiest first. */
  readonly reasons: (features: Int32Array) => ReadonlyArray<Reason>
}

/** What a feature added to the log-odds, in thousandths. */
export interface Reason {
  readonly feature: string
  readonly value: number
  readonly weight: number
}

/** The same in hundredths of certainty. */
export const confidence = (score: number): number => {
  const at = Math.floor((Math.min(5999, Math.max(LEAST, score)) - LEAST) / STEP)
  return CONFIDENCE[at] ?? 0
}

interface Trees {
  readonly base: number
  readonly roots: Int32Array
  readonly nodes: Int32Array
}

const load = (model: string): Trees => {
  const [base = "0", ...all] = model.split(";")
  const roots: Array<number> = []
  const nodes: Array<number> = []
  for (const tree of all) {
    const from = nodes.length / SIZE
    roots.push(from)
    const numbers = tree.split(" ").map(Number)
    for (let i = 0; i < numbers.length; i += SIZE) {
      nodes.push(numbers[i] ?? -1, numbers[i + 1] ?? 0, (numbers[i + 2] ?? 0) + from, numbers[i + 3] ?? 0)
    }
  }
  return { base: Number(base), roots: Int32Array.from(roots), nodes: Int32Array.from(nodes) }
}

/** A scorer of a model as text: the base, then a tree after each semicolon, four numbers for each node. */
export const scorer = (model: string): Scorer => {
  let trees: Trees | undefined
  return {
    score: (features) => {
      trees ??= load(model)
      const { base, nodes, roots } = trees
      let sum = base
      for (const root of roots) {
        let at = root * SIZE
        for (let feature = nodes[at] ?? -1; feature >= 0; feature = nodes[at] ?? -1) {
          at = (features[feature] ?? 0) <= (nodes[at + 1] ?? 0) ? at + SIZE : (nodes[at + 2] ?? 0) * SIZE
        }
        sum += nodes[at + 3] ?? 0
      }
      return sum
    },
    reasons: (features) => {
      trees ??= load(model)
      const { nodes, roots } = trees
      const weights = new Int32Array(FEATURES.length)
      for (const root of roots) {
        let at = root * SIZE
        for (let feature = nodes[at] ?? -1; feature >= 0; feature = nodes[at] ?? -1) {
          const next = (features[feature] ?? 0) <= (nodes[at + 1] ?? 0) ? at + SIZE : (nodes[at + 2] ?? 0) * SIZE
          weights[feature] = (weights[feature] ?? 0) + (nodes[next + 3] ?? 0) - (nodes[at + 3] ?? 0)
          at = next
        }
      }
      return FEATURES.map((feature, i) => ({ feature, value: features[i] ?? 0, weight: weights[i] ?? 0 }))
        .filter(({ weight }) => weight !== 0)
        .toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
    }
  }
}

/** The scorer of the model that is shipped. */
export const shipped: Scorer = scorer(model)
