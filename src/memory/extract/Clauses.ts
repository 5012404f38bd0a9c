/** Reads a sentence clause by clause, each from its subject. */
import { isOwned } from "./Being.ts"
import { type Clause, type Found, statement, type Statement } from "./Clause.ts"
import { readCorrection } from "./Corrections.ts"
import { at, eat, eatAny, wordSet } from "./Cursor.ts"
import { readDate } from "./Dates.ts"
import { event } from "./Events.ts"
import { type Lead, readLead } from "./Leads.ts"
import { readName, type Reading, readValue } from "./Phrases.ts"
import { understand } from "./Predicates.ts"
import { type Focus, me, type Mention, type Stated } from "./Stated.ts"
import { readSubject, type Subject } from "./Subjects.ts"
import { readVerb, type VerbRead } from "./Verbs.ts"
import { adverbs } from "./Vocabulary.ts"

const boundaries = wordSet(", - \u2013 \u2014 : ( ) and but so because while whereas although though since then that")

/** The place behind the next boundary. */
const nextClause = ({ tokens }: Reading, i: number): number => {
  let next = i
  while (next < tokens.length && !boundaries.has(at(tokens, next))) next += 1
  return next + 1
}

/** What earlier sentences spoke of. */
export interface Context {
  /** The other being that was spoken of last. */
  readonly being: Mention | undefined
  /** The last statement, for corrections. */
  readonly last: Focus | undefined
}

export interface SentenceRead extends Context {
  readonly facts: ReadonlyArray<Stated>
}

/** "is", where a sign or nothing stands for it. */
const silently = (next: number): VerbRead => ({
  lemma: "be",
  form: "is",
  next,
  denied: false,
  over: false,
  lean: "future",
  past: false,
  perfect: false
})
const myself: Subject = { about: me, property: undefined, confidence: 0.9 }

const isMe = ({ role }: Mention): boolean => role === "me"

const calledMe: ReadonlyArray<string> = [
  "you can call me",
  "just call me",
  "call me",
  "people call me",
  "everyone calls me",
  "my friends call me",
  "i go by",
  "i am called",
  "name 's",
  "name is"
]
const introductions: ReadonlyArray<string> = ["this is", "meet", "these are", "that is", "that 's", "i am with"]

/** That somebody is there, and what they are called: "my sister Anna". */
const introduced = ({ about }: Subject, { sureness }: Lead): ReadonlyArray<Statement> => {
  const confidence = Math.round(90 * sureness) / 100
  return [
    statement(about.of ?? me, "has", about.role ?? "", { confidence, many: true, object: about }),
    statement(about, "name", about.name ?? "", { confidence })
  ]
}

class SentenceReader {
  readonly reading: Reading
  readonly facts: Array<Stated> = []
  being: Mention | undefined
  last: Focus | undefined
  #subject: Subject | undefined
  #reminds = false
  #notes = false
  #corrects = false

  constructor(reading: Reading, { being, last }: Context) {
    this.reading = reading
    this.being = being
    this.last = last
  }

  keep({ facts }: Found): void {
    const { tokens } = this.reading
    const start = tokens[0]?.start ?? 0
    const end = tokens.at(-1)?.end ?? 0
    for (const fact of facts) {
      const confidence = this.#reminds ? Math.min(1, fact.confidence + 0.1) : fact.confidence
      this.facts.push({ ...fact, confidence, start, end })
      if (fact.mode !== "ended") this.last = fact
      if (fact.object !== undefined) this.being = fact.object
      else if (!isMe(fact.about)) this.being = fact.about
    }
  }

