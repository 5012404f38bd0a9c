/** The inspection of one text under a policy: text in, in pieces of any size; text that may travel on, and why, out. */
import type { Compiled } from "./Compiled.ts"
import { Budget, stepsFor } from "./engine/Budget.ts"
import { isPlain } from "./engine/Fold.ts"
import { besides, type Match, overlapping, redaction } from "./engine/Match.ts"
import { Scanner } from "./engine/Scanner.ts"
import type { Finding } from "./Finding.ts"
import type { Action } from "./Policy.ts"
import { ASSIGNED } from "./rules/contextual.ts"
import { byteLength, endsWithHalf, fit, isWithinPair } from "./Utf8.ts"
import type { ReasonCode, Verdict } from "./Verdict.ts"

/** Why a block may not pass. */
export interface Stop {
  readonly reason: ReasonCode
  readonly rules: ReadonlyArray<string>
}

/** What may be delivered now, what was found in it, and whether anything may follow. */
export interface Delivery {
  readonly text: string
  readonly findings: ReadonlyArray<Finding>
  /** Something of it was replaced. */
  readonly redacted: boolean
  readonly stop?: Stop
}

/** Limits are per block: the texts of one block share a meter, and one budget of steps. */
export class Meter {
  /** UTF-8 bytes seen, and how many of them were inspected. */
  bytes = 0
  inspected = 0
  /** A phrase was found with which texts speak to a model. */
  hinted = false
  readonly budget: Budget

  constructor(budget = new Budget()) {
    this.budget = budget
  }

  /** A meter for blocks under a policy. */
  static for({ policy, set }: Compiled): Meter {
    return new Meter(new Budget(stepsFor(policy.limits.maxInspectBytes, set.expressions.length)))
  }

  /** Takes note of what is no finding. */
  note({ tierOf }: Compiled, matches: ReadonlyArray<Match>): void {
    this.hinted ||= matches.some(({ rule }) => tierOf(rule) === "hint")
  }

  get extent(): Verdict["inspected"] {
    return this.inspected === this.bytes && !this.budget.isOver ? "full" : { partial: this.inspected }
  }
}

/** Several matches in one place, as one. */
export interface Place {
  readonly start: number
  readonly end: number
  readonly matches: ReadonlyArray<Match>
  readonly action: Action
  readonly replacement: string
}

const GRAVITY: ReadonlyArray<Action> = ["monitor", "redact", "block"]

/** So much of a value beside a format in it is a part of the secret: before it a public name of it may stand. */
const LONG_NAME = 24
const SOME = 6

/** The places of matches: what is only likely is left out where something certain was found. */
export const placesOf = (compiled: Compiled, all: ReadonlyArray<Match>): ReadonlyArray<Place> => {
  const { actionOf, ignores, orderOf, tierOf } = compiled
  const matches = all.filter(({ rule }) => !ignores(rule) && tierOf(rule) !== "hint")
  // a format says more than the name beside it
  const isCertain = ({ rule }: Match) =>
    rule !== ASSIGNED && (tierOf(rule) === "structural" || tierOf(rule) === "custom")
  const certain = matches.filter(isCertain)
  const overlapsCertain = overlapping(certain)
  // what is only recorded leaves nothing in its place, so it says nothing about what would be replaced
  const acting = certain.filter(({ rule }) => actionOf(rule) !== "monitor")
  const overlapsActing = acting.length === certain.length ? overlapsCertain : overlapping(acting)
  const besideActing = besides(acting)
  const isSaid = (match: Match): boolean => {
    if (actionOf(match.rule) === "monitor") return overlapsCertain(match)
    if (match.rule !== ASSIGNED) return overlapsActing(match)
    const [before, after] = besideActing(match) ?? [LONG_NAME, 0]
    return before < LONG_NAME && after < SOME
  }
  const kept = certain.length === 0 ? matches : matches.filter((match) => isCertain(match) || !isSaid(match))
  const sorted = kept.toSorted(
    (a, b) =>
      a.start - b.start ||
      b.end - a.end ||
      orderOf(a.rule) - orderOf(b.rule) ||
      (a.replacement?.length ?? 0) - (b.replacement?.length ?? 0)
  )
  const places: Array<Place> = []
  for (let i = 0; i < sorted.length;) {
    const first = sorted[i] as Match
    const cluster: Array<Match> = []
    let { end } = first
    for (; i < sorted.length; i++) {
      const next = sorted[i] as Match
      if (next.start >= end && next !== first) break
      end = Math.max(end, next.end)
      // several names for the same text are one too many; they stand one after the other
      const last = cluster.at(-1)
      if (last === undefined || last.start !== next.start || last.end !== next.end) cluster.push(next)
    }
    const action = cluster.reduce<Action>((gravest, { rule }) => {
      const own = actionOf(rule)
      return GRAVITY.indexOf(own) > GRAVITY.indexOf(gravest) ? own : gravest
    }, "monitor")
    const whole = cluster.find((match) => match.start === first.start && match.end === end) ?? first
    places.push({ start: first.start, end, matches: cluster, action, replacement: replacementOf(whole, end) })
  }
  return places
}

