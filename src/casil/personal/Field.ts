/** Fields of a value: numbers of persons that the name of the field makes what they are. */
import { digit, some } from "../CharClass.ts"
import { type Budget, COST } from "../engine/Budget.ts"
import { Cursor } from "../engine/Cursor.ts"
import type { Match } from "../engine/Match.ts"
import { numbers } from "./Numbers.ts"

const SHORTEST = 7
const LONGEST = 64

/** What the text of a field is, given the name of the field; positions count from the text's beginning. */
export const personalField = (name: string, text: string, budget: Budget): Match | undefined => {
  if (text.length < SHORTEST || text.length > LONGEST || !some(digit, text, 0, text.length)) return undefined
  const cursor = new Cursor()
  const before = name.length + 2
  cursor.renew(`${name}: ${text}`)
  cursor.look(before, before + text.length, 0, -1, true)
  numbers(cursor)
  budget.spend(COST.word + cursor.cost)
  if (cursor.outcome !== "found" || cursor.label === undefined || cursor.start < before) return undefined
  return { rule: cursor.label, start: cursor.start - before, end: cursor.end - before, confidence: 100 }
}
