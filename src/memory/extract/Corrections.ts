/** Corrections that name no subject: "no, it's Lola", "not Luna but Lola", "I meant Lola". */
import { type Found, statement, type Statement } from "./Clause.ts"
import { at, eat, eatAny, type Read, type Tokens } from "./Cursor.ts"
import { readName, readPlace, type Reading, readValue } from "./Phrases.ts"
import type { Focus } from "./Stated.ts"
import { small } from "./Vocabulary.ts"

const placed = new Set(["lives in", "comes from", "born in", "grew up in"])

const readAs = (reading: Reading, i: number, attribute: string): Read<string> | undefined => {
  if (attribute === "name" || attribute === "works at" || attribute === "married to") return readName(reading, i)
  if (placed.has(attribute)) {
    return readPlace(reading, eat(reading.tokens, i, "in") ?? eat(reading.tokens, i, "from") ?? i, "future")
  }
  if (small.has(at(reading.tokens, i)) && at(reading.tokens, i) !== "the") return undefined
  return readValue(reading, i, { lean: "future", words: 8 })
}

const isNamed = (tokens: Tokens, i: number): boolean =>
  tokens[i]?.capital === true || tokens[i]?.kind === "quote" || /^\p{N}/u.test(at(tokens, i))

const corrected = (focus: Focus, value: string, attribute = focus.attribute): Statement => {
  const named = attribute === "name" && focus.attribute !== "name"
  return statement(named ? (focus.object ?? focus.about) : focus.about, attribute, value, {
    object: named ? undefined : focus.object,
    many: !named && focus.many,
    corrects: true,
    replaces: named ? undefined : focus.value,
    confidence: 0.9
  })
}

const speaking = new Set(["i", "we", "my", "our"])
const subjects: ReadonlyArray<string> = [
  "it",
  "that",
  "this",
  "he",
  "she",
  "they",
  "its",
  "his",
  "her",
  "the right one",
  "the answer"
]

/** Reads what stands behind the lead of a correction, as taking the place of `focus`. */
export const readCorrection = (reading: Reading, from: number, focus: Focus): Found | undefined => {
  const { tokens } = reading
  // "I'm no teacher, I'm a doctor": a clause of its own, which is read as one
  if (speaking.has(at(tokens, from))) return undefined
  const subject = eatAny(tokens, from, subjects)
  let i = from
  let attribute = focus.attribute
  if (subject !== undefined) {
    const name = eat(tokens, subject, "name")
    const be = eatAny(tokens, name ?? subject, [
      "is actually",
      "is really",
      "'s actually",
      "'s really",
      "is",
      "'s",
      "was",
      "are"
    ])
    if (be === undefined) return undefined
    if (name !== undefined) attribute = "name"
    i = be
    const called = eatAny(tokens, i, ["called", "named"])
    if (called !== undefined) {
      attribute = "name"
      i = called
    }
  }
  // "no, use the other one": what names no subject has to look like a name
  const meant = at(tokens, from - 1) === "meant" || at(tokens, from - 1) === "say"
  if (subject === undefined && !meant && !isNamed(tokens, eat(tokens, i, "not") ?? i)) return undefined
  const not = eat(tokens, i, "not")
  if (not !== undefined) {
    const old = readAs(reading, not, attribute)
    const join =
      old === undefined
        ? undefined
        : (eat(tokens, old.next, ",", "but") ?? eat(tokens, old.next, "but") ?? eat(tokens, old.next, ","))
    if (join === undefined) return undefined
    i = eatAny(tokens, join, ["it is", "it 's", "he is", "she is", "rather"]) ?? join
  }
  const value = readAs(reading, i, attribute)
  if (value === undefined) return undefined
  const behind = at(tokens, value.next)
  const closes =
    value.next >= tokens.length || tokens[value.next]?.kind === "mark" || behind === "and" || behind === "not"
  if (!closes) return undefined
  const old = eat(tokens, value.next, ",", "not") ?? eat(tokens, value.next, "not")
  const end = old === undefined ? value.next : (readAs(reading, old, attribute)?.next ?? value.next)
  return { facts: [corrected(focus, value.value, attribute)], next: end }
}
