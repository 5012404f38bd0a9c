/** Preferences, abilities and habits. */
import { type Clause, type Found, modeOf, state } from "./Clause.ts"
import { at, eat, eatAny } from "./Cursor.ts"
import { readItems, readValue, type Reading } from "./Phrases.ts"
import { pronouns, small } from "./Vocabulary.ts"
import { readTimes } from "./Moving.ts"

const positive = new Set(["like", "love", "enjoy", "adore"])
const negative = new Set(["hate", "dislike", "detest", "stand"])
const notLiked = new Set(["to", "how", "when", "that", "what", "the", "your", "being", "having", "getting"])

/** Whether what stands there is something one can like for longer than this conversation. */
const isThing = (word: string, next: string): boolean =>
  word !== "" &&
  !pronouns.has(word) &&
  !(notLiked.has(word) && word !== "to") &&
  !(word === "to" && ["know", "have", "see", "ask", "get", "hear"].includes(next))

/** "I love hiking and pizza", "she hates olives", "I don't like mornings". */
/** What is understood only beside what was said before it. */
const pointing = new Set(["this", "that", "these", "those", "each", "it", "them", "such", "something", "your", "you"])
const pointsAway = ({ tokens }: Reading, from: number, to: number): boolean =>
  tokens.slice(from, to).some(({ lower }) => pointing.has(lower))

export const likes = (clause: Clause): Found | undefined => {
  const { reading, subject, verb } = clause
  const { tokens } = reading
  // "I loved the concert" is of one evening
  if (subject.property !== undefined || verb.over || (verb.past && !verb.denied)) return undefined
  const i = eatAny(tokens, verb.next, ["both", "all kinds of", "everything about", "mostly"]) ?? verb.next
  const article = at(tokens, i) === "the" && tokens[i + 1]?.capital === true
  if (!article && !isThing(at(tokens, i), at(tokens, i + 1))) return undefined
  const items = readItems(reading, i, { lean: verb.lean })
  if (items === undefined || pointsAway(reading, i, items.next)) return undefined
  if (items.value.some((value) => small.has(value))) return undefined
  const attribute = negative.has(verb.lemma)
    ? verb.denied && verb.lemma !== "stand"
      ? undefined
      : "dislikes"
    : positive.has(verb.lemma)
      ? verb.denied
        ? "dislikes"
        : "likes"
      : undefined
  if (attribute === undefined) return undefined
  return {
    facts: items.value.map((value) => state(clause, attribute, value, { many: true, mode: "holds" })),
    next: items.next
  }
}

/** "I prefer tea over coffee", "I prefer short answers". */
export const prefers = (clause: Clause): Found | undefined => {
  const { reading, verb } = clause
  if (modeOf(verb) !== "holds" || pronouns.has(at(reading.tokens, verb.next))) return undefined
  const value = readValue(reading, verb.next, { lean: verb.lean, words: 14 })
  if (value === undefined) return undefined
  return { facts: [state(clause, "prefers", value.value, { many: true })], next: value.next }
}

const attributes: ReadonlyMap<string, string> = new Map([
  ["speak", "speaks"],
  ["play", "plays"],
  ["drive", "drives"],
  ["collect", "collects"],
  ["teach", "teaches"],
  ["study", "studies"],
  ["weigh", "weighs"]
])
const notObjects = new Set([
  "ever",
  "together",
  "since",
  "to",
  "with",
  "about",
  "for",
  "at",
  "on",
  "by",
  "in",
  "up",
  "around",
  "a",
  "there",
  "my",
  "your"
])

/** "I speak Spanish and German", "my son plays the violin", "I don't eat meat". */
export const habit = (clause: Clause): Found | undefined => {
  const { reading, subject, verb } = clause
  const { tokens } = reading
  if (subject.property !== undefined || (verb.lean === "future" && verb.past)) return undefined
  if (verb.lemma === "eat" || verb.lemma === "drink") {
    const none = eat(tokens, verb.next, "no")
    const i = none ?? eat(tokens, verb.next, "any") ?? verb.next
    if (
      !(verb.denied || none !== undefined) ||
      verb.past ||
      pronouns.has(at(tokens, i)) ||
      notObjects.has(at(tokens, i))
    )
      return undefined
    const items = readItems(reading, i, { lean: verb.lean })
    if (items === undefined) return undefined
    const attribute = verb.lemma === "eat" ? "does not eat" : "does not drink"
    return {
      facts: items.value.map((value) => state(clause, attribute, value, { many: true, mode: "holds" })),
      next: items.next
    }
  }
  const attribute = attributes.get(verb.lemma)
  if (attribute === undefined) return undefined
  // "I drive a Tesla", but "I played a game"
  const article = verb.lemma === "drive" && ["a", "an"].includes(at(tokens, verb.next))
  if (!article && notObjects.has(at(tokens, verb.next))) return undefined
  if (verb.past && verb.lemma !== "study") return undefined
  const items = readItems(reading, verb.next, {
    lean: verb.lean,
    until: new Set(["with", "for", "when", "at", "from"])
  })
  if (items === undefined || pointsAway(reading, verb.next, items.next)) return undefined
  const school = eat(tokens, items.next, "at")
  const where = school === undefined ? undefined : readValue(reading, school, { lean: verb.lean, words: 6 })
  const mode = verb.denied ? "denied" : verb.past || verb.over ? "held" : "holds"
  const facts = items.value.map((value) => state(clause, attribute, value, { many: true, mode }))
  if (where === undefined || verb.lemma !== "study") return { facts, next: items.next }
  return { facts: [...facts, state(clause, "studies at", where.value, { mode })], next: where.next }
}

/** "I married Tom in 2019", "we got married", "I divorced". */
export const marries = (clause: Clause): Found | undefined => {
  const { reading, verb } = clause
  const { tokens } = reading
  if (modeOf(verb) !== "holds") return undefined
  if (verb.lemma === "divorce") {
    return {
      facts: [state(clause, "married to", "", { mode: "ended" }), state(clause, "is", "divorced", { many: true })],
      next: verb.next
    }
  }
  if (tokens[verb.next]?.capital !== true) return undefined
  const name = readValue(reading, verb.next, { lean: verb.lean, words: 3 })
  if (name === undefined) return undefined
  const times = readTimes(reading, name.next, verb.lean)
  return { facts: [state(clause, "married to", name.value, { from: times.on?.from })], next: times.next }
}

/** "I got married to Tom". */
export const getsMarried = (clause: Clause): Found | undefined => {
  const i = eatAny(clause.reading.tokens, clause.verb.next, ["married to"])
  return i === undefined ? undefined : marries({ ...clause, verb: { ...clause.verb, lemma: "marry", next: i } })
}
