/**
 * The engine: takes a text in pieces of any size, finds what the rules know, and says up to where everything is decided.
 * One look-up for each character; a rule is asked only where its anchor stands, and looks no further than it must. What
 * it says depends on the text alone, never on how it was cut. Positions count what the text looks like (`View`).
 */
import { type CharClass, chars, BASE64URL, has } from "../CharClass.ts"
import type { Rule } from "../Rule.ts"
import { heldBy, type Hit } from "./Automaton.ts"
import { type Budget, OverBudget } from "./Budget.ts"
import { Cursor, MAX_HELD } from "./Cursor.ts"
import { decode, SHORTEST } from "./Decode.ts"
import type { Match } from "./Match.ts"
import { Matcher, NOTHING } from "../expression/Matcher.ts"
import { type Pending, ready, swallow } from "./Pending.ts"
import type { RuleSet, WordRule } from "./RuleSet.ts"
import { isPlain } from "./Fold.ts"
import { View } from "./View.ts"

/** How far rules look back. */
export const BEHIND = 128
/** Candidates open at one time. */
const MAX_OPEN = 512
/** So much must be needed no more before it is dropped. */
const WORTH_COPYING = 2048
/** So many writings inside one another are read. */
const DEPTH = 2
/** What is kept of an encoded text that is too long to be held, so that nothing is cut apart. */
const OVERLAP = 1024

/** What words are made of: what base64, hex, percent and JSON escapes are written with. */
const wordClass: CharClass = chars(`${BASE64URL}+/=%\\.`)

export class Scanner {
  readonly view = new View()
  readonly #set: RuleSet
  readonly #budget: Budget
  readonly #depth: number
  readonly #cursor = new Cursor()
  #state = 0
  #open: Array<Pending> = []
  #matches: Array<Match> = []
  /** How much was looked at. */
  #position = 0
  /** Where the word begins that is being looked at; -1 between words. */
  #word = -1
  /** Where the field begins. */
  #floor = 0
  #limit = Number.POSITIVE_INFINITY
  readonly #matchers: ReadonlyArray<Matcher>

  constructor(set: RuleSet, budget: Budget, depth = 0) {
    this.#set = set
    this.#budget = budget
    this.#depth = depth
    this.#matchers = set.expressions.map(
      ({ id, program }) =>
        new Matcher(program, (start, end) => void this.#matches.push({ rule: id, start, end, confidence: 100 }))
    )
  }

  /** Secrets found and not yet forgotten, in the order in which they were decided. */
  get matches(): ReadonlyArray<Match> {
    return this.#matches
  }

  /** From here on (in what came) no candidate begins; those that have begun are followed to their end. */
  endAt(raw: number): void {
    this.#limit = raw
  }

  push(piece: string, plain = isPlain(piece)): void {
    if (piece === "") return
    this.view.push(piece, plain)
    this.#cursor.renew(this.view.text, this.view.base)
    this.#resume(false)
    this.#scan()
  }