const replacementOf = (match: Match, end: number): string =>
  match.end === end && match.replacement !== undefined ? match.replacement : redaction(match.rule)

export const findingOf = (
  { tierOf }: Compiled,
  { confidence, flag, rule }: Match,
  start: number,
  end: number
): Finding => ({
  rule,
  tier: tierOf(rule),
  start,
  end,
  confidence,
  ...(flag === undefined ? {} : { flag })
})

export class Inspection {
  readonly #compiled: Compiled
  readonly #scanner: Scanner
  readonly #enforce: boolean
  readonly #meter: Meter
  /** What was delivered, as it came. */
  #delivered = 0
  /** The first half of a surrogate pair, which waits for the second: they are looked at and travel together. */
  #half = ""

  constructor(compiled: Compiled, meter: Meter) {
    this.#compiled = compiled
    this.#enforce = compiled.policy.mode === "enforce"
    this.#scanner = new Scanner(compiled.set, meter.budget)
    this.#meter = meter
    if (meter.inspected < meter.bytes) this.#scanner.endAt(0)
  }

  /** What was taken and neither delivered nor dropped: for a policy that lets it pass when inspection has failed. */
  get undelivered(): string {
    return this.#scanner.view.sliceRaw(this.#delivered, Number.POSITIVE_INFINITY) + this.#half
  }

  push(piece: string): Delivery {
    const all = this.#half + piece
    const isHalf = endsWithHalf(all)
    this.#half = isHalf ? all.slice(-1) : ""
    return this.#deliver(this.#take(isHalf ? all.slice(0, -1) : all))
  }

  /** Looks at a piece; why nothing may follow it, if so. */
  #take(piece: string): Stop | undefined {
    const { maxInspectBytes, maxPayloadBytes, oversize } = this.#compiled.policy.limits
    const meter = this.#meter
    const before = meter.bytes
    const plain = isPlain(piece)
    meter.bytes += plain ? piece.length : byteLength(piece)
    const from = this.#scanner.view.rawEnd
    const wasOver = meter.budget.isOver
    if (wasOver) this.#scanner.endAt(0)
    else if (meter.bytes <= maxInspectBytes) meter.inspected = meter.bytes
    else if (meter.inspected === before) {
      const prefix = fit(piece, maxInspectBytes - before)
      meter.inspected += prefix.bytes
      this.#scanner.endAt(from + prefix.units)
    }
    let stop: Stop | undefined
    let passing = piece
    if (this.#enforce && oversize !== "allow") {
      const room = oversize === "block" ? Math.min(maxInspectBytes, maxPayloadBytes) : maxPayloadBytes
      if (meter.bytes > room) {
        const { units } = fit(piece, Math.max(0, room - before))
        passing = piece.slice(0, isWithinPair(piece, units) ? units - 1 : units)
        stop = { reason: "CASIL_POLICY_OVERSIZE", rules: [] }
      }
    }
    this.#scanner.push(passing, plain)
    const { halted } = this.#scanner
    if (!wasOver && halted !== undefined) {
      meter.inspected = Math.min(meter.inspected, before + byteLength(piece.slice(0, Math.max(0, halted - from))))
    }
    return stop
  }

  finish(): Delivery {
    const stop = this.#half === "" ? undefined : this.#take(this.#half)
    this.#half = ""
    const wasOver = this.#meter.budget.isOver
    this.#scanner.end()
    const { halted, view } = this.#scanner
    if (!wasOver && halted !== undefined) {
      // what was still open at the end
      const left = byteLength(view.sliceRaw(halted, Number.POSITIVE_INFINITY))
      this.#meter.inspected = Math.min(this.#meter.inspected, this.#meter.bytes - left)
    }
    return this.#deliver(stop)
  }

  #deliver(oversize: Stop | undefined): Delivery {
    const { view } = this.#scanner
    const { decided } = this.#scanner
    const settled = this.#scanner.matches.filter(({ end }) => end <= decided)
    const places = placesOf(this.#compiled, settled)
    this.#meter.note(this.#compiled, this.#scanner.matches)
    const findings: Array<Finding> = []
    let stop = oversize
    let to = decided >= view.end ? view.rawEnd : view.rawStart(decided)
    let text = ""
    let at = this.#delivered
    let redacted = false
    for (const { action, end, matches, replacement, start } of places) {
      const from = view.rawStart(start)
      if (action === "block") {
        to = from
        const rules = [...new Set(matches.map(({ rule }) => rule))]
        const isSecret = rules.some((rule) => this.#compiled.tierOf(rule) === "structural")
        stop = { reason: isSecret ? "CASIL_POLICY_BLOCKED_SECRET" : "CASIL_POLICY_BLOCKED", rules }
        break
      }
      for (const match of matches) {
        findings.push(findingOf(this.#compiled, match, view.rawStart(match.start), view.rawStop(match.end)))
      }
      if (action === "monitor") continue
      text += view.sliceRaw(at, from) + replacement
      at = view.rawStop(end)
      redacted = true
    }
    to = Math.max(to, at)
    text += view.sliceRaw(at, to)
    this.#delivered = to
    this.#scanner.forget(decided, to)
    return { text, findings, redacted, ...(stop === undefined ? {} : { stop }) }
  }
}
