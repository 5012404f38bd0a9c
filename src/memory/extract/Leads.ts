/** What stands before what is said: greetings, "remember that", "no, actually", "I think". */
import { at, eat, eatAny, isWord, skip, wordSet } from "./Cursor.ts"
import type { Reading } from "./Phrases.ts"
import { hedges } from "./Vocabulary.ts"

const fillers = wordSet(
  "so well ok okay oh hey hi hello yes yeah yep sure btw fyi also and but now please then anyway thanks honestly lol haha plus , : - \u2013 \u2014"
)
const openings: ReadonlyArray<string> = [
  "by the way",
  "for the record",
  "just so you know",
  "as i said",
  "like i said",
  "i told you that",
  "i told you",
  "i already told you that",
  "i already told you",
  "i said that",
  "i mean",
  "in fact",
  "as you know",
  "to be clear",
  "you should know that",
  "you should know",
  "did you know that",
  "let me tell you",
  "let me introduce myself",
  "nice to meet you",
  "good morning",
  "good evening",
  "good afternoon"
]
const reminders: ReadonlyArray<string> = [
  "always remember that",
  "always remember",
  "remember that",
  "please remember that",
  "please remember",
  "remember",
  "note that",
  "keep in mind that",
  "keep in mind",
  "bear in mind that",
  "do not forget that",
  "do not forget",
  "never forget that",
  "memorize that",
  "memorise that",
  "make a note that",
  "for your information"
]
const corrections: ReadonlyArray<string> = [
  "no wait",
  "no",
  "nope",
  "actually",
  "correction",
  "not quite",
  "that is wrong",
  "that 's wrong",
  "that is not right",
  "that 's not right",
  "that is not correct",
  "that 's incorrect",
  "you are wrong",
  "wrong",
  "sorry",
  "wait",
  "my mistake",
  "i was wrong",
  "i misspoke",
  "i meant to say",
  "i meant"
]

export interface Lead {
  readonly next: number
  readonly corrects: boolean
  readonly reminds: boolean
  readonly sureness: number
}

export const readLead = (reading: Reading, i: number): Lead => {
  const { tokens } = reading
  let next = i
  let corrects = false
  let reminds = false
  let sureness = 1
  for (let step = 0; step < 8; step++) {
    const before = next
    next = skip(tokens, next, fillers)
    const corrected = eatAny(tokens, next, corrections)
    // "no pets are allowed" is no correction: a sign or a subject has to follow
    if (
      corrected !== undefined &&
      !(at(tokens, next) === "no" && isWord(tokens, corrected) && !readSubjectWord(at(tokens, corrected)))
    ) {
      corrects = true
      next = corrected
    }
    const reminded = eatAny(tokens, next, reminders)
    if (reminded !== undefined) {
      reminds = true
      next = reminded
    }
    next = eatAny(tokens, next, openings) ?? next
    if (at(tokens, next) === "i" && hedges.has(at(tokens, next + 1)) && at(tokens, next + 2) !== "about") {
      sureness = 0.6
      next = eat(tokens, next + 2, "that") ?? next + 2
    }
    if (next === before) break
  }
  return { next, corrects, reminds, sureness }
}

const readSubjectWord = (word: string): boolean =>
  [
    "i",
    "my",
    "it",
    "he",
    "she",
    "we",
    "our",
    "the",
    "they",
    "his",
    "her",
    "its",
    "their",
    "actually",
    "sorry"
  ].includes(word)
