/**
 * All anchors of all rules found in one pass (Aho and Corasick, 1975): one table look-up per character. Upper and lower
 * case are one here; a rule whose anchors have a case is asked only where that is right.
 */
import { alnum, has } from "../CharClass.ts"
import type { Rule } from "../Rule.ts"
import { opens } from "./Boundary.ts"

/** The longest anchor a rule may have. */
export const MAX_ANCHOR = 64

/** A rule whose anchor ends in a state. */
export interface Hit {
  readonly rule: Rule
  readonly anchor: string
  /** Characters of it that are public. */
  readonly lead: number
}

/** A state is the offset of its row in `next`; one in which anchors end is written as its complement. */
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
    const { atStart } = rule
    for (const anchor of rule.anchors) {
      const lead = rule.lead(anchor)
      const key = anchor.toLowerCase()
      let at = nodes[0] as Node
      for (let i = 0; i < key.length; i++) {
        const code = key.charCodeAt(i)
        let index = at.children.get(code)
        if (index === undefined) {
          index = nodes.push(node(i + 1)) - 1
          at.children.set(code, index)
        }
        at = nodes[index] as Node
        at.lead = Math.min(at.lead, lead)
        at.anywhere ||= !atStart || !has(alnum, anchor.charCodeAt(0))
      }
      at.hits.push({ rule, anchor, lead })
    }
  }
  return nodes
}

const UPPER_A = 65
const UPPER_Z = 90
const TO_LOWER = 32

/** Builds the automaton of all anchors of `rules`. */
export const build = (rules: ReadonlyArray<Rule>): Automaton => {
  const nodes = trie(rules)
  const columns = new Uint8Array(128)
  let width = 1
  for (const { children } of nodes) for (const code of children.keys()) if (columns[code] === 0) columns[code] = width++
  for (let code = UPPER_A; code <= UPPER_Z; code++) columns[code] = columns[code + TO_LOWER] ?? 0
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
  for (let i = 0; i < next.length; i++) {
    const state = next[i] ?? 0
    if (hits[state / width] !== undefined) next[i] = ~state
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

/** How much of the end of a text, `end` characters of which were looked at, may be the beginning of an anchor. */
export const heldBy = (automaton: Automaton, reached: number, text: string, end: number): number => {
  const { anywhere, depth, fail, lead, width } = automaton
  let held = 0
  for (let state = reached / width; state !== 0; state = fail[state] ?? 0) {
    const length = depth[state] ?? 0
    const secret = length - (lead[state] ?? 0)
    if (secret > held && (anywhere[state] === 1 || opens(alnum, text, end - length, 0))) held = secret
  }
  return held
}
