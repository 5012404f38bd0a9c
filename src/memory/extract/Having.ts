/** What somebody has: beings and things, with their names, and what is gone again. */
import { type Clause, type Found, modeOf, state, type Statement } from "./Clause.ts"
import { at, eat, eatAny } from "./Cursor.ts"
import { readDate } from "./Dates.ts"
import { readName, type Reading, readValue, withoutArticle } from "./Phrases.ts"
import type { Mention } from "./Stated.ts"
import { animals, determiners, isOwn, passing, people, singular, things } from "./Vocabulary.ts"
import { readTimes } from "./Moving.ts"

const untilName = new Set([
  "called",
  "named",
  "whose",
  "with",
  "from",
  "at",
  "for",
  "in",
  "to",
  "about",
  "on",
  "of",
  "left",
  "who",
  "that",
  "as",
  "by",
  "since"
])

interface Thing {
  /** As written, without its article. */
  readonly value: string
  /** Its last word, in lower case. */
  readonly head: string
  readonly next: number
}

const readThing = (reading: Reading, i: number): Thing | undefined => {
  const value = readValue(reading, i, { lean: "past", words: 5, until: untilName })
  if (value === undefined) return undefined
  const bare = withoutArticle(value.value)
  // the tokens give the head: lower-casing a part of the text could move its words
  let last = value.next - 1
  while (last > i && reading.tokens[last]?.kind !== "word") last -= 1
  return { value: bare, head: at(reading.tokens, last), next: value.next }
}

/** Names behind a thing: "called Luna", "named Tom and Jerry", ", Luna". */
export const readNames = (
  reading: Reading,
  i: number
): { readonly names: ReadonlyArray<string>; readonly next: number } => {
  const { tokens } = reading
  const said = eatAny(tokens, i, [
    "called",
    "named",
    "whose name is",
    "whose names are",
    "with the name",
    "by the name of"
  ])
  const comma = eat(tokens, i, ",") ?? eat(tokens, i, ":")
  const start = said ?? (comma !== undefined && tokens[comma]?.capital === true ? comma : undefined)
  if (start === undefined) return { names: [], next: i }
  const names: Array<string> = []
  let next = start
  while (names.length < 6) {
    const name = readName(reading, next, 2)
    if (name === undefined) break
    names.push(name.value)
    next = name.next
    const join = eat(tokens, next, ",", "and") ?? eat(tokens, next, ",") ?? eat(tokens, next, "and")
    const behind = join === undefined ? undefined : tokens[join]
    if (join === undefined || behind?.capital !== true || behind.lower === "i") break
    next = join
  }
  return { names, next: names.length === 0 ? i : next }
}

const own = (noun: Thing): Mention | undefined =>
  isOwn(noun.head) ? { role: singular(noun.head), name: undefined, of: undefined } : undefined

/** What is said of a thing that somebody has. */
const possession = (
  clause: Clause,
  thing: Thing,
  names: ReadonlyArray<string>,
  from: number | undefined
): ReadonlyArray<Statement> => {
  const owner = clause.subject.about
  const of = owner.role === "me" ? undefined : owner
  const role = own(thing)?.role ?? singular(thing.head)
  if (names.length === 0) {
    const object = own(thing)
    return [
      state(clause, "has", thing.value, {
        many: true,
        confidence: object === undefined ? 0.7 : 1,
        from,
        object: object === undefined ? undefined : { ...object, of }
      })
    ]
  }
  return names.flatMap((name) => {
    const object: Mention = { role, name, of }
    return [
      state(clause, "has", names.length === 1 ? thing.value : role, { many: true, from, object }),
      state(clause, "name", name, { about: object })
    ]
  })
}

/** "I have two cats, Tom and Jerry", "she has a son called Max", "I don't have a car". */
export const has = (clause: Clause): Found | undefined => {
  const { reading, subject, verb } = clause
  const { tokens } = reading
  if (subject.property !== undefined) return undefined
  const none = eat(tokens, verb.next, "no") ?? (verb.denied ? eat(tokens, verb.next, "any") : undefined)
  let i = none ?? verb.next
  if (none === undefined && !determiners.has(at(tokens, i)) && !/^\d{1,3}$/.test(at(tokens, i))) return undefined
  const denied = none !== undefined || verb.denied
  const facts: Array<Statement> = []
  for (let count = 0; count < 6; count++) {
    const thing = readThing(reading, i)
    if (thing === undefined || (!isOwn(thing.head) && (passing.has(thing.head) || verb.past || verb.perfect))) break
    const { names, next } = readNames(reading, thing.next)
    if (denied && !isOwn(thing.head) && thing.next - i > 3) break
    if (!isOwn(thing.head) && readDate(tokens, thing.next, reading.today, "future") !== undefined) break
    if (denied) {
      facts.push(state(clause, "has", thing.value, { many: true, mode: "denied", object: own(thing) }))
    } else {
      const times = readTimes(reading, next, verb.lean)
      const over = verb.over || (verb.past && verb.lemma === "have")
      const from = verb.lemma === "have" ? times.from : (times.on?.from ?? times.from)
      for (const fact of possession(clause, thing, names, from))
        facts.push(over && fact.attribute === "has" ? { ...fact, mode: "held" } : fact)
    }
    i = next
    const join = eat(tokens, i, ",", "and") ?? eat(tokens, i, ",") ?? eat(tokens, i, "and") ?? eat(tokens, i, "or")
    if (join === undefined || !(determiners.has(at(tokens, join)) || (denied && at(tokens, i) === "or"))) break
    i = join
  }
  return facts.length === 0 ? undefined : { facts, next: i }
}

/** "I adopted a dog", "we bought a house": as having it from then on. */
export const gets = (clause: Clause): Found | undefined => {
  const { reading, verb } = clause
  if (modeOf(verb) !== "holds" || verb.lean === "future") return undefined
  const i = eatAny(reading.tokens, verb.next, ["myself", "ourselves", "us", "me"]) ?? verb.next
  const head = readThing(reading, i)?.head ?? ""
  const lasting = animals.has(singular(head)) || things.has(singular(head)) || people.has(singular(head))
  return lasting ? has({ ...clause, verb: { ...verb, next: i } }) : undefined
}

/** "I sold my car", "we got rid of the boat". */
export const losesThing = (clause: Clause): Found | undefined => {
  const { reading, verb } = clause
  const { tokens } = reading
  if (modeOf(verb) !== "holds" || !(verb.past || verb.perfect)) return undefined
  const i = eatAny(tokens, verb.next, ["my", "our", "the", "rid of my", "rid of our", "rid of the"])
  if (i === undefined) return undefined
  const thing = readThing(reading, i)
  if (thing === undefined || !isOwn(thing.head)) return undefined
  const times = readTimes(reading, thing.next, verb.lean)
  const fact = state(clause, "has", thing.value, {
    many: true,
    mode: "held",
    until: times.on?.from,
    object: own(thing)
  })
  return { facts: [fact], next: times.next }
}
