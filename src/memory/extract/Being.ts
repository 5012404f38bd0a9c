/** What somebody or something is: names, ages, origins, properties. */
import { type Clause, type Found, modeOf, state, type Statement, unlessPast } from "./Clause.ts"
import { at, eat, eatAny } from "./Cursor.ts"
import { readDate } from "./Dates.ts"
import { showWhen, showYearly } from "./DateWords.ts"
import { readNames } from "./Having.ts"
import { readTimes } from "./Moving.ts"
import { readItems, readName, readPlace, readValue, withTown } from "./Phrases.ts"
import { me, type Mention } from "./Stated.ts"
import { readOwned } from "./Subjects.ts"
import { adverbs, animals, lasting, origins, people, pronouns, singular, small } from "./Vocabulary.ts"

/** Said of today only. */
const fleeting = new Set(
  ["day", "week", "weekend", "night", "morning", "evening", "year", "turn", "fault", "bad", "question", "point"].concat(
    ["problem", "issue", "guess", "apologies", "pleasure", "mistake", "mind", "thing", "experience", "code", "program"],
    ["file", "message", "script", "error", "input", "output", "screen", "schedule", "head", "goal", "advice", "mood"]
  )
)
const yearly = /\b(?:birthday|anniversary|name day)$/

/** "my birthday is on 3 May", "my favourite colour is blue", "my dog's name is Luna". */
const property = (clause: Clause, name: string, i: number): Found | undefined => {
  const { reading, subject, verb } = clause
  const { tokens } = reading
  const mode = modeOf(verb)
  const called = eatAny(tokens, i, ["called", "named"])
  if (name === "name" || called !== undefined) {
    const value = readName(reading, called ?? i)
    if (value === undefined) return undefined
    const former = name === "name" && verb.past && mode === "holds" && subject.about.role === "me"
    const fact = state(clause, name, value.value, { mode: former ? "held" : mode })
    return { facts: [fact], next: value.next }
  }
  const date = readDate(tokens, i, reading.today, verb.past ? "past" : "future")
  if (date !== undefined) {
    const repeats = yearly.test(name) && date.value.grain === "day"
    const value = repeats && date.value.yearless ? showYearly(date.value) : showWhen(date.value)
    const span = repeats ? {} : { from: date.value.from, until: date.value.to }
    return { facts: [state(clause, name, value, { mode, ...span })], next: date.next }
  }
  if (pronouns.has(at(tokens, i)) || at(tokens, i) === "to" || fleeting.has(name)) return undefined
  const plain = readValue(reading, i, { lean: verb.lean })
  if (plain === undefined) return undefined
  const value = withTown(reading, i, plain)
  // "30 February": a day that there is not
  if (yearly.test(name) && /^\d+$/.test(value.value)) return { facts: [], next: value.next }
  const past = verb.past && mode === "holds" && subject.about.role === "me"
  return { facts: [state(clause, name, value.value, { mode: past ? "held" : mode })], next: value.next }
}

/** "Anna is my sister", "this is my dog Luna". */
export const isOwned = (clause: Clause, i: number, named: string | undefined): Found | undefined => {
  const { reading } = clause
  if (at(reading.tokens, i) !== "my") return undefined
  const owned = readOwned(reading, i + 1, me)
  if (owned === undefined || owned.value.property !== undefined || owned.value.about.role === undefined)
    return undefined
  const name = named ?? owned.value.about.name
  if (name === undefined) return undefined
  const object: Mention = { ...owned.value.about, name }
  const facts = [
    state(clause, "has", object.role ?? "", { about: me, many: true, object }),
    state(clause, "name", name, { about: object })
  ]
  return { facts, next: owned.next }
}

const age = (clause: Clause, i: number): Found | undefined => {
  const { reading } = clause
  const { tokens } = reading
  const start = eatAny(tokens, i, ["almost", "about", "around", "turning"]) ?? i
  const years = at(tokens, start)
  if (!/^\d{1,3}$/.test(years)) return undefined
  const unit = eatAny(tokens, start + 1, ["years old", "year old", "months old", "weeks old", "yo", "y.o"])
  const behind = tokens[start + 1]
  if (
    unit === undefined &&
    behind !== undefined &&
    behind.kind === "word" &&
    !["but", "now", "today"].includes(behind.lower)
  )
    return undefined
  const months = unit !== undefined && /^(?:months|weeks)$/.test(at(tokens, start + 1))
  const value = months ? `${years} ${at(tokens, start + 1)}` : years
  return { facts: [state(clause, "age", value, { from: reading.today })], next: unit ?? start + 1 }
}

