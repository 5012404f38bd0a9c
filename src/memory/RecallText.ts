/**
 * Recalled utterances as the model reads them: in time order, one header for each day, a line for each utterance. Only
 * headers and speakers stand at the beginning of a line, so nothing that was said looks like another line.
 */
import { estimateTokens } from "../model/TokenEstimate.ts"
import { showDay } from "./Calendar.ts"
import { type MemoryTurn, speakerOf } from "./MemoryTurn.ts"

type Shown = Pick<MemoryTurn, "role" | "speaker" | "text">

const lineBreaks = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/g
/** A name of a file's, at the beginning of a line, must not look like what frames the records or dates them. */
const unnamed = /[^\p{L}\p{M}\p{N} '\u2019&@._()-]+/gu
/** No name is longer. */
const longestSpeaker = 80

const speakerName = (turn: Shown): string =>
  speakerOf(turn).slice(0, longestSpeaker).toWellFormed().replace(unnamed, " ").trim() || turn.role

export const headerOf = (day: number): string => `[${showDay(day)}]\n`

export const lineOf = (turn: Shown): string => `${speakerName(turn)}: ${turn.text.replaceAll(lineBreaks, "\n  ")}\n`

/** Tokens of a line, estimated; what `MemoryTurn.tokens` of a stored utterance holds. */
export const lineTokens = (turn: Shown): number => estimateTokens(lineOf(turn))

/** No header of a day costs more. */
export const headerTokens = 12

/** In time order. */
export const render = (hits: ReadonlyArray<{ readonly turn: Shown; readonly day: number }>): string => {
  let text = ""
  let shown: number | undefined
  for (const { day, turn } of hits) {
    if (day !== shown) text += headerOf(day)
    shown = day
    text += lineOf(turn)
  }
  return text
}
