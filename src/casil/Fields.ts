/**
 * The texts of one value: looked at one by one with the names of their fields, and one after the other, since a secret
 * may begin in one and end in the next. Values and keys go on in each other separately.
 */
import { acrossBlocks, noTails, type Tails } from "./CarryOver.ts"
import type { Compiled } from "./Compiled.ts"
import { fieldMatch, pairedName } from "./context/Field.ts"
import { COST } from "./engine/Budget.ts"
import { Cursor } from "./engine/Cursor.ts"
import { isPlain } from "./engine/Fold.ts"
import { type Match, redaction } from "./engine/Match.ts"
import { Scanner } from "./engine/Scanner.ts"
import type { Piece } from "./engine/View.ts"
import type { Finding } from "./Finding.ts"
import { findingOf, type Meter, placesOf, type Stop } from "./Inspection.ts"
import { NAMED_FIELD } from "./OwnRules.ts"
import { personalField } from "./personal/Field.ts"
import { byteLength, fit, isWithinPair } from "./Utf8.ts"
import { isKey, nameOf, type Visited } from "./Walker.ts"

/** A text of the block. */
interface Field extends Piece {
  readonly of: Visited
  readonly index: number
  readonly isKey: boolean
  /** Where it begins: in its scanner, and among all texts. */
  at: number
  readonly offset: number
}

interface Replaced {
  readonly from: number
  readonly to: number
  readonly text: string
}

/** So many characters are put together before they are looked at. */
const AHEAD = 8192
/** Beyond all texts: where one begins that was not looked at. */
const NOWHERE = 0x7fff_ffff

/** The texts of one kind, keys or values. */
class Column {
  readonly scanner: Scanner
  /** Those that were looked at, and those that come next. */
  readonly fields: Array<Field> = []
  readonly named: Array<Match> = []
  #expected = 0

  constructor(compiled: Compiled, meter: Meter) {
    this.scanner = new Scanner(compiled.set, meter.budget)
  }

  /** Tells the scanner of the fields that are new. */
  expect(): void {
    this.scanner.view.expect(this.fields.slice(this.#expected))
    this.#expected = this.fields.length
  }

  /** The field that holds a position, by its index in the column. */
  indexOf(position: number): number {
    let low = 0
    let high = this.fields.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.fields[middle]?.at ?? 0) <= position) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}

/** What is decided about all fields. */
export interface Decided {
  readonly findings: ReadonlyArray<Finding>
  /** New texts by the number of the visit. */
  readonly replacements: ReadonlyMap<number, string>
  readonly stop?: Stop
}

const REDACTED = "[redacted:"
/** What stands where something was redacted, and nothing else that looks like it. */
const isRedacted = (text: string, { set }: Compiled): boolean => {
  if (!text.startsWith(REDACTED) || !text.endsWith("]")) return false
  const rule = text.slice(REDACTED.length, -1)
  return rule === NAMED_FIELD || set.tiers.has(rule)
}

export class Fields {
  readonly #compiled: Compiled
  readonly #meter: Meter
  readonly #values: Column
  readonly #keys: Column
  readonly #cursor = new Cursor()
  #before: Field | undefined
  #oversize: Stop | undefined
  /** What was open at the ends of the texts before these, by their paths. */
  readonly #tails: Tails

  constructor(compiled: Compiled, meter: Meter, tails: Tails = noTails) {
    this.#compiled = compiled
    this.#meter = meter
    this.#tails = tails
    this.#values = new Column(compiled, meter)
    this.#keys = new Column(compiled, meter)
  }

  /** Looks at all texts of the block, in their order. */
  look(texts: ReadonlyArray<Visited>): void {
    let from = 0
    for (let offset = 0; from < texts.length && !this.#isOver;) {
      const fields: Array<Field> = []
      let length = 0
      for (; from < texts.length && length < AHEAD; from++) {
        const of = texts[from] as Visited
        const { text } = of
        if (text === "") continue
        const key = of.key ?? isKey(of.path)
        const field = { text, of, plain: isPlain(text), index: from, isKey: key, at: NOWHERE, offset }
        fields.push(field)
        this.#columnOf(field).fields.push(field)
        offset += text.length
        length += text.length
      }
      this.#values.expect()
      this.#keys.expect()
      for (const field of fields) this.#visit(field)
    }
    // nothing of the rest is looked at, but how long it is
    for (; from < texts.length && this.#oversize === undefined; from++) {
      const { text } = texts[from] as Visited
      if (text !== "") this.#measure(text, isPlain(text))
    }
  }

  get #isOver(): boolean {
    return this.#meter.budget.isOver || this.#oversize !== undefined
  }

