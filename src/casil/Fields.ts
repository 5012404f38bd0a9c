/**
 * The texts of one value: looked at one by one with the names of their fields, and one after the other, since a secret
 * may begin in one and end in the next. Values and keys go on in each other separately.
 */
import { acrossBlocks, noTails, type Tails } from "./CarryOver.ts"
import { type Compiled, NAMED_FIELD } from "./Compiled.ts"
import { fieldMatch, pairedName } from "./context/Field.ts"
import { COST } from "./engine/Budget.ts"
import { isPlain } from "./engine/Fold.ts"
import { type Match, redaction } from "./engine/Match.ts"
import { Scanner } from "./engine/Scanner.ts"
import type { Finding } from "./Finding.ts"
import { findingOf, type Meter, placesOf, type Stop } from "./Inspection.ts"
import { fieldName } from "./Names.ts"
import { personalField } from "./personal/Field.ts"
import { byteLength, fit } from "./Utf8.ts"

interface Field {
  readonly index: number
  readonly text: string
  /** Where it begins: in its scanner, and among all texts. */
  readonly at: number
  readonly offset: number
}

interface Piece {
  readonly from: number
  readonly to: number
  readonly text: string
}

/** The texts of one kind, keys or values. */
class Column {
  readonly scanner: Scanner
  readonly fields: Array<Field> = []
  readonly named: Array<Match> = []

  constructor(compiled: Compiled, meter: Meter) {
    this.scanner = new Scanner(compiled.set, meter.budget)
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

const KEY = "#"
const REDACTED = "[redacted:"
const isRedacted = (text: string): boolean => text.startsWith(REDACTED) && text.indexOf("]") === text.length - 1

export class Fields {
  readonly #compiled: Compiled
  readonly #meter: Meter
  readonly #values: Column
  readonly #keys: Column
  #count = 0
  #offset = 0
  #before: { readonly path: string; readonly text: string } | undefined
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

  visit(text: string, path: string): void {
    const index = this.#count++
    const offset = this.#offset
    this.#offset += text.length
    if (text === "" || this.#oversize !== undefined) return
    if (this.#meter.budget.isOver) {
      this.#measure(text, isPlain(text))
      return
    }
    const isKey = path.endsWith(KEY)
    const column = isKey ? this.#keys : this.#values
    const { scanner } = column
    const at = scanner.view.rawEnd
    const before = this.#meter.inspected
    const plain = isPlain(text)
    const room = this.#measure(text, plain)
    if (room < text.length) scanner.endAt(at + room)
    column.fields.push({ index, text, at, offset })
    scanner.push(text, plain)
    scanner.boundary()
    if (scanner.halted !== undefined) {
      const units = Math.max(0, scanner.halted - at)
      this.#meter.inspected = Math.min(this.#meter.inspected, before + byteLength(text.slice(0, units)))
    }
    scanner.trim()
    if (!isKey && room > 0) {
      this.#name(column, text, path, at)
      this.#goOn(column, text, path, at)
    }
    if (!isKey) this.#before = { path, text }
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
  #goOn(column: Column, text: string, path: string, at: number): void {
    const tail = this.#tails.get(path)
    if (tail === undefined) return
    for (const match of acrossBlocks(this.#compiled, this.#meter.budget, tail, text)) {
      column.named.push({ ...match, start: at, end: at + match.end })
    }
  }

  /** What the field's name says about it. */
  #name(column: Column, text: string, path: string, at: number): void {
    const { budget } = this.#meter
    if (budget.isOver || isRedacted(text)) return
    budget.spend(COST.field + path.length)
    const name = fieldName(path)
    const span = { start: at, end: at + text.length }
    if (this.#compiled.names.has(name)) column.named.push({ rule: NAMED_FIELD, ...span, confidence: 100 })
    const other = this.#before === undefined ? undefined : pairedName(this.#before, path)
    const found = fieldMatch(name, text, budget) ?? (other === undefined ? undefined : fieldMatch(other, text, budget))
    if (found !== undefined) column.named.push({ ...found, ...span })
    const personal = personalField(other ?? name, text, budget)
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
    const pieces = new Map<number, Array<Piece>>()
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
        const from = Math.max(0, place.start - field.at)
        const to = Math.min(field.text.length, place.end - field.at)
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
