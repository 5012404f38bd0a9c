/**
 * Many patterns in one pass over a text (Aho and Corasick), however hostile the text: linear in its length. States are
 * rows of arrays, so that thousands of them cost kilobytes.
 */

/** What a byte counts as: 0 is skipped, in the text and in the patterns alike. */
export type Classes = Uint8Array

export interface PatternSet {
  /** Goes on from wherever the last call ended; made anew for every text. */
  readonly begin: () => Scan
}

/**
 * Reads `bytes` from `from` to before `to`, where the call before ended, and calls `found` for every end of a pattern
 * with the indices of its first and last byte.
 */
export type Scan = (bytes: Uint8Array, from: number, to: number, found: (first: number, last: number) => void) => void

/** What stands at an index that is within the array. */
const num = (numbers: ArrayLike<number>, index: number): number => numbers[index] ?? 0

/** The pattern's symbols. */
const fold = (classes: Classes, bytes: Uint8Array): ReadonlyArray<number> =>
  Array.from(bytes, (byte) => num(classes, byte)).filter((symbol) => symbol !== 0)

/** How many bytes of a pattern count. */
export const foldedLength = (classes: Classes, bytes: Uint8Array): number => fold(classes, bytes).length

interface States {
  readonly symbol: Array<number>
  readonly child: Array<number>
  readonly sibling: Array<number>
  readonly fail: Array<number>
  /** Length of the longest pattern that ends here, 0 for none. */
  readonly ends: Array<number>
}

const childOf = ({ child, sibling, symbol }: States, state: number, wanted: number): number => {
  let at = num(child, state)
  while (at !== 0 && symbol[at] !== wanted) at = num(sibling, at)
  return at
}

const add = (states: States, pattern: ReadonlyArray<number>): void => {
  let state = 0
  for (const symbol of pattern) {
    const known = childOf(states, state, symbol)
    if (known === 0) {
      const made = states.symbol.length
      states.symbol.push(symbol)
      states.child.push(0)
      states.sibling.push(num(states.child, state))
      states.fail.push(0)
      states.ends.push(0)
      states.child[state] = made
      state = made
    } else state = known
  }
  states.ends[state] = Math.max(num(states.ends, state), pattern.length)
}

/** Where the longest suffix leads that is a prefix of some pattern. */
const step = (states: States, from: number, symbol: number): number => {
  for (let state = from; ; state = num(states.fail, state)) {
    const to = childOf(states, state, symbol)
    if (to !== 0 || state === 0) return to
  }
}

const link = (states: States): void => {
  const { child, ends, fail, sibling, symbol } = states
  const queue: Array<number> = [0]
  for (const state of queue) {
    for (let at = num(child, state); at !== 0; at = num(sibling, at)) {
      const suffix = state === 0 ? 0 : step(states, num(fail, state), num(symbol, at))
      fail[at] = suffix
      ends[at] = Math.max(num(ends, at), num(ends, suffix))
      queue.push(at)
    }
  }
}

/** Makes the set; empty patterns are left out. */
export const compile = (classes: Classes, patterns: ReadonlyArray<Uint8Array>): PatternSet | undefined => {
  const states: States = { symbol: [0], child: [0], sibling: [0], fail: [0], ends: [0] }
  for (const pattern of patterns) add(states, fold(classes, pattern))
  if (states.symbol.length === 1) return undefined
  link(states)
  const child = Int32Array.from(states.child)
  const sibling = Int32Array.from(states.sibling)
  const symbols = Uint8Array.from(states.symbol)
  const fails = Int32Array.from(states.fail)
  const ends = Int32Array.from(states.ends)
  // Most of a text is at the root: its children stand in a table.
  const root = new Int32Array(256)
  for (let at = num(child, 0); at !== 0; at = num(sibling, at)) root[num(symbols, at)] = at
  // Where the last bytes that count were, as many as the longest pattern has.
  const mask = 2 ** Math.ceil(Math.log2(states.ends.reduce((a, b) => Math.max(a, b), 0) + 1)) - 1
  const begin = (): Scan => {
    const kept = new Uint32Array(mask + 1)
    let count = 0
    let state = 0
    return (bytes, from, to, found) => {
      for (let i = from; i < to; i++) {
        const symbol = num(classes, num(bytes, i))
        if (symbol === 0) continue
        kept[count++ & mask] = i
        let at = 0
        for (; state !== 0; state = num(fails, state)) {
          at = num(child, state)
          while (at !== 0 && symbols[at] !== symbol) at = num(sibling, at)
          if (at !== 0) break
        }
        state = at === 0 ? num(root, symbol) : at
        const length = num(ends, state)
        if (length > 0) found(num(kept, (count - length) & mask), i)
      }
    }
  }
  return { begin }
}
