/**
 * The engine: takes a text in pieces of any size, finds what the rules know, and says up to where everything is decided.
 * One look-up for each character; a rule is asked only where its anchor stands, and looks no further than it must. What
 * it says depends on the text alone, never on how it was cut. Positions count what the text looks like (`View`).
 */
import type { Rule } from "../Rule.ts"
import { Anchors } from "./Anchors.ts"
import { heldBy, type Hit } from "./Automaton.ts"
import { type Budget, COST, scanCost } from "./Budget.ts"
import { BEHIND, Cursor, MAX_BEGUN, MAX_HELD, OVERLAP } from "./Cursor.ts"
import { decode, DEPTH, SHORTEST } from "./Decode.ts"
import { beforeMark, beforeMatches, wordAfter } from "./Held.ts"
import { type Match, matchOf, othersOf, secretsIn } from "./Match.ts"
import { Expressions } from "./Expressions.ts"
import { leastOf, type Pending, pendingOf, type Place, ready, swallow } from "./Pending.ts"
import { COLUMN, IN_WORD, type RuleSet, type WordRule } from "./RuleSet.ts"
import { isPlain } from "./Fold.ts"
import { View, WORTH_COPYING } from "./View.ts"

export class Scanner {
  readonly view = new View()
  readonly #set: RuleSet
  readonly #budget: Budget
  readonly #depth: number
  readonly #cursor = new Cursor()
  #state = 0
  #open: Array<Pending> = []
  #matches: Array<Match> = []
  #position = 0
  /** Where the word begins that is being looked at; -1 between words. Likewise the field. */
  #word = -1
  #floor = 0
  #digit = -1
  #limit = Number.POSITIVE_INFINITY
  readonly #expressions: Expressions
  #halted: number | undefined
  #over = false
  #last = false
  readonly #anchors = new Anchors()

  constructor(set: RuleSet, budget: Budget, depth = 0) {
    this.#set = set
    this.#budget = budget
    this.#depth = depth
    this.#expressions = new Expressions(set.expressions, budget, this.view, (match) => this.#note(match))
  }

  /** Secrets found and not yet forgotten, in the order in which they were decided. */
  get matches(): ReadonlyArray<Match> {
    return this.#matches
  }

  /** Where, in what came, the budget was used up: nothing from there on was looked at. Nothing while it is not. */
  get halted(): number | undefined {
    return this.#halted
  }

  /** From here on (in what came) no candidate begins; those that have begun are followed to their end. */
  endAt(raw: number): void {
    this.#limit = raw
  }

  /** Takes what comes next; `last` says that its field ends with it, which `boundary` then says too. */
  push(piece: string, plain = isPlain(piece), last = false): void {
    this.#last = last
    if (this.#halt()) {
      this.view.push(piece, plain)
      this.#position = this.view.end
      return
    }
    this.#budget.spend(scanCost(piece.length, plain, this.#limit + MAX_BEGUN - this.view.rawEnd))
    this.view.push(piece, plain)
    this.#cursor.renew(this.view.text, this.view.base)
    this.#resume(false)
    this.#scan()
    this.#halt()
  }

