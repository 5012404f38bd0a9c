/** Fields of a value: numbers of persons that the name of the field makes what they are. */
import { digit, has } from "../CharClass.ts"
import { type Budget, COST } from "../engine/Budget.ts"
import type { Cursor } from "../engine/Cursor.ts"
import { isPlain } from "../engine/Fold.ts"
import { looksOf } from "../engine/Looks.ts"
import type { Match } from "../engine/Match.ts"
import { View } from "../engine/View.ts"
import { numbers } from "./Numbers.ts"

const SHORTEST = 7
const LONGEST = 64
/** Of what a name makes a person's, the least has so many digits. */
const FEWEST_DIGITS = 4

const hasDigits = (text: string): boolean => {
  let count = 0
  for (let i = 0; i < text.length && count < FEWEST_DIGITS; i++) if (has(digit, text.charCodeAt(i))) count++
  return count === FEWEST_DIGITS
}

/** What the text of a field is, given the name of the field, told by `cursor`; positions count from the text's beginning. */
export const personalField = (cursor: Cursor, name: string, text: string, budget: Budget): Match | undefined => {
  if (text.length < SHORTEST || text.length > LONGEST) return undefined
  const isAscii = isPlain(text)
  if (isAscii && !hasDigits(text)) return undefined
  const view = new View()
  view.push(text, isAscii)
  if (!isAscii && !hasDigits(view.text)) return undefined
  const called = looksOf(name)
  const before = called.length + 2
  cursor.renew(`${called}: ${view.text}`)
  cursor.look(before, before + view.text.length, 0, -1, true)
  numbers(cursor)
  budget.spend(COST.word + cursor.cost)
  if (cursor.outcome !== "found" || cursor.label === undefined || cursor.start < before) return undefined
  return {
    rule: cursor.label,
    start: view.raw(cursor.start - before),
    end: view.rawAfter(cursor.end - before),
    confidence: 100
  }
}