const born = (clause: Clause, i: number): Found | undefined => {
  const { reading } = clause
  const { tokens } = reading
  const facts: Array<Statement> = []
  let next = i
  for (let step = 0; step < 2; step++) {
    const date = readDate(tokens, next, reading.today, "past")
    if (date !== undefined) {
      facts.push(state(clause, "born", showWhen(date.value), { mode: "holds" }))
      next = date.next
      continue
    }
    const inside = eatAny(tokens, next, ["and raised in", "in", "near", "at"])
    const place = inside === undefined ? undefined : readPlace(reading, inside, "past")
    if (place === undefined) break
    facts.push(state(clause, "born in", place.value, { mode: "holds" }))
    next = place.next
  }
  return facts.length === 0 ? undefined : { facts, next }
}

const ages = new Set(["kid", "child", "baby", "teen", "teenager", "boy", "girl"])
const idleNouns = new Set([
  "bit",
  "lot",
  "little",
  "few",
  "while",
  "fan",
  "moment",
  "mess",
  "minute",
  "joke",
  "loss",
  "hurry"
])

const complement = (clause: Clause, i: number): Found | undefined => {
  const { reading, subject, verb } = clause
  const { tokens } = reading
  const isMe = subject.about.role === "me"
  const isNamed = subject.about.role === undefined
  const article = at(tokens, i) === "a" || at(tokens, i) === "an"
  if (article) {
    const fan = eatAny(tokens, i + 1, ["big fan of", "huge fan of", "fan of", "great fan of"])
    if (fan !== undefined && !pronouns.has(at(tokens, fan))) {
      const items = readItems(reading, fan, { lean: verb.lean })
      const attribute = verb.denied ? "dislikes" : "likes"
      return (
        items && {
          facts: items.value.map((value) => state(clause, attribute, value, { many: true, mode: "holds" })),
          next: items.next
        }
      )
    }
    if (idleNouns.has(at(tokens, i + 1))) return undefined
  }
  if (isNamed || subject.vague === true) return undefined
  const kept = article || lasting.has(at(tokens, i)) || origins.has(at(tokens, i)) || !isMe
  if (!kept || pronouns.has(at(tokens, i)) || at(tokens, i).endsWith("ing")) return undefined
  const value = readValue(reading, i, { lean: verb.lean, words: 8, until: new Set(["at", "for", "who"]) })
  if (value === undefined) return undefined
  const where = eat(tokens, value.next, "at")
  const employer = where === undefined || !article ? undefined : readName(reading, where, 4)
  const mode = verb.denied ? "denied" : verb.over || (verb.past && isMe) ? "held" : "holds"
  if (mode === "held" && ages.has(at(tokens, value.next - 1))) return undefined
  const facts = [state(clause, "is", value.value, { many: true, mode, confidence: article || isMe ? 1 : 0.8 })]
  if (employer === undefined) return { facts, next: value.next }
  return { facts: [...facts, state(clause, "works at", employer.value, { mode })], next: employer.next }
}

/** "I grew up in Ohio". */
export const grewUp = (clause: Clause): Found | undefined => {
  const i = eatAny(clause.reading.tokens, clause.verb.next, ["up in", "up near", "up on"])
  const place = i === undefined ? undefined : readPlace(clause.reading, i, "past")
  return place && { facts: [state(clause, "grew up in", place.value)], next: place.next }
}

/** "my dog died last year". */
export const died = (clause: Clause): Found | undefined => {
  const { reading, subject, verb } = clause
  const i = verb.lemma === "pass" ? eat(reading.tokens, verb.next, "away") : verb.next
  if (i === undefined || subject.about.role === "me" || modeOf(verb) !== "holds" || verb.lean === "future")
    return undefined
  const times = readTimes(reading, i, "past")
  return {
    facts: [state(clause, "is", "dead", { many: true, from: times.on?.from ?? reading.today })],
    next: times.next
  }
}

const livesIn = (clause: Clause, i: number): Found | undefined => {
  const start = eatAny(clause.reading.tokens, i, ["based in", "located in", "based out of"])
  const place = start === undefined ? undefined : readPlace(clause.reading, start, clause.verb.lean)
  if (place === undefined) return undefined
  return { facts: [state(clause, "lives in", place.value, { mode: unlessPast(clause.verb) })], next: place.next }
}

const listed: ReadonlyArray<readonly [ReadonlyArray<string>, string]> = [
  [["allergic to"], "allergic to"],
  [["afraid of", "scared of", "terrified of"], "afraid of"],
  [["fond of", "keen on", "crazy about", "obsessed with", "into", "passionate about"], "likes"],
  [["intolerant to"], "allergic to"],
  [["fluent in"], "speaks"]
]