  #columnOf({ isKey }: Field): Column {
    return isKey ? this.#keys : this.#values
  }

  #visit(field: Field): void {
    if (this.#oversize !== undefined) return
    const { isKey, plain, text } = field
    const column = this.#columnOf(field)
    const { scanner } = column
    const at = scanner.view.rawEnd
    const before = this.#meter.inspected
    field.at = at
    const room = this.#measure(text, plain)
    if (this.#meter.budget.isOver) return
    if (room < text.length) scanner.endAt(at + room)
    scanner.push(text, plain, true)
    scanner.boundary()
    if (scanner.halted !== undefined) {
      const units = Math.max(0, scanner.halted - at)
      this.#meter.inspected = Math.min(this.#meter.inspected, before + byteLength(text.slice(0, units)))
    }
    scanner.trim()
    if (isKey) return
    if (room > 0) {
      this.#name(column, field)
      this.#goOn(column, field)
    }
    this.#before = field
  }

  finish(): Decided {
    if (this.#oversize !== undefined) return { findings: [], replacements: new Map(), stop: this.#oversize }
    const findings: Array<Finding> = []
    const replacements = new Map<number, string>()
    for (const column of [this.#values, this.#keys]) {
      const stop = this.#settle(column, findings, replacements)
      if (stop !== undefined) return { findings, replacements: new Map(), stop }
    }
    return { findings: findings.toSorted((a, b) => a.start - b.start), replacements }
  }

  /** How many characters of `text` are inspected; notes when the block is too long to pass. */
  #measure(text: string, plain: boolean): number {
    const { limits, mode } = this.#compiled.policy
    const meter = this.#meter
    const before = meter.bytes
    meter.bytes += plain ? text.length : byteLength(text)
    const room =
      limits.oversize === "block" ? Math.min(limits.maxInspectBytes, limits.maxPayloadBytes) : limits.maxPayloadBytes
    if (mode === "enforce" && limits.oversize !== "allow" && meter.bytes > room) {
      this.#oversize = { reason: "CASIL_POLICY_OVERSIZE", rules: [] }
    }
    if (meter.budget.isOver) return 0
    if (meter.bytes <= limits.maxInspectBytes) {
      meter.inspected = meter.bytes
      return text.length
    }
    if (meter.inspected < before) return 0
    const prefix = fit(text, limits.maxInspectBytes - before)
    meter.inspected += prefix.bytes
    return prefix.units
  }

  /** What began in the text before this one, in the same place of the block before. */
  #goOn(column: Column, { at, of, text }: Field): void {
    const tail = this.#tails.size === 0 ? undefined : this.#tails.get(of.path)
    if (tail === undefined) return
    for (const match of acrossBlocks(this.#compiled, this.#meter.budget, tail, text)) {
      column.named.push({ ...match, start: at, end: at + match.end })
    }
  }

  /** What the field's name says about it. */
  #name(column: Column, { at, of, text }: Field): void {
    const { budget } = this.#meter
    if (budget.isOver || isRedacted(text, this.#compiled)) return
    budget.spend(COST.field + (of.name === undefined ? of.path.length : 0))
    const name = nameOf(of)
    const facts = this.#compiled.fieldFacts(name)
    const end = at + text.length
    if (facts.isRedacted) column.named.push({ rule: NAMED_FIELD, start: at, end, confidence: 100 })
    const other = facts.holdsValue && this.#before !== undefined ? pairedName(this.#before.of, of) : undefined
    const found =
      fieldMatch(name, facts, text, budget) ??
      (other === undefined ? undefined : fieldMatch(other, this.#compiled.fieldFacts(other), text, budget))
    if (found !== undefined) column.named.push({ ...found, start: at, end })
    const personal = personalField(this.#cursor, other ?? name, text, budget)
    if (personal !== undefined) {
      column.named.push({ ...personal, start: at + personal.start, end: at + personal.end })
    }
  }

  #settle(column: Column, findings: Array<Finding>, replacements: Map<number, string>): Stop | undefined {
    const { scanner } = column
    scanner.end()
    const { view } = scanner
    this.#meter.note(this.#compiled, scanner.matches)
    const scanned = scanner.matches.map((match) => ({
      ...match,
      start: view.raw(match.start),
      end: view.rawAfter(match.end)
    }))
    const pieces = new Map<number, Array<Replaced>>()
    const named = new Set(column.named.filter(({ rule }) => rule === NAMED_FIELD).map(({ start }) => start))
    for (const { action, matches, replacement, ...place } of placesOf(this.#compiled, [...scanned, ...column.named])) {
      if (action === "block") {
        const rules = [...new Set(matches.map(({ rule }) => rule))]
        const isSecret = rules.some((rule) => this.#compiled.tierOf(rule) === "structural")
        return { reason: isSecret ? "CASIL_POLICY_BLOCKED_SECRET" : "CASIL_POLICY_BLOCKED", rules }
      }
      for (const match of matches) {
        const field = column.fields[column.indexOf(match.start)]
        if (field === undefined) continue
        const shift = field.offset - field.at
        findings.push(findingOf(this.#compiled, match, match.start + shift, match.end + shift))
      }
      if (action === "monitor") continue
      for (let i = column.indexOf(place.start); i < column.fields.length; i++) {
        const field = column.fields[i]
        if (field === undefined || field.at >= place.end) break
        const start = Math.max(0, place.start - field.at)
        const stop = Math.min(field.text.length, place.end - field.at)
        const from = isWithinPair(field.text, start) ? start - 1 : start
        const to = isWithinPair(field.text, stop) ? stop + 1 : stop
        const text = named.has(field.at) ? redaction(NAMED_FIELD) : replacement
        const piece = { from, to, text }
        const others = pieces.get(i)
        if (others === undefined) pieces.set(i, [piece])
        else others.push(piece)
      }
    }
    for (const [i, all] of pieces) {
      const field = column.fields[i]
      if (field === undefined) continue
      let text = ""
      let at = 0
      for (const piece of all) {
        text += field.text.slice(at, piece.from) + piece.text
        at = piece.to
      }
      replacements.set(field.index, text + field.text.slice(at))
    }
    return undefined
  }
}
