/** All anchors of all rules found in one pass (Aho and Corasick, 1975): one table look-up per character. */
import { alnum, has } from "./CharClass.ts"
import type { Rule } from "./Rule.ts"

/** The longest anchor a rule may have. */
export const MAX_ANCHOR = 64

/** A rule whose anchor ends in a state. */
export interface Hit {
  readonly rule: Rule
  /** Length of the anchor found. */
  readonly length: number
  /** Characters of it that are public. */
  readonly lead: number
}

/** A state is the offset of its row in `next`. */
export interface Automaton {
  readonly next: Int32Array
  /** Column of each ASCII code unit; 0 for what no anchor contains. */
  readonly columns: Uint8Array
  readonly width: number
  /** By `state / width`. */
  readonly hits: ReadonlyArray<ReadonlyArray<Hit> | undefined>
  /** Length of the text that the state stands for. */
  readonly depth: Uint8Array
  readonly fail: Int32Array
  /** The fewest public characters among the anchors that go through the state. */
  readonly lead: Uint8Array
  /** Whether some anchor through the state may stand anywhere, even inside a word. */
  readonly anywhere: Uint8Array
}

interface Node {
  readonly children: Map<number, number>
  readonly hits: Array<Hit>
  readonly depth: number
  lead: number
  anywhere: boolean
}

const node = (depth: number): Node => ({ children: new Map(), hits: [], depth, lead: 255, anywhere: false })

const trie = (rules: ReadonlyArray<Rule>): Array<Node> => {
  const nodes = [node(0)]
  for (const rule of rules) {
    for (const anchor of rule.anchors) {
      const lead = rule.lead(anchor)
      let at = nodes[0] as Node
      for (let i = 0; i < anchor.length; i++) {
        const code = anchor.charCodeAt(i)
        let index = at.children.get(code)
        if (index === undefined) {
          index = nodes.push(node(i + 1)) - 1
          at.children.set(code, index)
        }
        at = nodes[index] as Node
        at.lead = Math.min(at.lead, lead)
        at.anywhere ||= rule.left === undefined || !has(alnum, anchor.charCodeAt(0))
      }
      at.hits.push({ rule, length: anchor.length, lead })
    }
  }
  return nodes
}

/** Builds the automaton of all anchors of `rules`. */
export const build = (rules: ReadonlyArray<Rule>): Automaton => {
  const nodes = trie(rules)
  const columns = new Uint8Array(128)
  let width = 1
  for (const { children } of nodes) for (const code of children.keys()) if (columns[code] === 0) columns[code] = width++
  const next = new Int32Array(nodes.length * width)
  const fail = new Int32Array(nodes.length)
  const hits: Array<ReadonlyArray<Hit> | undefined> = nodes.map(({ hits }) => (hits.length > 0 ? hits : undefined))
  // breadth first: a state's shorter suffix is complete before the state is
  const queue = [0]
  for (const index of queue) {
    const suffix = fail[index] ?? 0
    const inherited = hits[suffix]
    if (index !== 0 && inherited !== undefined) hits[index] = [...(hits[index] ?? []), ...inherited]
    if (index !== 0) next.copyWithin(index * width, suffix * width, suffix * width + width)
    for (const [code, child] of nodes[index]?.children ?? []) {
      const cell = index * width + (columns[code] ?? 0)
      fail[child] = (next[cell] ?? 0) / width
      next[cell] = child * width
      queue.push(child)
    }
  }
  return {
    next,
    columns,
    width,
    hits,
    depth: Uint8Array.from(nodes, ({ depth }) => depth),
    fail,
    lead: Uint8Array.from(nodes, ({ lead }) => lead),
    anywhere: Uint8Array.from(nodes, ({ anywhere }) => (anywhere ? 1 : 0))
  }
}