  /** Reads the clause at `i`, and gives where it goes on. */
  clause(i: number): number {
    const { reading } = this
    const { tokens } = reading
    const lead = readLead(reading, i)
    const from = lead.next
    this.#corrects ||= lead.corrects
    this.#reminds ||= lead.reminds
    this.#notes ||= i === 0 && lead.reminds
    const special = this.#corrected(from, lead) ?? this.#named(from) ?? this.#introduced(from)
    if (special !== undefined) {
      this.keep(special)
      return nextClause(reading, Math.max(special.next, i))
    }
    const read = readSubject(reading, from, this.being)
    const carried = adverbs.has(at(tokens, from)) || readVerb(tokens, from) !== undefined ? this.#subject : undefined
    const subject = read?.value ?? carried
    if (subject === undefined) return nextClause(reading, Math.max(from, i))
    this.#subject = undefined
    return this.#predicate(subject, read?.next ?? from, lead)
  }

  #predicate(subject: Subject, from: number, lead: Lead): number {
    const { reading } = this
    const { about } = subject
    if (about.role !== undefined && about.name !== undefined) {
      this.keep({ facts: introduced(subject, lead), next: from })
    } else if (about.of?.role !== undefined && about.of.name !== undefined) {
      this.keep({ facts: introduced({ ...subject, about: about.of }, lead), next: from })
    }
    const colon = subject.property === undefined ? undefined : eat(reading.tokens, from, ":")
    const verb = colon === undefined ? readVerb(reading.tokens, from) : silently(colon)
    const base = { reading, subject, sureness: lead.sureness, corrects: this.#corrects }
    const clause: Clause | undefined = verb === undefined ? undefined : { ...base, verb }
    const end = Math.min(reading.tokens.length, nextClause(reading, from) - 1)
    const found = (clause === undefined ? undefined : understand(clause)) ?? event(base, from, end)
    if (found !== undefined) {
      this.keep(found)
      this.#subject = subject
    }
    return nextClause(reading, found?.next ?? from)
  }

  /** "no, it's Lola"; "... is not called Luna, it's Lola". */
  #corrected(from: number, { corrects }: Lead): Found | undefined {
    const { last } = this
    if (last === undefined) return undefined
    const denied = this.facts.at(-1)?.mode === "denied" && last.value !== ""
    return corrects || denied ? readCorrection(this.reading, from, last) : undefined
  }

  /** "call me Anna". */
  #named(from: number): Found | undefined {
    const i = eatAny(this.reading.tokens, from, calledMe)
    const name = i === undefined ? undefined : readName(this.reading, i)
    // "call me tomorrow", "call me back"
    const isTime = i !== undefined && readDate(this.reading.tokens, i, this.reading.today, "future") !== undefined
    if (name === undefined || isTime || name.value === "back" || name.value === "later") return undefined
    const fact = statement(me, "name", name.value, { confidence: 0.9, corrects: this.#corrects })
    return { facts: [fact], next: name.next }
  }

  /** "this is my dog Luna". */
  #introduced(from: number): Found | undefined {
    const i = eatAny(this.reading.tokens, from, introductions)
    if (i === undefined) return undefined
    const clause = { reading: this.reading, subject: myself, verb: silently(i), sureness: 1, corrects: this.#corrects }
    return isOwned(clause, i, undefined)
  }

  /** "remember that the wifi is slow": kept in its own words where nothing else was understood. */
  note(): void {
    if (!this.#notes || this.facts.length > 0) return
    const { next } = readLead(this.reading, 0)
    // "don't forget to rest", "remember, ..." are advice
    if (advice.has(at(this.reading.tokens, next)) || at(this.reading.tokens, next - 1) === ",") return
    const value = readValue(this.reading, next, { lean: "future", words: 40, whole: true })
    if (value === undefined || !value.value.includes(" ") || value.value.endsWith(":")) return
    const fact = statement(me, "note", value.value, { confidence: 0.9, many: true })
    this.keep({ facts: [fact], next: value.next })
  }
}

const advice = new Set(["to", "your", "you", "me", "when", "how"])

/** Statements in one sentence are bounded, however it is built. */
const mostClauses = 24

export const readSentence = (reading: Reading, context: Context): SentenceRead => {
  const reader = new SentenceReader(reading, context)
  let i = 0
  for (let count = 0; count < mostClauses && i < reading.tokens.length; count++) i = reader.clause(i)
  reader.note()
  const { being, facts, last } = reader
  return { facts, being, last }
}