/** "my cats are called Tom and Jerry". */
const plurally = (clause: Clause, i: number): Found | undefined => {
  const { about } = clause.subject
  const { names, next } = readNames(clause.reading, i)
  if (about.role === undefined || about.name !== undefined || names.length < 2 || clause.verb.denied) return undefined
  const role = singular(about.role)
  const facts = names.flatMap((name) => {
    const object = { ...about, role, name }
    return [
      state(clause, "has", role, { about: about.of ?? me, many: true, object }),
      state(clause, "name", name, { about: object })
    ]
  })
  return { facts, next }
}

/** "we named our dog Bruno". */
export const names = (clause: Clause): Found | undefined => {
  const { reading, verb } = clause
  const i = eatAny(reading.tokens, verb.next, ["my", "our", "the"])
  const owned = i === undefined || verb.denied ? undefined : readOwned(reading, i, me)
  const about = owned?.value.about
  if (about?.name === undefined || owned === undefined) return undefined
  return { facts: [state(clause, "name", about.name, { about })], next: owned.next }
}

/** The predicate of "be". */
export const is = (clause: Clause): Found | undefined => {
  const { reading, subject, verb } = clause
  const { tokens } = reading
  let i = verb.next
  while (adverbs.has(at(tokens, i))) i += 1
  if (subject.property !== undefined) return property(clause, subject.property, i)
  const called = eatAny(tokens, i, ["called", "named"])
  if (called !== undefined) {
    const many = plurally(clause, i)
    if (many !== undefined) return many
    const name = readName(reading, called)
    return name && { facts: [state(clause, "name", name.value)], next: name.next }
  }
  if (subject.about.role === undefined) {
    const owned = verb.denied ? undefined : isOwned(clause, i, subject.about.name)
    if (owned !== undefined) return owned
  }
  for (const [phrases, attribute] of listed) {
    const start = eatAny(tokens, i, phrases)
    if (start === undefined || pronouns.has(at(tokens, start))) continue
    const items = readItems(reading, start, { lean: verb.lean })
    if (items === undefined) return undefined
    const mode = unlessPast(verb)
    return {
      facts: items.value.map((value) => state(clause, attribute, value, { many: true, mode })),
      next: items.next
    }
  }
  const from = eatAny(tokens, i, ["originally from", "from"])
  if (from !== undefined) {
    const place = readPlace(reading, from, verb.lean)
    return place && { facts: [state(clause, "comes from", place.value)], next: place.next }
  }
  const bornAt = eat(tokens, i, "born")
  if (bornAt !== undefined) return born(clause, bornAt)
  const married = eatAny(tokens, i, ["married to", "engaged to"])
  if (married !== undefined) {
    const name = readName(reading, married)
    if (name === undefined) return undefined
    const times = readTimes(reading, name.next, verb.lean)
    const attribute = at(tokens, i) === "married" ? "married to" : "engaged to"
    const mode = unlessPast(verb)
    return {
      facts: [state(clause, attribute, name.value, { mode, from: times.from, until: times.until })],
      next: times.next
    }
  }
  const found = livesIn(clause, i) ?? age(clause, i)
  if (found !== undefined) return found
  // "I'm Anna": a capital that is no origin
  if (
    subject.about.role === "me" &&
    tokens[i]?.capital === true &&
    !origins.has(at(tokens, i)) &&
    !lasting.has(at(tokens, i)) &&
    !small.has(at(tokens, i))
  ) {
    const name = readName(reading, i, 3)
    const behind = name === undefined ? undefined : tokens[name.next]
    const alone = behind === undefined || behind.kind === "mark" || ["and", "from", "but"].includes(behind.lower)
    if (name === undefined || !alone || verb.denied || verb.past) return undefined
    return { facts: [state(clause, "name", name.value, { confidence: 0.8 })], next: name.next }
  }
  // "my dog is Rex"
  const role = subject.about.role ?? ""
  if (
    tokens[i]?.capital === true &&
    subject.vague !== true &&
    (animals.has(role) || people.has(role)) &&
    !origins.has(at(tokens, i))
  ) {
    const name = readName(reading, i, 3)
    if (name === undefined || verb.denied || (tokens[name.next]?.kind === "word" && at(tokens, name.next) !== "and"))
      return undefined
    return { facts: [state(clause, "name", name.value, { confidence: 0.8 })], next: name.next }
  }
  return complement(clause, i)
}
