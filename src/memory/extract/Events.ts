/** What somebody did or will do on a day. */
import { type Clause, type Found, statement } from "./Clause.ts"
import { at, skip, wordSet } from "./Cursor.ts"
import { readDate } from "./Dates.ts"
import { showWhen } from "./DateWords.ts"
import { longestValue } from "./Phrases.ts"
import { looksPast } from "./Verbs.ts"
import { adverbs, modals } from "./Vocabulary.ts"

const silent = new Set([...adverbs, "am", "is", "are", "was", "were", "'s", "have", "has", "been", "will"])
const inward = wordSet(
  "remembering thinking wondering hoping saying talking looking feeling trying glad happy sure sorry"
)

/** A dated act or plan: "I have a dentist appointment tomorrow". The clause goes from `i` to before `end`. */
export const event = (clause: Omit<Clause, "verb">, from: number, end: number): Found | undefined => {
  const { reading, subject } = clause
  const i = skip(reading.tokens, from, silent)
  const { message, tokens, today } = reading
  if (subject.about.role === undefined || inward.has(at(tokens, i))) return undefined
  // "my flight to Rome leaves on Friday"
  const what = subject.property === undefined ? "" : `${subject.property} `
  const lean = looksPast(at(tokens, i)) ? "past" : "future"
  for (let k = i; k < end; k++) {
    const word = at(tokens, k)
    if (k === i && reading.tokens.slice(from, i).some(({ lower }) => lower === "not")) return undefined
    if (word === "not" || word === "never" || modals.has(word)) return undefined
    const date = k < i + (what === "" ? 2 : 1) ? undefined : readDate(tokens, k, today, lean)
    if (date === undefined) continue
    const said = message
      .slice(tokens[i]?.start, tokens[k - 1]?.end)
      .replace(/\s+/g, " ")
      .trim()
    const value = `${what}${said}`
    if (value.length < 4 || value.length > longestValue) return undefined
    const fact = statement(subject.about, "event", `${showWhen(date.value)}: ${value}`, {
      many: true,
      from: date.value.from,
      until: date.value.to,
      confidence: subject.confidence * clause.sureness * 0.6
    })
    return { facts: [fact], next: date.next }
  }
  return undefined
}
