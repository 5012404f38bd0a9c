/** What is computed of an utterance once, when it is stored. Pure. */
import { dayOf } from "../Calendar.ts"
import { extract } from "../extract/Extract.ts"
import { lineTokens } from "../RecallText.ts"
import type { AnalysedTurn, MemoryTurn } from "../MemoryTurn.ts"
import { encode, flag, quantise } from "./Features.ts"
import { hashOf, isStopWord, termOf, type Word, wordsOf } from "./Words.ts"

/** Words of an utterance that count; the rest of a very long one is kept and shown, but not looked for. */
export const longestAnalysis = 4_000

const firstPerson = new Set("i my me mine we our us myself ourselves".split(" "))

const timeWords = new Set(
  (
    "yesterday ago week weeks month months year years today tomorrow weekend weekends night morning since monday tuesday wednesday thursday " +
    "friday saturday sunday january february march april june july august september october november december recently last next tonight"
  ).split(" ")
)

const numberWords = new Set(
  "two three four five six seven eight nine ten eleven twelve twice thrice once dozen hundred thousand couple several first second third".split(
    " "
  )
)

const yearPattern = /^(?:19|20)\d\d$/
const digits = /^\d+$/

/** Without a remark in brackets at its end, as imports note what a picture shows. */
const withoutRemark = (text: string): string => {
  const trimmed = text.trimEnd()
  const opened = trimmed.endsWith("]") ? trimmed.lastIndexOf("[") : -1
  return opened < 0 ? trimmed : trimmed.slice(0, opened).trimEnd()
}

const flagsOf = (text: string, words: ReadonlyArray<Word>): number => {
  let flags = withoutRemark(text).endsWith("?") ? flag.question : 0
  for (const word of words) {
    if (firstPerson.has(word.text)) flags |= flag.firstPerson
    if (timeWords.has(word.text) || yearPattern.test(word.text)) flags |= flag.time
    if (numberWords.has(word.text) || digits.test(word.text)) flags |= flag.number
  }
  return flags
}

/** What every standing instruction has one of; whoever has none need not be read twice. */
const instructive =
  /\b(?:always|never|ever|whenever|anytime|future|forward|from (?:now|here|today) on|(?:every|each|any) time|when|if)\b/i

/** Whether a user says what the assistant is to do from now on. */
const instructs = (turn: MemoryTurn): boolean =>
  turn.role === "user" &&
  turn.speaker === undefined &&
  turn.text.length <= 4_000 &&
  instructive.test(turn.text) &&
  extract(turn.text, { today: dayOf(turn.at) }).instructions.length > 0

/** The term by which a speaker is named: the first word of the name. */
export const speakerTerm = (speaker: string | undefined): number => {
  const [first] = speaker === undefined ? [] : wordsOf(speaker, 1)
  return first === undefined ? 0 : hashOf(termOf(first.text))
}

/** An utterance's words, found once for all that is computed of them. */
export interface Reading {
  readonly turn: MemoryTurn
  readonly words: ReadonlyArray<Word>
}

export const read = (turn: MemoryTurn): Reading => ({ turn, words: wordsOf(turn.text, longestAnalysis) })

/** What an embedder is given of an utterance. */
export const embeddable = ({ turn, words }: Reading) => ({ text: turn.text, words: words.map(({ text }) => text) })

/** An utterance with its features; `vector` is empty where there is none. */
export const analyse = ({ turn, words }: Reading, embedder: string, vector: Float32Array): AnalysedTurn => {
  const carrying = words.filter(({ text }) => !isStopWord(text))
  const tokens = lineTokens(turn)
  return {
    ...turn,
    tokens,
    embedder,
    features: encode({
      at: turn.at,
      role: turn.role,
      conversation: hashOf(turn.conversation),
      speaker: speakerTerm(turn.speaker),
      tokens,
      flags: flagsOf(turn.text, words) | (instructs(turn) ? flag.instruction : 0),
      capitals: carrying.filter(({ capital }) => capital).length,
      terms: Uint32Array.from(carrying, ({ text }) => hashOf(termOf(text))),
      ...quantise(vector)
    })
  }
}
