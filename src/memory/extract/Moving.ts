/** Where somebody lives and works, and how that changed. */
import { type Clause, type Found, modeOf, state, type Statement } from "./Clause.ts"
import { at, eat, eatAny } from "./Cursor.ts"
import { readDate, readPoint } from "./Dates.ts"
import type { Lean, When } from "./DateWords.ts"
import { readName, readPlace, type Reading, readValue } from "./Phrases.ts"
import { small, stops } from "./Vocabulary.ts"

export interface Times {
  readonly from: number | undefined
  readonly until: number | undefined
  /** A day without "since" or "until": when it happened. */
  readonly on: When | undefined
  readonly next: number
}

/** "since 2019", "until last year", "from 2010 to 2015", "in March". */
export const readTimes = ({ today, tokens }: Reading, i: number, lean: Lean): Times => {
  let next = i
  let from: number | undefined
  let until: number | undefined
  let on: When | undefined
  for (let step = 0; step < 3; step++) {
    const word = at(tokens, next)
    const date = readDate(tokens, next, today, word === "since" ? "past" : lean)
    if (date === undefined) break
    if (word === "since" || word === "from") from = date.value.from
    else if (word === "until" || word === "till" || word === "to") until = date.value.to
    else on = date.value
    next = date.next
    const to = from === undefined ? undefined : (eat(tokens, next, "to") ?? eat(tokens, next, "-"))
    const end = to === undefined ? undefined : readPoint(tokens, to, today, lean)
    if (end === undefined) continue
    until = end.value.to
    next = end.next
  }
  // how long it took says nothing of when
  const span = eat(tokens, next, "for")
  if (span !== undefined) {
    let after = span
    while (
      after - span < 5 &&
      at(tokens, after) !== "" &&
      !stops.has(at(tokens, after)) &&
      tokens[after]?.kind === "word"
    )
      after += 1
    next = after
  }
  return { from, until, on, next }
}

/** lives in: "I live in Berlin", "we lived in Rome until 2019", "I used to live in NYC". */
export const lives = (clause: Clause): Found | undefined => {
  const { reading, verb } = clause
  const i = eatAny(reading.tokens, verb.next, ["right in", "over in", "in", "at", "near", "on"])
  if (i === undefined) return undefined
  const place = readPlace(reading, i, verb.lean)
  if (place === undefined) return undefined
  const times = readTimes(reading, place.next, verb.lean)
  const over = verb.past || verb.over || (times.until !== undefined && times.until < reading.today)
  const mode = verb.denied ? "denied" : over ? "held" : "holds"
  return {
    facts: [
      state(clause, "lives in", place.value, {
        mode,
        from: times.from ?? (over ? times.on?.from : undefined),
        until: times.until ?? (over ? times.on?.to : undefined)
      })
    ],
    next: times.next
  }
}

/** "I moved from NYC to LA last March": one place ends, the other begins. */
export const moves = (clause: Clause): Found | undefined => {
  const { reading, verb } = clause
  const { tokens } = reading
  let i = eatAny(tokens, verb.next, ["back", "over", "away", "out here", "here", "abroad"]) ?? verb.next
  let from: string | undefined
  let to: string | undefined
  let when: When | undefined
  for (let step = 0; step < 4; step++) {
    const times = readTimes(reading, i, verb.lean)
    if (times.on !== undefined || times.from !== undefined) {
      when = times.on ?? when
      i = times.next
      continue
    }
    const source = eatAny(tokens, i, ["away from", "out of", "from"])
    const target = eatAny(tokens, i, ["back to", "over to", "down to", "up to", "out to", "to", "into"])
    const place = readPlace(reading, source ?? target ?? tokens.length, verb.lean)
    if (place === undefined) break
    if (source !== undefined) from = place.value
    else to = place.value
    i = place.next
  }
  if (from === undefined && to === undefined) return undefined
  const day = when?.from ?? reading.today
  const facts: Array<Statement> = []
  if (verb.denied) {
    if (to !== undefined) facts.push(state(clause, "lives in", to, { mode: "denied" }))
    return { facts, next: i }
  }
  if (from !== undefined && verb.lean === "past") {
    facts.push(state(clause, "lives in", from, { mode: "held", until: when?.from }))
  }
  if (to === undefined) return { facts, next: i }
  let stay = { place: to, from: day, isDated: when !== undefined }
  for (let step = 0; step < 4 && verb.lean === "past"; step++) {
    const target = eatAny(tokens, eat(tokens, i, ",") ?? i, onward)
    const place = target === undefined ? undefined : readPlace(reading, target, verb.lean)
    if (place === undefined) break
    const times = readTimes(reading, place.next, verb.lean)
    const until = times.on?.from
    const { from: since, isDated } = stay
    facts.push(state(clause, "lives in", stay.place, { mode: "held", until, ...(isDated ? { from: since } : {}) }))
    stay = { place: place.value, from: until ?? reading.today, isDated: until !== undefined }
    i = times.next
  }
  facts.push(state(clause, "lives in", stay.place, { mode: "holds", from: stay.from }))
  return { facts, next: i }
}

/** "... and then to Paris". */
const onward: ReadonlyArray<string> = ["and then", "and later", "then", "later", "and"].flatMap((then) =>
  [" to", " back to", " on to"].map((to) => then + to)
)