  /** A field ends here: what follows is another one, though a secret may go on in it. */
  boundary(): void {
    const end = this.view.end
    if (this.#word >= 0) this.#endWord(end)
    this.#word = -1
    this.#resume(true, end)
    this.#sweep(NOTHING, end)
    this.#floor = end
  }

  /** The text is over. */
  end(): void {
    this.#state = 0
    if (this.#word >= 0) this.#endWord(this.view.end)
    this.#word = -1
    this.#resume(true)
    this.#open = []
    this.#sweep(NOTHING, this.view.end)
  }

  /** Everything before this is decided: it is no part of a match that is still to come. */
  get decided(): number {
    let decided =
      this.#position - heldBy(this.#set.automaton, this.#state, this.view.text, this.#position - this.view.base)
    if (this.#word >= 0 && this.#word < decided) decided = this.#word
    for (const { hold } of this.#open) if (hold < decided) decided = hold
    for (const { held } of this.#matchers) if (held < decided) decided = held
    // matches may overlap, so one that reaches beyond the line takes the line back to its own start
    for (let before = -1; before !== decided;) {
      before = decided
      for (let i = this.#matches.length - 1; i >= 0; i--) {
        const match = this.#matches[i]
        if (match !== undefined && match.start < decided && match.end > decided) decided = match.start
      }
    }
    return decided
  }

  /** What lies before `position` was delivered and is needed no more. */
  forget(position: number, raw: number): void {
    this.#matches = this.#matches.filter(({ end }) => end > position)
    let keep = Math.min(position, this.#position)
    for (const { from } of this.#open) if (from < keep) keep = from
    if (this.#word >= 0 && this.#word < keep) keep = this.#word
    keep -= BEHIND
    // a few characters are not worth the copy
    if (keep - this.view.base < WORTH_COPYING) return
    this.view.forget(keep, raw)
    this.#cursor.renew(this.view.text, this.view.base)
  }

  #scan(): void {
    const { text, base } = this.view
    const { columns, hits, next, width } = this.#set.automaton
    const limit = this.#limit
    let state = this.#state
    let word = this.#word
    let i = this.#position - base
    for (; i < text.length; i++) {
      const code = text.charCodeAt(i)
      if (code < 128 && wordClass[code] === 1) {
        if (word < 0) word = base + i
        else if (base + i - word >= MAX_HELD) {
          this.#word = word
          this.#endWord(base + i)
          word = base + i - OVERLAP
        }
      } else if (word >= 0) {
        this.#word = word
        this.#endWord(base + i)
        word = -1
      }
      if (this.#matchers.length > 0) this.#sweep(code, base + i)
      state = code < 128 ? (next[state + (columns[code] ?? 0)] ?? 0) : 0
      if (state >= 0) continue
      state = ~state
      if (this.view.raw(base + i) - (this.#set.automaton.depth[state / width] ?? 0) < limit) {
        this.#begin(hits[state / width] ?? [], base + i + 1)
      }
    }
    this.#word = word
    this.#state = state
    this.#position = base + i
  }

  #sweep(code: number, position: number): void {
    for (const matcher of this.#matchers) {
      matcher.step(code, position, this.view.raw(position) < this.#limit)
      this.#budget.spend(matcher.places)
    }
  }

  #begin(hits: ReadonlyArray<Hit>, at: number): void {
    for (const { anchor, lead, rule } of hits) {
      const from = at - anchor.length
      if (this.view.raw(from) >= this.#limit) continue
      if (rule.anyCase !== true && !this.view.text.startsWith(anchor, from - this.view.base)) continue
      // only what is certain of itself may begin in one field and end in another
      if (from < this.#floor && rule.tier !== "structural") continue
      if (rule.tier === "contextual" && !this.#budget.name()) continue
      this.#note(this.#ask(rule, from, at, lead, from < this.#floor ? 0 : this.#floor, false))
    }
  }

  #endWord(end: number): void {
    const start = this.#word
    if (this.view.raw(start) >= this.#limit) return
    const first = this.view.text.charCodeAt(start - this.view.base)
    for (const rule of this.#set.words) {
      if (end - start < rule.shortest || !has(rule.first, first)) continue
      this.#note(this.#ask(rule, start, end, 0, this.#floor, false))
    }
    if (end - start < SHORTEST || this.#depth >= DEPTH) return
    const text = this.view.text.slice(start - this.view.base, end - this.view.base)
    for (const { end, ...match } of decode(text, this.#within, this.#budget)) {
      this.#matches.push({ ...match, start: match.start + start, end: end + start, flag: "encoded" })
    }
  }

  /** What is found in a text that was read out of a word of this one. */
  readonly #within = (text: string): ReadonlyArray<Match> => {
    this.#budget.spend(text.length)
    const scanner = new Scanner(this.#set, this.#budget, this.#depth + 1)
    scanner.push(text)
    scanner.end()
    // what stands inside another match is part of it
    const matches = scanner.matches.toSorted((a, b) => a.start - b.start || b.end - a.end)
    let end = 0
    return matches.filter((match) => {
      const outside = match.start >= end
      if (outside) end = match.end
      return outside && this.#set.tiers.get(match.rule) !== "pii"
    })
  }

  #note(match: Match | undefined): void {
    if (match !== undefined) this.#matches.push(match)
  }

  /** Asks a rule about a place; what must be asked again stays open. */
  #ask(ask: Rule | WordRule, from: number, at: number, lead: number, floor: number, over: boolean): Match | undefined {
    const { base } = this.view
    const cursor = this.#cursor
    cursor.floor = Math.max(0, floor - base)
    cursor.look(from - base, at - base, lead, over)
    ask.find(cursor)
    if (cursor.outcome === "more" || cursor.outcome === "swallow") {
      if (this.#open.length >= MAX_OPEN) throw new OverBudget()
      const swallowing = cursor.outcome === "swallow"
      this.#open.push({
        ask,
        from,
        at,
        lead,
        floor,
        resume: cursor.resume + base,
        set: cursor.set,
        until: cursor.until + base,
        hold: (swallowing ? cursor.start : cursor.hold) + base,
        swallowing,
        fence: cursor.fence,
        dashes: 0,
        part: undefined
      })
      return undefined
    }
    this.#budget.spend(cursor.cost)
    if (cursor.outcome === "none") return undefined
    const start = cursor.start + base
    for (const [start, end, confidence] of cursor.others) {
      this.#matches.push({ rule: cursor.label ?? ask.id, start: start + base, end: end + base, confidence })
    }
    const split = start < this.#floor && cursor.end + base > this.#floor
    const match: Match = {
      rule: cursor.label ?? ask.id,
      start,
      end: cursor.end + base,
      confidence: cursor.confidence
    }
    return split ? { ...match, flag: "split" } : match
  }

  /** Goes on with what is open: with new text, or (`over`) without any more of this field. */
  #resume(over: boolean, boundary = -1): void {
    if (this.#open.length === 0) return
    const open = this.#open
    this.#open = []
    for (const each of open) {
      if (each.swallowing) this.#swallow(each, over && boundary < 0)
      else if (over || ready(each, this.view.text, this.view.base)) this.#again(each, over, boundary)
      else this.#open.push(each)
    }
  }

  #again(each: Pending, over: boolean, boundary: number): void {
    const { ask, at, floor, from, lead, part } = each
    const cursor = this.#cursor
    const match = this.#ask(ask, from, at, lead, floor, over)
    if (cursor.outcome === "more" || cursor.outcome === "swallow") {
      const open = this.#open.at(-1)
      if (open !== undefined) open.part = part
      return
    }
    const mayGoOn = boundary >= 0 && ask.tier === "structural" && (match === undefined || cursor.partial)
    if (mayGoOn && each.resume >= boundary) {
      this.#open.push({ ...each, part: part ?? match })
      return
    }
    const better = match !== undefined && (part === undefined || !cursor.partial) ? match : part
    if (better !== undefined) this.#matches.push(better)
  }

  #swallow(each: Pending, over: boolean): void {
    const { base, text } = this.view
    const end = swallow(each, text, base, over)
    if (end === undefined) this.#open.push(each)
    else this.#matches.push({ rule: each.ask.id, start: each.hold, end, confidence: 100 })
  }
}