  /** When the budget is used up, what is open is given up, and everything that comes passes. */
  #halt(): boolean {
    if (this.#halted !== undefined) return true
    if (!this.#budget.isOver) return false
    this.#halted = this.view.raw(leastOf(this.#open, "from", this.#position))
    this.#open = []
    this.#word = -1
    this.#state = 0
    this.#position = this.view.end
    return true
  }

  /** A field ends here: what follows is another one, though a secret may go on in it. */
  boundary(): void {
    if (this.#halt()) return
    const end = this.view.end
    this.#lastWord(end)
    this.#budget.spend(COST.asked * this.#open.length)
    this.#resume(true, end)
    this.#expressions.stop(end)
    this.#floor = end
    this.#halt()
  }

  /** The text is over. */
  end(): void {
    if (this.#halt()) return
    this.#over = true
    this.#state = 0
    this.#lastWord(this.view.end)
    this.#resume(true)
    this.#halt()
    this.#open = []
    this.#expressions.stop(this.view.end)
  }

  /** Everything before this is decided: it is no part of a match that is still to come. */
  get decided(): number {
    let decided =
      this.#position - heldBy(this.#set.automaton, this.#state, this.view.text, this.#position - this.view.base)
    if (this.#word >= 0 && this.#word < decided) decided = this.#word
    decided = leastOf(this.#open, "hold", decided)
    if (this.#halted === undefined) decided = Math.min(decided, this.#expressions.held)
    if (!this.#over && this.#halted === undefined) decided = beforeMark(this.view, decided)
    return beforeMatches(this.#matches, decided)
  }

  /** What lies before `position` was delivered and is needed no more. */
  forget(position: number, raw: number): void {
    this.#matches = this.#matches.filter(({ end }) => end > position)
    const keep = this.#needed(position)
    // a few characters are not worth the copy
    if (keep - this.view.base < WORTH_COPYING) return
    this.view.forget(keep, raw)
    this.#cursor.renew(this.view.text, this.view.base)
  }

  /** Text that no rule can ask for is needed no more; what was found in it is. */
  trim(): void {
    const keep = this.#needed(this.#position)
    if (keep - this.view.base < WORTH_COPYING) return
    this.view.drop(keep, this.view.rawEnd)
    this.#cursor.renew(this.view.text, this.view.base)
  }

  /** Where the text begins that a rule may still ask for, when everything before `position` is settled. */
  #needed(position: number): number {
    const keep = leastOf(this.#open, "from", Math.min(position, this.#position, this.#expressions.held))
    return (this.#word < 0 ? keep : Math.min(this.#word, keep)) - BEHIND
  }

  #scan(): void {
    const { text, base } = this.view
    const { length } = text
    const { automaton, columnAndKind, leastBy } = this.#set
    const { hits, next, width } = automaton
    const limit = this.#limit
    const expressions = this.#expressions
    const isFollowed = !expressions.none
    let state = this.#state
    // counted from the beginning of the text at hand
    let word = this.#word < 0 ? -1 : this.#word - base
    let digit = this.#digit - base
    let i = this.#position - base
    // steps are spent where somebody is asked, and only then may they be used up
    for (let isOver = this.#budget.isOver; i < length && !isOver; i++) {
      const code = text.charCodeAt(i)
      const both = code < 128 ? (columnAndKind[code] ?? 0) : 0
      if (both >= IN_WORD) {
        if (both >= IN_WORD * 2) digit = i
        if (word < 0) word = i
        else if (i - word >= MAX_HELD) {
          word = this.#endWord(base + word, base + i, digit >= word) - base
          isOver = this.#budget.isOver
        }
      } else if (word >= 0) {
        // most words are too short for anybody
        const isAsked = digit >= word || i - word >= (leastBy[text.charCodeAt(word)] ?? 0)
        if (isAsked) this.#endWord(base + word, base + i, digit >= word)
        isOver = this.#budget.isOver
        word = -1
      }
      if (isFollowed) isOver = expressions.step(code, base + i, this.view.raw(base + i) < limit)
      state = next[state + (both & COLUMN)] ?? 0
      if (state >= 0) continue
      state = ~state
      if (this.view.raw(base + i) - MAX_BEGUN < limit) isOver = this.#begin(hits[state / width] ?? [], base + i + 1)
    }
    this.#word = word < 0 ? -1 : word + base
    this.#digit = digit + base
    this.#state = state
    this.#position = base + i
  }

  /** Asks whose anchors end before `at`. Whether the budget is used up. */
  #begin(hits: ReadonlyArray<Hit>, at: number): boolean {
    for (const { anchor, lead, rule } of this.#budget.isOver ? [] : hits) {
      const from = at - anchor.length
      const begin = from - (rule.behind ?? 0)
      if (begin < 0 || this.view.raw(begin) >= this.#limit) continue
      if (rule.anyCase !== true && !this.view.text.startsWith(anchor, from - this.view.base)) continue
      // only what is certain of itself may begin in one field and end in another
      if (begin < this.#floor && rule.tier !== "structural") continue
      if (rule.tier === "hint" && !this.#budget.mayHint()) continue
      this.#budget.spend(COST.asked)
      const floor = begin < this.#floor ? 0 : this.#floor
      const place = { from, at, lead, floor, previous: this.#anchors.previous(rule, from) }
      this.#note(this.#ask(rule, place, this.#last && rule.tier !== "structural"))
    }
    return this.#budget.isOver
  }

  /** A word ends, or goes on at what this gives; `over` says that nothing more comes that is not of another field. */
  #endWord(start: number, end: number, hasDigit: boolean, over = false): number {
    if (this.view.raw(start) >= this.#limit) return end - OVERLAP
    const { base, text: seen } = this.view
    for (const rule of this.#set.wordsBy[seen.charCodeAt(start - base)] ?? []) {
      if (end - start < rule.shortest) continue
      if ((rule.digits === true && !hasDigit) || rule.may?.(seen, start - base, end - base) === false) continue
      this.#budget.spend(COST.word + ((end - start) >> 1))
      const place = { from: start, at: end, lead: 0, floor: this.#floor, previous: -1 }
      // only what is certain of itself may go on in another field
      this.#note(this.#ask(rule, place, (over || this.#last) && rule.tier !== "structural"))
    }
    if (end - start < SHORTEST || this.#depth >= DEPTH) return end - OVERLAP
    this.#budget.spend((end - start) * COST.read)
    const found = decode(seen.slice(start - base, end - base), this.#within, this.#budget)
    for (const each of found) this.#note({ ...each, start: each.start + start, end: each.end + start, flag: "encoded" })
    return wordAfter(found, start, end)
  }

  /** What is found in a text that was read out of a word of this one. */
  readonly #within = (text: string): ReadonlyArray<Match> => {
    this.#budget.spend(COST.opened)
    const scanner = new Scanner(this.#set, this.#budget, this.#depth + 1)
    scanner.push(text)
    scanner.end()
    return scanner.view.placed(secretsIn(scanner.matches, this.#set.tiers))
  }

  /** The word that is being looked at, if any, ends with its field. */
  #lastWord(end: number): void {
    if (this.#word >= 0) this.#endWord(this.#word, end, this.#digit >= this.#word, true)
    this.#word = -1
  }

  #note(match: Match | undefined): void {
    if (match === undefined) return
    this.#budget.spend(COST.found)
    this.#matches.push(match)
  }

  /** Asks a rule about a place; what must be asked again stays open. */
  #ask(ask: Rule | WordRule, place: Place, over: boolean): Match | undefined {
    const { base } = this.view
    const cursor = this.#cursor
    cursor.floor = Math.max(0, place.floor - base)
    cursor.look(place.from - base, place.at - base, place.lead, place.previous - base, over)
    ask.find(cursor)
    if (cursor.outcome === "more" || cursor.outcome === "swallow") {
      this.#open.push(pendingOf(ask, place, cursor, base))
      return undefined
    }
    this.#budget.spend(cursor.cost)
    if (cursor.outcome === "none") return undefined
    for (const other of othersOf(cursor, ask.id, base)) this.#note(other)
    return matchOf(cursor, ask.id, base, this.#floor)
  }

  /** Goes on with what is open: with new text, or (`over`) without any more of this field. */
  #resume(over: boolean, boundary = -1): void {
    if (this.#open.length === 0) return
    const open = this.#open.splice(0)
    for (const each of open) {
      const { base, text } = this.view
      if (this.#budget.isOver) this.#open.push(each)
      else if (each.swallowing) {
        const match = swallow(each, text, base, over && boundary < 0)
        if (match === undefined) this.#open.push(each)
        else this.#note(match)
      } else if (over || ready(each, text, base)) this.#again(each, over, boundary)
      else this.#open.push(each)
    }
  }

  #again(each: Pending, over: boolean, boundary: number): void {
    const { ask, part } = each
    const cursor = this.#cursor
    const match = this.#ask(ask, each, over)
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
    this.#note(match !== undefined && (part === undefined || !cursor.partial) ? match : part)
  }
}