const noEmployer = new Set(["home", "night", "nights", "least", "first", "all", "once", "a", "an", "my", "the", "it"])

/** A company or an institution: a name, or a short noun with an article. */
const readEmployer = (reading: Reading, i: number, lean: Lean) => {
  const { tokens } = reading
  const article = eat(tokens, i, "the")
  if (article !== undefined || at(tokens, i) === "a" || at(tokens, i) === "an" || at(tokens, i) === "my") {
    return readValue(reading, i, { lean, words: 6, until: new Set(["as", "in", "at", "for", "since", "with"]) })
  }
  if (noEmployer.has(at(tokens, i))) return undefined
  return (
    readName(reading, i, 5) ??
    readValue(reading, i, { lean, words: 4, until: new Set(["as", "in", "at", "for", "since", "with", "on"]) })
  )
}

/** "I work at Siemens as an engineer", "she used to work for the city". */
export const works = (clause: Clause): Found | undefined => {
  const { reading, verb } = clause
  const { tokens } = reading
  const facts: Array<Statement> = []
  let i =
    eatAny(tokens, verb.next, ["full time", "part time", "full-time", "part-time", "there", "remotely"]) ?? verb.next
  const found: Array<readonly [string, string]> = []
  for (let step = 0; step < 3; step++) {
    const where = eat(tokens, i, "at") ?? eat(tokens, i, "for")
    const as = eat(tokens, i, "as")
    const field = eat(tokens, i, "in")
    if (where !== undefined) {
      const employer = readEmployer(reading, where, verb.lean)
      if (employer === undefined) break
      found.push(["works at", employer.value])
      i = employer.next
    } else if (as !== undefined) {
      const job = readValue(reading, as, { lean: verb.lean, words: 6, until: new Set(["at", "in", "for", "with"]) })
      if (job === undefined) break
      found.push(["works as", job.value])
      i = job.next
    } else if (field !== undefined) {
      if (readDate(tokens, i, reading.today, verb.lean) !== undefined) break
      const area = readValue(reading, field, { lean: verb.lean, words: 5, until: new Set(["at", "as", "for", "with"]) })
      if (area === undefined || at(tokens, field) === "the" || at(tokens, field) === "my") break
      found.push(["works in", area.value])
      i = area.next
    } else break
  }
  if (found.length === 0) return undefined
  const times = readTimes(reading, i, verb.lean)
  const over = verb.past || verb.over || (times.until !== undefined && times.until < reading.today)
  const mode = verb.denied ? "denied" : over ? "held" : "holds"
  for (const [attribute, value] of found) {
    facts.push(state(clause, attribute, value, { mode, from: times.from, until: times.until }))
  }
  return { facts, next: times.next }
}

/** "I joined Acme in May", "I started working at Acme", "I left Acme", "I quit my job". */
export const changesWork = (clause: Clause): Found | undefined => {
  const { reading, verb } = clause
  const { tokens } = reading
  const ends = verb.lemma === "leave" || verb.lemma === "quit" || verb.lemma === "lose"
  const job = eatAny(tokens, verb.next, ["my old job", "my job", "the job", "my position", "my work"])
  if (ends) {
    if (modeOf(verb) !== "holds") return undefined
    const where = job === undefined ? verb.next : eatAny(tokens, job, ["at", "with", "as"])
    if (job !== undefined && where === undefined) {
      const times = readTimes(reading, job, verb.lean)
      const until = times.on?.from
      const over = (attribute: string) => state(clause, attribute, "", { mode: "ended", until })
      return { facts: [over("works at"), over("works as")], next: times.next }
    }
    if (verb.lemma === "lose" || where === undefined) return undefined
    const name = readName(reading, where, 4)
    if (name === undefined || small.has(at(tokens, where))) return undefined
    const times = readTimes(reading, name.next, verb.lean)
    const over = (attribute: string) => state(clause, attribute, name.value, { mode: "ended", until: times.on?.from })
    // one leaves a company, or a town
    return { facts: [over("works at"), over("lives in")], next: times.next }
  }
  if (modeOf(verb) !== "holds") return undefined
  const start =
    verb.lemma === "start"
      ? eatAny(tokens, verb.next, [
          "working at",
          "working for",
          "to work at",
          "to work for",
          "a new job at",
          "a job at",
          "my new job at",
          "at"
        ])
      : verb.lemma === "get"
        ? eatAny(tokens, verb.next, ["a job at", "a job with", "a new job at", "hired by", "hired at", "a position at"])
        : verb.next
  if (start === undefined) return undefined
  const name = readName(reading, start, 4)
  if (name === undefined) return undefined
  const times = readTimes(reading, name.next, verb.lean)
  const fact = state(clause, "works at", name.value, { from: times.on?.from ?? reading.today })
  return { facts: [fact], next: times.next }
}

/** "I retired last year". */
export const retires = (clause: Clause): Found | undefined => {
  const { reading, verb } = clause
  if (modeOf(verb) !== "holds" || verb.lean === "future") return undefined
  const times = readTimes(reading, verb.next, "past")
  const from = times.on?.from ?? reading.today
  const ended = state(clause, "works at", "", { mode: "ended", until: from })
  return { facts: [ended, state(clause, "is", "retired", { many: true, from })], next: times.next }
}
