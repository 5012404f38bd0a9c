/**
 * How surprising a text is to somebody who knows words: the least number of bits per character with which it can be
 * spelled, words costing by their rank and anything else letter by letter. Random characters cost most. In hundredths of
 * a bit, integers only, so that every engine says the same.
 */
import { words } from "./words.ts"

const LETTERS = 26
const CELLS = 1 << 17
const MASK = CELLS - 1
/** Costs in hundredths of a bit. */
const LETTER = 800
const DIGIT = 500
const OTHER = 200
const CAPITAL = 40
const RANK_OFFSET = 50

interface Trie {
  /** Open addressing: key of a child (node * 32 + letter) and the child. */
  readonly keys: Int32Array
  readonly nodes: Int32Array
  /** Cost of the word that ends in a node; 0 for none. */
  readonly cost: Int16Array
}

/** Hundredths of the binary logarithm, without the engine's own: it may differ in the last digit. */
const log2 = (value: number): number => {
  let whole = 0
  let rest = value
  while (rest >= 2) {
    rest /= 2
    whole++
  }
  let part = 0
  let x = rest
  for (let step = 50; step >= 1; step = step >> 1) {
    x *= x
    if (x >= 2) {
      x /= 2
      part += step
    }
  }
  return whole * 100 + part
}

const slot = (keys: Int32Array, key: number): number => {
  let i = Math.imul(key, 0x9e3779b1) >>> 15
  while (keys[i & MASK] !== 0 && keys[i & MASK] !== key) i++
  return i & MASK
}

const make = (): Trie => {
  const all = words.split(" ")
  const keys = new Int32Array(CELLS)
  const nodes = new Int32Array(CELLS)
  const cost = new Int16Array(all.length * 8)
  let count = 1
  all.forEach((word, rank) => {
    let node = 0
    for (let i = 0; i < word.length; i++) {
      const key = node * 32 + word.charCodeAt(i) - 96
      const at = slot(keys, key)
      if (keys[at] === 0) {
        keys[at] = key
        nodes[at] = count++
      }
      node = nodes[at] ?? 0
    }
    if (cost[node] === 0) cost[node] = log2(rank + RANK_OFFSET)
  })
  return { keys, nodes, cost }
}

let trie: Trie | undefined

const MOST = 256
const best = new Int32Array(MOST + 1)
/** How many characters up to each belong to words of at least four letters. */
const covered = new Int16Array(MOST + 1)

export interface Surprise {
  /** Hundredths of a bit per character. */
  readonly bits: number
  /** Hundredths of the text that are words of four letters or more. */
  readonly words: number
}

/** How surprising `text` is; of a long one, its beginning. */
export const surprise = (text: string): Surprise => {
  trie ??= make()
  const { cost, keys, nodes } = trie
  const length = Math.min(text.length, MOST)
  if (length === 0) return { bits: 0, words: 0 }
  best.fill(1 << 29, 1, length + 1)
  best[0] = 0
  covered[0] = 0
  let capital = false
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i)
    const isCapital = code >= 65 && code <= 90
    const letter = (isCapital ? code + 32 : code) - 97
    const here = best[i] ?? 0
    const isLetter = letter >= 0 && letter < LETTERS
    const single = isLetter ? LETTER : code >= 48 && code <= 57 ? DIGIT : OTHER
    const change = isLetter && isCapital !== capital ? CAPITAL : 0
    if (here + single + change < (best[i + 1] ?? 0)) {
      best[i + 1] = here + single + change
      covered[i + 1] = covered[i] ?? 0
    }
    if (isLetter) capital = isCapital
    if (!isLetter) continue
    let node = 0
    let changes = 0
    let was = isCapital
    for (let j = i; j < length; j++) {
      const next = text.charCodeAt(j)
      const nextCapital = next >= 65 && next <= 90
      const small = (nextCapital ? next + 32 : next) - 96
      if (small < 1 || small > LETTERS) break
      // `Word` and `WORD` are as good as `word`, `wOrd` is not
      if (j > i + 1 && nextCapital !== was) changes++
      was = nextCapital
      const key = node * 32 + small
      let at = Math.imul(key, 0x9e3779b1) >>> 15
      while (keys[at & MASK] !== 0 && keys[at & MASK] !== key) at++
      if (keys[at & MASK] === 0) break
      node = nodes[at & MASK] ?? 0
      const price = cost[node] ?? 0
      if (price === 0) continue
      const total = here + price + changes * 400
      if (total < (best[j + 1] ?? 0)) {
        best[j + 1] = total
        covered[j + 1] = (covered[i] ?? 0) + (j + 1 - i >= 4 && changes === 0 ? j + 1 - i : 0)
      }
    }
  }
  return {
    bits: Math.floor((best[length] ?? 0) / length),
    words: Math.floor(((covered[length] ?? 0) * 100) / length)
  }
}
