/** How numbers look: a 9 for each digit, an A for each letter, separators as they are; and which kinds are written so. */
import { has, letter } from "../CharClass.ts"
import { isDigit } from "./Near.ts"
import type { NumberKind } from "./Number.ts"

export interface Asked {
  readonly kind: NumberKind
  readonly alone: boolean
}

export interface Forms {
  /** Which kinds are written so. */
  readonly by: ReadonlyMap<string, ReadonlyArray<Asked>>
  /** Whether a form may have this sum: where none has, the form need not be written down. */
  readonly mayBe: (sum: number) => boolean
}

const [NINE, LETTER] = [57, 65] as const
const CELLS = 4096

const looksOf = (code: number): number => (isDigit(code) ? NINE : has(letter, code) ? LETTER : code)

/** The sum of a form that goes on with what `code` looks like. */
export const added = (sum: number, code: number): number => (Math.imul(sum, 31) + looksOf(code)) | 0

/** The sum of the form of `[from, to)`, which comes after one with the sum `before`. */
export const sumOf = (text: string, from: number, to: number, before = 0): number => {
  let sum = before
  for (let i = from; i < to; i++) sum = added(sum, text.charCodeAt(i))
  return sum
}

/** How `[from, to)` looks. */
export const formOf = (text: string, from: number, to: number): string => {
  let form = ""
  for (let i = from; i < to; i++) form += String.fromCharCode(looksOf(text.charCodeAt(i)))
  return form
}

const cellOf = (sum: number): number => (sum ^ (sum >>> 12)) & (CELLS - 1)

const make = (kinds: ReadonlyArray<NumberKind>): Forms => {
  const by = new Map<string, Array<Asked>>()
  for (const kind of kinds) {
    for (const each of kind.alone ?? []) by.set(each, [...(by.get(each) ?? []), { kind, alone: true }])
    for (const each of kind.named ?? []) by.set(each, [...(by.get(each) ?? []), { kind, alone: false }])
  }
  const cells = new Uint8Array(CELLS)
  for (const form of by.keys()) cells[cellOf(sumOf(form, 0, form.length))] = 1
  return { by, mayBe: (sum) => cells[cellOf(sum)] === 1 }
}

/** The forms of kinds; put together when the first number is looked at. */
export const formsOf = (kinds: ReadonlyArray<NumberKind>): (() => Forms) => {
  let known: Forms | undefined
  return () => (known ??= make(kinds))
}
