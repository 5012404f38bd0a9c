/** What each signal is worth: learned by `npm run train:memory`, which writes this file. */

export const signals = [
  "words",
  "coverage",
  "vector",
  "speaker",
  "date",
  "question",
  "first_person",
  "time",
  "when_time",
  "count_number",
  "names",
  "after_question",
  "own_statement",
  "session",
  "expansion",
  "new_words",
  "instruction",
  "said"
] as const
export type Signal = (typeof signals)[number]

/**
 * What no data of ours shows: what somebody is to do from now on matters whatever is asked; and in a small scope, of which
 * there is none in the data, what says the word comes before what does not.
 */
export const fixed: Readonly<Partial<Record<Signal, number>>> = { instruction: 1, said: 3 }

export const weights: Readonly<Record<Signal, number>> = {
  words: 0.239,
  coverage: 0.127,
  vector: 0.139,
  speaker: 1.111,
  date: 1.194,
  question: -0.199,
  first_person: 0.117,
  time: 0.214,
  when_time: 0.626,
  count_number: 0.513,
  names: 0.065,
  after_question: 0.179,
  own_statement: 0.23,
  session: 0.173,
  expansion: 0.15,
  new_words: 0.737,
  instruction: 1,
  said: 3
}
