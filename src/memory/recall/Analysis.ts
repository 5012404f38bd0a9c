/** What is computed of an utterance once, when it is stored. Pure. */
import { readInstruction } from "../extract/Instructions.ts"
import { sentencesOf } from "../extract/Sentences.ts"
import type { AnalysedTurn, MemoryTurn } from "../MemoryTurn.ts"
import { lineTokens } from "../RecallText.ts"
import { encode, flag, quantise } from "./Features.ts"
import { lookUp } from "./Lexicon.ts"
import { hashOf, termOf, type Word, wordsOf } from "./Words.ts"

/** Words of an utterance that count; the rest of a very long one is kept and shown, but not looked for. */
export const longestAnalysis = 4_000

/** Without a remark in brackets at its end, as imports note what a picture shows. */
const withoutRemark = (text: string): string => {
  const trimmed = text.trimEnd()
  const opened = trimmed.endsWith("]") ? trimmed.lastIndexOf("[") : -1
  return opened < 0 ? trimmed : trimmed.slice(0, opened).trimEnd()
}

/** What a standing instruction begins or is marked with; whoever has none of it need not be read again. */
const instructive =
  /\b(?:always|never|whenever|any ?time|(?:in|the|for all) future|future reference|going forward|from (?:now|here|today) on|(?:every|each) time|(?:when|if) (?:i|we|you))\b/i

/** Longer ones are texts to work on. */
const longestInstruction = 4_000

/** Whether a user says what the assistant is to do from now on; a file that nobody vouches for has no such say. */
const instructs = (turn: MemoryTurn, imports: boolean): boolean =>
  (imports || turn.turn !== undefined) &&
  turn.role === "user" &&
  turn.speaker === undefined &&
  turn.text.length <= longestInstruction &&
  instructive.test(turn.text) &&
  sentencesOf(turn.text).told.some((sentence) => readInstruction(turn.text, sentence) !== undefined)

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

/** Used again for each utterance: they are copied into its features. */
const termsOfOne = new Uint32Array(longestAnalysis)

/**
 * An utterance with its features; `vector` is empty where there is none. `imports`: whether standing requests of those that
 * no turn has count as a user's (`Imports.ts`).
 */
export const analyse = (
  { turn, words }: Reading,
  embedder: string,
  vector: Float32Array,
  imports = false
): AnalysedTurn => {
  let flags = withoutRemark(turn.text).endsWith("?") ? flag.question : 0
  let capitals = 0
  let count = 0
  for (const word of words) {
    const known = lookUp(word)
    flags |= known.flags
    if (known.term === undefined) continue
    termsOfOne[count++] = known.term
    if (word.capital) capitals += 1
  }
  if (flags & flag.instruction && !instructs(turn, imports)) flags ^= flag.instruction
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
      flags,
      capitals,
      terms: termsOfOne.subarray(0, count),
      ...quantise(vector)
    })
  }
}
