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
  "new_words"
] as const
export type Signal = (typeof signals)[number]

export const weights: Readonly<Record<Signal, number>> = {
  words: 0.13,
  coverage: 0.12,
  vector: 0.15,
  speaker: 1.08,
  date: 1.18,
  question: -0.18,
  first_person: 0.13,
  time: 0.23,
  when_time: 0.6,
  count_number: 0.3,
  names: 0.06,
  after_question: 0.15,
  own_statement: 0.28,
  session: 0.16,
  expansion: 0.15,
  new_words: 0.67
}
