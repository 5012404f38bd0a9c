/** How numbers look: a 9 for each digit, an A for each letter, separators as they are; and which kinds are written so. */
import { chars, has, letter, only } from "../CharClass.ts"
import { isDigit } from "./Near.ts"
import type { NumberKind } from "./Number.ts"

export interface Asked {
  readonly kind: NumberKind
  readonly alone: boolean
}

/** A form, and which kinds are written so. */
export interface Form {
  readonly text: string
  readonly asked: Array<Asked>
  /** Groups are parted by blanks, or by anything. */
  readonly spaced: boolean
  readonly parted: boolean
}

/** The form of `[from, to)`, whose sum is `sum`, if some kind is written so. */
export type Forms = (text: string, from: number, to: number, sum: number) => Form | undefined

const [NINE, LETTER] = [57, 65] as const
const unparted = chars("9A")

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

const isWritten = (form: string, text: string, from: number): boolean => {
  for (let i = 0; i < form.length; i++) if (looksOf(text.charCodeAt(from + i)) !== form.charCodeAt(i)) return false
  return true
}

const make = (kinds: ReadonlyArray<NumberKind>): Forms => {
  const bySum = new Map<number, Array<Form>>()
  const add = (text: string, asked: Asked) => {
    const sum = sumOf(text, 0, text.length)
    const same = bySum.get(sum) ?? []
    bySum.set(sum, same)
    const known = same.find((form) => form.text === text)
    if (known !== undefined) known.asked.push(asked)
    else same.push({ text, asked: [asked], spaced: text.includes(" "), parted: !only(unparted, text) })
  }
  for (const kind of kinds) {
    for (const form of kind.alone ?? []) add(form, { kind, alone: true })
    for (const form of kind.named ?? []) add(form, { kind, alone: false })
  }
  return (text, from, to, sum) =>
    bySum.get(sum)?.find((form) => form.text.length === to - from && isWritten(form.text, text, from))
}

/** The forms of kinds; put together when the first number is looked at. */
export const formsOf = (kinds: ReadonlyArray<NumberKind>): (() => Forms) => {
  let known: Forms | undefined
  return () => (known ??= make(kinds))
}
