/** What a question asks for. Pure. */
import { dayOf } from "../Calendar.ts"
import type { DayOf } from "../Days.ts"
import type { RelatedName } from "../facts/Related.ts"
import { type TimeHint, timeHint } from "./TimeRange.ts"
import { hashOf, isStopWord, termOf, wordsOf } from "./Words.ts"

export interface Query {
  /** Hashes of its terms, each once, in order. */
  readonly terms: ReadonlyArray<number>
  /** Terms of names that it means without saying them, with what they weigh beside its own. */
  readonly related: ReadonlyArray<{ readonly term: number; readonly weight: number }>
  /** Those of all its words: who is named is known only with a scope's speakers. */
  readonly named: ReadonlySet<number>
  /** The words that an embedder of words compares, with their terms. */
  readonly words: ReadonlyArray<{ readonly text: string; readonly term: number }>
  /** Asks for a date or a time. */
  readonly when: boolean
  /** Asks for a number. */
  readonly howMany: boolean
  /** Speaks of whoever asks. */
  readonly aboutMe: boolean
  /** Speaks of what the assistant said. */
  readonly aboutYou: boolean
  readonly time: TimeHint | undefined
  /** Whose days it means. */
  readonly dayOf: DayOf
}

/** A longer question is a text to work on; its beginning is what is asked. */
const longestQuery = 200

const startsWithWhen = /^\s*when\b/i
const when =
  /\b(?:what|which) (?:date|day|month|year|time|weekend|week)\b|\bhow (?:long|recently)\b|\bhow many (?:days|weeks|months|years)\b|\bsince when\b/i
const howMany = /\bhow (?:many|much|old|often|far|long)\b|\bwhat (?:number|amount|percentage)\b/i
const me = new Set("i my me mine we our us myself ourselves".split(" "))
/** What the assistant did, in words that tell of the past: "can you list them" and "what do you suggest" ask for something. */
const you =
  /\b(?:you(?:['\u2019]ve| have| had)? (?:\w+ )?(?:said|told|(?:suggest|recommend|mention|explain|list|answer|show)ed|advised|proposed|provided|gave|given|wrote|written)|(?:did|have) you (?:\w+ )?(?:say|said|tell|told|(?:suggest|recommend|mention|explain|list|answer|show)(?:ed)?|(?:advise|propose|provide)d?|give|given|write|written))\b|\b(?:your|the assistant['\u2019]s) (?:suggestion|recommendation|answer|advice|explanation|plan|list|reply|response)s?\b/i

/** Compiling the pattern costs more than all else that is asked of a question: few speak of what was answered. */
const speaksOfYou = (text: string): boolean => {
  const lower = text.toLowerCase()
  return (lower.includes("you") || lower.includes("assistant")) && you.test(text)
}

/** Terms of names, each with its name's weight: what a query means without saying it. */
const relatedTerms = (
  related: ReadonlyArray<RelatedName>,
  known: ReadonlySet<number>
): ReadonlyArray<{ readonly term: number; readonly weight: number }> =>
  related.flatMap(({ name, weight }) =>
    wordsOf(name, 4)
      .filter(({ text }) => !isStopWord(text))
      .map(({ text }) => ({ term: hashOf(termOf(text)), weight }))
      .filter(({ term }) => !known.has(term))
  )

export const analyseQuery = (
  text: string,
  now: number,
  related: ReadonlyArray<RelatedName> = [],
  days: DayOf = dayOf
): Query => {
  const said = wordsOf(text, longestQuery)
  const words = said
    .filter(({ text: word }) => !isStopWord(word))
    .map(({ text: word }) => ({ text: word, term: hashOf(termOf(word)) }))
  const beginning = text.slice(0, 2_000)
  const aboutYou = speaksOfYou(beginning)
  const named = new Set(words.map(({ term }) => term))
  return {
    terms: [...named],
    related: relatedTerms(related, named),
    named,
    words,
    when: startsWithWhen.test(beginning) || when.test(beginning),
    howMany: howMany.test(beginning),
    aboutMe: !aboutYou && said.some(({ text: word }) => me.has(word)),
    aboutYou,
    time: timeHint(text, days(now)),
    dayOf: days
  }
}
